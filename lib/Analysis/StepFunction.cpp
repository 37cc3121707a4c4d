//===- StepFunction.cpp - Evaluates what quantisers compute ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Real numbers are kept as double and rounded to f32 where the graph computes
// in f32: of +, -, *, / of two f32, the double result rounded once more is the
// correctly rounded one, because 53 >= 2 * 24 + 2.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/StepFunction.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace setun {

using Kind = StepOperation::Kind;

bool isUniform(const onnx::ConstantData &data) {
  if (data.isSplat() || data.size() == 1)
    return true;
  ArrayRef<char> bytes = data.getBytes();
  size_t element = data.size() ? bytes.size() / data.size() : 0;
  return element != 0 && bytes.drop_front(element) == bytes.drop_back(element);
}

std::optional<ChannelDimension>
ChannelDimension::ofBroadcast(RankedTensorType from, RankedTensorType to) {
  ChannelDimension channels;
  int64_t inner = 1;
  for (int64_t i = 1; i <= to.getRank(); ++i) {
    int64_t size =
        i <= from.getRank() ? from.getDimSize(from.getRank() - i) : 1;
    if (size != 1) {
      if (channels.size != 1)
        return std::nullopt;
      channels = {size, inner};
    }
    inner *= to.getDimSize(to.getRank() - i);
  }
  return channels;
}

std::optional<int64_t> ChannelDimension::findIn(RankedTensorType type) const {
  int64_t inner = 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    if (type.getDimSize(dim) == size && inner == stride)
      return dim;
    inner *= type.getDimSize(dim);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static double roundWhole(double x, lowbit::RoundingMode mode) {
  using Mode = lowbit::RoundingMode;
  double away = x < 0 ? std::floor(x) : std::ceil(x), cut = std::trunc(x);
  double fraction = std::fabs(x - cut);
  switch (mode) {
  case Mode::HalfEven:
    if (fraction != 0.5)
      return std::round(x);
    return std::fmod(cut, 2) == 0 ? cut : away;
  case Mode::HalfUp:
    return std::round(x);
  case Mode::HalfDown:
    return fraction > 0.5 ? away : cut;
  case Mode::Ceil:
    return std::ceil(x);
  case Mode::Floor:
    return std::floor(x);
  case Mode::Up:
    return away;
  case Mode::Down:
    return cut;
  }
  llvm_unreachable("all rounding modes are handled");
}

/// `x` cut off to an integer within `range`; both ends are exact in double.
static int64_t saturate(double x, lowbit::CodeRange range) {
  return int64_t(
      std::clamp(std::trunc(x), double(range.min), double(range.max)));
}

/// The integers of a type of at most 64 bits.
static lowbit::CodeRange getIntegerRange(Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 64)
    return {INT64_MIN, INT64_MAX};
  if (type.isUnsignedInteger())
    return {0, (int64_t(1) << width) - 1};
  return {-(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1};
}

std::optional<StepFunction::Number>
StepFunction::apply(const StepOperation &operation, int64_t channel,
                    ArrayRef<int64_t> values,
                    ArrayRef<Number> registers) const {
  auto pick = [&](unsigned constant) {
    const std::vector<Number> &numbers = constants[constant];
    return numbers[numbers.size() == 1 ? 0 : channel];
  };
  switch (operation.kind) {
  case Kind::Input:
    return Number{0, values[operation.lhs]};
  case Kind::Constant:
    return pick(operation.lhs);
  default:
    break;
  }

  const Number &a = registers[operation.lhs], &b = registers[operation.rhs];
  bool fromReal = !operations[operation.lhs].type.isInteger();
  Number result;
  if (operation.kind == Kind::Count) {
    // Rows are sorted.
    const std::vector<Number> &row =
        operation.table[operation.table.size() == 1 ? 0 : channel];
    auto end = std::partition_point(row.begin(), row.end(), [&](Number t) {
      return fromReal ? a.real >= t.real : a.integer >= t.integer;
    });
    result.integer =
        operation.isFalling(channel) ? row.end() - end : end - row.begin();
    return result;
  }
  if (operation.type.isInteger()) {
    bool overflow = false;
    switch (operation.kind) {
    case Kind::Cast:
      // Both bounds of 64 bits, one of them exact, lie outside.
      if (fromReal && !(std::fabs(a.real) < 0x1p62))
        return std::nullopt;
      result.integer = fromReal ? int64_t(a.real) : a.integer;
      break;
    case Kind::Saturate:
      result.integer = fromReal ? saturate(a.real, operation.range)
                                : std::clamp(a.integer, operation.range.min,
                                             operation.range.max);
      break;
    case Kind::Add:
      overflow = llvm::AddOverflow(a.integer, b.integer, result.integer);
      break;
    case Kind::Sub:
      overflow = llvm::SubOverflow(a.integer, b.integer, result.integer);
      break;
    case Kind::Mul:
      overflow = llvm::MulOverflow(a.integer, b.integer, result.integer);
      break;
    case Kind::Div:
      if (b.integer == 0 || a.integer == INT64_MIN)
        return std::nullopt;
      result.integer = a.integer / b.integer;
      break;
    case Kind::Min:
      result.integer = std::min(a.integer, b.integer);
      break;
    case Kind::Max:
      result.integer = std::max(a.integer, b.integer);
      break;
    case Kind::Abs:
      if (a.integer == INT64_MIN)
        return std::nullopt;
      result.integer = std::abs(a.integer);
      break;
    case Kind::Sign:
      result.integer = (fromReal ? a.real >= 0 : a.integer >= 0) ? 1 : -1;
      break;
    default:
      return std::nullopt;
    }
    lowbit::CodeRange range = getIntegerRange(operation.type);
    if (overflow || result.integer < range.min || result.integer > range.max)
      return std::nullopt;
    return result;
  }

  switch (operation.kind) {
  case Kind::Cast:
    // An integer beyond 2^53 would be rounded twice on its way to f32.
    if (!fromReal && operation.type.isF32()) {
      result.real = double(float(a.integer));
      return result;
    }
    result.real = fromReal ? a.real : double(a.integer);
    break;
  case Kind::Add:
    result.real = a.real + b.real;
    break;
  case Kind::Sub:
    result.real = a.real - b.real;
    break;
  case Kind::Mul:
    result.real = a.real * b.real;
    break;
  case Kind::Div:
    result.real = a.real / b.real;
    break;
  case Kind::Min:
  case Kind::Max:
    if (std::isnan(a.real) || std::isnan(b.real))
      return std::nullopt;
    result.real = operation.kind == Kind::Min ? std::min(a.real, b.real)
                                              : std::max(a.real, b.real);
    break;
  case Kind::Abs:
    result.real = std::fabs(a.real);
    break;
  case Kind::Round:
    result.real = roundWhole(a.real, operation.rounding);
    break;
  case Kind::LeakyRelu:
    result.real = a.real < 0 ? a.real * b.real : a.real;
    break;
  default:
    return std::nullopt;
  }
  if (operation.type.isF32())
    result.real = double(float(result.real));
  if (!std::isfinite(result.real))
    return std::nullopt;
  return result;
}

std::optional<StepFunction::Number>
StepFunction::run(int64_t channel, ArrayRef<int64_t> values) const {
  SmallVector<Number, 32> registers;
  for (const StepOperation &operation : operations) {
    std::optional<Number> number = apply(operation, channel, values, registers);
    if (!number)
      return std::nullopt;
    registers.push_back(*number);
  }
  return registers.back();
}

std::optional<int64_t> StepFunction::evaluate(int64_t channel,
                                              ArrayRef<int64_t> values) const {
  std::optional<Number> number = run(channel, values);
  return number ? std::optional(number->integer) : std::nullopt;
}

std::optional<double>
StepFunction::evaluateScore(int64_t channel, ArrayRef<int64_t> values) const {
  std::optional<Number> number = run(channel, values);
  return number ? std::optional(number->real) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Directions
//===----------------------------------------------------------------------===//

std::optional<int> StepFunction::getSign(unsigned index,
                                         int64_t channel) const {
  const StepOperation &operation = operations[index];
  if (operation.kind != Kind::Constant)
    return std::nullopt;
  const std::vector<Number> &numbers = constants[operation.lhs];
  const Number &number = numbers[numbers.size() == 1 ? 0 : channel];
  if (operation.type.isInteger())
    return number.integer < 0 ? -1 : number.integer > 0;
  return number.real < 0 ? -1 : number.real > 0;
}

static Direction turn(Direction direction, int sign) {
  if (sign > 0 || direction == Direction::Constant ||
      direction == Direction::Unknown)
    return direction;
  if (sign == 0)
    return Direction::Constant;
  return direction == Direction::Rising ? Direction::Falling
                                        : Direction::Rising;
}

/// Of a function that rises with both.
static Direction combine(Direction a, Direction b) {
  if (a == Direction::Constant || a == b)
    return b;
  return b == Direction::Constant ? a : Direction::Unknown;
}

Direction StepFunction::getDirection(unsigned index, int64_t channel,
                                     ArrayRef<Direction> directions) const {
  const StepOperation &operation = operations[index];
  if (operation.kind == Kind::Constant)
    return Direction::Constant;
  Direction a = directions[operation.lhs], b = directions[operation.rhs];
  switch (operation.kind) {
  case Kind::Cast:
  case Kind::Saturate:
  case Kind::Round:
  case Kind::Sign:
    return a;
  case Kind::Count:
    return turn(a, operation.isFalling(channel) ? -1 : 1);
  case Kind::Abs:
    return a == Direction::Constant ? a : Direction::Unknown;
  case Kind::Add:
  case Kind::Min:
  case Kind::Max:
    return combine(a, b);
  case Kind::Sub:
    return combine(a, turn(b, -1));
  case Kind::Mul:
    if (a == Direction::Constant && b == Direction::Constant)
      return a;
    if (std::optional<int> sign = getSign(operation.rhs, channel))
      return turn(a, *sign);
    if (std::optional<int> sign = getSign(operation.lhs, channel))
      return turn(b, *sign);
    return Direction::Unknown;
  case Kind::Div:
    if (a == Direction::Constant && b == Direction::Constant)
      return a;
    if (std::optional<int> sign = getSign(operation.rhs, channel))
      return *sign ? turn(a, *sign) : Direction::Unknown;
    return Direction::Unknown;
  case Kind::LeakyRelu: {
    std::optional<int> sign = getSign(operation.rhs, channel);
    return a == Direction::Constant || (sign && *sign >= 0)
               ? a
               : Direction::Unknown;
  }
  case Kind::Input:
  case Kind::Constant:
    break;
  }
  llvm_unreachable("inputs and constants have directions of their own");
}

SmallVector<Direction> StepFunction::getDirections(int64_t channel) const {
  SmallVector<Direction> result;
  for (unsigned input = 0; input < inputs.size(); ++input) {
    SmallVector<Direction, 32> directions;
    for (unsigned i = 0; i < operations.size(); ++i) {
      const StepOperation &operation = operations[i];
      directions.push_back(operation.kind != Kind::Input
                               ? getDirection(i, channel, directions)
                           : operation.lhs == input ? Direction::Rising
                                                    : Direction::Constant);
    }
    result.push_back(directions.back());
  }
  return result;
}

} // namespace setun
