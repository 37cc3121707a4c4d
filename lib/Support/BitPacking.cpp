//===- BitPacking.cpp - Packed layouts of low-bit weights -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every layout is described by where input k lies in a row; packing, unpacking
// and checking are loops over that.
//===----------------------------------------------------------------------===//

#include "setun/Support/BitPacking.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <limits>

using namespace llvm;

namespace setun {

/// Inputs and bytes of a block of `ternary_pairs`.
static constexpr int64_t pairBlockInputs = 128;
static constexpr int64_t pairBlockBytes = 32;

/// Where one weight lies in its row.
struct BitField {
  int64_t byte;
  unsigned shift;
  unsigned width;

  uint8_t mask() const { return static_cast<uint8_t>((1u << width) - 1); }
};

static BitField locate(PackedLayout layout, int64_t k) {
  switch (layout) {
  case PackedLayout::Bits:
    return {k / 8, static_cast<unsigned>(k % 8), 1};
  case PackedLayout::TernaryPairs: {
    int64_t inBlock = k % pairBlockInputs;
    return {k / pairBlockInputs * pairBlockBytes + inBlock % pairBlockBytes,
            static_cast<unsigned>(2 * (inBlock / pairBlockBytes)), 2};
  }
  case PackedLayout::Bytes:
    return {k, 0, 8};
  }
  llvm_unreachable("all layouts are handled");
}

static uint8_t encode(PackedLayout layout, int8_t code) {
  switch (layout) {
  case PackedLayout::Bits:
    assert((code == 1 || code == -1) && "not a bipolar code");
    return code > 0;
  case PackedLayout::TernaryPairs:
    assert(code >= -1 && code <= 1 && "not a ternary code");
    return code > 0 ? 1 : code < 0 ? 2 : 0;
  case PackedLayout::Bytes:
    return static_cast<uint8_t>(code);
  }
  llvm_unreachable("all layouts are handled");
}

static int8_t decode(PackedLayout layout, uint8_t field) {
  switch (layout) {
  case PackedLayout::Bits:
    return field ? 1 : -1;
  case PackedLayout::TernaryPairs:
    return static_cast<int8_t>((field & 1) - (field >> 1));
  case PackedLayout::Bytes:
    return static_cast<int8_t>(field);
  }
  llvm_unreachable("all layouts are handled");
}

StringRef stringifyPackedLayout(PackedLayout layout) {
  switch (layout) {
  case PackedLayout::Bits:
    return "bits";
  case PackedLayout::TernaryPairs:
    return "ternary_pairs";
  case PackedLayout::Bytes:
    return "bytes";
  }
  llvm_unreachable("all layouts are handled");
}

std::optional<PackedLayout> parsePackedLayout(StringRef name) {
  return StringSwitch<std::optional<PackedLayout>>(name)
      .Case("bits", PackedLayout::Bits)
      .Case("ternary_pairs", PackedLayout::TernaryPairs)
      .Case("bytes", PackedLayout::Bytes)
      .Default(std::nullopt);
}

bool canPack(PackedLayout layout, int64_t min, int64_t max, int64_t step) {
  switch (layout) {
  case PackedLayout::Bits:
    return min >= -1 && max <= 1 && min != 0 && max != 0 &&
           (min == max || step == 2);
  case PackedLayout::TernaryPairs:
    return min >= -1 && max <= 1;
  case PackedLayout::Bytes:
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
  case PackedLayout::Bytes:
    return inputs;
  }
  llvm_unreachable("all layouts are handled");
}

int64_t getPackedBytes(PackedLayout layout, int64_t outputs, int64_t inputs) {
  assert(outputs >= 0 && "negative size");
  int64_t bytes;
  if (MulOverflow(outputs, getPackedRowBytes(layout, inputs), bytes))
    return std::numeric_limits<int64_t>::max();
  return bytes;
}

std::vector<uint8_t> packWeights(PackedLayout layout, ArrayRef<int8_t> codes,
                                 int64_t outputs, int64_t inputs) {
  assert(codes.size() == static_cast<size_t>(outputs * inputs));
  int64_t rowBytes = getPackedRowBytes(layout, inputs);
  std::vector<uint8_t> blob(getPackedBytes(layout, outputs, inputs), 0);
  for (int64_t n = 0; n < outputs; ++n) {
    uint8_t *row = blob.data() + n * rowBytes;
    for (int64_t k = 0; k < inputs; ++k) {
      BitField field = locate(layout, k);
      row[field.byte] |= encode(layout, codes[n * inputs + k]) << field.shift;
    }
  }
  return blob;
}

int8_t readWeight(PackedLayout layout, ArrayRef<uint8_t> row, int64_t k) {
  BitField field = locate(layout, k);
  return decode(layout, (row[field.byte] >> field.shift) & field.mask());
}

std::vector<int8_t> unpackWeights(PackedLayout layout, ArrayRef<uint8_t> blob,
                                  int64_t outputs, int64_t inputs) {
  int64_t rowBytes = getPackedRowBytes(layout, inputs);
  assert(blob.size() == static_cast<size_t>(outputs * rowBytes));
  std::vector<int8_t> codes;
  codes.reserve(outputs * inputs);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      codes.push_back(
          readWeight(layout, blob.slice(n * rowBytes, rowBytes), k));
  return codes;
}

/// The bits of a row that belong to some input.
static std::vector<uint8_t> getUsedBits(PackedLayout layout, int64_t inputs) {
  std::vector<uint8_t> used(getPackedRowBytes(layout, inputs), 0);
  for (int64_t k = 0; k < inputs; ++k) {
    BitField field = locate(layout, k);
    used[field.byte] |= field.mask() << field.shift;
  }
  return used;
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
  if (layout == PackedLayout::Bytes)
    return Error::success();

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
