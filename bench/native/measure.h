/* What the programs of this folder have in common: a clock, memory in large
 * pages, parts for threads, and the lines that run.py reads. C99 and C++.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_BENCH_NATIVE_MEASURE_H
#define SETUN_BENCH_NATIVE_MEASURE_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

/* In front of a loop over parts, one for each thread. */
#if defined(_OPENMP)
#define PARALLEL _Pragma("omp parallel for num_threads(threads)")
#else
#define PARALLEL
#endif
static int threads = 1;

/* Microseconds. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* In large pages if the system has them. */
static inline void *allocate(size_t bytes) {
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

/* Bits that are weights of every layout: pairs of 0, 1 and 2. */
static inline void fill(uint8_t *bytes, size_t count) {
  uint32_t state = 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    const uint32_t random = state >> 24;
    bytes[i] = (uint8_t)(random & ~((random >> 1 & random & 0x55u) * 3u));
  }
}

/* The part of `count` that thread `part` takes, in multiples of `unit`. */
static inline size_t split(size_t count, size_t unit, int part) {
  const size_t units = (count + unit - 1) / unit;
  const size_t start = units * (size_t)part / (size_t)threads * unit;
  return start < count ? start : count;
}

/* Microseconds, bytes of weights, operations. */
static inline void report(const char *name, double time, double bytes,
                          double operations) {
  printf("%s\t%.4f\t%.0f\t%.0f\n", name, time, bytes, operations);
  fflush(stdout);
}

#endif
