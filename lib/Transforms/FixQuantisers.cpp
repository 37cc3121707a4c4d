//===- FixQuantisers.cpp - Quantisers of affine numbers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scale and zero point of a quantiser join the affine number in front of it.
//===----------------------------------------------------------------------===//

#include "ScaleFixer.h"

#include "dialects/Onnx/ConstantData.h"

#include <cmath>

using namespace mlir;

namespace setun {

using lowbit::CodeRange;

/// Rounding modes that differ by the sign need one of them.
static std::optional<WholeRounding> getWholeRounding(lowbit::RoundingMode mode,
                                                     bool isNegative) {
  using Mode = lowbit::RoundingMode;
  switch (mode) {
  case Mode::HalfEven:
    return WholeRounding::HalfEven;
  case Mode::Floor:
    return WholeRounding::Floor;
  case Mode::Ceil:
    return WholeRounding::Ceil;
  case Mode::HalfUp:
    return isNegative ? std::nullopt : std::optional(WholeRounding::HalfUp);
  case Mode::Up:
    return isNegative ? std::nullopt : std::optional(WholeRounding::Ceil);
  case Mode::Down:
    return isNegative ? std::nullopt : std::optional(WholeRounding::Floor);
  case Mode::HalfDown:
    return std::nullopt;
  }
  llvm_unreachable("all rounding modes are handled");
}

/// Does x.5, or any fraction, go another way where x is negative?
static bool isByTheSign(lowbit::RoundingMode mode) {
  using Mode = lowbit::RoundingMode;
  return llvm::is_contained(
      {Mode::HalfUp, Mode::Up, Mode::Down, Mode::HalfDown}, mode);
}

/// What a quantiser does: code = clamp(round(x * factor + zero) + offset).
struct ScaleFixer::Quantiser {
  ChannelConstant factor;
  ChannelConstant zero{{0}, {}};
  /// Zero points that are added behind a rounding that they would change.
  ChannelConstant offset{{0}, {}};
  lowbit::RoundingMode rounding = lowbit::RoundingMode::HalfEven;
  CodeRange range = {0, 0};

  bool isPerTensor() const {
    return factor.channels.size == 1 && zero.channels.size == 1;
  }
  double apply(double x) const {
    return x * factor.numbers[0] + zero.numbers[0];
  }
};

std::optional<ScaleFixer::Quantiser>
ScaleFixer::readQuantize(lowbit::QuantizeOp op) {
  RankedTensorType type = op.getInput().getType();
  Type code = op.getType().getElementType();
  auto refuse = [&](const Twine &reason) {
    fail(reason);
    return std::nullopt;
  };
  auto factor = ChannelConstant::read(op.getScale(), type, why);
  if (!factor)
    return std::nullopt;
  if (!llvm::all_of(factor->numbers, [](double s) { return s > 0; }))
    return refuse("its scale is not positive");
  if (!op.getByReciprocal())
    for (double &s : factor->numbers)
      s = 1 / s;
  Quantiser quantiser{*factor};
  quantiser.rounding = op.getRounding();
  quantiser.range = lowbit::getCodeRange(code, op.getNarrow());
  if (!op.getZeroPoint())
    return quantiser;
  auto zero = ChannelConstant::read(op.getZeroPoint(), type, why);
  if (!zero)
    return std::nullopt;
  // round(v) + z = round(v + z) for whole z, but ties to even need an even z,
  // and v + z may have another sign than v.
  double step = isByTheSign(quantiser.rounding) ? kInfinity : 2;
  bool isOutside =
      op.getZeroPointLast() && llvm::any_of(zero->numbers, [&](double z) {
        return std::fmod(z, step) != 0;
      });
  (isOutside ? quantiser.offset : quantiser.zero) = *zero;
  return quantiser;
}

/// x / scale + zero >= 0 ? +1 : -1, of a number that is rounded down.
bool ScaleFixer::replaceSign(lowbit::QuantizeOp op,
                             const Quantiser &quantiser) {
  Number number = getUnclamped(op.getInput());
  if (!number)
    return false;
  if (!number->multiply(quantiser.factor) || !number->add(quantiser.zero))
    return fail("constants differ along different dimensions").has_value();
  std::optional<int> fraction = number->chooseFraction();
  if (!fraction)
    return fail("its range is not proven, or has no scale").has_value();
  Number fixed = makeFixed(*number, *fraction, op.getInput().getType(),
                           WholeRounding::Floor, op.getLoc());
  if (!fixed)
    return false;
  OpBuilder builder(op);
  int32_t zero = 0;
  Value threshold = onnx::createConstant(
      builder, op.getLoc(), RankedTensorType::get({1, 1}, builder.getI32Type()),
      ArrayRef(reinterpret_cast<const char *>(&zero), sizeof zero), "zero");
  Value sign = lowbit::ThresholdOp::create(
      builder, op.getLoc(), op.getType(), fixed->inputs[0], threshold,
      /*axis=*/0, /*offset=*/0, DenseBoolArrayAttr());
  op.getResult().replaceAllUsesWith(sign);
  return true;
}

/// clamp(round(v), lo, hi) = round(clamp(v, lo, hi)) for whole lo and hi; where
/// x is clamped itself, so are the codes.
bool ScaleFixer::replaceQuantize(lowbit::QuantizeOp op) {
  std::optional<Quantiser> quantiser = readQuantize(op);
  if (!quantiser)
    return false;
  if (isa<lowbit::BipolarType>(op.getType().getElementType()))
    return replaceSign(op, *quantiser);
  Value x = op.getInput();
  // The bounds of a clamped number become codes, the same for all channels.
  if (numbers.find(x)->second.isClamped() && !quantiser->isPerTensor() &&
      !fix(x))
    return false;
  AffineNumber number = numbers.find(x)->second;
  double lo = quantiser->apply(number.lo), hi = quantiser->apply(number.hi);
  number.lo = -kInfinity;
  number.hi = kInfinity;
  if (!number.multiply(quantiser->factor) || !number.add(quantiser->zero))
    return fail("constants differ along different dimensions").has_value();
  auto rounding = getWholeRounding(quantiser->rounding,
                                   std::max(number.getRange().first, lo) < 0);
  if (!rounding)
    return fail("it rounds negative numbers in another way than positive ones")
        .has_value();
  bool isTwoSteps =
      llvm::any_of(quantiser->offset.numbers, [](double z) { return z != 0; });
  CodeRange range = isTwoSteps ? kAllIntegers : quantiser->range;
  // Multipliers that are rounded may give a little less than 0.
  if (isByTheSign(quantiser->rounding))
    range.min = std::max<int64_t>(range.min, 0);
  auto limit = [&](double v) {
    return int64_t(std::clamp(roundToWhole(v, *rounding), double(range.min),
                              double(range.max)));
  };
  OpBuilder builder(op);
  RankedTensorType type =
      isTwoSteps ? getFixedType(op.getType()) : op.getType();
  Value codes = createWholeNumbers(builder, op.getLoc(), number, type,
                                   *rounding, {limit(lo), limit(hi)}, why);
  if (codes && isTwoSteps) {
    AffineNumber moved = AffineNumber::ofIntegers(codes, 0);
    moved.add(quantiser->offset);
    codes = createWholeNumbers(builder, op.getLoc(), moved, op.getType(),
                               WholeRounding::Floor, quantiser->range, why);
  }
  if (!codes)
    return false;
  op.getResult().replaceAllUsesWith(codes);
  return true;
}

} // namespace setun
