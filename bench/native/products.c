/* Times the packed products of lib/Kernels on this processor, and what limits
 * them: reading memory, and multiplying bytes in registers: products SECONDS
 * THREADS.
 *
 * Prints lines of: name, microseconds, bytes of weights, operations (2 for each
 * multiply-accumulate step). Weights that count as cold are many matrices in
 * turns, of which the time is the mean of a whole turn; of many turns, or runs,
 * the least time counts.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "measure.h"

#include "lib/Kernels/setun_matmul_byte_tiles.h"
#include "lib/Kernels/setun_matmul_fp4_tiles.h"
#include "lib/Kernels/setun_matmul_int2_tiles.h"
#include "lib/Kernels/setun_matmul_int3_tiles.h"
#include "lib/Kernels/setun_matmul_nibble_tiles.h"
#include "lib/Kernels/setun_matmul_ternary_tiles.h"
#include "lib/Kernels/setun_matmul_trits.h"

static volatile uint32_t sink;

static void read_bytes(const uint8_t *memory, size_t bytes) {
  SetunVec sums = setun_vec_splat(0);
  for (size_t i = 0; i < bytes; i += 4 * SETUN_VEC_BYTES) {
    SETUN_UNROLL
    for (size_t v = 0; v < 4; ++v) {
      SETUN_PREFETCH(memory + i + v * SETUN_VEC_BYTES + 2048);
      sums += setun_vec_load(memory + i + v * SETUN_VEC_BYTES);
    }
  }
  uint32_t lanes[SETUN_VEC_BYTES / 4];
  setun_vec_store(lanes, sums);
  sink = lanes[0];
}

static void measure_reading(void) {
  const size_t bytes = (size_t)256 << 20;
  uint8_t *memory = allocate(bytes);
  fill(memory, bytes);
  double least = 1e30;
  for (int run = 0; run < 6; ++run) {
    const double start = now();
    PARALLEL
    for (int part = 0; part < threads; ++part) {
      const size_t from = split(bytes, 4096, part);
      read_bytes(memory + from, split(bytes, 4096, part + 1) - from);
    }
    const double time = now() - start;
    least = time < least ? time : least;
  }
  report("reading memory", least, (double)bytes, 0);
  free(memory);
}

/* The compiler must not know what is in a vector: it would multiply once. */
#if defined(__x86_64__) && defined(__GNUC__)
#define HIDE(vector) __asm__ volatile("" : "+v"(vector))
#else
#define HIDE(vector) ((void)(vector))
#endif

/* Independent sums, as many as hide the latency. Where processors multiply
 * pairs, they are of 16 bits, as those of ternary products mostly are. */
static void multiply_bytes(int steps) {
  enum { SUMS = 12 };
#if defined(SETUN_TILES_PAIRS)
  SetunPairs sums[SUMS];
#else
  SetunVec sums[SUMS];
#endif
  SetunVec codes = setun_vec_bytes(1), x = setun_vec_splat(sink);
  memset(sums, 0, sizeof sums);
  do { /* at least once, as in the kernels */
    SETUN_UNROLL
    for (size_t i = 0; i < SUMS; ++i) {
      HIDE(x);
#if defined(SETUN_TILES_PAIRS)
      SetunPairs sum = sums[i] + setun_vec_pairs(codes, x, 1);
#else
      SetunVec sum = setun_vec_dot(sums[i], codes, x, 2, 1);
#endif
      HIDE(sum);
      sums[i] = sum;
    }
  } while (--steps > 0);
  for (size_t i = 1; i < SUMS; ++i)
    sums[0] += sums[i];
  uint32_t lanes[SETUN_VEC_BYTES / 4];
  memcpy(lanes, &sums[0], sizeof lanes);
  sink = lanes[0];
}

static void measure_multiplying(void) {
  enum { STEPS = 100000 };
  double least = 1e30;
  for (int run = 0; run < 30; ++run) {
    const double start = now();
    PARALLEL
    for (int part = 0; part < threads; ++part)
      multiply_bytes(STEPS);
    const double time = now() - start;
    least = time < least ? time : least;
  }
  report("multiplying bytes", least, 0,
         2.0 * 12 * STEPS * SETUN_VEC_BYTES * threads);
}

struct product {
  const char *name;
  unsigned bits; /* as of tiles, or 1 for five weights a byte */
  int is_signed, is_cold;
  size_t rows, outputs, inputs;
};

static void multiply_part(const struct product *p, size_t rows, size_t outputs,
                          const void *x, const uint8_t *weights, int32_t *acc) {
  const size_t inputs = p->inputs;
  if (p->bits == 1)
    setun_matmul_trits_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == 2 && p->is_signed)
    setun_matmul_ternary_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == 2)
    setun_matmul_ternary_tiles_u8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == 4)
    setun_matmul_nibble_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == SETUN_INT2)
    setun_matmul_int2_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == SETUN_INT3)
    setun_matmul_int3_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->bits == SETUN_FP4)
    setun_matmul_fp4_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else if (p->is_signed)
    setun_matmul_byte_tiles_s8(x, weights, acc, rows, outputs, inputs);
  else
    setun_matmul_byte_tiles_u8(x, weights, acc, rows, outputs, inputs);
}

static size_t count_bytes(unsigned bits, size_t outputs, size_t inputs) {
  if (bits == 1)
    return outputs * (inputs / 160 * 32 + (inputs % 160 + 4) / 5);
  return (outputs + 15) / 16 * setun_tile_count(inputs, bits) *
         setun_tile_vectors(bits) * 64;
}

/* Threads share the rows, or the groups of 64 outputs of a single one. */
static void multiply(const struct product *p, const uint8_t *x,
                     const uint8_t *weights, int32_t *acc) {
  PARALLEL
  for (int part = 0; part < threads; ++part) {
    const size_t row = split(p->rows, 1, part);
    const size_t rows = split(p->rows, 1, part + 1) - row;
    const size_t n = split(p->outputs, 64, part);
    if (p->rows == 1)
      multiply_part(p, 1, split(p->outputs, 64, part + 1) - n, x,
                    weights + count_bytes(p->bits, n, p->inputs), acc + n);
    else if (rows > 0)
      multiply_part(p, rows, p->outputs, x + row * p->inputs, weights,
                    acc + row * p->outputs);
  }
}

static void measure_product(const struct product *p, double seconds) {
  const size_t bytes = count_bytes(p->bits, p->outputs, p->inputs);
  const size_t matrices = p->is_cold ? ((size_t)256 << 20) / bytes : 1;
  uint8_t *weights = allocate(bytes * matrices);
  uint8_t *x = allocate(p->rows * p->inputs);
  int32_t *acc = allocate(p->rows * p->outputs * sizeof *acc);
  fill(weights, bytes * matrices);
  fill(x, p->rows * p->inputs);
  const double operations =
      2.0 * (double)p->rows * (double)p->outputs * (double)p->inputs;
  const size_t repeat = p->is_cold ? matrices : operations < 1e6 ? 64 : 1;
  double least = 1e30, total = 0;
  for (int run = 0; run < 3 || total < seconds * 1e6; ++run) {
    const double start = now();
    for (size_t i = 0; i < repeat; ++i)
      multiply(p, x, weights + i % matrices * bytes, acc);
    const double time = now() - start;
    total += time;
    least = time < least ? time : least;
  }
  report(p->name, least / (double)repeat, (double)bytes, operations);
  free(weights);
  free(x);
  free(acc);
}

static void quantize(const int32_t *acc, size_t count, uint8_t *x) {
  for (size_t i = 0; i < count; ++i) {
    const int32_t scaled = acc[i] >> 5;
    x[i] = (uint8_t)(scaled < 0 ? 0 : scaled > 127 ? 127 : scaled);
  }
}

/* A ternary network 784-256-256-10, one image. */
static void measure_network(double seconds) {
  const size_t sizes[4] = {784, 256, 256, 10};
  uint8_t *weights[3], x[784], hidden[256];
  int32_t acc[256];
  double bytes = 0, operations = 0;
  for (size_t i = 0; i < 3; ++i) {
    const size_t layer = count_bytes(2, sizes[i + 1], sizes[i]);
    weights[i] = allocate(layer);
    fill(weights[i], layer);
    bytes += (double)layer;
    operations += 2.0 * (double)sizes[i] * (double)sizes[i + 1];
  }
  fill(x, sizeof x);
  double least = 1e30, total = 0;
  while (total < seconds * 1e6) {
    const double start = now();
    for (int i = 0; i < 100; ++i) {
      setun_matmul_ternary_tiles_u8(x, weights[0], acc, 1, 256, 784);
      quantize(acc, 256, hidden);
      setun_matmul_ternary_tiles_u8(hidden, weights[1], acc, 1, 256, 256);
      quantize(acc, 256, hidden);
      setun_matmul_ternary_tiles_u8(hidden, weights[2], acc, 1, 10, 256);
      x[i] = (uint8_t)acc[0];
    }
    const double time = now() - start;
    total += time;
    least = time / 100 < least ? time / 100 : least;
  }
  report("ternary network 784-256-256-10", least, bytes, operations);
  for (size_t i = 0; i < 3; ++i)
    free(weights[i]);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 0.2;
  threads = count > 2 ? atoi(arguments[2]) : 1;
  static const struct product products[] = {
      {"ternary 2560x2560, cold", 2, 1, 1, 1, 2560, 2560},
      {"ternary 6912x2560, cold", 2, 1, 1, 1, 6912, 2560},
      {"ternary 2560x6912, cold", 2, 1, 1, 1, 2560, 6912},
      {"ternary 2560x2560, five a byte, cold", 1, 1, 1, 1, 2560, 2560},
      {"ternary 6912x2560, five a byte, cold", 1, 1, 1, 1, 6912, 2560},
      {"int2 2560x2560, cold", SETUN_INT2, 1, 1, 1, 2560, 2560},
      {"int3 2560x2560, cold", SETUN_INT3, 1, 1, 1, 2560, 2560},
      {"int4 2560x2560, cold", 4, 1, 1, 1, 2560, 2560},
      {"FP4 2560x2560, cold", SETUN_FP4, 1, 1, 1, 2560, 2560},
      {"int8 2560x2560, cold", 8, 1, 1, 1, 2560, 2560},
      {"ternary 2560x2560, resident", 2, 1, 0, 1, 2560, 2560},
      {"ternary 2560x2560, resident, unsigned", 2, 0, 0, 1, 2560, 2560},
      {"ternary 2560x2560, 8 rows", 2, 1, 0, 8, 2560, 2560},
      {"ternary 64x2560, 512 rows", 2, 1, 0, 512, 64, 2560},
      {"ternary 2560x2560, 512 rows", 2, 1, 0, 512, 2560, 2560},
      {"ternary 6912x2560, 512 rows", 2, 1, 0, 512, 6912, 2560},
      {"ternary 641x2563, 3 rows", 2, 1, 0, 3, 641, 2563},
      {"ternary 656x2576, 4 rows", 2, 1, 0, 4, 656, 2576},
      {"ternary 2560x2560, 32 rows", 2, 1, 0, 32, 2560, 2560},
      {"int3 2560x2560, resident", SETUN_INT3, 1, 0, 1, 2560, 2560},
      {"int4 2560x2560, resident", 4, 1, 0, 1, 2560, 2560},
      {"FP4 2560x2560, resident", SETUN_FP4, 1, 0, 1, 2560, 2560},
      {"int3 2560x2560, 8 rows", SETUN_INT3, 1, 0, 8, 2560, 2560},
      {"FP4 2560x2560, 8 rows", SETUN_FP4, 1, 0, 8, 2560, 2560},
      {"int2 2560x2560, 512 rows", SETUN_INT2, 1, 0, 512, 2560, 2560},
      {"int3 2560x2560, 512 rows", SETUN_INT3, 1, 0, 512, 2560, 2560},
      {"int4 2560x2560, 512 rows", 4, 1, 0, 512, 2560, 2560},
      {"FP4 2560x2560, 512 rows", SETUN_FP4, 1, 0, 512, 2560, 2560},
      {"int8 2560x2560, 512 rows", 8, 1, 0, 512, 2560, 2560},
      {"int8 2560x2560, 512 rows, unsigned", 8, 0, 0, 512, 2560, 2560},
  };
  measure_reading();
  measure_multiplying();
  for (size_t i = 0; i < sizeof products / sizeof *products; ++i)
    measure_product(&products[i], seconds);
  measure_network(seconds);
  return 0;
}
