//===- AffineNumber.cpp - Real numbers as integers times factors ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Factors and addends are multiplied and added up in double precision, which
// keeps products of two f32 exact. What comes out is rounded once, to the
// multipliers of a requantize.
//===----------------------------------------------------------------------===//

#include "AffineNumber.h"

#include "dialects/Onnx/ConstantData.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;

namespace setun {

using lowbit::CodeRange;
using Wide = __int128;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

double roundToWhole(double x, WholeRounding rounding) {
  switch (rounding) {
  case WholeRounding::HalfUp:
    return std::floor(x + 0.5);
  case WholeRounding::HalfEven:
    return std::nearbyint(x);
  case WholeRounding::Floor:
    return std::floor(x);
  case WholeRounding::Ceil:
    return std::ceil(x);
  }
  llvm_unreachable("all roundings are handled");
}

/// A float holds what any integer of 32 bits stands for with so many.
constexpr int kMaxFraction = 96;

bool isPowerOfTwo(double x) {
  int exponent;
  return std::frexp(x, &exponent) == 0.5 &&
         std::abs(1 - exponent) <= kMaxFraction;
}

static double at(ArrayRef<double> numbers, int64_t channel) {
  return numbers[numbers.size() == 1 ? 0 : channel];
}

std::optional<ChannelConstant> ChannelConstant::read(Value constant,
                                                     RankedTensorType result,
                                                     std::string &why) {
  std::optional<onnx::ConstantData> data =
      constant ? onnx::getConstantData(constant) : std::nullopt;
  if (!data || data->size() == 0 || !data->getElementType().isF32()) {
    why = "an operand is computed from the data";
    return std::nullopt;
  }
  ChannelConstant read;
  if (!isUniform(*data)) {
    std::optional<ChannelDimension> channels =
        ChannelDimension::ofBroadcast(data->getType(), result);
    if (!channels) {
      why = "a constant differs along two dimensions";
      return std::nullopt;
    }
    read.channels = *channels;
  }
  // A constant that is larger than what it meets enlarges it.
  if (data->getType().getRank() > result.getRank() ||
      result.getNumElements() % read.channels.size != 0) {
    why = "a constant enlarges it";
    return std::nullopt;
  }
  for (int64_t i = 0; i < read.channels.size; ++i) {
    read.numbers.push_back(data->asDouble(i));
    if (!std::isfinite(read.numbers.back())) {
      why = "a constant is not finite";
      return std::nullopt;
    }
  }
  return read;
}

AffineNumber AffineNumber::ofIntegers(Value integers, int fraction) {
  AffineNumber number;
  number.inputs.push_back(integers);
  number.factors.push_back({std::ldexp(1.0, -fraction)});
  return number;
}

bool AffineNumber::isFixed() const {
  return inputs.size() == 1 && channels.size == 1 && !isClamped() &&
         getElementTypeOrSelf(inputs[0].getType()).isInteger(32) &&
         addends[0] == 0 && isPowerOfTwo(factors[0][0]);
}

bool AffineNumber::isClamped() const {
  return lo > -std::numeric_limits<double>::infinity() ||
         hi < std::numeric_limits<double>::infinity();
}

/// clamp(clamp(x, lo, hi), atLeast, atMost), with atLeast <= atMost.
void AffineNumber::clamp(double atLeast, double atMost) {
  lo = std::min(std::max(lo, atLeast), atMost);
  hi = std::max(std::min(hi, atMost), atLeast);
}

bool AffineNumber::spread(const ChannelDimension &other) {
  assert(!isClamped() && "factors come before the clamp");
  if (other.size == 1)
    return true;
  if (channels.size != 1)
    return !(channels != other);
  channels = other;
  return true;
}

/// a[c] = operation(a[c], b[c])
template <typename Operation>
static void combine(ChannelNumbers &a, ArrayRef<double> b,
                    Operation operation) {
  if (a.size() < b.size())
    a.assign(b.size(), a.front());
  for (size_t c = 0; c < a.size(); ++c)
    a[c] = operation(a[c], at(b, c));
}

bool AffineNumber::multiply(const ChannelConstant &constant) {
  if (!spread(constant.channels))
    return false;
  for (ChannelNumbers &factor : factors)
    combine(factor, constant.numbers, std::multiplies<>());
  combine(addends, constant.numbers, std::multiplies<>());
  return true;
}

bool AffineNumber::add(const ChannelConstant &constant) {
  if (!spread(constant.channels))
    return false;
  combine(addends, constant.numbers, std::plus<>());
  return true;
}

bool AffineNumber::add(const AffineNumber &other) {
  assert(!other.isClamped() && "a clamped number is made integers before");
  if (!spread(other.channels))
    return false;
  combine(addends, other.addends, std::plus<>());
  for (auto [input, factor] : llvm::zip(other.inputs, other.factors)) {
    auto same = llvm::find(inputs, input);
    if (same != inputs.end()) {
      combine(factors[same - inputs.begin()], factor, std::plus<>());
      continue;
    }
    inputs.push_back(input);
    factors.push_back(factor);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// The integers of `input` for each channel, or for all.
static SmallVector<CodeRange> getRanges(Value input,
                                        const ChannelDimension &channels) {
  ValueBounds bounds = getValueBounds(input);
  auto type = cast<RankedTensorType>(input.getType());
  if (channels.size != 1 && int64_t(bounds.ranges.size()) == channels.size &&
      channels.findIn(type) == bounds.axis)
    return bounds.ranges;
  return {bounds.getHull()};
}

static CodeRange at(ArrayRef<CodeRange> ranges, int64_t channel) {
  return ranges[ranges.size() == 1 ? 0 : channel];
}

std::pair<double, double> AffineNumber::getRange() const {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  SmallVector<SmallVector<CodeRange>> ranges;
  for (Value input : inputs)
    ranges.push_back(getRanges(input, channels));
  for (int64_t c = 0; c < channels.size; ++c) {
    double low = at(addends, c), high = low;
    for (auto [factor, range] : llvm::zip(factors, ranges)) {
      double a = at(factor, c) * double(at(range, c).min);
      double b = at(factor, c) * double(at(range, c).max);
      low += std::min(a, b);
      high += std::max(a, b);
    }
    least = std::min(least, low);
    most = std::max(most, high);
  }
  return {std::clamp(least, lo, hi), std::clamp(most, lo, hi)};
}

/// The fraction bits that hold `number` exactly; negative where it is a
/// multiple of a larger power of two.
static int getFraction(double number) {
  int exponent;
  auto mantissa = static_cast<int64_t>(
      std::ldexp(std::frexp(std::fabs(number), &exponent), 53));
  return 53 - exponent - llvm::countr_zero(uint64_t(mantissa));
}

/// Those of all numbers; none needs any where all are 0.
static std::optional<int> getFractionOf(ArrayRef<double> numbers) {
  std::optional<int> fraction;
  for (double number : numbers)
    if (number != 0 && std::isfinite(number))
      fraction = std::max(fraction.value_or(INT_MIN), getFraction(number));
  return fraction;
}

static std::optional<int> getFractionOfAll(ArrayRef<ChannelNumbers> numbers) {
  std::optional<int> fraction;
  for (const ChannelNumbers &part : numbers)
    if (std::optional<int> needed = getFractionOf(part))
      fraction = std::max(fraction.value_or(INT_MIN), *needed);
  return fraction;
}

std::optional<int> AffineNumber::chooseFraction() const {
  auto [least, most] = getRange();
  double largest = std::max(std::fabs(least), std::fabs(most));
  // Integers of 64 bits are what nobody has bounded.
  if (!(largest < 0x1p62))
    return std::nullopt;
  SmallVector<ChannelNumbers> all = factors;
  all.push_back(addends);
  all.push_back({lo, hi});
  int exact = getFractionOfAll(all).value_or(0);
  if (largest == 0)
    return 0;
  // largest < 2^exponent, so that |number| * 2^fraction < 2^23.
  int exponent;
  (void)std::frexp(largest, &exponent);
  int fraction = std::min(exact, 23 - exponent);
  return std::abs(fraction) <= kMaxFraction ? std::optional(fraction)
                                            : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Multiplication, addition, shift
//===----------------------------------------------------------------------===//

namespace {
/// The numbers of a requantize.
struct Rescaling {
  SmallVector<SmallVector<int64_t>> multipliers;
  SmallVector<int64_t> addends;
  unsigned shift = 0;

  bool isEven() const;
  /// Is it an input as it is?
  bool isIdentity() const;
  /// Changes b so that the shift, which rounds down, rounds as wanted.
  void prepare(WholeRounding rounding);
};

/// Finds the numbers of a requantize for an affine number.
class RescalingSearch {
public:
  explicit RescalingSearch(const AffineNumber &number) : number(number) {
    for (Value input : number.inputs)
      ranges.push_back(getRanges(input, number.channels));
  }

  std::optional<Rescaling> find() const;
  /// (m * x + b) >> s of all channels lies within, or the nearest integers do.
  CodeRange getResults(const Rescaling &rescaling, bool isNearest) const;
  /// Every product and sum fits so many bits.
  bool fits(const Rescaling &rescaling, unsigned bits) const;

private:
  std::optional<Rescaling> scale(unsigned shift) const;
  std::optional<unsigned> getWantedShift() const;

  const AffineNumber &number;
  SmallVector<SmallVector<CodeRange>> ranges;
};
} // namespace

bool Rescaling::isEven() const {
  auto even = [](int64_t x) { return x % 2 == 0; };
  return llvm::all_of(addends, even) &&
         llvm::all_of(multipliers,
                      [&](auto &row) { return llvm::all_of(row, even); });
}

bool Rescaling::isIdentity() const {
  auto is = [](int64_t value) { return [=](int64_t x) { return x == value; }; };
  return shift == 0 && multipliers.size() == 1 &&
         llvm::all_of(multipliers[0], is(1)) && llvm::all_of(addends, is(0));
}

void Rescaling::prepare(WholeRounding rounding) {
  for (int64_t &b : addends) {
    if (rounding == WholeRounding::HalfUp && shift > 0)
      b += int64_t(1) << (shift - 1);
    if (rounding == WholeRounding::Ceil)
      b += (int64_t(1) << shift) - 1;
  }
}

static Wide getMagnitude(CodeRange range) {
  return std::max(Wide(range.max), -Wide(range.min));
}

/// Rounding m and b to integers moves the result by less than
/// (sum_i max|x_i| + 1) * 2^-(s+1): s is the smallest shift that makes this at
/// most 2^-6, if it is less than 63.
std::optional<unsigned> RescalingSearch::getWantedShift() const {
  Wide most = 0;
  for (int64_t c = 0; c < number.channels.size; ++c) {
    Wide sum = 1;
    for (const auto &range : ranges)
      sum += getMagnitude(at(range, c));
    most = std::max(most, sum);
  }
  unsigned shift = 5;
  while (shift < 63 && (Wide(1) << (shift - 5)) < most)
    ++shift;
  return shift < 63 ? std::optional(shift) : std::nullopt;
}

bool RescalingSearch::fits(const Rescaling &rescaling, unsigned bits) const {
  Wide limit = (Wide(1) << (bits - 1)) - 1;
  for (int64_t c = 0; c < number.channels.size; ++c) {
    auto of = [&](ArrayRef<int64_t> numbers) {
      return Wide(numbers[numbers.size() == 1 ? 0 : c]);
    };
    auto absolute = [](Wide x) { return x < 0 ? -x : x; };
    Wide sum = (Wide(1) << rescaling.shift) + absolute(of(rescaling.addends));
    for (auto [row, range] : llvm::zip(rescaling.multipliers, ranges))
      sum += absolute(of(row)) * getMagnitude(at(range, c));
    if (sum > limit)
      return false;
  }
  return true;
}

std::optional<Rescaling> RescalingSearch::scale(unsigned shift) const {
  Rescaling result;
  result.shift = shift;
  auto convert = [&](ArrayRef<double> numbers, SmallVector<int64_t> &integers) {
    for (double x : numbers) {
      double scaled = std::nearbyint(std::ldexp(x, int(shift)));
      if (!(std::fabs(scaled) < 0x1p62))
        return false;
      integers.push_back(int64_t(scaled));
    }
    return true;
  };
  if (!convert(number.addends, result.addends))
    return std::nullopt;
  for (const ChannelNumbers &factor : number.factors)
    if (!convert(factor, result.multipliers.emplace_back()))
      return std::nullopt;
  return fits(result, 64) ? std::optional(result) : std::nullopt;
}

std::optional<Rescaling> RescalingSearch::find() const {
  // Exact multipliers, if they are small; the addend keeps the error below that
  // of the other choice.
  std::optional<Rescaling> found;
  std::optional<unsigned> wanted = getWantedShift();
  int exact = std::max(0, getFractionOfAll(number.factors).value_or(0));
  if (std::optional<int> addend = getFractionOf(number.addends);
      addend && *addend > exact)
    exact = std::max(exact, std::min(*addend, int(wanted.value_or(0))));
  if (exact <= 62)
    found = scale(exact);
  constexpr int64_t small = 1 << 25;
  if (found && llvm::any_of(found->multipliers, [](auto &row) {
        return llvm::any_of(
            row, [](int64_t m) { return m <= -small || m >= small; });
      }))
    found = std::nullopt;
  if (!found && wanted)
    found = scale(*wanted);
  while (found && found->shift > 0 && found->isEven()) {
    --found->shift;
    for (int64_t &b : found->addends)
      b /= 2;
    for (auto &row : found->multipliers)
      for (int64_t &m : row)
        m /= 2;
  }
  return found;
}

CodeRange RescalingSearch::getResults(const Rescaling &rescaling,
                                      bool isNearest) const {
  Wide least = INT64_MAX, most = INT64_MIN;
  // Ties go one way or the other.
  bool hasTies = isNearest && rescaling.shift > 0;
  Wide half = hasTies ? Wide(1) << (rescaling.shift - 1) : Wide(0);
  for (int64_t c = 0; c < number.channels.size; ++c) {
    auto of = [&](ArrayRef<int64_t> numbers) {
      return Wide(numbers[numbers.size() == 1 ? 0 : c]);
    };
    Wide low = of(rescaling.addends), high = low;
    for (auto [row, range] : llvm::zip(rescaling.multipliers, ranges)) {
      Wide a = of(row) * at(range, c).min, b = of(row) * at(range, c).max;
      low += std::min(a, b);
      high += std::max(a, b);
    }
    least = std::min(least, (low + half - hasTies) >> rescaling.shift);
    most = std::max(most, (high + half) >> rescaling.shift);
  }
  return {int64_t(least), int64_t(most)};
}

/// One number where all are equal.
static SmallVector<int64_t> shorten(ArrayRef<int64_t> numbers) {
  return llvm::to_vector(llvm::all_equal(numbers) ? numbers.take_front()
                                                  : numbers);
}

/// clamp((m * x + b) >> s), or the nearest integers, ties to even.
static Value createRequantize(OpBuilder &builder, Location loc,
                              const AffineNumber &number,
                              const Rescaling &rescaling, RankedTensorType type,
                              CodeRange clamp, bool isHalfEven, bool isWide,
                              std::string &why) {
  // Different arrays may be shortened differently; one dimension serves all.
  std::optional<int64_t> axis =
      number.channels.size == 1 ? 0 : number.channels.findIn(type);
  if (!axis) {
    why = "its channels are no dimension of it";
    return nullptr;
  }
  SmallVector<Attribute> multipliers;
  for (ArrayRef<int64_t> row : rescaling.multipliers)
    multipliers.push_back(builder.getDenseI64ArrayAttr(shorten(row)));
  return lowbit::RequantizeOp::create(
      builder, loc, type, number.inputs, /*exceptions=*/Value(),
      builder.getArrayAttr(multipliers), shorten(rescaling.addends),
      rescaling.shift, clamp.min, clamp.max, *axis, isWide ? 64 : 32,
      /*raised=*/0, isHalfEven);
}

Value createWholeNumbers(OpBuilder &builder, Location loc,
                         const AffineNumber &number, RankedTensorType type,
                         WholeRounding rounding, CodeRange limits,
                         std::string &why) {
  if (type.getRank() == 0) {
    why = "it is a single number";
    return nullptr;
  }
  RescalingSearch search(number);
  std::optional<Rescaling> found = search.find();
  if (!found) {
    why = "its range is not proven, or takes more than 64 bits";
    return nullptr;
  }
  found->prepare(rounding);
  bool isHalfEven = rounding == WholeRounding::HalfEven;
  CodeRange results = search.getResults(*found, isHalfEven);
  CodeRange clamp{std::clamp(results.min, limits.min, limits.max),
                  std::clamp(results.max, limits.min, limits.max)};
  if (found->isIdentity() && number.inputs[0].getType() == type &&
      clamp.min == results.min && clamp.max == results.max)
    return number.inputs[0];
  auto isLong = [](Value input) {
    return getElementTypeOrSelf(input.getType()).isInteger(64);
  };
  bool isWide = !search.fits(*found, 32) || llvm::any_of(number.inputs, isLong);
  return createRequantize(builder, loc, number, *found, type, clamp,
                          isHalfEven && found->shift > 0, isWide, why);
}

} // namespace setun
