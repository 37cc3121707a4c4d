// Which kernels are chosen for which bits of cpuid.
#include "lib/Target/LLVM/CpuLevel.h"

#include "gtest/gtest.h"

/// Registers as Intel's manual numbers them.
static SetunCpu makeHaswell() {
  SetunCpu cpu = {};
  for (int bit : {0, 9, 12, 19, 20, 22, 23, 26, 27, 28, 29})
    cpu.leaf1_c |= 1u << bit;
  for (int bit : {3, 5, 8})
    cpu.leaf7_b |= 1u << bit;
  cpu.extended1_c = 1u << 5 | 1u;
  cpu.saved = 0x7;
  return cpu;
}

static SetunCpu makeIceLake() {
  SetunCpu cpu = makeHaswell();
  for (int bit : {16, 17, 28, 30, 31})
    cpu.leaf7_b |= 1u << bit;
  cpu.leaf7_c = 1u << 11 | 1u << 12;
  cpu.saved = 0xe7;
  return cpu;
}

TEST(CpuLevel, OldestAndNewest) {
  SetunCpu nothing = {};
  EXPECT_EQ(setun_level_of(&nothing), 1u);
  SetunCpu haswell = makeHaswell(), iceLake = makeIceLake();
  EXPECT_EQ(setun_level_of(&haswell), 2u);
  EXPECT_EQ(setun_level_of(&iceLake), 3u);
}

TEST(CpuLevel, SystemSavesNoVectors) {
  SetunCpu cpu = makeIceLake();
  cpu.saved = 0x7; // no registers of 512 bits
  EXPECT_EQ(setun_level_of(&cpu), 2u);
  cpu.saved = 0x3; // none of 256
  EXPECT_EQ(setun_level_of(&cpu), 1u);
}

TEST(CpuLevel, OneFeatureIsMissing) {
  for (int bit : {12, 22, 23, 27, 28, 29}) {
    SetunCpu cpu = makeIceLake();
    cpu.leaf1_c &= ~(1u << bit);
    EXPECT_EQ(setun_level_of(&cpu), 1u) << bit;
  }
  for (int bit : {16, 17, 28, 30, 31}) {
    SetunCpu cpu = makeIceLake();
    cpu.leaf7_b &= ~(1u << bit);
    EXPECT_EQ(setun_level_of(&cpu), 2u) << bit;
  }
  SetunCpu noVnni = makeIceLake();
  noVnni.leaf7_c = 0;
  EXPECT_EQ(setun_level_of(&noVnni), 2u);
  SetunCpu noLzcnt = makeIceLake();
  noLzcnt.extended1_c = 1;
  EXPECT_EQ(setun_level_of(&noLzcnt), 1u);
}
