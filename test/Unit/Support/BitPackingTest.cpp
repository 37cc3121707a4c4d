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

using Bytes = std::vector<uint8_t>;
using Codes = std::vector<int8_t>;

std::string check(PackedLayout layout, const Bytes &blob, int64_t outputs,
                  int64_t inputs) {
  return llvm::toString(checkPackedWeights(layout, blob, outputs, inputs));
}

TEST(BitPacking, NamesRoundTrip) {
  for (PackedLayout layout : getPackedLayouts())
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

TEST(BitPacking, TritsByHand) {
  // Inputs 0 .. 4 are the digits of one byte: 2 + 0 + 9 + 2 * 27 + 0.
  EXPECT_EQ(packWeights(PackedLayout::Trits, {1, -1, 0, 1, -1}, 1, 5),
            (Bytes{65}));
  // Weight 0 behind the last input: 0 + 3 + 9 + 27 + 81.
  EXPECT_EQ(packWeights(PackedLayout::Trits, {-1}, 1, 1), (Bytes{120}));
  // A block of 160 inputs in 32 bytes, then one of 7 in 2: inputs 0, 2, 4 and 6
  // of it are digits 0 to 3 of the first, 1, 3 and 5 those of the second.
  Codes codes(167, 0);
  codes[31] = 1;
  codes[32] = -1;
  codes[159] = 1;
  codes[161] = 1;
  codes[166] = -1;
  Bytes expected(34, 121);
  expected[31] = 121 + 1 + 81;
  expected[0] = 121 - 3;
  expected[33] = 121 + 1;
  expected[32] = 121 - 27;
  EXPECT_EQ(packWeights(PackedLayout::Trits, codes, 1, 167), expected);
}

TEST(BitPacking, BytesByHand) {
  EXPECT_EQ(packWeights(PackedLayout::Bytes, {-128, -1, 0, 127}, 2, 2),
            (Bytes{0x80, 0xff, 0x00, 0x7f}));
}

TEST(BitPacking, TilesByHand) {
  // 18 outputs are two blocks, which make one group; 17 inputs are two lines.
  Codes codes(18 * 17, -1);
  auto at = [&](int64_t n, int64_t k) -> int8_t & { return codes[n * 17 + k]; };
  at(0, 0) = 1;   // block 0, line 0: byte 0, lowest pair: 2
  at(1, 5) = 0;   // byte 4 + 1, second pair: 1
  at(17, 15) = 1; // block 1 behind block 0: byte 64 + 4 + 3, top pair: 2
  at(2, 16) = 1;  // line 1 behind line 0 of both: byte 128 + 8
  Bytes expected(256, 0);
  expected[0] = 0b00'00'00'10;
  expected[5] = 0b00'00'01'00;
  expected[71] = 0b10'00'00'00;
  expected[136] = 0b00'00'00'10;
  EXPECT_EQ(packWeights(PackedLayout::TernaryTiles, codes, 18, 17), expected);

  // Input 4 lies above input 0.
  // 34 inputs of one output: two lines, inputs 0, 9 and 33 are +1.
  std::vector<int8_t> signs(34, -1);
  signs[0] = signs[9] = signs[33] = 1;
  Bytes bits(128, 0);
  bits[0] = 0x01;
  bits[1] = 0x02;
  bits[64] = 0x02;
  EXPECT_EQ(packWeights(PackedLayout::BitTiles, signs, 1, 34), bits);

  Bytes nibbles(64, 0);
  nibbles[0] = 0xf0;
  nibbles[2] = 0x09;
  EXPECT_EQ(packWeights(PackedLayout::NibbleTiles, {-8, -8, 1, -8, 7}, 1, 5),
            nibbles);

  // -2, 1, then 0 above input 0.
  Bytes twoBits(64, 0);
  twoBits[0] = 0b10'00;
  twoBits[1] = 0b11;
  twoBits[2] = twoBits[3] = 0b10;
  EXPECT_EQ(packWeights(PackedLayout::Int2Tiles, {-2, 1, 0, 0, 0}, 1, 5),
            twoBits);

  // Two blocks, so that lines are 128 bytes apart; -4 is 0, 3 is 7, 1 is 5. Of
  // output 17 input 4 has bits 4 and 5, input 13 bits 6 and 7 in byte 1, and
  // input 24 bits 2 and 3 of the second line; upper bits are bit 4, 5 and 3.
  Codes threes(32 * 18, -4);
  threes[17 * 32 + 4] = 3;
  threes[17 * 32 + 13] = 1;
  threes[17 * 32 + 24] = -1;
  threes[17 * 32 + 25] = 0;
  Bytes threeBits(6 * 64, 0);
  threeBits[64 + 4] = 0b00'11'00'00;
  threeBits[64 + 5] = 0b01'00'00'00;
  threeBits[128 + 64 + 4] = 0b00'00'11'00;
  threeBits[256 + 64 + 4] = 0b00010000;
  threeBits[256 + 64 + 5] = 0b00101000;
  EXPECT_EQ(packWeights(PackedLayout::Int3Tiles, threes, 18, 32), threeBits);

  // Twice 0.5, -6, 1.5 and 4; -0.5 above 0.5.
  Bytes floats(64, 0);
  floats[0] = 0x91;
  floats[1] = 0x0f;
  floats[2] = 0x03;
  floats[3] = 0x06;
  EXPECT_EQ(packWeights(PackedLayout::Fp4Tiles, {1, -12, 3, 8, -1}, 1, 5),
            floats);

  Bytes bytes(128, 0);
  bytes[0] = 0x80;
  bytes[64] = 0x7f;
  EXPECT_EQ(packWeights(PackedLayout::ByteTiles, {-128, 0, 0, 0, 127}, 1, 5),
            bytes);
}

TEST(BitPacking, TheLastGroupHasFewerBlocks) {
  // 65 outputs of 2 inputs: four blocks, then one.
  Codes codes(65 * 2, 0);
  codes[64 * 2 + 1] = 5;
  Bytes expected(5 * 64, 0);
  expected[4 * 64 + 1] = 5;
  EXPECT_EQ(packWeights(PackedLayout::ByteTiles, codes, 65, 2), expected);
}

TEST(BitPacking, Sizes) {
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 0), 0);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 8), 1);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Bits, 9), 2);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 1), 32);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 128), 32);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::TernaryPairs, 129), 64);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Trits, 0), 0);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Trits, 5), 1);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Trits, 6), 2);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Trits, 161), 33);
  EXPECT_EQ(getPackedRowBytes(PackedLayout::Trits, INT64_MAX),
            INT64_MAX / 5 + 1);
  EXPECT_EQ(getPackedBytes(PackedLayout::Bytes, 3, 5), 15);
  EXPECT_EQ(getPackedBytes(PackedLayout::TernaryTiles, 16, 16), 64);
  EXPECT_EQ(getPackedBytes(PackedLayout::TernaryTiles, 17, 17), 256);
  EXPECT_EQ(getPackedBytes(PackedLayout::BitTiles, 17, 33), 256);
  EXPECT_EQ(getPackedBytes(PackedLayout::NibbleTiles, 16, 16), 128);
  EXPECT_EQ(getPackedBytes(PackedLayout::Int2Tiles, 16, 16), 64);
  EXPECT_EQ(getPackedBytes(PackedLayout::Int3Tiles, 16, 32), 192);
  EXPECT_EQ(getPackedBytes(PackedLayout::Int3Tiles, 17, 33), 768);
  EXPECT_EQ(getPackedBytes(PackedLayout::Fp4Tiles, 16, 16), 128);
  EXPECT_EQ(getPackedBytes(PackedLayout::ByteTiles, 1, 1), 64);
  // No overflow to something small, which a blob could have.
  EXPECT_EQ(getPackedBytes(PackedLayout::ByteTiles, INT64_MAX, INT64_MAX),
            INT64_MAX);
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
  EXPECT_TRUE(canPack(PackedLayout::Trits, -1, 1));
  EXPECT_FALSE(canPack(PackedLayout::Trits, -1, 2));
  EXPECT_TRUE(canPack(PackedLayout::Bytes, -128, 127));
  EXPECT_FALSE(canPack(PackedLayout::Bytes, 0, 255));
  EXPECT_TRUE(canPack(PackedLayout::NibbleTiles, -8, 7));
  EXPECT_FALSE(canPack(PackedLayout::NibbleTiles, 0, 8));
  EXPECT_TRUE(canPack(PackedLayout::Int2Tiles, -2, 1));
  EXPECT_FALSE(canPack(PackedLayout::Int2Tiles, -2, 2));
  EXPECT_TRUE(canPack(PackedLayout::Int3Tiles, -4, 3));
  EXPECT_FALSE(canPack(PackedLayout::Int3Tiles, -5, 3));
  EXPECT_TRUE(canPack(PackedLayout::Fp4Tiles, -12, 12));
  EXPECT_FALSE(canPack(PackedLayout::Fp4Tiles, -17, 12));
  for (int code : {0, 1, -2, 3, -4, 6, -8, 12, -12})
    EXPECT_TRUE(isFp4Code(code)) << code;
  for (int code : {5, -7, 9, 10, 11, -13, 24})
    EXPECT_FALSE(isFp4Code(code)) << code;
}

TEST(BitPacking, RoundTripsOddSizes) {
  std::mt19937 random(1);
  for (PackedLayout layout : getPackedLayouts())
    for (int64_t outputs : {1, 2, 5, 16, 17, 70})
      for (int64_t inputs : {1, 7, 8, 31, 33, 127, 128, 129, 160, 161, 300}) {
        Codes codes(outputs * inputs);
        for (int8_t &code : codes)
          code =
              layout == PackedLayout::Bits || layout == PackedLayout::BitTiles
                  ? (random() % 2 ? 1 : -1)
              : layout == PackedLayout::TernaryPairs ||
                      layout == PackedLayout::Trits ||
                      layout == PackedLayout::TernaryTiles
                  ? static_cast<int8_t>(random() % 3) - 1
              : layout == PackedLayout::Int2Tiles
                  ? static_cast<int8_t>(random() % 4) - 2
              : layout == PackedLayout::Int3Tiles
                  ? static_cast<int8_t>(random() % 8) - 4
              : layout == PackedLayout::Fp4Tiles
                  ? static_cast<int8_t>((random() % 2 ? 1 : -2) *
                                        int(random() % 5))
              : layout == PackedLayout::NibbleTiles
                  ? static_cast<int8_t>(random() % 16) - 8
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
  EXPECT_EQ(check(PackedLayout::Trits, {0, 242}, 2, 5), "");
  EXPECT_EQ(check(PackedLayout::Trits, {0, 243}, 2, 5),
            "row 1 of layout 'trits' has a byte 243; five weights are at most "
            "242");
  // Digit 4 has to be 1: 81 .. 161.
  EXPECT_EQ(check(PackedLayout::Trits, {81, 161}, 2, 4), "");
  EXPECT_EQ(check(PackedLayout::Trits, {162, 121}, 2, 4),
            "row 0 of layout 'trits' has weights other than 0 behind its last "
            "input");
  EXPECT_EQ(check(PackedLayout::Trits, {}, 3, 0), "");
  Bytes tile(64, 0);
  EXPECT_EQ(check(PackedLayout::TernaryTiles, tile, 2, 3), "");
  tile[1] = 0b11;
  EXPECT_EQ(check(PackedLayout::TernaryTiles, tile, 2, 3),
            "layout 'ternary_tiles' has a pair with both bits set, which is no "
            "weight");
  tile[1] = 0;
  tile[3] = 0b01; // input 3 is not there
  EXPECT_EQ(check(PackedLayout::TernaryTiles, tile, 2, 3),
            "layout 'ternary_tiles' has bits set behind its last weight");
  EXPECT_EQ(check(PackedLayout::Bytes, {}, -1, 3), "negative shape");
  EXPECT_EQ(check(PackedLayout::Bytes, {}, INT64_MAX, INT64_MAX),
            "layout 'bytes' of 9223372036854775807x9223372036854775807 weights "
            "needs 9223372036854775807 bytes, found 0");
  EXPECT_EQ(check(PackedLayout::Bits, {}, 0, 5), "");
}

} // namespace
