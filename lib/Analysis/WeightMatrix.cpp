//===- WeightMatrix.cpp - The constant weights of a product ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "setun/Analysis/WeightMatrix.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun {

lowbit::ConstantOp getUnpackedWeights(lowbit::ProductOp op) {
  auto weights = op.getRhs().getDefiningOp<lowbit::ConstantOp>();
  if (weights && lowbit::getLayout(op.getRhs().getType()))
    return nullptr;
  return weights;
}

std::optional<SmallVector<int64_t>>
getBiasWithoutZeroPoint(lowbit::ProductOp op) {
  lowbit::ConstantOp weights = getUnpackedWeights(op);
  RankedTensorType rhs = op.getRhs().getType();
  if (!weights || rhs.getDimSize(0) == 0)
    return std::nullopt;
  int64_t outputs = rhs.getDimSize(0), inputs = rhs.getNumElements() / outputs;
  SmallVector<int64_t> bias(outputs, 0);
  if (std::optional<ArrayRef<int64_t>> own = op.getBias())
    bias.assign(own->begin(), own->end());
  lowbit::CodeArray codes = weights.getCodes();
  int64_t zeroPoint = op.getLhsZeroPoint();
  // sum (x - a) w = sum x w - a sum w
  for (int64_t n = 0; n < outputs; ++n) {
    int64_t sum = 0;
    for (int64_t code : codes.slice(n * inputs, inputs))
      sum += code;
    if (llvm::MulOverflow(zeroPoint, sum, sum) ||
        llvm::SubOverflow(bias[n], sum, bias[n]))
      return std::nullopt;
  }
  int64_t bound =
      lowbit::getProductBound({op.getLhs().getType().getElementType()},
                              {rhs.getElementType()}, inputs, bias);
  if (bound > (op.getResult().getType().getElementType().isInteger(32)
                   ? INT32_MAX
                   : INT64_MAX - 1))
    return std::nullopt;
  return bias;
}

bool foldZeroPointIntoBias(lowbit::ProductOp op) {
  if (op.getLhsZeroPoint() == 0)
    return true;
  std::optional<SmallVector<int64_t>> bias = getBiasWithoutZeroPoint(op);
  if (!bias)
    return false;
  op.dropLhsZeroPoint();
  op.setBias(ArrayRef<int64_t>(*bias));
  return true;
}

ArrayRef<int8_t> readCodes(lowbit::ConstantOp weights) {
  ArrayRef<char> bytes = weights.getBytes();
  assert(int64_t(bytes.size()) == weights.getCodes().size() &&
         "codes of more than 8 bits");
  return ArrayRef(reinterpret_cast<const int8_t *>(bytes.data()), bytes.size());
}

int64_t countSignedDigits(int64_t number) {
  // 3 n and n differ in as many bits as n has signed digits.
  uint64_t size = std::abs(number);
  return llvm::popcount(3 * size ^ size);
}

int64_t countSignedDigits(lowbit::ConstantOp weights) {
  lowbit::CodeArray codes = weights.getCodes();
  int64_t digits = 0;
  if (isTernaryOrBipolar(
          cast<RankedTensorType>(weights.getType()).getElementType())) {
    for (int64_t code : codes)
      digits += code != 0;
    return digits;
  }
  for (int64_t code : codes)
    digits += countSignedDigits(code);
  return digits;
}

bool isTernaryOrBipolar(Type code) {
  return isa<lowbit::BipolarType, lowbit::TernaryType>(code);
}

} // namespace setun
