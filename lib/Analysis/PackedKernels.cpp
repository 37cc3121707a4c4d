//===- PackedKernels.cpp - Which kernel multiplies packed weights ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "setun/Analysis/PackedKernels.h"

#include "dialects/LowBit/LowBit.h"

#include <fmt/format.h>

using namespace mlir;

namespace setun {

std::optional<PackedLayout> choosePackedLayout(Type weight, Type /*activation*/,
                                               const Target & /*target*/) {
  lowbit::CodeRange range = lowbit::getCodeRange(weight);
  int64_t step = isa<lowbit::BipolarType>(weight) ? 2 : 1;
  for (PackedLayout layout :
       {PackedLayout::Bits, PackedLayout::TernaryPairs, PackedLayout::Bytes})
    if (canPack(layout, range.min, range.max, step))
      return layout;
  return std::nullopt;
}

std::string getMatmulKernel(StringRef layout, Type activation) {
  bool isBits = layout == "bits", isPairs = layout == "ternary_pairs";
  if (isBits && isa<lowbit::BipolarType>(activation))
    return "setun_matmul_bits_b1";
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
