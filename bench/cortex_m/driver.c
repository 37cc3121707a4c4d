/* Runs a model once for each case of cases.h and prints the bytes of its
 * outputs. cases.h is written by run.py: CASES, INPUT_BYTES, OUTPUT_BYTES,
 * case_inputs[CASES][INPUT_BYTES], and RUN(input, output) that runs the model.
 * With -DNO_MODEL the same program without one, to subtract.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "platform.h"

#include "cases.h"

static union {
  double align;
  uint8_t bytes[OUTPUT_BYTES];
} output;

static __attribute__((noinline)) void run(const void *input) {
#ifdef NO_MODEL
  /* Keeps the inputs in the program. */
  __asm__ volatile("" : : "r"(input), "r"(output.bytes) : "memory");
#else
  RUN(input, output.bytes);
#endif
}

static void print_number(const char *name, uint32_t value) {
  char text[11], *digit = text + sizeof text;
  *--digit = 0;
  do {
    *--digit = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  platform_print(name);
  platform_print(digit);
  platform_print("\n");
}

static void print_bytes(const uint8_t *bytes, uint32_t count) {
  static const char digits[] = "0123456789abcdef";
  platform_print("output ");
  for (uint32_t i = 0; i < count; ++i) {
    const char text[3] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], 0};
    platform_print(text);
  }
  platform_print("\n");
}

#define ROUNDS 1000000u

int main(void) {
  uint32_t start = platform_ticks();
  platform_spin(1);
  const uint32_t empty = platform_ticks() - start;
  start = platform_ticks();
  platform_spin(ROUNDS + 1);
  print_number("empty_ticks ", empty);
  print_number("loop_ticks ", platform_ticks() - start - empty);
  print_number("loop_instructions ", 2 * ROUNDS);

  platform_paint_stack();
  run(case_inputs[0]);
  print_number("stack ", platform_used_stack());
  for (uint32_t i = 0; i < CASES; ++i) {
    start = platform_ticks();
    run(case_inputs[i]);
    print_number("ticks ", platform_ticks() - start - empty);
    print_bytes(output.bytes, OUTPUT_BYTES);
  }
  return 0;
}
