//===- PackedKernels.cpp - Which kernel multiplies packed weights ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "setun/Analysis/PackedKernels.h"

#include "setun/Analysis/WeightMatrix.h"

#include <fmt/format.h>

using namespace mlir;

namespace setun {

/// The first of some layouts that holds every value of the weights' code.
static std::optional<PackedLayout> findLayout(Type weight,
                                              ArrayRef<PackedLayout> layouts) {
  lowbit::CodeRange range = lowbit::getCodeRange(weight);
  int64_t step = isa<lowbit::BipolarType>(weight) ? 2 : 1;
  const PackedLayout *found = llvm::find_if(layouts, [&](PackedLayout layout) {
    return canPack(layout, range.min, range.max, step);
  });
  return found == layouts.end() ? std::nullopt : std::optional(*found);
}

/// Fewer outputs leave most of a vector empty.
static constexpr int64_t minTiledOutputs = 8;

TernaryPacking getTernaryPacking(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  if (module && module->hasAttr(kNoMultiplicationAttr))
    return TernaryPacking::Adding;
  return module && module->hasAttr(kDenseTernaryAttr) ? TernaryPacking::Dense
                                                      : TernaryPacking::Fast;
}

/// Kernels that count bits are faster than products of bytes.
static bool countsBits(PackedLayout rows, Type activation) {
  std::string kernel = getMatmulKernel(stringifyPackedLayout(rows), activation);
  return !StringRef(kernel).ends_with("8");
}

/// Are the weights constants of 5 bits, and all of them twice a number of E2M1?
static bool areFp4(lowbit::ProductOp product) {
  if (!product.getRhs().getType().getElementType().isSignedInteger(5))
    return false;
  lowbit::ConstantOp weights = getUnpackedWeights(product);
  return weights && llvm::all_of(weights.getCodes(), isFp4Code);
}

std::optional<PackedLayout> choosePackedLayout(lowbit::ProductOp product,
                                               const Target &target) {
  RankedTensorType rhs = product.getRhs().getType();
  Type weight = rhs.getElementType();
  Type activation = product.getLhs().getType().getElementType();
  int64_t outputs = rhs.getDimSize(0);
  TernaryPacking packing = getTernaryPacking(product);
  std::optional<PackedLayout> rows =
      findLayout(weight, {PackedLayout::Bits, PackedLayout::TernaryPairs,
                          PackedLayout::Bytes});
  bool isTiled = target.hasVectors && outputs >= minTiledOutputs;
  if (rows && countsBits(*rows, activation))
    return isTiled && *rows == PackedLayout::Bits ? PackedLayout::BitTiles
                                                  : rows;
  if (!rows)
    return rows;
  if (*rows != PackedLayout::Bytes && packing == TernaryPacking::Adding)
    return rows;
  if (*rows == PackedLayout::TernaryPairs && packing == TernaryPacking::Dense)
    return PackedLayout::Trits;
  if (!isTiled)
    return rows;
  if (areFp4(product))
    return PackedLayout::Fp4Tiles;
  return findLayout(weight,
                    {PackedLayout::TernaryTiles, PackedLayout::Int2Tiles,
                     PackedLayout::Int3Tiles, PackedLayout::NibbleTiles,
                     PackedLayout::ByteTiles});
}

bool isMultiplying(StringRef layout, const Target &target) {
  if (layout == "trits")
    return target.hasVectors;
  return layout != "bits" && layout != "bit_tiles" && layout != "ternary_pairs";
}

std::string getMatmulKernel(StringRef layout, Type activation) {
  bool isBits = layout == "bits" || layout == "bit_tiles",
       isPairs = layout == "ternary_pairs";
  if (isBits && isa<lowbit::BipolarType>(activation))
    return fmt::format("setun_matmul_{}_b1", layout.str());
  bool isTernary = isa<lowbit::BipolarType, lowbit::TernaryType>(activation) ||
                   activation.isUnsignedInteger(1);
  if ((isBits || isPairs) && isTernary)
    return fmt::format("setun_matmul_{}_t2", layout.str());
  if (isPairs && activation.isUnsignedInteger(2))
    return "setun_matmul_ternary_pairs_u2";
  return fmt::format("setun_matmul_{}_{}", layout.str(),
                     lowbit::isUnsignedCode(activation) ? "u8" : "s8");
}

} // namespace setun
