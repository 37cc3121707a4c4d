// Turns convolutions that a kernel shall compute into products with one row for
// each place of the window, so that every kernel of products serves them, too.
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "setun/Analysis/WeightMatrix.h"
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

/// Weights [O, C / groups, size.., size_last] as rows in the order of patches,
/// [O, size_last * size.. * C], 0 where an output sees another group.
Value createRows(OpBuilder &builder, lowbit::ConvOp op) {
  RankedTensorType type = op.getRhs().getType();
  int64_t outputs = type.getDimSize(0), inputs = type.getDimSize(1);
  int64_t groups = op.getGroups(), channels = groups * inputs;
  int64_t size = op.getWindow().getSize().back();
  int64_t others = op.getWindow().getPositions() / size;
  lowbit::ConstantOp weights = getUnpackedWeights(op);
  ArrayRef<int8_t> codes = readCodes(weights);
  std::vector<char> rows(outputs * channels * others * size, 0);
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t q = 0; q < others; ++q)
        for (int64_t last = 0; last < size; ++last)
          rows[((o * size + last) * others + q) * channels +
               o / (outputs / groups) * inputs + c] =
              codes[((o * inputs + c) * others + q) * size + last];
  Type code = type.getElementType();
  if (groups > 1 && isa<lowbit::BipolarType>(code))
    code = lowbit::TernaryType::get(op.getContext());
  StringRef name = cast<DenseResourceElementsAttr>(weights.getValue())
                       .getRawHandle()
                       .getKey();
  return lowbit::ConstantOp::create(
      builder, op.getLoc(),
      RankedTensorType::get({outputs, channels * others * size}, code), rows,
      (name + ".rows").str());
}

/// Can sums of `terms` products with the padding as a code leave the
/// accumulator?
LogicalResult checkSums(lowbit::ConvOp op, int64_t terms) {
  int64_t bound = lowbit::getProductBound(
      {getPatchCode(op)}, {op.getRhs().getType().getElementType()}, terms,
      op.getBias().value_or(ArrayRef<int64_t>()));
  bool isNarrow = op.getType().getElementType().isInteger(32);
  if (bound > (isNarrow ? INT32_MAX : INT64_MAX - 1))
    return op.emitRemark("not unfolded: groups or padding could make sums too "
                         "large");
  return success();
}

/// Puts transpose(sums), channels behind the batch again, in the place of a
/// convolution, and takes away what nobody reads then.
void replaceBySums(OpBuilder &builder, lowbit::ConvOp op, Value sums) {
  RankedTensorType type = op.getType();
  SmallVector<int64_t> permutation = {0, type.getRank() - 1};
  for (int64_t dim = 1; dim + 1 < type.getRank(); ++dim)
    permutation.push_back(dim);
  Value result = onnx::NodeOp::create(
                     builder, op.getLoc(), TypeRange(type), "Transpose", sums,
                     {builder.getNamedAttr(
                         "perm", builder.getDenseI64ArrayAttr(permutation))},
                     "", /*sinceVersion=*/13)
                     .getResult(0);
  op.getResult().replaceAllUsesWith(result);
  Operation *weights = op.getRhs().getDefiningOp();
  op.erase();
  if (weights && weights->use_empty())
    weights->erase();
}

/// Weights [C, 1, size..] as [prod(size), C].
Value createDepthwiseWeights(OpBuilder &builder, lowbit::ConvOp op) {
  RankedTensorType type = op.getRhs().getType();
  int64_t channels = type.getDimSize(0);
  int64_t positions = op.getWindow().getPositions();
  lowbit::ConstantOp weights = getUnpackedWeights(op);
  ArrayRef<int8_t> codes = readCodes(weights);
  std::vector<char> columns(codes.size());
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t q = 0; q < positions; ++q)
      columns[q * channels + c] = codes[c * positions + q];
  StringRef name = cast<DenseResourceElementsAttr>(weights.getValue())
                       .getRawHandle()
                       .getKey();
  return lowbit::ConstantOp::create(
      builder, op.getLoc(),
      RankedTensorType::get({positions, channels}, type.getElementType()),
      columns, (name + ".columns").str());
}

/// conv(x, w) -> transpose(depthwise(x', w')), x' with channels last.
LogicalResult separate(lowbit::ConvOp op) {
  if (!foldZeroPointIntoBias(op) || failed(checkSums(op, op.getTerms())))
    return op.emitRemark("not depthwise: the zero point does not fit into the "
                         "bias");
  OpBuilder builder(op);
  Location loc = op.getLoc();
  RankedTensorType type = op.getLhs().getType();
  SmallVector<int64_t> shape(type.getShape()), permutation;
  std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    permutation.push_back(dim == 0 ? 0 : dim % (type.getRank() - 1) + 1);
  Value image = lowbit::TransposeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()),
      op.getLhs(), permutation);
  shape.assign(op.getType().getShape().begin(), op.getType().getShape().end());
  std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  Value empty = tensor::EmptyOp::create(builder, loc, shape,
                                        op.getType().getElementType());
  auto sums = lowbit::DepthwiseOp::create(
      builder, loc, TypeRange(empty.getType()), image,
      createDepthwiseWeights(builder, op), empty, ValueRange(), op.getWindow(),
      op.getPaddingCode(), op.getBiasAttr(), TypeAttr());
  replaceBySums(builder, op, sums.getResult(0));
  return success();
}

/// conv(x, w) -> transpose(matmul(patches(x), w')).
LogicalResult unfold(lowbit::ConvOp op) {
  if (!getUnpackedWeights(op))
    return op.emitRemark("not unfolded: the weights are not constant");
  if (lowbit::getStorageBits(op.getRhs().getType().getElementType()) > 8)
    return op.emitRemark("not unfolded: the weights have more than 8 bits");
  if (op.getKernel() == lowbit::KernelKind::Depthwise)
    return separate(op);
  if (!foldZeroPointIntoBias(op))
    return op.emitRemark(
        "not unfolded: the zero point does not fit into the bias");
  lowbit::WindowAttr window = op.getWindow();
  RankedTensorType image = op.getLhs().getType(), type = op.getType();
  Type code = getPatchCode(op), accumulator = type.getElementType();
  SmallVector<int64_t> rows = *window.getPatchShape(image.getShape());
  if (failed(checkSums(op, rows.back())))
    return failure();

  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value patches = lowbit::PatchesOp::create(
      builder, loc, RankedTensorType::get(rows, code), op.getLhs(),
      op.getPaddingCode(), window, /*channels_last=*/false);
  rows.back() = type.getDimSize(1);
  auto sumType = RankedTensorType::get(rows, accumulator);
  auto sums = lowbit::MatmulOp::create(
      builder, loc, sumType, patches, createRows(builder, op),
      /*lhs_zero_point=*/0, /*rhs_zero_point=*/0, op.getBiasAttr(),
      op.getKernelAttr());
  replaceBySums(builder, op, sums);
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
