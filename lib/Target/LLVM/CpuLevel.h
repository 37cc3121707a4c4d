/* See CpuLevel.c.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_LIB_TARGET_LLVM_CPULEVEL_H
#define SETUN_LIB_TARGET_LLVM_CPULEVEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers of the leaves 1, 7 and 0x80000001 of cpuid, and what the system
 * saves of vectors, as xgetbv tells. */
typedef struct {
  uint32_t leaf1_c, leaf7_b, leaf7_c, extended1_c, saved;
} SetunCpu;

/* 1: every x86-64; 2: x86-64-v3; 3: x86-64-v4 with VNNI. */
uint32_t setun_level_of(const SetunCpu *cpu);

/* That of this processor. */
uint32_t setun_find_level(void);

#ifdef __cplusplus
}
#endif

#endif
