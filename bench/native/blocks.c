/* Times products of floats with weights that share scales in blocks, as
 * products.c times others, and prints the same lines.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _DEFAULT_SOURCE
#include "lib/Kernels/setun_block_matmul.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* In large pages if the system has them. */
static void *allocate(size_t bytes) {
  const size_t page = (size_t)2 << 20;
  void *memory = NULL;
  if (posix_memalign(&memory, bytes < page ? 64 : page, bytes) != 0)
    abort();
#ifdef MADV_HUGEPAGE
  if (bytes >= page)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

struct product {
  const char *name;
  int is_cold;
  size_t bits, block, scale_bits, rows, outputs, inputs;
};

static void multiply(const struct product *p, const float *x,
                     const uint8_t *weights, float *y, uint8_t *work) {
  /* With constants, as a model has them. */
  if (p->bits == 4 && p->block == 32 && p->scale_bits == 32)
    setun_block_matmul_4(x, weights, y, work, p->rows, p->outputs, p->inputs,
                         32, 0, 8, 32);
  else if (p->bits == 4 && p->block == 32 && p->scale_bits == 16)
    setun_block_matmul_4(x, weights, y, work, p->rows, p->outputs, p->inputs,
                         32, 0, 8, 16);
  else if (p->bits == 2 && p->block == 64 && p->scale_bits == 32)
    setun_block_matmul_2(x, weights, y, work, p->rows, p->outputs, p->inputs,
                         64, 0, 2, 32);
  else
    abort();
}

/* Random codes, and scales of 1. */
static void fill_weights(const struct product *p, uint8_t *weights,
                         size_t bytes) {
  const size_t codes = p->block * p->bits * 4;
  uint32_t state = 1;
  for (size_t i = 0; i < bytes; ++i) {
    state = state * 1664525u + 1013904223u;
    weights[i] = (uint8_t)(state >> 24);
  }
  for (size_t at = codes; at < bytes; at += codes + 4 * p->scale_bits)
    for (size_t i = 0; i < p->scale_bits; ++i) {
      const float one = 1.0f;
      const uint32_t halves = 0x3c003c00;
      if (p->scale_bits == 32)
        memcpy(weights + at + 4 * i, &one, 4);
      else
        memcpy(weights + at + 4 * i, &halves, 4);
    }
}

static void measure(const struct product *p, double seconds) {
  const size_t blocks = (p->inputs + p->block - 1) / p->block;
  const size_t bytes = (p->outputs + 31) / 32 * blocks *
                       (p->block * p->bits * 4 + 4 * p->scale_bits);
  const size_t matrices = p->is_cold ? ((size_t)256 << 20) / bytes : 1;
  uint8_t *weights = allocate(bytes * matrices);
  float *x = allocate(p->rows * p->inputs * sizeof *x);
  float *y = allocate(p->rows * p->outputs * sizeof *y);
  uint8_t *work =
      allocate((p->rows < 256 ? p->rows : 256) * blocks * (p->block + 8));
  fill_weights(p, weights, bytes * matrices);
  for (size_t i = 0; i < p->rows * p->inputs; ++i)
    x[i] = (float)(i * 7919 % 1000) - 500.0f;
  double least = 1e30, total = 0;
  for (size_t run = 0; total < seconds * 1e6 || run < 2 * matrices; ++run) {
    const double start = now();
    multiply(p, x, weights + run % matrices * bytes, y, work);
    const double time = now() - start;
    total += time;
    least = run >= matrices && time < least ? time : least;
  }
  printf("%s\t%.4f\t%.0f\t%.0f\n", p->name, least, (double)bytes,
         2.0 * (double)p->rows * (double)p->outputs * (double)p->inputs);
  fflush(stdout);
  free(weights);
  free(x);
  free(y);
  free(work);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 0.2;
  static const struct product products[] = {
      {"4 bits, blocks of 32, 2560x2560, cold", 1, 4, 32, 32, 1, 2560, 2560},
      {"4 bits, blocks of 32, float16, 2560x2560, cold", 1, 4, 32, 16, 1, 2560,
       2560},
      {"4 bits, blocks of 32, 6912x2560, cold", 1, 4, 32, 32, 1, 6912, 2560},
      {"4 bits, blocks of 32, float16, 6912x2560, cold", 1, 4, 32, 16, 1, 6912,
       2560},
      {"2 bits, blocks of 64, 2560x2560, cold", 1, 2, 64, 32, 1, 2560, 2560},
      {"4 bits, blocks of 32, 2560x2560, 8 rows", 0, 4, 32, 32, 8, 2560, 2560},
      {"4 bits, blocks of 32, 2560x2560, 512 rows", 0, 4, 32, 32, 512, 2560,
       2560},
      {"2 bits, blocks of 64, 2560x2560, 512 rows", 0, 2, 64, 32, 512, 2560,
       2560},
  };
  for (size_t i = 0; i < sizeof products / sizeof *products; ++i)
    measure(&products[i], seconds);
  return 0;
}
