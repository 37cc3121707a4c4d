//===- QuantizedIo.cpp - Codes in, codes out ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Removes the quantisers at the border of the model, so that a caller who has
// codes already (a camera, another network) hands them over as they are. Scale
// and zero point move to attributes of the entry point, where the caller's
// header takes them from.
//===----------------------------------------------------------------------===//

#include "setun/Transforms/Passes.h"

#include "dialects/Onnx/ConstantData.h"

#include <cmath>

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_QUANTIZEDIO
#include "setun/Transforms/Passes.h.inc"

namespace {

/// real = (code - zeroPoint) * scale.
struct Affine {
  float scale = 1;
  int64_t zeroPoint = 0;
};

/// The one element of a constant.
std::optional<float> getScalar(Value value) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data || data->size() != 1)
    return std::nullopt;
  return static_cast<float>(data->asDouble(0));
}

/// Scale and zero point of a quantiser, if they are constant, per tensor and
/// can stand in a header.
std::optional<Affine> getAffine(Value scale, Value zeroPoint) {
  std::optional<float> factor = getScalar(scale);
  std::optional<float> zero = zeroPoint ? getScalar(zeroPoint) : 0.0f;
  if (!factor || !zero || !std::isfinite(*factor) || *factor == 0 ||
      *zero != std::rint(*zero) || std::fabs(*zero) > 65536)
    return std::nullopt;
  return Affine{*factor, static_cast<int64_t>(*zero)};
}

struct QuantizedIo : impl::QuantizedIoBase<QuantizedIo> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    bool changed = false;
    for (BlockArgument argument : main.getArguments())
      changed |= dropQuantizer(main, argument);
    Operation *end = main.getBody().front().getTerminator();
    for (OpOperand &result : end->getOpOperands())
      changed |= dropDequantizer(main, result);
    if (!changed)
      main.emitWarning() << "no input or output has a quantiser with one "
                            "constant scale directly at the border: they stay "
                            "as in the model";
    main.setType(FunctionType::get(&getContext(),
                                   main.getBody().front().getArgumentTypes(),
                                   end->getOperandTypes()));
  }

private:
  Attribute getScaleAttr(const Affine &affine) {
    return Builder(&getContext()).getF32FloatAttr(affine.scale);
  }
  Attribute getZeroPointAttr(const Affine &affine) {
    return Builder(&getContext()).getI64IntegerAttr(affine.zeroPoint);
  }

  bool dropQuantizer(func::FuncOp main, BlockArgument argument) {
    if (!argument.hasOneUse())
      return false;
    auto quantize = dyn_cast<lowbit::QuantizeOp>(*argument.user_begin());
    if (!quantize || quantize.getInput() != argument)
      return false;
    std::optional<Affine> affine =
        getAffine(quantize.getScale(), quantize.getZeroPoint());
    if (!affine)
      return false;
    if (quantize.getByReciprocal())
      affine->scale = 1.0f / affine->scale;
    argument.setType(quantize.getType());
    quantize.replaceAllUsesWith(argument);
    emitRemark(quantize.getLoc()) << "left to the caller, who hands in codes";
    quantize.erase();
    unsigned index = argument.getArgNumber();
    main.setArgAttr(index, "setun.scale", getScaleAttr(*affine));
    main.setArgAttr(index, "setun.zero_point", getZeroPointAttr(*affine));
    return true;
  }

  bool dropDequantizer(func::FuncOp main, OpOperand &result) {
    auto dequantize = result.get().getDefiningOp<lowbit::DequantizeOp>();
    if (!dequantize)
      return false;
    std::optional<Affine> affine =
        getAffine(dequantize.getScale(), dequantize.getZeroPoint());
    if (!affine)
      return false;
    result.set(dequantize.getInput());
    emitRemark(dequantize.getLoc()) << "left to the caller, who gets codes";
    if (dequantize->use_empty())
      dequantize.erase();
    unsigned index = result.getOperandNumber();
    main.setResultAttr(index, "setun.scale", getScaleAttr(*affine));
    main.setResultAttr(index, "setun.zero_point", getZeroPointAttr(*affine));
    return true;
  }
};

} // namespace
} // namespace setun
