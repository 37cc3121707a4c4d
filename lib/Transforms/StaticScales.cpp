// Scales that are found at run time become constants that data has shown (see
// Passes.td).
#include "dialects/Onnx/ConstantData.h"
#include "setun/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_STATICSCALES
#include "setun/Transforms/Passes.h.inc"

namespace {

Value createFloats(OpBuilder &builder, Location loc, RankedTensorType type,
                   float value, StringRef name) {
  SmallVector<float> numbers(type.getNumElements(), value);
  return onnx::createConstant(
      builder, loc, type,
      ArrayRef(reinterpret_cast<const char *>(numbers.data()),
               numbers.size() * sizeof(float)),
      name);
}

/// codes = clamp(round_half_even(x * a), lo, hi), scales = 1 / a, with a as the
/// op computes it of t = max(absmax, epsilon).
LogicalResult makeStatic(lowbit::DynamicQuantizeOp op, double absmax) {
  Type code = op.getCodes().getType().getElementType();
  auto limit = int64_t(op.getLimit());
  if (limit != lowbit::getCodeRange(code).max)
    return op.emitError() << "has the limit " << limit
                          << ", but static scales accept the largest code, "
                          << lowbit::getCodeRange(code).max;
  float t = std::max(float(absmax), op.getEpsilon().convertToFloat());
  float a = op.getReciprocal() ? 1.0f / t * float(limit) : float(limit) / t;
  if (!std::isfinite(absmax) || !std::isfinite(a) || !std::isfinite(1.0f / a))
    return op.emitError() << "has no scale for values of up to " << absmax;
  OpBuilder builder(op);
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  Value factor = createFloats(builder, op.getLoc(), scalar, a, "scale");
  Value codes = lowbit::QuantizeOp::create(
      builder, op.getLoc(), op.getCodes().getType(), op.getInput(), factor,
      /*zero_point=*/Value(), lowbit::RoundingMode::HalfEven, op.getNarrow(),
      /*by_reciprocal=*/true, /*zero_point_last=*/false);
  Value scales = createFloats(builder, op.getLoc(), op.getScales().getType(),
                              1.0f / a, "scale");
  op.getCodes().replaceAllUsesWith(codes);
  op.getScales().replaceAllUsesWith(scales);
  op.erase();
  return success();
}

struct StaticScalesPass : public impl::StaticScalesBase<StaticScalesPass> {
  using StaticScalesBase::StaticScalesBase;

  void runOnOperation() override {
    SmallVector<lowbit::DynamicQuantizeOp> ops;
    getOperation().walk(
        [&](lowbit::DynamicQuantizeOp op) { ops.push_back(op); });
    Builder builder(&getContext());
    if (maxima.empty()) {
      for (auto [i, op] : llvm::enumerate(ops))
        op->setAttr(kStaticScaleAttr, builder.getI64IntegerAttr(i));
      return;
    }
    if (maxima.size() != ops.size()) {
      getOperation().emitError()
          << "has " << ops.size() << " scales that are found at run time, but "
          << maxima.size() << " maxima are given";
      return signalPassFailure();
    }
    for (auto [op, absmax] : llvm::zip(ops, maxima))
      if (failed(makeStatic(op, absmax)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace setun
