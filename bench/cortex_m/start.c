/* Start-up code for Cortex-M under qemu: vectors, memory, SysTick as a clock,
 * and semihosting for text and the end. Nothing of it counts in the results:
 * run.py subtracts a program without a model. SPDX-License-Identifier:
 * Apache-2.0 WITH LLVM-exception */
#include "platform.h"

#include <stddef.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_VALUE REGISTER(0xE000E018)
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88)

enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18 };
enum { APPLICATION_EXIT = 0x20026, RUN_TIME_ERROR = 0x20023 };

extern uint32_t image_data_start[], image_data_end[], image_data_load[];
extern uint32_t image_bss_start[], image_bss_end[], image_stack_limit[],
    image_stack_top[];
int main(void);

static void semihosting(uint32_t operation, uint32_t argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register uint32_t r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void platform_print(const char *text) {
  semihosting(SYS_WRITE0, (uint32_t)(uintptr_t)text);
}

/* SysTick counts down from 2^24 - 1, and interrupts at 0. */
#define TICKS_MASK 0xffffffu
static volatile uint32_t rounds;

static void next_round(void) { ++rounds; }

uint32_t platform_ticks(void) {
  uint32_t before, value;
  do {
    before = rounds;
    value = SYSTICK_VALUE;
  } while (before != rounds);
  return (before << 24) + TICKS_MASK - value;
}

#define PATTERN 0xa5c35a3cu
/* The two functions below use a little stack themselves, at the same depth as
 * the model. */
#define OWN_STACK 16

static uint32_t *painted_end;

__attribute__((noinline)) void platform_paint_stack(void) {
  uint32_t *word = image_stack_limit,
           *end = (uint32_t *)__builtin_frame_address(0) - OWN_STACK;
  painted_end = end;
  while (word != end)
    *(volatile uint32_t *)word++ = PATTERN;
}

__attribute__((noinline)) uint32_t platform_used_stack(void) {
  const uint32_t *word = image_stack_limit;
  while (word != painted_end && *word == PATTERN)
    ++word;
  return (uint32_t)((painted_end - word) + OWN_STACK) * 4;
}

__attribute__((noinline)) void platform_spin(uint32_t rounds) {
  __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b"
                   : "+l"(rounds)
                   :
                   : "cc");
}

static void fault(void) {
  platform_print("fault\n");
  semihosting(SYS_EXIT, RUN_TIME_ERROR);
  for (;;) {
  }
}

static void reset(void) {
#ifdef __ARM_FP
  COPROCESSOR_ACCESS |= 0xfu << 20;
  __asm__ volatile("dsb\n isb");
#endif
  for (size_t i = 0; image_data_start + i != image_data_end; ++i)
    image_data_start[i] = image_data_load[i];
  for (uint32_t *word = image_bss_start; word != image_bss_end; ++word)
    *(volatile uint32_t *)word = 0;
  SYSTICK_RELOAD = TICKS_MASK;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7; /* on, processor clock, interrupts */
  while (SYSTICK_VALUE == 0) {
    /* until the first tick */
  }
  semihosting(SYS_EXIT, main() == 0 ? APPLICATION_EXIT : RUN_TIME_ERROR);
  fault();
}

__attribute__((section(".vectors"),
               used)) static const void *const vectors[16] = {
    image_stack_top,
    (void *)reset,
    (void *)fault,
    (void *)fault,
    (void *)fault,
    (void *)fault,
    (void *)fault,
    NULL,
    NULL,
    NULL,
    NULL,
    (void *)fault,
    (void *)fault,
    NULL,
    (void *)fault,
    (void *)next_round,
};
