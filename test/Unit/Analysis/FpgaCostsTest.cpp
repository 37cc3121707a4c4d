// The expected numbers are arithmetic by hand on the structures and the sizes
// of blocks that FpgaCosts.h tells.
#include "setun/Analysis/FpgaCosts.h"

#include "gtest/gtest.h"

#include <ostream>

using namespace setun;
using namespace setun::fpga;

namespace setun {
static void PrintTo(const FpgaCost &cost, std::ostream *os) {
  *os << cost.luts << " LUT, " << cost.flipFlops << " FF, " << cost.blockRams
      << " BRAM, " << cost.dsps << " DSP";
}
} // namespace setun

namespace {

TEST(FpgaCostsTest, AdderTreesGrowABitALevel) {
  EXPECT_EQ(adderTree(1, 8), FpgaCost());
  EXPECT_EQ(adderTree(2, 8), (FpgaCost{8, 9}));
  // 2 * 8 + 9 tables; 2 * 9 + 10 registers.
  EXPECT_EQ(adderTree(4, 8), (FpgaCost{25, 28}));
  // The third waits for a cycle: 8 + 9 tables.
  EXPECT_EQ(adderTree(3, 8), (FpgaCost{17, 28}));
  EXPECT_EQ(getTreeDepth(1), 0);
  EXPECT_EQ(getTreeDepth(9), 4);
}

TEST(FpgaCostsTest, BitCountsBeginWithTwoTablesForAPair) {
  // 4 * 2 + 2 * 2 + 3
  EXPECT_EQ(bitCount(8), (FpgaCost{15, 4 * 2 + 2 * 3 + 4}));
}

TEST(FpgaCostsTest, SmallProductsAreTablesLargeOnesDsps) {
  EXPECT_EQ(multiplier(2, 3).luts, 6);
  EXPECT_EQ(multiplier(4, 4).luts, 20);
  EXPECT_EQ(multiplier(4, 4).dsps, 0);
  EXPECT_EQ(multiplier(5, 8).dsps, 1);
  EXPECT_EQ(multiplier(18, 25), (FpgaCost{0, 0, 0, 1}));
  EXPECT_EQ(multiplier(25, 18), (FpgaCost{0, 0, 0, 1}));
  EXPECT_EQ(multiplier(32, 32).dsps, 4);
}

TEST(FpgaCostsTest, SumsOfFloatsWaitForThemselves) {
  int64_t cycles = getFloatLatency(FloatOperator::Add);
  EXPECT_EQ(getSumInterval(1), cycles);
  EXPECT_EQ(getSumInterval(cycles), 1);
  EXPECT_EQ(getSumInterval(cycles - 1), 2);
}

TEST(FpgaCostsTest, MemoriesAreWholeBlocks) {
  EXPECT_EQ(countBlockRams(512, 36), 1);
  EXPECT_EQ(countBlockRams(513, 36), 2);
  EXPECT_EQ(countBlockRams(16384, 1), 1);
  EXPECT_EQ(countBlockRams(4096, 5), 2);
  EXPECT_EQ(rom(1, 100), FpgaCost());
  EXPECT_EQ(rom(64, 8), (FpgaCost{8, 8}));
  EXPECT_EQ(rom(100, 8), (FpgaCost{24, 8})); // two tables and what joins them
  EXPECT_EQ(rom(1024, 8), (FpgaCost{0, 0, 1}));
  EXPECT_EQ(ram(33, 4), (FpgaCost{8, 4}));
  EXPECT_EQ(fifo(2, 8).blockRams, 0);
  EXPECT_EQ(fifo(2048, 9).blockRams, 1);
}

TEST(FpgaCostsTest, ThresholdsAreComparedAndCounted) {
  EXPECT_EQ(comparison(12, false).luts, 8);
  EXPECT_EQ(comparison(12, true).luts, 3);
  EXPECT_EQ(thresholds(1, 12, false), (FpgaCost{8, 1}));
  // 7 comparisons; four full adders make three bits of seven.
  EXPECT_EQ(thresholds(7, 12, false), (FpgaCost{7 * 8 + 4, 3}));
}

/// 4 outputs of 16 inputs at a time.
MatrixVectorUnit makeUnit() {
  MatrixVectorUnit unit;
  unit.inputs = 64;
  unit.outputs = 32;
  unit.simd = 16;
  unit.pe = 4;
  unit.inputBits = 8;
  unit.sumBits = 20;
  return unit;
}

TEST(FpgaCostsTest, SignsAreSelectedInFrontOfTheTree) {
  MatrixVectorUnit unit = makeUnit();
  // 8 of 16 selects of 9 bits for each of four; 16 negations of 8 bits.
  EXPECT_EQ(products(unit), (FpgaCost{4 * 8 * 9 + 16 * 7}));
  // 8 * 9 + 4 * 10 + 2 * 11 + 12 = 146, and the accumulator.
  EXPECT_EQ(sums(unit).luts, 4 * (146 + 20));
  // 8 * 10 + 4 * 11 + 2 * 12 + 13 registers = 161.
  EXPECT_EQ(sums(unit).flipFlops, 4 * (161 + 20));
  // 32 words of 32 bits each.
  EXPECT_EQ(weights(unit), (FpgaCost{4 * 32, 4 * 32}));
  // 4 beats of 128 bits.
  EXPECT_EQ(rowBuffer(unit), (FpgaCost{128, 128}));
}

TEST(FpgaCostsTest, XnorsArePartOfTheCount) {
  MatrixVectorUnit unit = makeUnit();
  unit.inputIsBipolar = true;
  unit.inputBits = 1;
  unit.weight = WeightKind::Bipolar;
  unit.weightBits = 1;
  unit.sumBits = 8;
  EXPECT_EQ(products(unit), FpgaCost());
  // 8 * 2 + 4 * 2 + 2 * 3 + 4 = 34, twice the count less 16, the accumulator.
  EXPECT_EQ(sums(unit).luts, 4 * (34 + 6 + 8));
}

TEST(FpgaCostsTest, DspBlocksAddPairs) {
  MatrixVectorUnit unit = makeUnit();
  unit.weight = WeightKind::Integer;
  unit.weightBits = 8;
  EXPECT_EQ(products(unit).dsps, 64);
  // Eight sums of 17 bits are left of 16 products.
  EXPECT_EQ(sums(unit).luts, 4 * (4 * 17 + 2 * 18 + 19 + 20));
}

TEST(FpgaCostsTest, ConstantsNeedNoMemory) {
  MatrixVectorUnit unit = makeUnit();
  unit.outputs = unit.pe = 4;
  unit.inputs = unit.simd = 16;
  unit.constantTerms = 4 * 5;
  EXPECT_EQ(weights(unit), FpgaCost());
  EXPECT_EQ(products(unit), FpgaCost());
  // Five terms each: 2 * 9 + 10 + 11.
  EXPECT_EQ(sums(unit).luts, 4 * 39);
}

TEST(FpgaCostsTest, DevicesAreFoundByTheBeginningOfAPart) {
  ASSERT_NE(findDevice("xc7z020clg400-1"), nullptr);
  EXPECT_EQ(findDevice("xc7z020clg400-1")->luts, 53200);
  EXPECT_EQ(findDevice("xczu3eg-sbva484-1-e")->dsps, 360);
  EXPECT_EQ(findDevice("xyz"), nullptr);
}

} // namespace
