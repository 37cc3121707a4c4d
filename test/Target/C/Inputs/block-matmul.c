/* Prints the bits of products of random numbers and weights. */
#include "blocks.h"

#include <stdio.h>
#include <string.h>

static uint32_t state = 1;
static uint32_t draw(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

/* Numbers of many sizes; the first block of some rows is tiny, or 0. */
static void fill(float *x, size_t rows) {
  for (size_t i = 0; i < rows * 75; ++i)
    x[i] = ((float)draw() - 8388608.0f) / (float)(1u << draw() % 30);
  for (size_t i = 0; i < 16; ++i)
    x[(rows - 1) * 75 + i] = rows % 2 ? 1e-33f : -0.0f;
}

/* Blocks of 640 bytes, whose last ones are scales. */
static void pack(int8_t *weights, size_t bytes, size_t bits) {
  for (size_t i = 0; i < bytes; ++i)
    weights[i] = (int8_t)(draw() % 256 - 128);
  for (size_t at = 640; at <= bytes; at += 640)
    for (size_t i = 0; i < 32; ++i) {
      const float scale = ((float)draw() - 8388608.0f) * 1e-9f;
      /* Up to 2, also subnormal ones, with a sign. */
      const uint16_t half = (uint16_t)(draw() & 0xbfffu);
      if (bits == 32)
        memcpy(weights + at - 128 + 4 * i, &scale, 4);
      else
        memcpy(weights + at - 64 + 2 * i, &half, 2);
      /* Zero points are bytes. */
      if (bits == 16)
        weights[at - 128 + 2 * i + 1] = 0;
    }
}

static void print(const float *y, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, y + i, sizeof bits);
    printf("%08x\n", (unsigned)bits);
  }
}

int main(void) {
  static float x4[3 * 75], x8[75], x2[4 * 75], y4[3 * 33], y8[33], y2[4 * 33],
      f2[4 * 33];
  static int8_t w4[3840], w8[6400], w2[2560];
  static blocks_arena arena;
  fill(x4, 3);
  fill(x8, 1);
  fill(x2, 4);
  pack(w4, sizeof w4, 32);
  pack(w8, sizeof w8, 16);
  pack(w2, sizeof w2, 16);
  blocks_run(x4, w4, x8, w8, x2, w2, y4, y8, y2, f2, &arena);
  print(y4, 3 * 33);
  print(y8, 33);
  print(y2, 4 * 33);
  print(f2, 4 * 33);
  return 0;
}
