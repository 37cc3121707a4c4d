//===- BitPacking.cpp - Packed layouts of low-bit weights -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every layout is described by where the weight of an output and an input lies;
// packing, unpacking and checking are loops over that.
//===----------------------------------------------------------------------===//

#include "setun/Support/BitPacking.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <limits>

using namespace llvm;

namespace setun {

/// Inputs and bytes of a block of `ternary_pairs`.
static constexpr int64_t pairBlockInputs = 128;
static constexpr int64_t pairBlockBytes = 32;

/// Inputs and bytes of a block of `trits`, digits of a byte.
static constexpr int64_t tritBlockInputs = 160;
static constexpr int64_t tritBlockBytes = 32;
static constexpr int64_t tritDigits = 5;
/// A byte of five weights 0, and the largest one.
static constexpr uint8_t noTrits = 121;
static constexpr uint8_t maxTrits = 242;

/// Where one weight lies: in some bits of a byte, or in the digit of base 3
/// that stands for `power`.
struct BitField {
  int64_t byte;
  unsigned shift;
  unsigned width;
  unsigned power = 0;
  /// Where one more bit above these is, if there is one.
  int64_t upperByte = -1;
  unsigned upperShift = 0;

  uint8_t mask() const { return static_cast<uint8_t>((1u << width) - 1); }

  uint8_t read(ArrayRef<uint8_t> blob) const {
    if (power != 0)
      return blob[byte] / power % 3;
    uint8_t field = (blob[byte] >> shift) & mask();
    if (upperByte >= 0)
      field |= (blob[upperByte] >> upperShift & 1) << width;
    return field;
  }

  /// Sets what was empty.
  void write(MutableArrayRef<uint8_t> blob, uint8_t value) const {
    if (power != 0)
      blob[byte] = static_cast<uint8_t>(blob[byte] + power * value - power);
    else
      blob[byte] |= (value & mask()) << shift;
    if (upperByte >= 0)
      blob[upperByte] |= value >> width << upperShift;
  }
};

ArrayRef<PackedLayout> getPackedLayouts() {
  static constexpr PackedLayout layouts[] = {
      PackedLayout::Bits,        PackedLayout::TernaryPairs,
      PackedLayout::Trits,       PackedLayout::Bytes,
      PackedLayout::BitTiles,    PackedLayout::TernaryTiles,
      PackedLayout::NibbleTiles, PackedLayout::ByteTiles,
      PackedLayout::Int2Tiles,   PackedLayout::Int3Tiles,
      PackedLayout::Fp4Tiles};
  return layouts;
}

std::optional<TileShape> getTileShape(PackedLayout layout) {
  switch (layout) {
  case PackedLayout::BitTiles:
    return TileShape{1, 1, 32};
  case PackedLayout::TernaryTiles:
    return TileShape{2, 1, 16};
  case PackedLayout::NibbleTiles:
    return TileShape{4, 8, 8};
  case PackedLayout::ByteTiles:
    return TileShape{8, 0, 4};
  case PackedLayout::Int2Tiles:
    return TileShape{2, 2, 16};
  case PackedLayout::Int3Tiles:
    return TileShape{3, 4, 32, 3 * TileShape::lineBytes};
  case PackedLayout::Fp4Tiles:
    return TileShape{4, 0, 8};
  case PackedLayout::Bits:
  case PackedLayout::TernaryPairs:
  case PackedLayout::Trits:
  case PackedLayout::Bytes:
    return std::nullopt;
  }
  llvm_unreachable("all layouts are handled");
}

namespace {

/// One row of a matrix in some layout: what is the same for all its weights is
/// computed once, since models have billions of them.
class PackedRow {
public:
  PackedRow(PackedLayout layout, int64_t outputs, int64_t inputs, int64_t n);

  BitField locate(int64_t k) const {
    return shape ? locateInTile(k) : locateInRow(k);
  }

private:
  BitField locateInRow(int64_t k) const;
  BitField locateInTile(int64_t k) const;

  PackedLayout layout;
  std::optional<TileShape> shape;
  /// Where the row begins; 64 bytes of a block and those behind them in the
  /// line or the next one are `stride` bytes apart.
  int64_t first, stride, rowBytes;
  unsigned perLineBits;
};

} // namespace

PackedRow::PackedRow(PackedLayout layout, int64_t outputs, int64_t inputs,
                     int64_t n)
    : layout(layout), shape(getTileShape(layout)) {
  if (!shape) {
    rowBytes = getPackedRowBytes(layout, inputs);
    first = n * rowBytes;
    stride = perLineBits = 0;
    return;
  }
  int64_t blocks = divideCeil(outputs, TileShape::blockOutputs);
  int64_t block = n / TileShape::blockOutputs;
  int64_t group = block - block % TileShape::groupBlocks;
  first = group * divideCeil(inputs, shape->perLine) * shape->bytesPerBlock +
          (block - group) * TileShape::lineBytes +
          n % TileShape::blockOutputs * 4;
  stride =
      std::min(TileShape::groupBlocks, blocks - group) * TileShape::lineBytes;
  rowBytes = 0;
  perLineBits = Log2_64(shape->perLine);
}

BitField PackedRow::locateInRow(int64_t k) const {
  switch (layout) {
  case PackedLayout::Bits:
    return {first + k / 8, static_cast<unsigned>(k % 8), 1};
  case PackedLayout::TernaryPairs: {
    int64_t inBlock = k % pairBlockInputs;
    return {first + k / pairBlockInputs * pairBlockBytes +
                inBlock % pairBlockBytes,
            static_cast<unsigned>(2 * (inBlock / pairBlockBytes)), 2};
  }
  case PackedLayout::Trits: {
    static constexpr unsigned powers[] = {1, 3, 9, 27, 81};
    int64_t block = k / tritBlockInputs * tritBlockBytes;
    int64_t bytes = std::min(tritBlockBytes, rowBytes - block);
    int64_t inBlock = k % tritBlockInputs;
    return {first + block + inBlock % bytes, 0, 0, powers[inBlock / bytes]};
  }
  default:
    return {first + k, 0, 8};
  }
}

BitField PackedRow::locateInTile(int64_t k) const {
  int64_t inLine = k & (shape->perLine - 1);
  if (shape->bits == 1)
    return {first + (k >> perLineBits) * stride + inLine / 8,
            static_cast<unsigned>(inLine % 8), 1};
  if (shape->bits == 3) {
    int64_t place = inLine / 4, pair = place / 2;
    unsigned half = place % 2 * 4;
    int64_t line = first + (k >> perLineBits) * 3 * stride + inLine % 4;
    return {line + pair / 2 * stride,
            half + static_cast<unsigned>(pair % 2 * 2),
            2,
            0,
            line + 2 * stride,
            half + static_cast<unsigned>(pair)};
  }
  return {first + (k >> perLineBits) * stride + inLine % 4,
          static_cast<unsigned>(inLine / 4 * shape->bits), shape->bits};
}

namespace {

/// What stands in the place of a code.
class Encoding {
public:
  explicit Encoding(PackedLayout layout)
      : layout(layout), shape(getTileShape(layout)) {}

  uint8_t encode(int8_t code) const;
  int8_t decode(uint8_t field) const;

private:
  PackedLayout layout;
  std::optional<TileShape> shape;
};

} // namespace

/// Twice the numbers of E2M1 without a sign, in the order of their bits.
static constexpr int8_t fp4Codes[] = {0, 1, 2, 3, 4, 6, 8, 12};

bool isFp4Code(int64_t code) { return is_contained(fp4Codes, std::abs(code)); }

uint8_t Encoding::encode(int8_t code) const {
  if (layout == PackedLayout::Fp4Tiles) {
    assert(isFp4Code(code) && "not a code of fp4_tiles");
    auto size = find(fp4Codes, std::abs(code)) - std::begin(fp4Codes);
    return static_cast<uint8_t>(size | (code < 0 ? 8 : 0));
  }
  if (shape && shape->bits > 1)
    return static_cast<uint8_t>(code + shape->bias);
  switch (layout) {
  case PackedLayout::Bits:
  case PackedLayout::BitTiles:
    assert((code == 1 || code == -1) && "not a bipolar code");
    return code > 0;
  case PackedLayout::TernaryPairs:
    assert(code >= -1 && code <= 1 && "not a ternary code");
    return code > 0 ? 1 : code < 0 ? 2 : 0;
  case PackedLayout::Trits:
    assert(code >= -1 && code <= 1 && "not a ternary code");
    return static_cast<uint8_t>(code + 1);
  default:
    return static_cast<uint8_t>(code);
  }
}

int8_t Encoding::decode(uint8_t field) const {
  if (layout == PackedLayout::Fp4Tiles)
    return static_cast<int8_t>(field & 8 ? -fp4Codes[field & 7]
                                         : fp4Codes[field]);
  if (shape && shape->bits > 1)
    return static_cast<int8_t>(field - shape->bias);
  switch (layout) {
  case PackedLayout::Bits:
  case PackedLayout::BitTiles:
    return field ? 1 : -1;
  case PackedLayout::TernaryPairs:
    return static_cast<int8_t>((field & 1) - (field >> 1));
  case PackedLayout::Trits:
    return static_cast<int8_t>(field - 1);
  default:
    return static_cast<int8_t>(field);
  }
}

StringRef stringifyPackedLayout(PackedLayout layout) {
  switch (layout) {
  case PackedLayout::Bits:
    return "bits";
  case PackedLayout::TernaryPairs:
    return "ternary_pairs";
  case PackedLayout::Trits:
    return "trits";
  case PackedLayout::Bytes:
    return "bytes";
  case PackedLayout::BitTiles:
    return "bit_tiles";
  case PackedLayout::TernaryTiles:
    return "ternary_tiles";
  case PackedLayout::NibbleTiles:
    return "nibble_tiles";
  case PackedLayout::ByteTiles:
    return "byte_tiles";
  case PackedLayout::Int2Tiles:
    return "int2_tiles";
  case PackedLayout::Int3Tiles:
    return "int3_tiles";
  case PackedLayout::Fp4Tiles:
    return "fp4_tiles";
  }
  llvm_unreachable("all layouts are handled");
}

std::optional<PackedLayout> parsePackedLayout(StringRef name) {
  for (PackedLayout layout : getPackedLayouts())
    if (stringifyPackedLayout(layout) == name)
      return layout;
  return std::nullopt;
}

bool canPack(PackedLayout layout, int64_t min, int64_t max, int64_t step) {
  switch (layout) {
  case PackedLayout::Bits:
  case PackedLayout::BitTiles:
    return min >= -1 && max <= 1 && min != 0 && max != 0 &&
           (min == max || step == 2);
  case PackedLayout::TernaryPairs:
  case PackedLayout::Trits:
  case PackedLayout::TernaryTiles:
    return min >= -1 && max <= 1;
  case PackedLayout::NibbleTiles:
    return min >= -8 && max <= 7;
  case PackedLayout::Int2Tiles:
    return min >= -2 && max <= 1;
  case PackedLayout::Int3Tiles:
    return min >= -4 && max <= 3;
  case PackedLayout::Fp4Tiles:
    return min >= -16 && max <= 15;
  case PackedLayout::Bytes:
  case PackedLayout::ByteTiles:
    return min >= -128 && max <= 127;
  }
  llvm_unreachable("all layouts are handled");
}

int64_t getPackedRowBytes(PackedLayout layout, int64_t inputs) {
  assert(inputs >= 0 && "negative size");
  switch (layout) {
  case PackedLayout::Bits:
    return inputs / 8 + (inputs % 8 != 0);
  case PackedLayout::TernaryPairs:
    return (inputs / pairBlockInputs + (inputs % pairBlockInputs != 0)) *
           pairBlockBytes;
  case PackedLayout::Trits:
    return inputs / tritDigits + (inputs % tritDigits != 0);
  case PackedLayout::Bytes:
    return inputs;
  default:
    llvm_unreachable("tiles have no rows");
  }
}

int64_t getPackedBytes(PackedLayout layout, int64_t outputs, int64_t inputs) {
  assert(outputs >= 0 && "negative size");
  int64_t bytes;
  bool overflows;
  if (std::optional<TileShape> shape = getTileShape(layout))
    overflows =
        MulOverflow<int64_t>(divideCeil(outputs, TileShape::blockOutputs),
                             divideCeil(inputs, shape->perLine), bytes) ||
        MulOverflow(bytes, shape->bytesPerBlock, bytes);
  else
    overflows = MulOverflow(outputs, getPackedRowBytes(layout, inputs), bytes);
  return overflows ? std::numeric_limits<int64_t>::max() : bytes;
}

std::vector<uint8_t> packWeights(PackedLayout layout, ArrayRef<int8_t> codes,
                                 int64_t outputs, int64_t inputs) {
  assert(codes.size() == static_cast<size_t>(outputs * inputs));
  std::vector<uint8_t> blob(getPackedBytes(layout, outputs, inputs),
                            layout == PackedLayout::Trits ? noTrits : 0);
  Encoding encoding(layout);
  for (int64_t n = 0; n < outputs; ++n) {
    PackedRow row(layout, outputs, inputs, n);
    for (int64_t k = 0; k < inputs; ++k)
      row.locate(k).write(blob, encoding.encode(codes[n * inputs + k]));
  }
  return blob;
}

std::vector<int8_t> unpackWeights(PackedLayout layout, ArrayRef<uint8_t> blob,
                                  int64_t outputs, int64_t inputs) {
  assert(blob.size() ==
         static_cast<size_t>(getPackedBytes(layout, outputs, inputs)));
  std::vector<int8_t> codes;
  codes.reserve(outputs * inputs);
  Encoding encoding(layout);
  for (int64_t n = 0; n < outputs; ++n) {
    PackedRow row(layout, outputs, inputs, n);
    for (int64_t k = 0; k < inputs; ++k)
      codes.push_back(encoding.decode(row.locate(k).read(blob)));
  }
  return codes;
}

/// The bits of a row that belong to some weight.
static std::vector<uint8_t> getUsedBits(PackedLayout layout, int64_t inputs) {
  std::vector<uint8_t> used(getPackedRowBytes(layout, inputs), 0);
  PackedRow row(layout, /*outputs=*/1, inputs, /*n=*/0);
  for (int64_t k = 0; k < inputs; ++k) {
    BitField field = row.locate(k);
    used[field.byte] |= field.mask() << field.shift;
  }
  return used;
}

/// Says that a tiled blob has a pair that is no weight, or bits of none: those
/// are in places for more outputs or more inputs than there are.
static Error checkTiles(PackedLayout layout, ArrayRef<uint8_t> blob,
                        int64_t outputs, int64_t inputs) {
  StringRef name = stringifyPackedLayout(layout);
  int64_t places = alignTo(outputs, TileShape::blockOutputs);
  int64_t length = alignTo(inputs, getTileShape(layout)->perLine);
  for (int64_t n = 0; n < places; ++n) {
    PackedRow row(layout, outputs, inputs, n);
    for (int64_t k = n < outputs ? inputs : 0; k < length; ++k)
      if (row.locate(k).read(blob) != 0)
        return createStringError("layout '" + name +
                                 "' has bits set behind its last weight");
  }
  if (layout != PackedLayout::TernaryTiles)
    return Error::success();
  for (uint8_t byte : blob)
    if (byte & byte >> 1 & 0x55)
      return createStringError("layout '" + name +
                               "' has a pair with both bits set, which is no "
                               "weight");
  return Error::success();
}

/// Says which row of `trits` has a byte of no weights, or weights behind its
/// last input.
static Error checkTrits(ArrayRef<uint8_t> blob, int64_t outputs,
                        int64_t inputs) {
  int64_t rowBytes = getPackedRowBytes(PackedLayout::Trits, inputs);
  for (auto [i, byte] : enumerate(blob))
    if (byte > maxTrits)
      return createStringError(
          "row " + Twine(i / rowBytes) + " of layout 'trits' has a byte " +
          Twine(unsigned(byte)) + "; five weights are at most 242");
  std::vector<uint8_t> expected =
      packWeights(PackedLayout::Trits,
                  unpackWeights(PackedLayout::Trits, blob, outputs, inputs),
                  outputs, inputs);
  for (auto [i, byte] : enumerate(blob))
    if (byte != expected[i])
      return createStringError("row " + Twine(i / rowBytes) +
                               " of layout 'trits' has weights other than 0 "
                               "behind its last input");
  return Error::success();
}

Error checkPackedWeights(PackedLayout layout, ArrayRef<uint8_t> blob,
                         int64_t outputs, int64_t inputs) {
  StringRef name = stringifyPackedLayout(layout);
  if (outputs < 0 || inputs < 0)
    return createStringError("negative shape");
  int64_t expected = getPackedBytes(layout, outputs, inputs);
  if (blob.size() != static_cast<uint64_t>(expected))
    return createStringError("layout '" + name + "' of " + Twine(outputs) +
                             "x" + Twine(inputs) + " weights needs " +
                             Twine(expected) + " bytes, found " +
                             Twine(blob.size()));
  if (layout == PackedLayout::Bytes || blob.empty())
    return Error::success();
  if (layout == PackedLayout::Trits)
    return checkTrits(blob, outputs, inputs);
  if (getTileShape(layout))
    return checkTiles(layout, blob, outputs, inputs);

  std::vector<uint8_t> used = getUsedBits(layout, inputs);
  for (int64_t i = 0, rowBytes = used.size(); i < expected; ++i) {
    uint8_t byte = blob[i];
    if (byte & ~used[i % rowBytes])
      return createStringError("row " + Twine(i / rowBytes) + " of layout '" +
                               name + "' has bits set behind its last input");
    // A pair with both bits set is neither +1 nor -1.
    if (layout == PackedLayout::TernaryPairs && (byte & byte >> 1 & 0x55))
      return createStringError(
          "row " + Twine(i / rowBytes) + " of layout '" + name +
          "' has a pair with both bits set, which is no weight");
  }
  return Error::success();
}

} // namespace setun
