//===- StepRewriter.cpp - What replaces a quantiser of integers -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StepRewriter.h"

#include "dialects/Onnx/ConstantData.h"

using namespace mlir;

namespace setun {

using lowbit::CodeRange;

/// Up to so many steps comparisons are the cheapest.
constexpr int64_t kFewSteps = 7;
/// More thresholds than this are no table for a small target: for a channel,
/// and for all.
constexpr int64_t kManySteps = 255;
constexpr int64_t kLargeTable = 1 << 14;

CodeRange StepRewriter::getBounds(unsigned i, int64_t channel) {
  const ValueBounds &all = bounds[i];
  // Sums along the channels of the constants; any other hull is safe.
  if (all.ranges.size() == size_t(channels) && all.axis == axis)
    return all.ranges[channel];
  return all.getHull();
}

Value StepRewriter::rewrite() {
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  builder.setInsertionPoint(op);
  for (Value input : function.getInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    if (type.getRank() == 0)
      return fail("a scalar has no channels");
    if (lowbit::getLayout(type))
      return fail("the codes are packed");
    bounds.push_back(getValueBounds(input));
    // Differences of two sums fit 64 bits.
    constexpr int64_t farthest = int64_t(1) << 61;
    CodeRange hull = bounds.back().getHull();
    if (hull.min < -farthest || hull.max > farthest)
      return fail("sums beyond 62 bits");
  }
  if (channels > 1) {
    std::optional<int64_t> dim = function.getChannels().findIn(getType());
    if (!dim)
      return fail("constants run along no dimension of the sums");
    axis = *dim;
  } else if (bounds[0].ranges.size() > 1) {
    // One function for all; the bounds still differ. Their hull will do.
    axis = bounds[0].axis;
  }
  Value result;
  if (function.getInputs().size() == 1)
    result = isCodeTensor(getInput()) ? rewriteOfCodes() : rewriteOfSums();
  else if (function.getInputs().size() == 2)
    result = rewriteOfTwo();
  else
    return fail("codes of more than two inputs meet");
  if (!result || result.getType() == resultType)
    return result;
  return lowbit::ReshapeOp::create(builder, op->getLoc(), resultType, result);
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

bool StepRewriter::findAllSteps() {
  constexpr int64_t most = 1 << 16; // what is counted out
  for (int64_t channel = 0; channel < channels; ++channel) {
    if (function.getDirections(channel)[0] != Direction::Unknown)
      continue;
    CodeRange range = bounds[0].getHull();
    if (!areFew(std::min(range.max - range.min + 1, most)))
      return bool(fail("the chain is not known to be monotone, and has too "
                       "many inputs to try them all"));
    break;
  }
  int64_t count = 0;
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t rest = getMaxSteps() - count;
    auto found = findSteps(function, channel, 0, getBounds(0, channel), {0},
                           std::min<int64_t>(INT16_MAX, rest), why);
    if (!found) {
      if (rest < INT16_MAX && channels > 1)
        why += ", or too many in all channels together";
      return false;
    }
    count += found->thresholds.size();
    steps.push_back(std::move(*found));
  }
  return true;
}

static CodeRange getHull(ArrayRef<Steps> steps) {
  CodeRange hull = steps.front().codes;
  for (const Steps &channel : steps)
    hull = {std::min(hull.min, channel.codes.min),
            std::max(hull.max, channel.codes.max)};
  return hull;
}

/// Does `value` reach nothing but `end`, one operation behind the other?
static bool onlyReaches(Value value, Operation *end) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (user == end)
      return true;
    if (user->getNumResults() != 1)
      return false;
    value = user->getResult(0);
  }
  return false;
}

/// Where the sums of a channel fall to higher codes its weights may change
/// their sign instead: x < T is -x >= 1 - T.
void StepRewriter::turnFallingChannels() {
  auto falls = [](const Steps &channel) { return channel.falling; };
  auto product = getInput().getDefiningOp<lowbit::ProductOp>();
  if (llvm::none_of(steps, falls) || !product || !onlyReaches(getInput(), op))
    return;
  auto weights = product.getRhs().getDefiningOp<lowbit::ConstantOp>();
  RankedTensorType type = product.getRhs().getType();
  auto matmul = dyn_cast<lowbit::MatmulOp>(product.getOperation());
  int64_t outputAxis = matmul ? getType().getRank() - 1 : 1;
  int64_t outputs = type.getDimSize(0);
  if (!weights || !weights->hasOneUse() || lowbit::getLayout(type) ||
      (matmul && (type.getRank() != 2 || matmul.getRhsZeroPoint() != 0)) ||
      (channels > 1 && (axis != outputAxis || channels != outputs)))
    return;
  auto codes = llvm::to_vector(weights.getCodes());
  SmallVector<int64_t> bias(product.getBias().value_or(ArrayRef<int64_t>()));
  int64_t terms = codes.size() / outputs;
  for (int64_t n = 0; n < outputs; ++n) {
    if (!falls(steps[channels > 1 ? n : 0]))
      continue;
    for (int64_t &code : MutableArrayRef(codes).slice(n * terms, terms)) {
      code = -code;
      if (!lowbit::isCodeValue(type.getElementType(), code))
        return;
    }
    if (!bias.empty())
      bias[n] = -bias[n];
  }
  unsigned codeBytes = lowbit::getStorageBits(type.getElementType()) / 8;
  std::vector<char> bytes;
  for (int64_t code : codes)
    bytes.insert(bytes.end(), reinterpret_cast<char *>(&code),
                 reinterpret_cast<char *>(&code) + codeBytes);
  OpBuilder before(weights);
  product.getRhsMutable().assign(lowbit::ConstantOp::create(
      before, weights.getLoc(), type, bytes, "weight"));
  weights.erase();
  if (!bias.empty())
    product.setBias(ArrayRef<int64_t>(bias));
  for (Steps &channel : steps) {
    if (!channel.falling)
      continue;
    channel.falling = false;
    channel.inputs = {-channel.inputs.max, -channel.inputs.min};
    for (int64_t &threshold : channel.thresholds)
      threshold = 1 - threshold;
  }
}

/// Thresholds for each channel from the smallest code of all on: those that
/// every sum of the channel reaches, its own, those that none reaches.
Value StepRewriter::createThreshold() {
  turnFallingChannels();
  bool isBipolar = isa<lowbit::BipolarType>(code);
  CodeRange hull = getHull(steps);
  if (isBipolar || isa<lowbit::TernaryType>(code))
    hull = lowbit::getCodeRange(code);
  else if (hull.min == hull.max)
    hull.max == lowbit::getCodeRange(code).max ? --hull.min : ++hull.max;
  int64_t stride = isBipolar ? 2 : 1; // from one code to the next
  int64_t count = (hull.max - hull.min) / stride;
  auto sums = cast<IntegerType>(getType().getElementType());
  unsigned width = sums.getWidth();
  int64_t least = width == 64 ? INT64_MIN : INT32_MIN,
          most = width == 64 ? INT64_MAX : INT32_MAX;
  std::vector<char> bytes;
  SmallVector<bool> falling;
  for (const Steps &channel : steps) {
    falling.push_back(channel.falling);
    SmallVector<int64_t> row;
    for (int64_t c = hull.min + stride; c <= hull.max; c += stride) {
      bool always = c <= channel.codes.min, never = c > channel.codes.max;
      // Nothing is more than the largest integer of the type.
      if ((channel.falling ? always : never) && channel.inputs.max == most)
        return fail("sums reach the end of their type");
      row.push_back(always != never
                        ? (always != channel.falling ? least : most)
                        : channel.thresholds[c - channel.codes.min - 1]);
    }
    // A row is sorted: what is counted does not depend on the order.
    llvm::sort(row);
    for (int64_t threshold : row)
      bytes.insert(bytes.end(), reinterpret_cast<char *>(&threshold),
                   reinterpret_cast<char *>(&threshold) + width / 8);
  }
  auto tableType = RankedTensorType::get({channels, count}, sums);
  Value table = onnx::createConstant(builder, op->getLoc(), tableType, bytes,
                                     "thresholds");
  bool isOffset = !isa<lowbit::BipolarType, lowbit::TernaryType>(code);
  return lowbit::ThresholdOp::create(
      builder, op->getLoc(), getResultType(), getInput(), table, axis,
      isOffset ? hull.min : 0,
      llvm::is_contained(falling, true) ? builder.getDenseBoolArrayAttr(falling)
                                        : DenseBoolArrayAttr());
}

/// With the smallest shift that serves all channels. Constraints have the
/// input `stepped` first.
Value StepRewriter::createRequantize(
    ArrayRef<std::vector<StepConstraint>> constraints, CodeRange clamp,
    unsigned stepped) {
  if (isa<lowbit::BipolarType>(code))
    return fail("bipolar codes have no affine form");
  for (bool isHalfEven : {false, true}) {
    std::optional<Shift> shift = findShift(constraints, isHalfEven);
    if (!shift)
      continue;
    std::vector<NearStep> found;
    for (const auto &channel : constraints) {
      std::optional<AffineStep> step =
          findAffineStep(channel, function.getInputs().size(), *shift);
      if (!step)
        break;
      if (stepped == 1)
        std::swap(step->multipliers[0], step->multipliers[1]);
      found.push_back({*step, {}, {}});
    }
    if (found.size() == constraints.size())
      return createRequantize(found, clamp, *shift);
  }
  return fail("no multiplier and shift give the same codes");
}

std::optional<Shift>
StepRewriter::findShift(ArrayRef<std::vector<StepConstraint>> constraints,
                        bool isHalfEven) {
  unsigned inputs = function.getInputs().size();
  constexpr unsigned maxShift = 30;
  Shift shift{0, isHalfEven};
  for (const auto &channel : constraints) {
    if (findAffineStep(channel, inputs, shift))
      continue;
    // A shift more: twice the numbers meet the same constraints.
    unsigned low = shift.bits + 1, high = maxShift;
    if (!findAffineStep(channel, inputs, {maxShift, isHalfEven}))
      return std::nullopt;
    while (low < high) {
      unsigned middle = (low + high) / 2;
      if (findAffineStep(channel, inputs, {middle, isHalfEven}))
        high = middle;
      else
        low = middle + 1;
    }
    shift.bits = high;
  }
  return shift;
}

/// Does every sum of some of the parts stay within 32 bits?
bool StepRewriter::isNarrow(ArrayRef<NearStep> found, Shift shift) {
  for (unsigned i = 0; i < function.getInputs().size(); ++i)
    if (getType(i).getElementType().isInteger(64))
      return false;
  for (auto [channel, near] : llvm::enumerate(found)) {
    // Rounding to the nearest adds a half.
    int64_t most = std::abs(near.step.addend) +
                   (shift.isHalfEven ? int64_t(1) << shift.bits : 0);
    for (auto [i, multiplier] : llvm::enumerate(near.step.multipliers))
      most += std::abs(multiplier) * getBounds(i, channel).magnitude();
    if (most > INT32_MAX)
      return false;
  }
  return true;
}

/// A row of `count` numbers for each channel, filled up with one that no input
/// is.
Value StepRewriter::createExceptions(ArrayRef<NearStep> found, size_t raised,
                                     size_t lowered) {
  if (raised + lowered == 0)
    return nullptr;
  auto sums = cast<IntegerType>(getType().getElementType());
  int64_t unused = getBounds(0, 0).max;
  for (int64_t channel = 0; channel < channels; ++channel)
    unused = std::max(unused, getBounds(0, channel).max);
  ++unused;
  std::vector<char> bytes;
  auto append = [&](ArrayRef<int64_t> numbers, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      int64_t number = i < numbers.size() ? numbers[i] : unused;
      bytes.insert(bytes.end(), reinterpret_cast<char *>(&number),
                   reinterpret_cast<char *>(&number) + sums.getWidth() / 8);
    }
  };
  for (const NearStep &near : found) {
    append(near.raised, raised);
    append(near.lowered, lowered);
  }
  auto type =
      RankedTensorType::get({channels, int64_t(raised + lowered)}, sums);
  return onnx::createConstant(builder, op->getLoc(), type, bytes, "exceptions");
}

Value StepRewriter::createRequantize(ArrayRef<NearStep> found, CodeRange clamp,
                                     Shift shift) {
  unsigned inputs = function.getInputs().size();
  SmallVector<SmallVector<int64_t>> multipliers(inputs);
  SmallVector<int64_t> addends;
  size_t raised = 0, lowered = 0;
  for (const NearStep &near : found) {
    for (unsigned i = 0; i < inputs; ++i)
      multipliers[i].push_back(near.step.multipliers[i]);
    addends.push_back(near.step.addend);
    raised = std::max(raised, near.raised.size());
    lowered = std::max(lowered, near.lowered.size());
  }
  SmallVector<Attribute> arrays;
  for (const auto &numbers : multipliers)
    arrays.push_back(builder.getDenseI64ArrayAttr(numbers));
  return lowbit::RequantizeOp::create(
      builder, op->getLoc(), getResultType(), function.getInputs(),
      createExceptions(found, raised, lowered), builder.getArrayAttr(arrays),
      addends, shift.bits, clamp.min, clamp.max, axis,
      isNarrow(found, shift) ? 32 : 64, raised, shift.isHalfEven);
}

/// With few exceptions for each channel, in 32 bits if that takes not many
/// more.
Value StepRewriter::createNearRequantize(CodeRange clamp) {
  constexpr unsigned maxExceptions = 8;
  auto find = [&](unsigned shift) {
    std::vector<NearStep> found;
    for (const Steps &channel : steps) {
      auto near = findNearStep(channel, clamp, {shift}, maxExceptions);
      if (!near)
        return std::vector<NearStep>();
      found.push_back(std::move(*near));
    }
    return found;
  };
  auto count = [](ArrayRef<NearStep> found) {
    size_t most = 0;
    for (const NearStep &near : found)
      most = std::max(most, near.raised.size() + near.lowered.size());
    return most;
  };
  constexpr unsigned maxShift = 30;
  unsigned shift = maxShift;
  std::vector<NearStep> found = find(shift);
  if (found.empty())
    return nullptr;
  // A shift less takes a bit from all numbers.
  std::vector<NearStep> scaled = found;
  while (shift > 0 && !isNarrow(scaled, {shift})) {
    --shift;
    for (NearStep &near : scaled) {
      near.step.addend /= 2;
      for (int64_t &multiplier : near.step.multipliers)
        multiplier /= 2;
    }
  }
  if (shift < maxShift) {
    std::vector<NearStep> narrow = find(shift);
    constexpr size_t few = 2;
    if (!narrow.empty() && isNarrow(narrow, {shift}) &&
        count(narrow) <= count(found) + few)
      return createRequantize(narrow, clamp, Shift{shift});
  }
  return createRequantize(found, clamp, Shift{maxShift});
}

Value StepRewriter::rewriteOfSums() {
  if (!findAllSteps())
    return nullptr;
  CodeRange hull = getHull(steps);
  int64_t count = hull.max - hull.min;
  if (count <= kFewSteps || isa<lowbit::BipolarType>(code))
    return createThreshold();
  constexpr int64_t farthest = INT32_MAX - 1; // one is left unused
  std::vector<std::vector<StepConstraint>> constraints(channels);
  bool isTable = count <= kManySteps && channels * count <= kLargeTable;
  for (auto [channel, list] : llvm::zip(steps, constraints)) {
    if (channel.inputs.magnitude() > farthest)
      return isTable ? createThreshold() : fail("sums beyond 32 bits");
    addConstraints(channel, hull, 0, list);
  }
  if (Value requantize = createRequantize(constraints, hull))
    return requantize;
  // A table of a few rows of numbers is small, one of 255 is not.
  constexpr int64_t kSmallTable = 15;
  Value near = count > kSmallTable ? createNearRequantize(hull) : Value();
  // Of two quantisers each may have a smaller form.
  if (!near && (function.isComposed() ? count > kSmallTable : !isTable)) {
    if (count <= kManySteps)
      why += ", and a table of thresholds would be large";
    return nullptr;
  }
  why.clear();
  return near ? near : createThreshold();
}

/// Does the function give every code of the input back?
bool StepRewriter::isIdentity() {
  CodeRange all = bounds[0].getHull();
  if (getType().getElementType() != code || !areFew(all.max - all.min + 1))
    return false;
  for (int64_t channel = 0; channel < channels; ++channel) {
    CodeRange range = getBounds(0, channel);
    for (int64_t x = range.min; x <= range.max; ++x)
      if (lowbit::isCodeValue(code, x) && function.evaluate(channel, {x}) != x)
        return false;
  }
  return true;
}

Value StepRewriter::rewriteOfCodes() {
  if (isIdentity())
    return getInput();
  Type from = getType().getElementType();
  if (!isa<lowbit::BipolarType>(code) && findAllSteps()) {
    CodeRange hull = getHull(steps);
    std::vector<std::vector<StepConstraint>> constraints(channels);
    for (auto [channel, list] : llvm::zip(steps, constraints))
      addConstraints(channel, hull, 0, list);
    if (Value requantize = createRequantize(constraints, hull))
      return requantize;
  }
  CodeRange range = lowbit::getCodeRange(from);
  constexpr int64_t largest = 1 << 16;
  int64_t count = range.max - range.min + 1;
  if (lowbit::getCodeBits(from) > 12 || channels * count > largest)
    return fail("a table of all codes would be too large");
  why.clear();
  unsigned codeBytes = lowbit::getStorageBits(code) / 8;
  std::vector<char> bytes;
  for (int64_t channel = 0; channel < channels; ++channel) {
    CodeRange reachable = getBounds(0, channel);
    for (int64_t x = range.min; x <= range.max; ++x) {
      // What no input reaches has any code.
      int64_t at = std::clamp(x, reachable.min, reachable.max);
      if (!lowbit::isCodeValue(from, at))
        at = reachable.min;
      std::optional<int64_t> y = function.evaluate(channel, {at});
      if (!y)
        return fail("a number is infinite, not a number, or overflows its "
                    "type");
      bytes.insert(bytes.end(), reinterpret_cast<char *>(&*y),
                   reinterpret_cast<char *>(&*y) + codeBytes);
    }
  }
  Value table = lowbit::ConstantOp::create(
      builder, op->getLoc(), RankedTensorType::get({channels, count}, code),
      bytes, "table");
  return lowbit::LookupOp::create(builder, op->getLoc(), getResultType(),
                                  getInput(), table, axis);
}

/// Steps in one input for every code of the other.
Value StepRewriter::rewriteOfTwo() {
  if (getType(0).getShape() != getType(1).getShape())
    return fail("the two inputs differ in shape");
  constexpr int64_t fewCodes = 1 << 9;
  auto getCount = [&](unsigned i) {
    CodeRange hull = bounds[i].getHull();
    return isCodeTensor(getInput(i)) ? hull.max - hull.min + 1 : INT64_MAX;
  };
  // The one with fewer values is tried out.
  unsigned second = getCount(0) < getCount(1) ? 0 : 1;
  if (getCount(second) > fewCodes)
    return fail("both inputs have too many values to try them all");
  if (bounds[1 - second].getHull().magnitude() > INT32_MAX)
    return fail("sums beyond 32 bits");
  // Every step takes a bisection.
  constexpr int64_t manySections = 1 << 12;
  if (!isCodeTensor(getInput(1 - second)) &&
      channels * getCount(second) > manySections)
    return fail("a sum and a code meet in too many channels to try all codes");
  std::vector<std::vector<Steps>> all(channels);
  int64_t total = 0;
  CodeRange hull = {INT64_MAX, INT64_MIN};
  for (int64_t channel = 0; channel < channels; ++channel) {
    CodeRange others = getBounds(second, channel);
    for (int64_t other = others.min; other <= others.max; ++other) {
      SmallVector<int64_t> values{other, other};
      auto found =
          findSteps(function, channel, 1 - second,
                    getBounds(1 - second, channel), values, INT16_MAX, why);
      if (!found)
        return nullptr;
      total += found->thresholds.size() + 1;
      // Every search for numbers goes through all of them.
      if (total > (1 << 18))
        return fail("two codes meet in too many channels to try all pairs");
      all[channel].push_back(std::move(*found));
      hull = {std::min(hull.min, all[channel].back().codes.min),
              std::max(hull.max, all[channel].back().codes.max)};
    }
  }
  std::vector<std::vector<StepConstraint>> constraints(channels);
  for (int64_t channel = 0; channel < channels; ++channel)
    for (auto [i, found] : llvm::enumerate(all[channel]))
      addConstraints(found, hull, getBounds(second, channel).min + int64_t(i),
                     constraints[channel]);
  return createRequantize(constraints, hull, /*stepped=*/1 - second);
}

} // namespace setun
