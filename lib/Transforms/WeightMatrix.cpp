// The constant weights of a product, and which packed layout suits them.
#include "WeightMatrix.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace setun {

lowbit::ConstantOp getUnpackedWeights(lowbit::MatmulOp op) {
  auto weights = op.getRhs().getDefiningOp<lowbit::ConstantOp>();
  if (weights && lowbit::getLayout(op.getRhs().getType()))
    return nullptr;
  return weights;
}

std::vector<int8_t> readCodes(lowbit::ConstantOp weights) {
  SmallVector<int64_t> codes = weights.getCodes();
  return std::vector<int8_t>(codes.begin(), codes.end());
}

int64_t countNonzeros(lowbit::ConstantOp weights) {
  SmallVector<int64_t> codes = weights.getCodes();
  return codes.size() - llvm::count(codes, 0);
}

bool isTernaryOrBipolar(Type code) {
  return isa<lowbit::BipolarType, lowbit::TernaryType>(code);
}

std::optional<PackedLayout> choosePackedLayout(Type code) {
  lowbit::CodeRange range = lowbit::getCodeRange(code);
  int64_t step = isa<lowbit::BipolarType>(code) ? 2 : 1;
  for (PackedLayout layout :
       {PackedLayout::Bits, PackedLayout::TernaryPairs, PackedLayout::Bytes})
    if (canPack(layout, range.min, range.max, step))
      return layout;
  return std::nullopt;
}

} // namespace setun
