//===- BitPackingTest.cpp - Packed layouts --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small cases against bytes worked out by hand, odd sizes by round trip, and
// blobs that must be refused.
//===----------------------------------------------------------------------===//

#include "setun/Support/BitPacking.h"

#include "gtest/gtest.h"

#include <random>

using namespace setun;

namespace {

constexpr PackedLayout allLayouts[] = {
    PackedLayout::Bits, PackedLayout::TernaryPairs, PackedLayout::Bytes};

using Bytes = std::vector<uint8_t>;
using Codes = std::vector<int8_t>;

std::string check(PackedLayout layout, const Bytes &blob, int64_t outputs,
                  int64_t inputs) {
  return llvm::toString(checkPackedWeights(layout, blob, outputs, inputs));
}

TEST(BitPacking, NamesRoundTrip) {
  for (PackedLayout layout : allLayouts)
    EXPECT_EQ(parsePackedLayout(stringifyPackedLayout(layout)), layout);
  EXPECT_EQ(stringifyPackedLayout(PackedLayout::TernaryPairs), "ternary_pairs");
  EXPECT_EQ(parsePackedLayout("nibbles"), std::nullopt);
  EXPECT_EQ(parsePackedLayout(""), std::nullopt);
}

TEST(BitPacking, BitsByHand) {
  // Inputs 0, 2 and 9 are +1: bits 0 and 2 of byte 0, bit 1 of byte 1.
  Codes codes = {1, -1, 1, -1, -1, -1, -1, -1, -1, 1};
  EXPECT_EQ(packWeights(PackedLayout::Bits, codes, 1, 10), (Bytes{0x05, 0x02}));
  // Two rows of 3: each starts at its own byte.
  EXPECT_EQ(packWeights(PackedLayout::Bits, {1, 1, -1, -1, -1, 1}, 2, 3),
            (Bytes{0x03, 0x04}));
}

TEST(BitPacking, TernaryPairsByHand) {
  Codes codes(130, 0);
  codes[0] = 1;    // byte 0, bits 0-1: 01
  codes[32] = -1;  // byte 0, bits 2-3: 10
  codes[64] = 1;   // byte 0, bits 4-5: 01
  codes[96] = -1;  // byte 0, bits 6-7: 10
  codes[31] = -1;  // byte 31, bits 0-1: 10
  codes[127] = 1;  // byte 31, bits 6-7: 01
  codes[129] = -1; // second block, byte 33, bits 0-1: 10
  Bytes expected(64, 0);
  expected[0] = 0b10'01'10'01;
  expected[31] = 0b01'00'00'10;
  expected[33] = 0b00'00'00'10;
  EXPECT_EQ(packWeights(PackedLayout::TernaryPairs, codes, 1, 130), expected);
}

TEST(BitPacking, BytesByHand) {
  EXPECT_EQ(packWeights(PackedLayout::Bytes, {-128, -1, 0, 127}, 2, 2),
            (Bytes{0x80, 0xff, 0x00, 0x7f}));
}

TEST(BitPacking, Sizes) {
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 0), 0);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 8), 1);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 9), 2);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 1), 32);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 128), 32);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 129), 64);
  EXPECT_EQ(getPackedBytes(PackedLayout::Bytes, 3, 5), 15);
  // No overflow to something small, which a blob could have.
  EXPECT_EQ(getPackedBytes(PackedLayout::Bytes, INT64_MAX, 3), INT64_MAX);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, INT64_MAX),
            INT64_MAX / 8 + 1);
}

TEST(BitPacking, CanPack) {
  EXPECT_TRUE(canPack(PackedLayout::Bits, -1, 1, /*step=*/2));
  EXPECT_FALSE(canPack(PackedLayout::Bits, -1, 1));
  EXPECT_TRUE(canPack(PackedLayout::Bits, 1, 1));
  EXPECT_FALSE(canPack(PackedLayout::Bits, 0, 0));
  EXPECT_TRUE(canPack(PackedLayout::TernaryPairs, -1, 1));
  EXPECT_TRUE(canPack(PackedLayout::TernaryPairs, 0, 1));
  EXPECT_FALSE(canPack(PackedLayout::TernaryPairs, -2, 1));
  EXPECT_TRUE(canPack(PackedLayout::Bytes, -128, 127));
  EXPECT_FALSE(canPack(PackedLayout::Bytes, 0, 255));
}

TEST(BitPacking, RoundTripsOddSizes) {
  std::mt19937 random(1);
  for (PackedLayout layout : allLayouts)
    for (int64_t outputs : {1, 2, 5})
      for (int64_t inputs : {1, 7, 8, 31, 33, 127, 128, 129, 300}) {
        Codes codes(outputs * inputs);
        for (int8_t &code : codes)
          code = layout == PackedLayout::Bits ? (random() % 2 ? 1 : -1)
                 : layout == PackedLayout::TernaryPairs
                     ? static_cast<int8_t>(random() % 3) - 1
                     : static_cast<int8_t>(random());
        Bytes blob = packWeights(layout, codes, outputs, inputs);
        EXPECT_EQ(static_cast<int64_t>(blob.size()),
                  getPackedBytes(layout, outputs, inputs));
        EXPECT_EQ(check(layout, blob, outputs, inputs), "");
        EXPECT_EQ(unpackWeights(layout, blob, outputs, inputs), codes);
      }
}

TEST(BitPacking, RefusesBadBlobs) {
  EXPECT_EQ(check(PackedLayout::Bits, {1, 2}, 1, 8),
            "layout 'bits' of 1x8 weights needs 1 bytes, found 2");
  EXPECT_EQ(check(PackedLayout::Bits, {0xff, 0x08}, 2, 3),
            "row 0 of layout 'bits' has bits set behind its last input");
  Bytes blob(64, 0);
  blob[40] = 0b00'11'00'00;
  EXPECT_EQ(check(PackedLayout::TernaryPairs, blob, 2, 128),
            "row 1 of layout 'ternary_pairs' has a pair with both bits set, "
            "which is no weight");
  // 10 01: neighbouring bits of different pairs are fine.
  blob[40] = 0b00'01'10'00;
  EXPECT_EQ(check(PackedLayout::TernaryPairs, blob, 2, 128), "");
  // Input 96 + 8 is not there.
  blob[40] = 0b01'00'00'00;
  EXPECT_EQ(check(PackedLayout::TernaryPairs, blob, 2, 100),
            "row 1 of layout 'ternary_pairs' has bits set behind its last "
            "input");
  EXPECT_EQ(check(PackedLayout::Bytes, {}, -1, 3), "negative shape");
  EXPECT_EQ(check(PackedLayout::Bytes, {}, INT64_MAX, INT64_MAX),
            "layout 'bytes' of 9223372036854775807x9223372036854775807 weights "
            "needs 9223372036854775807 bytes, found 0");
  EXPECT_EQ(check(PackedLayout::Bits, {}, 0, 5), "");
}

} // namespace
