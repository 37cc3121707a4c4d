//===- BitPacking.h - Packed layouts of low-bit weights ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one definition of every packed layout. Verifiers, the packing pass, the
// plain lowering and the tests of the kernels all ask here; the kernels in
// lib/Kernels are the only other place that knows the bits, and are tested
// against this one.
//
// A packed blob is a matrix [outputs][inputs]. Some layouts are row-major, and
// each row starts at a whole byte:
//
//   bits           1 bit a weight; input k is bit k % 8 of byte k / 8;
//                  1 = +1, 0 = -1. Row: ceil(inputs / 8) bytes.
//   ternary_pairs  2 bits a weight: bit 0 is set for +1, bit 1 for -1, never
//                  both. Blocks of 128 inputs in 32 bytes: input p + 32 * j of
//                  a block is bits 2j and 2j+1 of byte p. Row: 32 *
//                  ceil(inputs / 128) bytes.
//   trits          1.6 bits a weight: a byte is the sum of 3^j * (weight + 1)
//                  over j = 0 .. 4. Blocks of 160 inputs in 32 bytes; the
//                  last one, of `rest` inputs, takes ceil(rest / 5). Input
//                  p + j * (bytes of the block) of a block is digit j of its
//                  byte p. Row: ceil(inputs / 5) bytes.
//   bytes          1 byte a weight, two's complement. Row: inputs bytes.
//
// Bits behind the last input of a row are zero; digits there are 1, weight 0.
//
// Others are tiled for processors with vectors. A line is 64 bytes: 4 for each
// of 16 outputs. Byte j of these 4 holds the weights of inputs 4 * p + j, the
// one of p above that of p - 1. Lines follow each other along the inputs;
// outputs come in groups of up to 64, whose lines for the same inputs are
// neighbours, so that a group is one stream:
//
//   bit_tiles      1 bit a weight, 1 = +1, 0 = -1; 32 inputs a line. The 4
//   bytes
//                  are one word here: input i of the line is bit i % 8 of byte
//                  i / 8.
//   ternary_tiles  2 bits a weight, weight + 1; 16 inputs a line.
//   nibble_tiles   4 bits a weight, weight + 8; 8 inputs a line.
//   byte_tiles     1 byte a weight, two's complement; 4 inputs a line.
//   int2_tiles     2 bits a weight -2 .. 1, weight + 2; 16 inputs a line.
//   int3_tiles     3 bits a weight -4 .. 3, weight + 4; 32 inputs in three
//                  lines of 64 bytes, again each those of all blocks of the
//                  group before the next. With p = k / 4 of input k and
//                  h = p % 2, the lower two bits stand at bits
//                  4 h + p / 2 % 2 * 2 of line p / 4, the upper one is bit
//                  4 h + p / 2 of the third line.
//   fp4_tiles      4 bits a weight that is twice a number of E2M1, the bits of
//                  that number; 8 inputs a line.
//
// Bits of outputs and inputs that are not there are zero.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_BITPACKING_H
#define SETUN_SUPPORT_BITPACKING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace setun {

/// How the weights of one matrix lie in memory.
enum class PackedLayout {
  Bits,
  TernaryPairs,
  Trits,
  Bytes,
  BitTiles,
  TernaryTiles,
  NibbleTiles,
  ByteTiles,
  Int2Tiles,
  Int3Tiles,
  Fp4Tiles
};

/// All of them, in this order.
llvm::ArrayRef<PackedLayout> getPackedLayouts();

/// The name of a layout as it stands in IR and in names of kernels.
llvm::StringRef stringifyPackedLayout(PackedLayout layout);

/// The layout of that name, or nothing.
std::optional<PackedLayout> parsePackedLayout(llvm::StringRef name);

/// True if every code of {min, min + step, ..., max} has a place in the layout.
/// Bipolar codes are min = -1, max = 1, step = 2; with the usual step 1 the
/// range contains 0, for which `bits` has no place. Of 5 bits `fp4_tiles` only
/// holds the codes of isFp4Code.
bool canPack(PackedLayout layout, int64_t min, int64_t max, int64_t step = 1);

/// Is the code twice a number of E2M1: 0, 1, 2, 3, 4, 6, 8, 12 or less than 0?
bool isFp4Code(int64_t code);

/// Bytes of one row of `inputs` weights in a row-major layout.
int64_t getPackedRowBytes(PackedLayout layout, int64_t inputs);

/// Where the weights of a tiled layout lie.
struct TileShape {
  static constexpr int64_t lineBytes = 64;
  static constexpr int64_t blockOutputs = 16;
  static constexpr int64_t groupBlocks = 4;

  unsigned bits;   ///< Of one weight.
  unsigned bias;   ///< What is stored is more than the weight by this; of a
                   ///< single bit its double is; of E2M1 it is something else.
  int64_t perLine; ///< Inputs of a line.
  int64_t bytesPerBlock = lineBytes; ///< Of a line, in each block.
};

/// The shape of a tiled layout; nothing for row-major ones.
std::optional<TileShape> getTileShape(PackedLayout layout);

/// Bytes of a whole matrix; INT64_MAX, which no blob has, if that overflows.
int64_t getPackedBytes(PackedLayout layout, int64_t outputs, int64_t inputs);

/// Packs codes[outputs][inputs]. Every code must be one of the layout's.
std::vector<uint8_t> packWeights(PackedLayout layout,
                                 llvm::ArrayRef<int8_t> codes, int64_t outputs,
                                 int64_t inputs);

/// The inverse of packWeights. The blob must pass checkPackedWeights.
std::vector<int8_t> unpackWeights(PackedLayout layout,
                                  llvm::ArrayRef<uint8_t> blob, int64_t outputs,
                                  int64_t inputs);

/// Says what is wrong with a blob that came from outside: its size, a pair of
/// bits or a byte that is no code, weights behind the last input of a row.
llvm::Error checkPackedWeights(PackedLayout layout,
                               llvm::ArrayRef<uint8_t> blob, int64_t outputs,
                               int64_t inputs);

} // namespace setun

#endif // SETUN_SUPPORT_BITPACKING_H
