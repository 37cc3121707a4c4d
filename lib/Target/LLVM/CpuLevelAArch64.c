/* Which kernels an AArch64 processor can run: bitcode for objects of
 * --dispatch=runtime.
 *
 * Reading the processor's own registers is a privilege; Linux lets programs
 * read them only from a version on that it tells in the same place as the
 * features themselves.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "CpuLevel.h"

/* Of the C library, if the program has one that has it. */
extern unsigned long getauxval(unsigned long type) __attribute__((weak));

uint32_t setun_level_of_aarch64(uint64_t capabilities) {
  return capabilities & 1u << 20 /* HWCAP_ASIMDDP */ ? 2 : 1;
}

uint32_t setun_find_level(void) {
  return getauxval ? setun_level_of_aarch64(getauxval(16 /* AT_HWCAP */)) : 1;
}
