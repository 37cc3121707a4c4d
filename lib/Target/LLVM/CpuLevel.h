/* See CpuLevel.c and CpuLevelAArch64.c.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_LIB_TARGET_LLVM_CPULEVEL_H
#define SETUN_LIB_TARGET_LLVM_CPULEVEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers of the leaves 1, 7, 7 with subleaf 1, and 0x80000001 of cpuid, and
 * what the system saves of vectors, as xgetbv tells. */
typedef struct {
  uint32_t leaf1_c, leaf7_b, leaf7_c, leaf7_d, leaf7_1_a, extended1_c, saved;
} SetunCpu;

/* 1: every x86-64; 2: x86-64-v3; 3: that with AVX-VNNI; 4: x86-64-v4 with VNNI;
 * 5: with VBMI and VPOPCNTDQ, too; 6: with GFNI and AMX for bytes, too. */
uint32_t setun_level_of(const SetunCpu *cpu);

/* The same for AArch64, where Linux tells what there is (AT_HWCAP): 1: all of
 * them; 2: with products of bytes. */
uint32_t setun_level_of_aarch64(uint64_t capabilities);

/* That of this processor. */
uint32_t setun_find_level(void);

#ifdef __cplusplus
}
#endif

#endif
