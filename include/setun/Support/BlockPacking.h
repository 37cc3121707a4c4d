//===- BlockPacking.h - Weights that share scales in blocks -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one definition of how weights with a scale for each block of inputs lie
// in memory; setun_block_matmul.h reads them.
//
// A tile is 32 outputs, the last one may be padded. It is one stream: for each
// block of inputs its lines, zero points and scales.
//
//   line         128 bytes, 4 for each of 32 outputs, with the codes of
//                32 / bits inputs. Byte j of the 4 holds those of inputs
//                4 * p + j, the one of p above that of p - 1. Codes of 8 bits
//                are stored less 128.
//   zero points  64 bytes, if there are any: 16 words, in word i that of output
//                i of the tile, and above it that of output i + 16.
//   scales       32 floats, or 16 words of float16 in the order of zero points.
//
// Codes, zero points and scales of outputs and inputs that are not there are 0.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_BLOCKPACKING_H
#define SETUN_SUPPORT_BLOCKPACKING_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace setun {

/// A matrix [outputs][inputs] of codes of 2, 4 or 8 bits, with one scale and
/// zero point for `block` neighbouring inputs.
struct BlockShape {
  static constexpr int64_t tileOutputs = 32;
  static constexpr int64_t lineBytes = 4 * tileOutputs;
  static constexpr int64_t zeroPointBytes = 64;
  /// Rows of inputs that a kernel turns into bytes at a time.
  static constexpr int64_t maxWorkRows = 256;

  int64_t outputs, inputs, block;
  int64_t bits;
  int64_t scaleBits; ///< 16 or 32.
  bool hasZeroPoints;

  /// A block is a power of two of 16 .. 256.
  static bool isBlock(int64_t size);

  int64_t getBlocks() const { return (inputs + block - 1) / block; }
  int64_t getCodeBytes() const { return block * bits * 4; }
  int64_t getScaleBytes() const { return tileOutputs * scaleBits / 8; }
  /// Bytes of one block of a tile.
  int64_t getBlockBytes() const;
  int64_t getTileBytes() const { return getBlocks() * getBlockBytes(); }
  int64_t getBytes() const;
  /// Bytes that a kernel needs for one row of inputs.
  int64_t getWorkRowBytes() const { return getBlocks() * (block + 8); }
};

/// Does float16 hold all of these exactly? Infinity and NaN count as no.
bool fitHalf(llvm::ArrayRef<float> numbers);

/// Packs codes [outputs][inputs]; scales, and zero points if the shape has
/// them, [outputs][blocks].
std::vector<uint8_t> packBlocks(const BlockShape &shape,
                                llvm::ArrayRef<uint8_t> codes,
                                llvm::ArrayRef<float> scales,
                                llvm::ArrayRef<uint8_t> zeroPoints);

} // namespace setun

#endif // SETUN_SUPPORT_BLOCKPACKING_H
