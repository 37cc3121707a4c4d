// Products of codes in the spelling of operators: MatMulInteger, QLinearMatMul,
// ConvInteger and QLinearConv with constant weights. Their sums are exact, so
// they are the products of the dialect as they stand; what becomes of a sum
// follows as nodes, in the arithmetic of ONNX's reference.
#include "NodeMatchers.h"
#include "Patterns.h"
#include "WindowMatchers.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

using CodeTensor = TypedValue<RankedTensorType>;

/// Integers of 8 bits with a sign of their own are codes.
bool isByteCode(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() && integer.getWidth() == 8;
}

/// The numbers of input `index`, one or `count` of them; `{0}` if it is
/// omitted, nothing if it is no constant.
std::optional<SmallVector<double>> readNumbers(onnx::NodeOp node,
                                               unsigned index, int64_t count) {
  Value value = node.getInputOrNull(index);
  if (!value)
    return SmallVector<double>{0};
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data || (data->size() != 1 && data->size() != count))
    return std::nullopt;
  SmallVector<double> numbers;
  for (int64_t i = 0; i < data->size(); ++i)
    numbers.push_back(data->asDouble(i));
  return numbers;
}

double pick(ArrayRef<double> numbers, int64_t i) {
  return numbers[numbers.size() == 1 ? 0 : i];
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The codes in input `index`, and their zero point if that is one constant.
struct Activation {
  CodeTensor codes;
  std::optional<int64_t> zeroPoint;
};

std::optional<Activation> matchActivation(onnx::NodeOp node, unsigned index,
                                          unsigned zeroPoint) {
  RankedTensorType type = getStaticType(node.getInputOrNull(index));
  if (!type || !isByteCode(type.getElementType()) || type.getNumElements() == 0)
    return std::nullopt;
  Activation result{cast<CodeTensor>(node.getInputOrNull(index)), {}};
  if (auto numbers = readNumbers(node, zeroPoint, 1))
    result.zeroPoint = int64_t(numbers->front());
  return result;
}

/// Constant weights less their zero points, outputs first. A matrix [K, N] is
/// transposed.
struct Weights {
  SmallVector<char> bytes;
  SmallVector<int64_t> shape;
  Type code;
  /// Sums over all inputs of an output.
  SmallVector<int64_t> sums;

  Value create(PatternRewriter &rewriter, Location loc) const {
    return lowbit::ConstantOp::create(
        rewriter, loc, RankedTensorType::get(shape, code), bytes, "weight");
  }
};

std::optional<Weights> readWeights(onnx::NodeOp node, unsigned index,
                                   unsigned zeroPoint, bool isMatrix) {
  RankedTensorType type = getStaticType(node.getInputOrNull(index));
  std::optional<onnx::ConstantData> data =
      type ? onnx::getConstantData(node.getInputOrNull(index)) : std::nullopt;
  if (!data || !isByteCode(type.getElementType()) || data->size() == 0 ||
      (isMatrix && type.getRank() != 2))
    return std::nullopt;
  int64_t outputs = type.getDimSize(isMatrix ? 1 : 0);
  int64_t inputs = data->size() / outputs;
  auto zeroPoints = readNumbers(node, zeroPoint, outputs);
  if (!zeroPoints)
    return std::nullopt;
  Weights result;
  result.shape.assign(type.getShape().begin(), type.getShape().end());
  if (isMatrix)
    std::swap(result.shape[0], result.shape[1]);
  SmallVector<int64_t> codes;
  for (int64_t o = 0; o < outputs; ++o) {
    result.sums.push_back(0);
    for (int64_t i = 0; i < inputs; ++i) {
      int64_t at = isMatrix ? i * outputs + o : o * inputs + i;
      codes.push_back(int64_t(data->asDouble(at) - pick(*zeroPoints, o)));
      result.sums.back() += codes.back();
    }
  }
  result.code = lowbit::getNarrowestCode(node.getContext(), codes);
  if (!result.code || lowbit::getStorageBits(result.code) != 8)
    return std::nullopt; // no kernel takes weights of nine bits
  result.bytes.assign(codes.begin(), codes.end());
  return result;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// Do all sums fit 32 bits? Where they do not, the operator wraps.
bool fitsAccumulator(const Activation &left, int64_t zeroPoint,
                     const Weights &right, int64_t terms,
                     ArrayRef<int64_t> bias = {}) {
  return lowbit::getProductBound(
             {left.codes.getType().getElementType(), zeroPoint}, {right.code},
             terms, bias) <= INT32_MAX;
}

/// a . b with a [.., M, K] and constant b [K, N], as i32 [.., M, N]. A zero
/// point of a that is computed is taken off behind the product:
/// sum (a - z) * b = sum a * b - z * sum b.
Value createMatmul(PatternRewriter &rewriter, onnx::NodeOp node,
                   const Activation &left, const Weights &right,
                   unsigned zeroPointIndex) {
  Location loc = node.getLoc();
  int64_t zeroPoint = left.zeroPoint.value_or(0);
  int64_t outputs = right.shape[0];
  SmallVector<int64_t> shape(left.codes.getType().getShape());
  shape.back() = outputs;
  auto type = RankedTensorType::get(shape, rewriter.getI32Type());
  Value sum = lowbit::MatmulOp::create(
      rewriter, loc, type, left.codes, right.create(rewriter, loc), zeroPoint,
      /*rhs_zero_point=*/0, /*bias=*/DenseI64ArrayAttr(),
      lowbit::KernelKindAttr());
  if (left.zeroPoint)
    return sum;
  auto row = RankedTensorType::get({outputs}, rewriter.getI32Type());
  SmallVector<int32_t> sums(right.sums.begin(), right.sums.end());
  Value total =
      onnx::createConstant(rewriter, loc, row,
                           ArrayRef(reinterpret_cast<const char *>(sums.data()),
                                    sums.size() * sizeof(int32_t)),
                           "weight_sums");
  Value given = node.getInputOrNull(zeroPointIndex);
  auto wide =
      cast<RankedTensorType>(given.getType()).clone(rewriter.getI32Type());
  Value zero = createNode(rewriter, loc, "Cast", given, wide, 13);
  Value shift = createNode(rewriter, loc, "Mul", {zero, total}, row, 14);
  return createNode(rewriter, loc, "Sub", {sum, shift}, type, 14);
}

/// The sum of a product of matrices, or null.
Value matchMatmul(PatternRewriter &rewriter, onnx::NodeOp node, unsigned a,
                  unsigned aZeroPoint, unsigned b, unsigned bZeroPoint) {
  std::optional<Activation> left = matchActivation(node, a, aZeroPoint);
  if (!left || left->codes.getType().getRank() < 2)
    return nullptr;
  // One zero point for all, at run time too.
  if (!left->zeroPoint) {
    auto given = getStaticType(node.getInputOrNull(aZeroPoint));
    if (!given || given.getNumElements() != 1 || given.getRank() > 1)
      return nullptr;
  }
  auto right = readWeights(node, b, bZeroPoint, /*isMatrix=*/true);
  int64_t terms = left->codes.getType().getShape().back();
  // Room for z * sum b, whatever z is.
  int64_t farthest = left->zeroPoint.value_or(
      left->codes.getType().getElementType().isUnsignedInteger() ? 255 : -128);
  if (!right || right->shape[1] != terms ||
      !fitsAccumulator(*left, farthest, *right, terms) ||
      !fitsAccumulator(*left, 0, *right, terms))
    return nullptr;
  return createMatmul(rewriter, node, *left, *right, aZeroPoint);
}

/// The sum of a convolution with the i32 bias in input `bias`, or null; an
/// index beyond the inputs is an omitted one.
Value matchConvolution(PatternRewriter &rewriter, onnx::NodeOp node, unsigned x,
                       unsigned xZeroPoint, unsigned w, unsigned wZeroPoint,
                       unsigned bias) {
  RankedTensorType type = getStaticType(node.getResult(0));
  std::optional<Activation> image = matchActivation(node, x, xZeroPoint);
  RankedTensorType kernelType = getStaticType(node.getInputOrNull(w));
  if (!type || !image || !image->zeroPoint || !kernelType ||
      type.getRank() < 3 || type.getRank() > 5)
    return nullptr;
  ArrayRef<int64_t> input = image->codes.getType().getShape();
  ArrayRef<int64_t> kernel = kernelType.getShape();
  int64_t groups = node.getInt("group", 1);
  if (kernel.size() != input.size() || groups < 1 || input[1] % groups != 0 ||
      kernel[0] % groups != 0 || kernel[1] != input[1] / groups ||
      kernel[0] != type.getDimSize(1))
    return nullptr;
  lowbit::WindowAttr window =
      matchWindow(node, input, kernel.drop_front(2), type.getShape());
  if (!window)
    return nullptr;
  SmallVector<int64_t> offsets;
  if (node.getInputOrNull(bias)) {
    auto numbers = readNumbers(node, bias, kernel[0]);
    if (!numbers || int64_t(numbers->size()) != kernel[0])
      return nullptr;
    offsets.assign(numbers->begin(), numbers->end());
  }
  auto weights = readWeights(node, w, wZeroPoint, /*isMatrix=*/false);
  if (!weights || !fitsAccumulator(*image, *image->zeroPoint, *weights,
                                   kernel[1] * window.getPositions(), offsets))
    return nullptr;
  return lowbit::ConvOp::create(
      rewriter, node.getLoc(),
      RankedTensorType::get(type.getShape(), rewriter.getI32Type()),
      image->codes, weights->create(rewriter, node.getLoc()), window, groups,
      *image->zeroPoint,
      /*padding=*/IntegerAttr(),
      offsets.empty() ? DenseI64ArrayAttr()
                      : rewriter.getDenseI64ArrayAttr(offsets),
      lowbit::KernelKindAttr());
}

//===----------------------------------------------------------------------===//
// Codes of sums
//===----------------------------------------------------------------------===//

/// What makes codes of the sums of a QLinear operator.
struct Requantizer {
  SmallVector<double> multipliers; // one, or one for each output
  double zeroPoint;
};

/// scale_a * scale_b / scale_y in f32, and the zero point; nothing unless all
/// are finite constants of f32.
std::optional<Requantizer> matchRequantizer(onnx::NodeOp node,
                                            int64_t outputs) {
  for (unsigned index : {1, 4, 6}) {
    Value scale = node.getInputOrNull(index);
    if (!scale || !getElementTypeOrSelf(scale.getType()).isF32())
      return std::nullopt;
  }
  auto a = readNumbers(node, 1, 1), b = readNumbers(node, 4, outputs),
       y = readNumbers(node, 6, 1), zero = readNumbers(node, 7, 1);
  if (!a || !b || !y || !zero)
    return std::nullopt;
  Requantizer result{{}, zero->front()};
  for (double scale : *b) {
    float product = float(a->front()) * float(scale);
    result.multipliers.push_back(product / float(y->front()));
    if (!std::isfinite(result.multipliers.back()))
      return std::nullopt;
  }
  return result;
}

/// saturate(rne(f64(sum) * multiplier + zero point)), as nodes. Multipliers run
/// along dimension `axis`. Cast saturates.
Value createCodes(PatternRewriter &rewriter, Location loc, Value sum,
                  const Requantizer &requantizer, int64_t axis,
                  RankedTensorType type) {
  auto real = type.clone(rewriter.getF64Type());
  auto constant = [&](ArrayRef<double> numbers, ArrayRef<int64_t> shape) {
    return onnx::createConstant(
        rewriter, loc, RankedTensorType::get(shape, rewriter.getF64Type()),
        ArrayRef(reinterpret_cast<const char *>(numbers.data()),
                 numbers.size() * sizeof(double)),
        "multiplier");
  };
  SmallVector<int64_t> shape;
  if (requantizer.multipliers.size() > 1) {
    shape.assign(type.getRank() - axis, 1);
    shape.front() = requantizer.multipliers.size();
  }
  Value value = createNode(rewriter, loc, "Cast", sum, real, 13);
  value =
      createNode(rewriter, loc, "Mul",
                 {value, constant(requantizer.multipliers, shape)}, real, 14);
  if (requantizer.zeroPoint != 0)
    value = createNode(rewriter, loc, "Add",
                       {value, constant(requantizer.zeroPoint, {})}, real, 14);
  value = createNode(rewriter, loc, "Round", value, real, 11);
  return createNode(rewriter, loc, "Cast", value, type, 13);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// MatMulInteger(a, constant) -> matmul.
struct RecogniseMatMulInteger : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MatMulInteger"))
      return failure();
    Value sum = matchMatmul(rewriter, node, 0, 2, 1, 3);
    if (!sum || sum.getType() != node.getResult(0).getType())
      return rewriter.notifyMatchFailure(node, "no constant matrix of bytes");
    rewriter.replaceOp(node, sum);
    return success();
  }
};

/// QLinearMatMul(a, constant) -> matmul, then codes of the sums.
struct RecogniseQLinearMatMul : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "QLinearMatMul"))
      return failure();
    RankedTensorType type = getStaticType(node.getResult(0));
    if (!type || type.getRank() < 2 || !isByteCode(type.getElementType()))
      return rewriter.notifyMatchFailure(node, "no tensor of bytes");
    int64_t axis = type.getRank() - 1;
    auto requantizer = matchRequantizer(node, type.getDimSize(axis));
    Value sum = requantizer ? matchMatmul(rewriter, node, 0, 2, 3, 5) : Value();
    if (!sum ||
        cast<RankedTensorType>(sum.getType()).getShape() != type.getShape())
      return rewriter.notifyMatchFailure(node, "no constant matrix of bytes");
    rewriter.replaceOp(node, createCodes(rewriter, node.getLoc(), sum,
                                         *requantizer, axis, type));
    return success();
  }
};

/// ConvInteger(x, constant) -> conv.
struct RecogniseConvInteger : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "ConvInteger"))
      return failure();
    Value sum = matchConvolution(rewriter, node, 0, 2, 1, 3, /*bias=*/8);
    if (!sum)
      return rewriter.notifyMatchFailure(node, "no constant kernels of bytes");
    rewriter.replaceOp(node, sum);
    return success();
  }
};

/// QLinearConv(x, constant) -> conv with the bias, then codes of the sums.
struct RecogniseQLinearConv : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "QLinearConv"))
      return failure();
    RankedTensorType type = getStaticType(node.getResult(0));
    if (!type || type.getRank() < 3 || !isByteCode(type.getElementType()))
      return rewriter.notifyMatchFailure(node, "no tensor of bytes");
    auto requantizer = matchRequantizer(node, type.getDimSize(1));
    Value sum = requantizer
                    ? matchConvolution(rewriter, node, 0, 2, 3, 5, /*bias=*/8)
                    : Value();
    if (!sum)
      return rewriter.notifyMatchFailure(node, "no constant kernels of bytes");
    rewriter.replaceOp(node, createCodes(rewriter, node.getLoc(), sum,
                                         *requantizer, /*axis=*/1, type));
    return success();
  }
};

} // namespace

void populateQLinearPatterns(RewritePatternSet &patterns) {
  patterns.add<RecogniseMatMulInteger, RecogniseQLinearMatMul,
               RecogniseConvInteger, RecogniseQLinearConv>(
      patterns.getContext());
}

} // namespace setun
