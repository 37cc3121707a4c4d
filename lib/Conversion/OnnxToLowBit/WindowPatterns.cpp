// Convolutions and pooling of dequantised codes. The product of codes is exact;
// the largest code is the largest number, as long as scales are positive.
#include "CodeFactors.h"
#include "Patterns.h"
#include "WindowMatchers.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Attribute `name`, or `count` times the default.
SmallVector<int64_t> getInts(onnx::NodeOp node, StringRef name, size_t count,
                             int64_t defaultValue) {
  if (std::optional<ArrayRef<int64_t>> given = node.getInts(name))
    if (!given->empty())
      return SmallVector<int64_t>(*given);
  return SmallVector<int64_t>(count, defaultValue);
}

/// A window, or null if its numbers make none.
lowbit::WindowAttr makeWindow(MLIRContext *context, ArrayRef<int64_t> size,
                              ArrayRef<int64_t> strides,
                              ArrayRef<int64_t> dilations,
                              ArrayRef<int64_t> pads) {
  auto quiet = [] { return InFlightDiagnostic(); };
  return lowbit::WindowAttr::getChecked(quiet, context, size, strides,
                                        dilations, pads);
}

} // namespace

lowbit::WindowAttr matchWindow(onnx::NodeOp node, ArrayRef<int64_t> input,
                               ArrayRef<int64_t> size,
                               ArrayRef<int64_t> output) {
  size_t rank = size.size();
  if (input.size() != rank + 2 || output.size() != rank + 2)
    return nullptr;
  StringRef mode = node.getString("auto_pad", "NOTSET");
  bool isSame = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  bool isCeil = node.getInt("ceil_mode", 0) != 0;
  if (mode != "NOTSET" && mode != "VALID" && !isSame && !mode.empty())
    return nullptr;
  SmallVector<int64_t> strides = getInts(node, "strides", rank, 1);
  SmallVector<int64_t> dilations = getInts(node, "dilations", rank, 1);
  SmallVector<int64_t> pads(2 * rank, 0);
  if (mode == "NOTSET" || mode.empty())
    pads = getInts(node, "pads", 2 * rank, 0);
  MLIRContext *context = node.getContext();
  if (!makeWindow(context, size, strides, dilations, pads))
    return nullptr;
  for (size_t dim = 0; dim < rank; ++dim) {
    int64_t needed = (output[dim + 2] - 1) * strides[dim] +
                     dilations[dim] * (size[dim] - 1) + 1;
    int64_t missing = needed - input[dim + 2] - pads[dim] - pads[dim + rank];
    if (missing <= 0 || !(isSame || isCeil))
      continue;
    int64_t atBegin = 0;
    if (isSame)
      atBegin = mode == "SAME_UPPER" ? missing / 2 : missing - missing / 2;
    pads[dim] += atBegin;
    pads[dim + rank] += missing - atBegin;
  }
  lowbit::WindowAttr window =
      makeWindow(context, size, strides, dilations, pads);
  std::optional<SmallVector<int64_t>> shape;
  if (window)
    shape = window.getOutputShape(input, output[1]);
  return shape && ArrayRef<int64_t>(*shape) == output ? window
                                                      : lowbit::WindowAttr();
}

namespace {

/// [O] -> [O, 1..], so that it is added along dimension 1 of `type`.
Value alignWithChannels(PatternRewriter &rewriter, Location loc, Value bias,
                        RankedTensorType type) {
  SmallVector<int64_t> shape(type.getRank() - 1, 1);
  shape.front() = type.getDimSize(1);
  auto aligned = RankedTensorType::get(shape, rewriter.getF32Type());
  if (std::optional<onnx::ConstantData> data = onnx::getConstantData(bias))
    return onnx::createConstant(rewriter, loc, aligned, data->getBytes(),
                                "bias");
  return createReshape(rewriter, loc, bias, aligned);
}

/// Conv((x - z) * s_x, w * s_w) -> dequantize(conv(x, w), s_x * s_w); the bias
/// is added to that in f32.
struct ConvOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Conv"))
      return failure();
    RankedTensorType type = getStaticType(node.getResult(0));
    std::optional<CodeFactor> image = matchCodes(node.getInputOrNull(0));
    if (!image || !type || type.getRank() < 3 || type.getRank() > 5 ||
        !isSingle(image->scale))
      return rewriter.notifyMatchFailure(node,
                                         "image is not codes of one scale");
    RankedTensorType kernelType = getStaticType(node.getInputOrNull(1));
    if (!kernelType)
      return rewriter.notifyMatchFailure(node, "shape of weights not known");
    ArrayRef<int64_t> input = image->getShape(), kernel = kernelType.getShape();
    int64_t groups = node.getInt("group", 1);
    if (kernel.size() != input.size() || groups < 1 || input[1] % groups != 0 ||
        kernel[0] % groups != 0 || kernel[1] != input[1] / groups ||
        kernel[0] != type.getDimSize(1))
      return rewriter.notifyMatchFailure(node, "channels do not fit");
    lowbit::WindowAttr window =
        matchWindow(node, input, kernel.drop_front(2), type.getShape());
    if (!window)
      return rewriter.notifyMatchFailure(node, "window does not fit");
    Location loc = node.getLoc();
    std::optional<CodeFactor> weights =
        matchWeights(rewriter, loc, node.getInputOrNull(1),
                     /*trailing=*/type.getRank() - 2);
    if (!weights)
      return rewriter.notifyMatchFailure(node, "weights are not codes");

    int64_t bound = lowbit::getProductBound(
        {image->getCode(), image->zeroPoint}, {weights->getCode()},
        kernel[1] * window.getPositions());
    Type accumulator = getAccumulator(rewriter, bound);
    Value sum = lowbit::ConvOp::create(
        rewriter, loc, RankedTensorType::get(type.getShape(), accumulator),
        image->codes, weights->codes, window, groups, image->zeroPoint,
        /*padding=*/IntegerAttr(), /*bias=*/DenseI64ArrayAttr(),
        lowbit::KernelKindAttr());
    Value result = lowbit::DequantizeOp::create(
        rewriter, loc, type, sum,
        multiplyScales(rewriter, loc, image->scale, weights->scale), Value());
    if (Value bias = node.getInputOrNull(2))
      result = createNode(
          rewriter, loc, "Add",
          {result, alignWithChannels(rewriter, loc, bias, type)}, type, 14);
    rewriter.replaceOp(node, result);
    return success();
  }
};

/// conv(pad(x, code)) -> conv(x) with more pads, if all padding is that code.
struct MergePadIntoConv : OpRewritePattern<lowbit::ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::ConvOp conv,
                                PatternRewriter &rewriter) const override {
    auto pad = conv.getLhs().getDefiningOp<lowbit::PadOp>();
    lowbit::WindowAttr window = conv.getWindow();
    if (!pad ||
        (window.isPadded() && conv.getPaddingCode() != int64_t(pad.getCode())))
      return failure();
    SmallVector<int64_t> pads(window.getPads());
    unsigned rank = window.getRank();
    for (unsigned dim = 0; dim < rank + 2; ++dim) {
      int64_t low = pad.getLow()[dim], high = pad.getHigh()[dim];
      if (dim < 2) {
        if (low != 0 || high != 0)
          return rewriter.notifyMatchFailure(conv, "channels are padded");
        continue;
      }
      pads[dim - 2] += low;
      pads[dim - 2 + rank] += high;
    }
    lowbit::WindowAttr merged =
        makeWindow(conv.getContext(), window.getSize(), window.getStrides(),
                   window.getDilations(), pads);
    if (!merged)
      return rewriter.notifyMatchFailure(conv, "too many pads");
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getLhsMutable().assign(pad.getInput());
      conv.setWindowAttr(merged);
      if (int64_t(pad.getCode()) != int64_t(conv.getLhsZeroPoint()))
        conv.setPadding(pad.getCode());
      else
        conv.removePaddingAttr();
    });
    return success();
  }
};

/// Does every place of the window see a part of the image? Steps of at most its
/// size do not jump over it.
bool alwaysSeesImage(lowbit::WindowAttr window, ArrayRef<int64_t> input,
                     ArrayRef<int64_t> output) {
  for (unsigned dim = 0; dim < window.getRank(); ++dim) {
    int64_t begin = window.getBegin(dim), dilation = window.getDilations()[dim];
    bool isPadded = begin != 0 || window.getEnd(dim) != 0;
    int64_t lastStart =
        (output[dim + 2] - 1) * window.getStrides()[dim] - begin;
    if (isPadded && (begin > dilation * (window.getSize()[dim] - 1) ||
                     lastStart >= input[dim + 2] || dilation > input[dim + 2]))
      return false;
  }
  return true;
}

/// True for one positive number, or a constant of positive numbers one for each
/// channel of a tensor of this rank.
bool isPositivePerChannel(Value scale, int64_t rank) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(scale);
  if (!data)
    return false;
  ArrayRef<int64_t> shape = data->getType().getShape();
  int64_t channel = int64_t(shape.size()) - (rank - 1);
  for (int64_t i = 0, e = shape.size(); i < e; ++i)
    if (shape[i] != 1 && i != channel)
      return false;
  for (int64_t i = 0; i < data->size(); ++i)
    if (!(data->asDouble(i) > 0))
      return false;
  return true;
}

/// MaxPool((c - z) * s) -> (pool(c) - z) * s for s > 0: rounding is monotone,
/// so the largest code gives the largest number.
struct MovePastMaxPool : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MaxPool") ||
        (node.getNumResults() > 1 && !node.getResult(1).use_empty()))
      return failure();
    RankedTensorType type = getStaticType(node.getResult(0));
    std::optional<CodeFactor> image = matchCodes(node.getInputOrNull(0));
    std::optional<ArrayRef<int64_t>> size = node.getInts("kernel_shape");
    if (!image || !type || !size ||
        !isPositivePerChannel(image->scale, type.getRank()))
      return rewriter.notifyMatchFailure(node, "not codes of positive scale");
    lowbit::WindowAttr window =
        matchWindow(node, image->getShape(), *size, type.getShape());
    if (!window || type.getDimSize(1) != image->getShape()[1] ||
        !alwaysSeesImage(window, image->getShape(), type.getShape()))
      return rewriter.notifyMatchFailure(node, "window does not fit");
    Value codes = lowbit::PoolOp::create(
        rewriter, node.getLoc(),
        RankedTensorType::get(type.getShape(), image->getCode()), image->codes,
        window);
    replaceByDequantized(rewriter, node, codes, *image);
    return success();
  }
};

/// What a Pad node adds before and after each dimension, if it adds one number.
struct ConstantPad {
  SmallVector<int64_t> low, high;
  double value = 0;
};

std::optional<ConstantPad> matchConstantPad(onnx::NodeOp node, int64_t rank) {
  if (node.getString("mode", "constant") != "constant")
    return std::nullopt;
  ConstantPad pad;
  SmallVector<int64_t> pads,
      axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  auto read = [](Value value, SmallVectorImpl<int64_t> &numbers) {
    std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
    numbers.clear();
    for (int64_t i = 0; data && i < data->size(); ++i)
      numbers.push_back(data->asInt(i));
    return data.has_value();
  };
  if (node.getSinceVersion() < 11) {
    pads = getInts(node, "pads", 2 * rank, 0);
    pad.value = node.getFloat("value", 0.0f);
  } else {
    if (!node.getInputOrNull(1) || !read(node.getInputOrNull(1), pads))
      return std::nullopt;
    if (Value value = node.getInputOrNull(2)) {
      std::optional<double> number = getScalar(value);
      if (!number)
        return std::nullopt;
      pad.value = *number;
    }
    if (Value given = node.getInputOrNull(3))
      if (!read(given, axes))
        return std::nullopt;
  }
  pad.low.assign(rank, 0);
  pad.high.assign(rank, 0);
  if (pads.size() != 2 * axes.size())
    return std::nullopt;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    int64_t dim = axis < 0 ? axis + rank : axis;
    if (dim < 0 || dim >= rank || pads[i] < 0 || pads[i + axes.size()] < 0)
      return std::nullopt;
    pad.low[dim] = pads[i];
    pad.high[dim] = pads[i + axes.size()];
  }
  return pad;
}

/// Pad((c - z) * s, v) -> (pad(c, k) - z) * s where (k - z) * s is v: k = z for
/// v = 0. Bipolar codes, which have no 0, become ternary.
struct MovePastPad : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Pad"))
      return failure();
    RankedTensorType type = getStaticType(node.getResult(0));
    std::optional<CodeFactor> input = matchCodes(node.getInputOrNull(0));
    if (!input || !type || !isSingle(input->scale))
      return rewriter.notifyMatchFailure(node, "not codes of one scale");
    std::optional<ConstantPad> pad = matchConstantPad(node, type.getRank());
    std::optional<int64_t> code =
        pad ? findCode(*input, float(pad->value)) : std::nullopt;
    if (!code)
      return rewriter.notifyMatchFailure(node, "no code for the padding");
    Type element = input->getCode();
    if (isa<lowbit::BipolarType>(element) && *code == 0)
      element = lowbit::TernaryType::get(node.getContext());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.getDimSize(dim) - pad->low[dim] - pad->high[dim] !=
          input->getShape()[dim])
        return rewriter.notifyMatchFailure(node, "shapes do not fit");
    Value codes =
        lowbit::PadOp::create(rewriter, node.getLoc(),
                              RankedTensorType::get(type.getShape(), element),
                              input->codes, *code, pad->low, pad->high);
    replaceByDequantized(rewriter, node, codes, *input);
    return success();
  }

  /// The code that stands for exactly `value`.
  static std::optional<int64_t> findCode(const CodeFactor &input, float value) {
    int64_t code = input.zeroPoint;
    if (value != 0) {
      std::optional<double> scale = getUniform(input.scale);
      double steps = scale ? std::rint(double(value) / *scale) : NAN;
      if (!(std::fabs(steps) <= 65536) || float(steps) * float(*scale) != value)
        return std::nullopt;
      code += int64_t(steps);
    }
    bool isBipolarZero = isa<lowbit::BipolarType>(input.getCode()) && code == 0;
    if (!lowbit::isCodeValue(input.getCode(), code) && !isBipolarZero)
      return std::nullopt;
    return code;
  }
};

} // namespace

void populateWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvOfCodes, MergePadIntoConv, MovePastMaxPool, MovePastPad>(
      patterns.getContext());
}

} // namespace setun
