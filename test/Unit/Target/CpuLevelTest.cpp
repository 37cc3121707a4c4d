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
  cpu.leaf7_c = 1u << 1 | 1u << 8 | 1u << 11 | 1u << 12 | 1u << 14;
  cpu.saved = 0xe7;
  return cpu;
}

static SetunCpu makeCascadeLake() {
  SetunCpu cpu = makeHaswell();
  for (int bit : {16, 17, 28, 30, 31})
    cpu.leaf7_b |= 1u << bit;
  cpu.leaf7_c = 1u << 11;
  cpu.saved = 0xe7;
  return cpu;
}

static SetunCpu makeSapphireRapids() {
  SetunCpu cpu = makeIceLake();
  cpu.leaf7_d = 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25;
  cpu.saved = 0x600e7;
  return cpu;
}

TEST(CpuLevel, OldestAndNewest) {
  SetunCpu nothing = {};
  EXPECT_EQ(setun_level_of(&nothing), 1u);
  SetunCpu haswell = makeHaswell(), cascadeLake = makeCascadeLake();
  EXPECT_EQ(setun_level_of(&haswell), 2u);
  EXPECT_EQ(setun_level_of(&cascadeLake), 4u);
  SetunCpu iceLake = makeIceLake(), sapphireRapids = makeSapphireRapids();
  EXPECT_EQ(setun_level_of(&iceLake), 5u);
  EXPECT_EQ(setun_level_of(&sapphireRapids), 6u);
}

TEST(CpuLevel, VnniWithoutAvx512) {
  SetunCpu alderLake = makeHaswell();
  alderLake.leaf7_1_a = 1u << 4;
  EXPECT_EQ(setun_level_of(&alderLake), 3u);
  SetunCpu old = {};
  old.leaf7_1_a = 1u << 4; // alone it is not enough
  EXPECT_EQ(setun_level_of(&old), 1u);
}

TEST(CpuLevel, AArch64) {
  EXPECT_EQ(setun_level_of_aarch64(0), 1u);
  // Cortex-A72, Neoverse N1 as Linux tells it.
  EXPECT_EQ(setun_level_of_aarch64(0xff), 1u);
  EXPECT_EQ(setun_level_of_aarch64(0x119fff), 2u);
}

TEST(CpuLevel, SystemSavesNoVectors) {
  SetunCpu cpu = makeIceLake();
  cpu.saved = 0x7; // no registers of 512 bits
  EXPECT_EQ(setun_level_of(&cpu), 2u);
  cpu.saved = 0x3; // none of 256
  EXPECT_EQ(setun_level_of(&cpu), 1u);
}

TEST(CpuLevel, NoTiles) {
  SetunCpu cpu = makeSapphireRapids();
  cpu.saved = 0xe7; // or 0x200e7: their configuration alone
  EXPECT_EQ(setun_level_of(&cpu), 5u);
  cpu.saved = 0x200e7;
  EXPECT_EQ(setun_level_of(&cpu), 5u);
  for (int bit : {24, 25}) {
    SetunCpu other = makeSapphireRapids();
    other.leaf7_d &= ~(1u << bit);
    EXPECT_EQ(setun_level_of(&other), 5u) << bit;
  }
  for (int bit : {1, 14}) {
    SetunCpu other = makeSapphireRapids();
    other.leaf7_c &= ~(1u << bit);
    EXPECT_EQ(setun_level_of(&other), 4u) << bit;
  }
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
  noVnni.leaf7_c &= ~(1u << 11);
  EXPECT_EQ(setun_level_of(&noVnni), 2u);
  SetunCpu noLzcnt = makeIceLake();
  noLzcnt.extended1_c = 1;
  EXPECT_EQ(setun_level_of(&noLzcnt), 1u);
}
