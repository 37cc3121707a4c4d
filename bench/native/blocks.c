/* Times products of floats with weights that share scales in blocks, as
 * products.c times others, and prints the same lines: blocks SECONDS THREADS.
 * Needs -ffp-contract=off for the numbers of the compiler.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "measure.h"

#include "lib/Kernels/setun_block_matmul.h"

struct product {
  const char *name;
  int is_cold;
  size_t bits, block, scale_bits, rows, outputs, inputs;
};

static size_t count_work(const struct product *p) {
  const size_t blocks = (p->inputs + p->block - 1) / p->block;
  return (p->rows < 256 ? p->rows : 256) * blocks * (p->block + 8);
}

/* Of a tile of 32 outputs. */
static size_t count_bytes(const struct product *p) {
  const size_t blocks = (p->inputs + p->block - 1) / p->block;
  return blocks * (p->block * p->bits * 4 + 4 * p->scale_bits);
}

/* With constants, as a model has them. */
static void multiply_part(const struct product *p, size_t rows, size_t outputs,
                          const float *x, const uint8_t *weights, float *y,
                          uint8_t *work) {
  const size_t inputs = p->inputs;
  if (p->bits == 4 && p->block == 32 && p->scale_bits == 32)
    setun_block_matmul_4(x, weights, y, work, rows, outputs, inputs, 32, 0, 8,
                         32);
  else if (p->bits == 4 && p->block == 32 && p->scale_bits == 16)
    setun_block_matmul_4(x, weights, y, work, rows, outputs, inputs, 32, 0, 8,
                         16);
  else if (p->bits == 2 && p->block == 64 && p->scale_bits == 32)
    setun_block_matmul_2(x, weights, y, work, rows, outputs, inputs, 64, 0, 2,
                         32);
  else
    abort();
}

/* Threads share the rows, or the tiles of a single one. */
static void multiply(const struct product *p, const float *x,
                     const uint8_t *weights, float *y, uint8_t *work) {
  PARALLEL
  for (int part = 0; part < threads; ++part) {
    uint8_t *own = work + (size_t)part * count_work(p);
    if (p->rows == 1) {
      const size_t output = split(p->outputs, 32, part);
      multiply_part(p, 1, split(p->outputs, 32, part + 1) - output, x,
                    weights + output / 32 * count_bytes(p), y + output, own);
    } else {
      const size_t row = split(p->rows, 1, part);
      multiply_part(p, split(p->rows, 1, part + 1) - row, p->outputs,
                    x + row * p->inputs, weights, y + row * p->outputs, own);
    }
  }
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
  const size_t bytes = (p->outputs + 31) / 32 * count_bytes(p);
  const size_t matrices = p->is_cold ? ((size_t)256 << 20) / bytes : 1;
  uint8_t *weights = allocate(bytes * matrices);
  float *x = allocate(p->rows * p->inputs * sizeof *x);
  float *y = allocate(p->rows * p->outputs * sizeof *y);
  uint8_t *work = allocate(count_work(p) * (size_t)threads);
  fill_weights(p, weights, bytes * matrices);
  for (size_t i = 0; i < p->rows * p->inputs; ++i)
    x[i] = (float)(i * 7919 % 1000) - 500.0f;
  double least = 1e30, total = 0;
  do {
    const double start = now();
    for (size_t i = 0; i < matrices; ++i)
      multiply(p, x, weights + i * bytes, y, work);
    const double time = now() - start;
    total += time;
    least = time < least ? time : least;
  } while (total < seconds * 1e6);
  report(p->name, least / (double)matrices, (double)bytes,
         2.0 * (double)p->rows * (double)p->outputs * (double)p->inputs);
  free(weights);
  free(x);
  free(y);
  free(work);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 0.2;
  threads = count > 2 ? atoi(arguments[2]) : 1;
  static const struct product products[] = {
      {"int4-block32 2560x2560, cold", 1, 4, 32, 32, 1, 2560, 2560},
      {"int4-block32 2560x2560, 512 rows", 0, 4, 32, 32, 512, 2560, 2560},
      {"int4-block32 6912x2560, cold", 1, 4, 32, 32, 1, 6912, 2560},
      {"int4-block32-f16 2560x2560, cold", 1, 4, 32, 16, 1, 2560, 2560},
      {"int4-block32-f16 6912x2560, cold", 1, 4, 32, 16, 1, 6912, 2560},
      {"int2-block64 2560x2560, cold", 1, 2, 64, 32, 1, 2560, 2560},
      {"int2-block64 2560x2560, 512 rows", 0, 2, 64, 32, 512, 2560, 2560},
      {"int2-block64 6912x2560, cold", 1, 2, 64, 32, 1, 6912, 2560},
  };
  for (size_t i = 0; i < sizeof products / sizeof *products; ++i)
    measure(&products[i], seconds);
  return 0;
}
