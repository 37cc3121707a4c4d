// MultiThreshold of FINN: codes counted by thresholds.
#include "QonnxHandlers.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The narrowest code type that holds offset .. offset + count.
Type getCountType(MLIRContext *context, int64_t offset, int64_t count) {
  for (unsigned bits = 1; bits <= 16; ++bits) {
    for (auto sign : {IntegerType::Unsigned, IntegerType::Signed}) {
      Type code = IntegerType::get(context, bits, sign);
      if (lowbit::isCodeValue(code, offset) &&
          lowbit::isCodeValue(code, offset + count))
        return code;
    }
  }
  return nullptr;
}

/// The position of C in data_layout. Files keep the layout of a convolution on
/// what was flattened since, so a trailing C is the last axis of any rank.
int64_t getChannelAxis(onnx::NodeOp node, int64_t rank) {
  StringRef layout = node.getString("data_layout", "");
  if (layout.empty())
    layout = "NCHW";
  size_t position = layout.find('C');
  if (position == StringRef::npos)
    position = 1;
  if (layout.ends_with("C") && layout != "NC")
    return rank - 1;
  return std::min<int64_t>(position, rank - 1);
}

} // namespace

/// Y = out_scale * #{j : v >= T[c][j]} + out_bias, with out_bias a whole
/// multiple of out_scale folded into the code.
LogicalResult convertMultiThreshold(onnx::NodeOp node,
                                    PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value thresholds = requireConstant(node, 1, "thresholds", rewriter);
  if (!thresholds)
    return failure();
  if (type.getRank() < 1)
    return node.emitError("input 0 is a scalar; accepted: at least one "
                          "dimension, for the channels");
  int64_t axis = getChannelAxis(node, type.getRank());
  auto table = cast<RankedTensorType>(thresholds.getType());
  if (table.getRank() != 2 || table.getDimSize(1) < 1 ||
      (table.getDimSize(0) != 1 &&
       table.getDimSize(0) != type.getDimSize(axis)))
    return node.emitError() << "thresholds of shape [" << table.getShape()
                            << "] must be [channels or 1, n] with "
                            << type.getDimSize(axis) << " channels";
  int64_t count = table.getDimSize(1);
  double scale = node.getFloat("out_scale", 1.0f);
  double bias = node.getFloat("out_bias", 0.0f);
  double offset = scale != 0 ? bias / scale : NAN;

  Location loc = node.getLoc();
  MLIRContext *context = node.getContext();
  Type code;
  float codeScale = float(scale), rest = 0.0f;
  int64_t codeOffset = 0;
  if (count == 1 && bias == -scale / 2) {
    // scale * {0, 1} - scale / 2 = (scale / 2) * {-1, +1}
    code = lowbit::BipolarType::get(context);
    codeScale = float(scale / 2);
  } else if (count == 2 && offset == -1) {
    code = lowbit::TernaryType::get(context);
  } else {
    // The product is exact in double precision, so the test is, too.
    if (offset == std::floor(offset) && std::fabs(offset) <= 65536 &&
        offset * scale == bias)
      codeOffset = int64_t(offset);
    else
      rest = float(bias);
    code = getCountType(context, codeOffset, count);
    if (!code)
      return node.emitError()
             << count << " thresholds with an offset of " << codeOffset
             << " need codes of more than 16 bits";
  }
  auto codes = RankedTensorType::get(type.getShape(), code);
  Value counted =
      lowbit::ThresholdOp::create(rewriter, loc, codes, node.getInputOrNull(0),
                                  thresholds, axis, codeOffset,
                                  /*falling=*/DenseBoolArrayAttr());
  Value real = lowbit::DequantizeOp::create(
      rewriter, loc, type, counted, createFloat(rewriter, loc, codeScale),
      Value());
  if (rest != 0.0f)
    real = createNode(rewriter, loc, "Add",
                      {real, createFloat(rewriter, loc, rest)}, type, 14);
  rewriter.replaceOp(node, real);
  return success();
}

} // namespace setun
