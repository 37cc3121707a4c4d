/* Which kernels an x86 processor can run, and its system lets it: bitcode for
 * objects of --dispatch=runtime.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "CpuLevel.h"

static void setun_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t words[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(words[0]), "=b"(words[1]), "=c"(words[2]),
                     "=d"(words[3])
                   : "a"(leaf), "c"(subleaf));
}

static int setun_has(uint32_t word, uint32_t bits) {
  return (word & bits) == bits;
}

uint32_t setun_level_of(const SetunCpu *cpu) {
  /* FMA, MOVBE, POPCNT, OSXSAVE, AVX, F16C; AVX2, BMI1, BMI2; LZCNT. The system
   * saves vectors of 256 bits. */
  const uint32_t base =
      1u << 12 | 1u << 22 | 1u << 23 | 1u << 27 | 1u << 28 | 1u << 29;
  if (!setun_has(cpu->leaf1_c, base) ||
      !setun_has(cpu->leaf7_b, 1u << 3 | 1u << 5 | 1u << 8) ||
      !setun_has(cpu->extended1_c, 1u << 5) || !setun_has(cpu->saved, 0x06))
    return 1;
  /* AVX-512 F, DQ, CD, BW, VL; VNNI. It saves masks and 512 bits, too. */
  if (!setun_has(cpu->leaf7_b,
                 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31) ||
      !setun_has(cpu->leaf7_c, 1u << 11) || !setun_has(cpu->saved, 0xe6))
    return setun_has(cpu->leaf7_1_a, 1u << 4) ? 3 : 2; /* AVX-VNNI */
  /* VBMI, VPOPCNTDQ. */
  if (!setun_has(cpu->leaf7_c, 1u << 1 | 1u << 14))
    return 4;
  /* GFNI; AMX for tiles and bytes, whose registers it saves for those that ask
   * for it. */
  if (!setun_has(cpu->leaf7_c, 1u << 8) ||
      !setun_has(cpu->leaf7_d, 1u << 24 | 1u << 25) ||
      !setun_has(cpu->saved, 0x600e6))
    return 5;
  return 6;
}

uint32_t setun_find_level(void) {
  SetunCpu cpu = {0, 0, 0, 0, 0, 0, 0};
  uint32_t words[4];
  setun_cpuid(0, 0, words);
  const uint32_t last = words[0];
  setun_cpuid(1, 0, words);
  cpu.leaf1_c = words[2];
  if (last >= 7) {
    setun_cpuid(7, 0, words);
    cpu.leaf7_b = words[1];
    cpu.leaf7_c = words[2];
    cpu.leaf7_d = words[3];
    if (words[0] >= 1) { /* subleaves */
      setun_cpuid(7, 1, words);
      cpu.leaf7_1_a = words[0];
    }
  }
  setun_cpuid(0x80000000u, 0, words);
  if (words[0] >= 0x80000001u) {
    setun_cpuid(0x80000001u, 0, words);
    cpu.extended1_c = words[2];
  }
  if (setun_has(cpu.leaf1_c, 1u << 27)) { /* or there is no such instruction */
    uint32_t high;
    __asm__ volatile("xgetbv" : "=a"(cpu.saved), "=d"(high) : "c"(0));
  }
  return setun_level_of(&cpu);
}
