/* The platform of driver.c on the computer that compiles, for the results to
 * compare with. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "platform.h"

#include <stdio.h>

void platform_print(const char *text) { fputs(text, stdout); }
uint32_t platform_ticks(void) { return 0; }
void platform_paint_stack(void) {}
uint32_t platform_used_stack(void) { return 0; }
void platform_spin(uint32_t rounds) { (void)rounds; }
