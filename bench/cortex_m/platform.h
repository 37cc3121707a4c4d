/* What driver.c needs from the machine it runs on: start.c for Cortex-M, host.c
 * for the computer that compiles. SPDX-License-Identifier: Apache-2.0 WITH
 * LLVM-exception */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

/* Writes text to the standard output of the host. */
void platform_print(const char *text);

/* Ticks of a clock that runs on with virtual time; 0 on the host. */
uint32_t platform_ticks(void);

/* Fills the stack below the caller with a pattern; says how many bytes of it
 * were overwritten since. */
void platform_paint_stack(void);
uint32_t platform_used_stack(void);

/* 2 * rounds instructions and a few more. */
void platform_spin(uint32_t rounds);

#endif
