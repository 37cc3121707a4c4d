// Verifiers of the exact products; the numbers (c1), (c2).. are those of
// LowBit.td.
#include "dialects/LowBit/LowBit.h"

using namespace mlir;

namespace setun::lowbit {

/// The sum of `terms` products and the bias must fit the accumulator.
static LogicalResult verifyBound(Operation *op, StringRef constraint,
                                 int64_t bound, int64_t terms,
                                 Type accumulator) {
  int64_t limit = accumulator.isInteger(32) ? INT32_MAX : INT64_MAX;
  if (bound <= limit && bound != INT64_MAX)
    return success();
  return op->emitOpError() << constraint << " a sum of " << terms
                           << " products can reach " << bound
                           << ", more than the accumulator " << accumulator
                           << " holds (" << limit << ")";
}

static LogicalResult verifyZeroPoint(Operation *op, StringRef constraint,
                                     RankedTensorType codes, int64_t zeroPoint,
                                     StringRef name = "zero point") {
  if (isZeroPointOf(codes.getElementType(), zeroPoint))
    return success();
  return op->emitOpError() << constraint << " " << name << " " << zeroPoint
                           << " does not fit the storage of "
                           << codes.getElementType();
}

static LogicalResult verifyBias(Operation *op, StringRef constraint,
                                std::optional<ArrayRef<int64_t>> bias,
                                int64_t outputs) {
  if (!bias || int64_t(bias->size()) == outputs)
    return success();
  return op->emitOpError() << constraint << " bias has " << bias->size()
                           << " numbers for " << outputs << " outputs";
}

//===-- matmul ------------------------------------------------------------===//

/// [.., M, K] x [B.., N, K] -> [.., M, N], B.. a part of the leading
/// dimensions.
static bool isProductShape(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs,
                           ArrayRef<int64_t> result) {
  if (lhs.empty() || rhs.size() < 2 || result.size() != lhs.size() ||
      lhs.drop_back() != result.drop_back() || lhs.back() != rhs.back() ||
      result.back() != rhs.drop_back().back())
    return false;
  ArrayRef<int64_t> batch = rhs.drop_back(2);
  if (batch.empty())
    return true;
  if (lhs.size() < rhs.size())
    return false;
  ArrayRef<int64_t> leading = lhs.drop_back(2).take_back(batch.size());
  return llvm::all_of(llvm::zip(batch, leading), [](auto sizes) {
    auto [size, target] = sizes;
    return size == 1 || size == target;
  });
}

LogicalResult MatmulOp::verify() {
  RankedTensorType lhs = getLhs().getType(), rhs = getRhs().getType();
  RankedTensorType result = getType();
  int64_t lhsZero = getLhsZeroPoint(), rhsZero = getRhsZeroPoint();
  if (!isProductShape(lhs.getShape(), rhs.getShape(), result.getShape()))
    return emitOpError() << "(c1) needs [.., K] x [N, K] -> [.., N], got "
                         << lhs << " x " << rhs << " -> " << result;
  if (getLayout(lhs))
    return emitOpError("(c3) only the right side may be packed");
  if (getLayout(rhs) && (lhsZero != 0 || rhsZero != 0))
    return emitOpError("(c3) a packed right side goes without zero points");
  if (getKernel() == KernelKind::AddSub &&
      !getRhs().getDefiningOp<ConstantOp>())
    return emitOpError("(c4) an add/sub network needs a constant right side");
  if (failed(verifyZeroPoint(*this, "(c5)", lhs, lhsZero)) ||
      failed(verifyZeroPoint(*this, "(c5)", rhs, rhsZero)) ||
      failed(verifyBias(*this, "(c6)", getBias(), result.getShape().back())))
    return failure();
  int64_t terms = getTerms();
  int64_t bound = getProductBound({lhs.getElementType(), lhsZero},
                                  {rhs.getElementType(), rhsZero}, terms,
                                  getBias().value_or(ArrayRef<int64_t>()));
  return verifyBound(*this, "(c2)", bound, terms, result.getElementType());
}

std::string MatmulOp::objectToKernels() {
  if (getRhs().getType().getRank() != 2)
    return "the right sides are many";
  return getRhsZeroPoint() != 0 ? "the weights have a zero point" : "";
}

//===-- conv --------------------------------------------------------------===//

LogicalResult ConvOp::verify() {
  RankedTensorType lhs = getLhs().getType(), rhs = getRhs().getType();
  RankedTensorType result = getType();
  WindowAttr window = getWindow();
  int64_t groups = getGroups(), rank = window.getRank() + 2;
  if (!lhs.hasStaticShape() || !rhs.hasStaticShape() || lhs.getRank() != rank ||
      rhs.getRank() != rank ||
      rhs.getShape().drop_front(2) != window.getSize() || groups < 1 ||
      rhs.getDimSize(0) % groups != 0 || lhs.getDimSize(1) % groups != 0 ||
      rhs.getDimSize(1) != lhs.getDimSize(1) / groups)
    return emitOpError() << "(c1) needs [N, C, inputs..] and [O, C / groups, "
                         << window.getSize() << "], got " << lhs << " and "
                         << rhs << " in " << groups << " groups";
  std::optional<SmallVector<int64_t>> shape =
      window.getOutputShape(lhs.getShape(), rhs.getDimSize(0));
  if (!shape)
    return emitOpError() << "(c2) the window does not fit into " << lhs;
  if (result.getShape() != ArrayRef<int64_t>(*shape))
    return emitOpError() << "(c2) the result has shape [" << *shape
                         << "], not that of " << result;
  if (getLayout(lhs))
    return emitOpError("(c4) only the right side may be packed");
  if (getLayout(rhs) && getLhsZeroPoint() != 0)
    return emitOpError("(c4) a packed right side goes without zero point");
  if (getKernel() == KernelKind::AddSub &&
      !getRhs().getDefiningOp<ConstantOp>())
    return emitOpError("(c5) an add/sub network needs a constant right side");
  if (failed(verifyZeroPoint(*this, "(c6)", lhs, getLhsZeroPoint())) ||
      failed(
          verifyZeroPoint(*this, "(c6)", lhs, getPaddingCode(), "padding")) ||
      failed(verifyBias(*this, "(c7)", getBias(), rhs.getDimSize(0))))
    return failure();
  int64_t terms = getTerms();
  int64_t bound = getProductBound(
      {lhs.getElementType(), int64_t(getLhsZeroPoint()), getPaddingCode()},
      {rhs.getElementType()}, terms, getBias().value_or(ArrayRef<int64_t>()));
  return verifyBound(*this, "(c3)", bound, terms, result.getElementType());
}

std::string ConvOp::objectToKernels() { return ""; }

} // namespace setun::lowbit
