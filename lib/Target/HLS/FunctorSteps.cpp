//===- FunctorSteps.cpp - From numbers to codes and back ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Functor.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/ValueBounds.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun::hls {

static StringRef getRoundFunction(lowbit::RoundingMode mode) {
  switch (mode) {
  case lowbit::RoundingMode::HalfEven:
    return "round_half_even";
  case lowbit::RoundingMode::HalfUp:
    return "round_half_up";
  case lowbit::RoundingMode::HalfDown:
    return "round_half_down";
  case lowbit::RoundingMode::Ceil:
    return "round_ceil";
  case lowbit::RoundingMode::Floor:
    return "round_floor";
  case lowbit::RoundingMode::Up:
    return "round_up";
  case lowbit::RoundingMode::Down:
    return "round_down";
  }
  llvm_unreachable("all rounding modes are handled");
}

LogicalResult Functor::addQuantize(Operation *operation) {
  auto op = cast<lowbit::QuantizeOp>(operation);
  ArrayRef<int64_t> shape = op.getType().getShape();
  std::string x = printOperand(op.getInput(), shape, op);
  std::string scale = printOperand(op.getScale(), shape, op);
  // Division by 1 changes nothing.
  std::string v = x;
  if (scale != "1.0f")
    v = define(
        op, "float",
        fmt::format("{} {} {}", x, op.getByReciprocal() ? "*" : "/", scale));
  Type code = op.getType().getElementType();
  lowbit::CodeRange range = lowbit::getCodeRange(code, op.getNarrow());
  std::string lo = formatLiteral(float(range.min)),
              hi = formatLiteral(float(range.max));
  std::string zero, type = getElementType(op);
  if (op.getZeroPoint()) {
    zero = printOperand(op.getZeroPoint(), shape, op);
    if (!op.getZeroPointLast()) {
      v = define(op, "float", fmt::format("{} + {}", v, zero));
    } else {
      std::optional<Numbers> numbers = getNumbers(op.getZeroPoint());
      if (!numbers || llvm::any_of(numbers->floats, [](float z) {
            return !(std::abs(z) <= 65535) || z != std::floor(z);
          }))
        return op.emitError("its zero point is not a constant whole number of "
                            "at most 16 bits, which HLS code needs");
      // clamp(round(v) + z, lo, hi) = round(clamp(v, lo - z, hi - z)) + z
      lo = fmt::format("{} - {}", lo, zero);
      hi = fmt::format("{} - {}", hi, zero);
    }
  }
  if (isa<lowbit::BipolarType>(code)) {
    set(op,
        define(op, type, fmt::format("setun_hls::make_bipolar({} >= 0.0f)", v)),
        type);
    return success();
  }
  std::string rounded =
      fmt::format("setun_hls::{}(setun_hls::clamp_float({}, {}, {}))",
                  getRoundFunction(op.getRounding()), v, lo, hi);
  if (op.getZeroPointLast())
    rounded += fmt::format(" + int({})", zero);
  set(op, define(op, type, rounded), type);
  return success();
}

LogicalResult Functor::addDequantize(Operation *operation) {
  auto op = cast<lowbit::DequantizeOp>(operation);
  ArrayRef<int64_t> shape = op.getType().getShape();
  Expression input = known.lookup(op.getInput());
  std::string x = convertTo("float", input.text, input.type);
  std::string scale = printOperand(op.getScale(), shape, op);
  if (op.getZeroPoint())
    x = define(
        op, "float",
        fmt::format("{} - {}", x, printOperand(op.getZeroPoint(), shape, op)));
  if (scale == "1.0f")
    set(op, define(op, "float", x), "float");
  else
    set(op, define(op, "float", fmt::format("{} * {}", x, scale)), "float");
  return success();
}

/// An element as something that compares with an integer.
static std::string compareAs(StringRef text, StringRef type) {
  return type == "setun_hls::bipolar"
             ? fmt::format("setun_hls::to_integer({})", text)
             : text.str();
}

LogicalResult Functor::addThreshold(Operation *operation) {
  auto op = cast<lowbit::ThresholdOp>(operation);
  std::optional<Numbers> numbers = getNumbers(op.getThresholds());
  if (!numbers)
    return op.emitError("its thresholds are not constant, which HLS code "
                        "needs");
  ArrayRef<int64_t> sizes = op.getThresholds().getType().getShape();
  Locate locate = along(op.getAxis(), sizes[0], op.getType().getShape());
  Expression x = known.lookup(op.getInput());
  unsigned bits = 0;
  std::string row = printRow(*numbers, sizes[1], locate, op, &bits);
  std::string width = numbers->isFloat ? "" : fmt::format("<{}>", bits);
  std::string falling;
  if (std::optional<ArrayRef<bool>> falls = op.getFalling();
      falls && llvm::is_contained(*falls, true)) {
    Numbers flags;
    flags.integers.assign(falls->begin(), falls->end());
    falling = ", ";
    int64_t period = getPeriod(locate);
    if (period == 1) {
      falling += (*falls)[locate(order.at(0))] ? "true" : "false";
    } else {
      falling += fmt::format("{} != 0", printConstant(flags, locate, op));
    }
  }
  std::string count =
      fmt::format("setun_hls::count_thresholds{}({}, {}{})", width,
                  compareAs(x.text, x.type), row, falling);
  std::string type = getElementType(op);
  if (isa<lowbit::BipolarType>(op.getType().getElementType()))
    count = fmt::format("setun_hls::make_bipolar({} != 0)", count);
  else if (int64_t first = op.getFirstCode())
    count += fmt::format(" {} {}", first < 0 ? "-" : "+", std::abs(first));
  set(op, define(op, type, count), type);
  return success();
}

/// Bits that hold every sum of a requantisation, and what is added to round.
static unsigned getSumBits(lowbit::RequantizeOp op) {
  llvm::APInt limit(128, 1);
  auto largest = [](ArrayRef<int64_t> numbers) {
    uint64_t most = 0;
    for (int64_t number : numbers)
      most = std::max<uint64_t>(most, number < 0 ? -uint64_t(number)
                                                 : uint64_t(number));
    return llvm::APInt(128, most);
  };
  limit += largest(op.getAddends());
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    lowbit::CodeRange range = getValueBounds(input).getHull();
    limit += largest({range.min, range.max}) * largest(op.getMultipliersOf(i));
  }
  if (op.getHalfEven() && op.getShift() > 0)
    limit += llvm::APInt(128, 1).shl(op.getShift() - 1);
  // The op promises that `width` bits are enough.
  return std::min<unsigned>(limit.getActiveBits() + 1, op.getWidth());
}

LogicalResult Functor::addRequantize(Operation *operation) {
  auto op = cast<lowbit::RequantizeOp>(operation);
  ArrayRef<int64_t> shape = op.getType().getShape();
  auto print = [&](ArrayRef<int64_t> values) {
    Numbers numbers;
    numbers.integers.assign(values.begin(), values.end());
    return std::pair(
        printConstant(numbers, along(op.getAxis(), values.size(), shape), op),
        fmt::format("ap_int<{}>", getBits(numbers)));
  };
  unsigned bits = getSumBits(op);
  std::string sum;
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    Expression x = known.lookup(input);
    std::string integer = fmt::format("setun_hls::to_integer({})", x.text);
    ArrayRef<int64_t> multipliers = op.getMultipliersOf(i);
    sum += i == 0 ? "" : " + ";
    if (llvm::all_of(multipliers, [](int64_t m) { return m == 1; })) {
      sum += integer;
      continue;
    }
    auto [factor, type] = print(multipliers);
    sum += fmt::format("{} * {}({})", integer, type, factor);
  }
  if (llvm::any_of(op.getAddends(), [](int64_t a) { return a != 0; })) {
    auto [addend, type] = print(op.getAddends());
    sum += fmt::format(" + {}({})", type, addend);
  }
  std::string total = define(op, fmt::format("ap_int<{}>", bits), sum);
  if (op.getShift() > 0)
    total = fmt::format("setun_hls::{}<{}>({})",
                        op.getHalfEven() ? "shift_half_even" : "shift_down",
                        op.getShift(), total);
  std::string code = fmt::format("setun_hls::clamp_integer({}, {}, {})", total,
                                 int64_t(op.getLo()), int64_t(op.getHi()));
  if (Value exceptions = op.getExceptions()) {
    std::optional<Numbers> numbers = getNumbers(exceptions);
    if (!numbers)
      return op.emitError("its exceptions are not constant, which HLS code "
                          "needs");
    ArrayRef<int64_t> sizes = getShape(exceptions);
    unsigned width = 0;
    std::string row = printRow(
        *numbers, sizes[1], along(op.getAxis(), sizes[0], shape), op, &width);
    code += fmt::format(" + setun_hls::correct_exceptions<{}, {}>({}, {})",
                        op.getRaised(), width,
                        known.lookup(op.getInputs().front()).text, row);
  }
  std::string type = getElementType(op.getResult());
  set(op.getResult(), define(op, type, code), type);
  return success();
}

LogicalResult Functor::addLookup(Operation *operation) {
  auto op = cast<lowbit::LookupOp>(operation);
  std::optional<Numbers> numbers = getNumbers(op.getTable());
  if (!numbers)
    return op.emitError("its table is not constant, which HLS code needs");
  ArrayRef<int64_t> sizes = op.getTable().getType().getShape();
  std::string row =
      printRow(*numbers, sizes[1],
               along(op.getAxis(), sizes[0], op.getType().getShape()), op);
  Expression x = known.lookup(op.getInput());
  int64_t lo =
      lowbit::getCodeRange(op.getInput().getType().getElementType()).min;
  std::string entry = fmt::format("{}[setun_hls::to_int64({}) - {}]", row,
                                  x.text, formatLiteral(int32_t(lo)));
  std::string type = getElementType(op);
  if (isa<lowbit::BipolarType>(op.getType().getElementType()))
    entry = fmt::format("setun_hls::make_bipolar({} > 0)", entry);
  set(op, define(op, type, entry), type);
  return success();
}

} // namespace setun::hls
