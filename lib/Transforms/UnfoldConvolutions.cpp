// Turns convolutions that a kernel shall compute into products with one row for
// each place of the window, so that every kernel of products serves them, too.
#include "WeightMatrix.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_UNFOLDCONVOLUTIONS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// The type of patches: codes of the image, and of the padding if it is read.
/// Bipolar codes with zeros are ternary; what is wider takes the whole storage.
Type getPatchCode(lowbit::ConvOp op) {
  Type code = op.getLhs().getType().getElementType();
  int64_t padding = op.getPaddingCode();
  if (!op.getWindow().isPadded() || lowbit::isCodeValue(code, padding))
    return code;
  if (isa<lowbit::BipolarType>(code) && padding == 0)
    return lowbit::TernaryType::get(op.getContext());
  return IntegerType::get(op.getContext(), lowbit::getStorageBits(code),
                          lowbit::isUnsignedCode(code) ? IntegerType::Unsigned
                                                       : IntegerType::Signed);
}

/// Weights [O, C, size.., size_last] as rows in the order of patches: [O,
/// size_last * size.. * C].
Value createRows(OpBuilder &builder, lowbit::ConvOp op) {
  RankedTensorType type = op.getRhs().getType();
  int64_t rank = type.getRank();
  SmallVector<int64_t> permutation = {0, rank - 1};
  for (int64_t dim = 2; dim + 1 < rank; ++dim)
    permutation.push_back(dim);
  permutation.push_back(1);
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(type.getDimSize(dim));
  Type code = type.getElementType();
  Value ordered = builder.createOrFold<lowbit::TransposeOp>(
      op.getLoc(), RankedTensorType::get(shape, code), op.getRhs(),
      builder.getDenseI64ArrayAttr(permutation));
  return builder.createOrFold<lowbit::ReshapeOp>(
      op.getLoc(),
      RankedTensorType::get({shape[0], type.getNumElements() / shape[0]}, code),
      ordered);
}

/// conv(x, w) -> transpose(matmul(patches(x), w')), channels behind the batch
/// again.
LogicalResult unfold(lowbit::ConvOp op) {
  if (std::string objection = op.objectToKernels(); !objection.empty())
    return op.emitRemark() << "not unfolded: " << objection;
  if (!foldZeroPointIntoBias(op))
    return op.emitRemark(
        "not unfolded: the zero point does not fit into the bias");
  lowbit::WindowAttr window = op.getWindow();
  RankedTensorType image = op.getLhs().getType(), type = op.getType();
  Type code = getPatchCode(op), accumulator = type.getElementType();
  int64_t bound = lowbit::getProductBound(
      {code}, {op.getRhs().getType().getElementType()}, op.getTerms(),
      op.getBias().value_or(ArrayRef<int64_t>()));
  if (bound > (accumulator.isInteger(32) ? INT32_MAX : INT64_MAX - 1))
    return op.emitRemark("not unfolded: the padding could make sums too large");

  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<int64_t> rows = *window.getPatchShape(image.getShape());
  Value patches =
      lowbit::PatchesOp::create(builder, loc, RankedTensorType::get(rows, code),
                                op.getLhs(), op.getPaddingCode(), window);
  rows.back() = type.getDimSize(1);
  auto sumType = RankedTensorType::get(rows, accumulator);
  auto sums = lowbit::MatmulOp::create(
      builder, loc, sumType, patches, createRows(builder, op),
      /*lhs_zero_point=*/0, /*rhs_zero_point=*/0, op.getBiasAttr(),
      op.getKernelAttr());
  SmallVector<int64_t> permutation = {0, int64_t(rows.size()) - 1};
  for (int64_t dim = 1; dim + 1 < int64_t(rows.size()); ++dim)
    permutation.push_back(dim);
  Value result =
      onnx::NodeOp::create(
          builder, loc, TypeRange(type), "Transpose", sums.getResult(),
          {builder.getNamedAttr("perm",
                                builder.getDenseI64ArrayAttr(permutation))},
          "", /*sinceVersion=*/13)
          .getResult(0);
  Operation *weights = op.getRhs().getDefiningOp();
  op.getResult().replaceAllUsesWith(result);
  op.erase();
  if (weights && weights->use_empty())
    weights->erase();
  return success();
}

struct UnfoldConvolutionsPass
    : public impl::UnfoldConvolutionsBase<UnfoldConvolutionsPass> {
  void runOnOperation() override {
    SmallVector<lowbit::ConvOp> convolutions;
    getOperation().walk([&](lowbit::ConvOp op) {
      if (op.getKernel() && op.getKernel() != lowbit::KernelKind::Plain)
        convolutions.push_back(op);
    });
    for (lowbit::ConvOp op : convolutions)
      if (failed(unfold(op)))
        op.setKernel(lowbit::KernelKind::Plain);
  }
};

} // namespace
} // namespace setun
