// Turns convolutions that a kernel shall compute into products with one row for
// each place of the window, so that every kernel of products serves them, too.
#include "WeightMatrix.h"
#include "mlir/IR/DialectResourceBlobManager.h"
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
  std::vector<int8_t> codes = readCodes(weights);
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

/// The image with channels last whose Transpose `image` is, or null.
Value getChannelsLast(Value image) {
  int64_t rank = cast<RankedTensorType>(image.getType()).getRank();
  SmallVector<int64_t> expected = {0, rank - 1};
  for (int64_t dim = 1; dim + 1 < rank; ++dim)
    expected.push_back(dim);
  if (auto transpose = image.getDefiningOp<lowbit::TransposeOp>();
      transpose && transpose.getPermutation() == ArrayRef<int64_t>(expected))
    return transpose.getInput();
  auto node = image.getDefiningOp<onnx::NodeOp>();
  if (node && node.isOp("", "Transpose") &&
      node.getInts("perm") == ArrayRef<int64_t>(expected))
    return node.getInputOrNull(0);
  return nullptr;
}

/// conv(x, w) -> transpose(matmul(patches(x), w')), channels behind the batch
/// again.
LogicalResult unfold(lowbit::ConvOp op) {
  if (!getUnpackedWeights(op))
    return op.emitRemark("not unfolded: the weights are not constant");
  if (lowbit::getStorageBits(op.getRhs().getType().getElementType()) > 8)
    return op.emitRemark("not unfolded: the weights have more than 8 bits");
  if (!foldZeroPointIntoBias(op))
    return op.emitRemark(
        "not unfolded: the zero point does not fit into the bias");
  lowbit::WindowAttr window = op.getWindow();
  RankedTensorType image = op.getLhs().getType(), type = op.getType();
  Type code = getPatchCode(op), accumulator = type.getElementType();
  SmallVector<int64_t> rows = *window.getPatchShape(image.getShape());
  int64_t bound = lowbit::getProductBound(
      {code}, {op.getRhs().getType().getElementType()}, rows.back(),
      op.getBias().value_or(ArrayRef<int64_t>()));
  if (bound > (accumulator.isInteger(32) ? INT32_MAX : INT64_MAX - 1))
    return op.emitRemark("not unfolded: groups or padding could make sums too "
                         "large");

  OpBuilder builder(op);
  Location loc = op.getLoc();
  // A transposed image is read as it was.
  Operation *source = op.getLhs().getDefiningOp();
  Value channelsLast = getChannelsLast(op.getLhs());
  Value patches = lowbit::PatchesOp::create(
      builder, loc, RankedTensorType::get(rows, code),
      channelsLast ? channelsLast : op.getLhs(), op.getPaddingCode(), window,
      bool(channelsLast));
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
  if (channelsLast && source->use_empty())
    source->erase();
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
