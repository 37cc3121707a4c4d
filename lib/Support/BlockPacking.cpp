//===- BlockPacking.cpp - Weights that share scales in blocks -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "setun/Support/BlockPacking.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace setun {

bool BlockShape::isBlock(int64_t size) {
  return size >= 16 && size <= 256 && isPowerOf2_64(size);
}

int64_t BlockShape::getBlockBytes() const {
  return getCodeBytes() + (hasZeroPoints ? zeroPointBytes : 0) +
         getScaleBytes();
}

int64_t BlockShape::getBytes() const {
  return (outputs + tileOutputs - 1) / tileOutputs * getTileBytes();
}

/// The bits of a float16, and whether it is the same number.
static std::pair<uint16_t, bool> toHalf(float number) {
  APFloat half(number);
  bool losesInfo = false;
  half.convert(APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven, &losesInfo);
  return {uint16_t(half.bitcastToAPInt().getZExtValue()),
          !losesInfo && half.isFinite()};
}

bool fitHalf(ArrayRef<float> numbers) {
  return all_of(numbers, [](float number) { return toHalf(number).second; });
}

/// Where the 16 bits of an output of a tile stand among words of two.
static uint8_t *getHalfWord(uint8_t *words, int64_t output) {
  return words + output % 16 * 4 + output / 16 * 2;
}

std::vector<uint8_t> packBlocks(const BlockShape &shape,
                                ArrayRef<uint8_t> codes, ArrayRef<float> scales,
                                ArrayRef<uint8_t> zeroPoints) {
  std::vector<uint8_t> bytes(shape.getBytes(), 0);
  int64_t blocks = shape.getBlocks(), perLine = 32 / shape.bits;
  for (int64_t n = 0; n < shape.outputs; ++n) {
    int64_t lane = n % BlockShape::tileOutputs;
    uint8_t *at = &bytes[n / BlockShape::tileOutputs * shape.getTileBytes()];
    for (int64_t b = 0; b < blocks; ++b, at += shape.getBlockBytes()) {
      int64_t count = std::min(shape.block, shape.inputs - b * shape.block);
      const uint8_t *from = &codes[n * shape.inputs + b * shape.block];
      for (int64_t i = 0; i < count; ++i) {
        uint8_t code = shape.bits == 8 ? from[i] ^ 0x80 : from[i];
        at[i / perLine * BlockShape::lineBytes + lane * 4 + i % 4] |=
            code << (i % perLine / 4 * shape.bits);
      }
      uint8_t *behind = at + shape.getCodeBytes();
      if (shape.hasZeroPoints) {
        support::endian::write16le(getHalfWord(behind, lane),
                                   zeroPoints[n * blocks + b]);
        behind += BlockShape::zeroPointBytes;
      }
      float scale = scales[n * blocks + b];
      if (shape.scaleBits == 16)
        support::endian::write16le(getHalfWord(behind, lane),
                                   toHalf(scale).first);
      else
        support::endian::write32le(behind + 4 * lane,
                                   bit_cast<uint32_t>(scale));
    }
  }
  return bytes;
}

} // namespace setun
