//===- StepForms.cpp - Integer forms of a step function -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constraint says m1 * x1 + m2 * x2 + b >= L(code), or <= L(code) - 1, L the
// least sum that is shifted to the code: code * 2^s if it is rounded down.
// For given multipliers the addends that meet all of them are an interval; its
// length (its slack) is the least of some linear functions of the multipliers
// minus the greatest of others, hence concave, and a concave function is
// maximised by bisection on the sign of its slope.
//===----------------------------------------------------------------------===//

#include "StepForms.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace mlir;

namespace setun {

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

namespace {
/// The function of one input.
class Section {
public:
  Section(const StepFunction &function, int64_t channel, unsigned input,
          SmallVector<int64_t> values)
      : function(function), channel(channel), input(input),
        values(std::move(values)) {}

  std::optional<int64_t> operator()(int64_t x) {
    values[input] = x;
    return function.evaluate(channel, values);
  }

private:
  const StepFunction &function;
  int64_t channel;
  unsigned input;
  SmallVector<int64_t> values;
};
} // namespace

/// A function whose direction is not proven: all its values.
static std::optional<Steps> countOut(Section &f, lowbit::CodeRange range,
                                     int64_t maxSteps, std::string &why) {
  constexpr int64_t most = 1 << 16;
  if (range.max - range.min >= most) {
    why = "the chain is not known to be monotone, and has too many inputs to "
          "try them all";
    return std::nullopt;
  }
  Steps steps;
  steps.inputs = range;
  std::optional<int64_t> first = f(range.min), last = f(range.max);
  if (first && last && *first > *last)
    steps.falling = true;
  std::optional<int64_t> previous = first;
  for (int64_t x = range.min; x <= range.max; ++x) {
    std::optional<int64_t> code = f(x);
    if (!code) {
      why = "a number is infinite, not a number, or overflows its type";
      return std::nullopt;
    }
    if (steps.falling ? *code > *previous : *code < *previous) {
      why = "the chain is not monotone";
      return std::nullopt;
    }
    for (int64_t n = std::abs(*code - *previous); n > 0; --n)
      steps.thresholds.push_back(x);
    if (int64_t(steps.thresholds.size()) > maxSteps) {
      why = "there are more than " + std::to_string(maxSteps) + " codes";
      return std::nullopt;
    }
    previous = code;
  }
  steps.codes = {std::min(*first, *last), std::max(*first, *last)};
  if (steps.falling)
    std::reverse(steps.thresholds.begin(), steps.thresholds.end());
  return steps;
}

std::optional<Steps> findSteps(const StepFunction &function, int64_t channel,
                               unsigned input, lowbit::CodeRange range,
                               SmallVector<int64_t> values, int64_t maxSteps,
                               std::string &why) {
  Direction direction = function.getDirections(channel)[input];
  Section f(function, channel, input, std::move(values));
  if (direction == Direction::Unknown)
    return countOut(f, range, maxSteps, why);
  // All numbers on the way lie between those at the ends: each is monotone.
  std::optional<int64_t> first = f(range.min), last = f(range.max);
  if (!first || !last) {
    why = "a number is infinite, not a number, or overflows its type";
    return std::nullopt;
  }
  Steps steps;
  steps.inputs = range;
  steps.falling = *first > *last;
  steps.codes = {std::min(*first, *last), std::max(*first, *last)};
  if (steps.codes.max - steps.codes.min > maxSteps) {
    why = "there are more than " + std::to_string(maxSteps) + " codes";
    return std::nullopt;
  }
  // Where f >= code begins, or ends if f falls.
  int64_t low = range.min, high = range.max;
  for (int64_t code = steps.codes.min + 1; code <= steps.codes.max; ++code) {
    // f rises: not reached at `below`, reached at `above`. f falls: the other
    // way round.
    int64_t below = low, above = high;
    auto probe = [&](int64_t x) {
      bool isAbove = (*f(x) >= code) != steps.falling;
      (isAbove ? above : below) = x;
      return isAbove;
    };
    // Most steps are as long as the one before: look around there first.
    if (size_t n = steps.thresholds.size(); n >= 2) {
      int64_t guess = 2 * steps.thresholds[n - 1] - steps.thresholds[n - 2];
      if (guess > below && guess < above) {
        bool isAbove = probe(guess);
        for (int64_t distance = 1;; distance *= 2) {
          int64_t next = isAbove ? guess - distance : guess + distance;
          if (next <= below || next >= above || probe(next) != isAbove)
            break;
        }
      }
    }
    while (above - below > 1)
      probe(below + (above - below) / 2);
    steps.thresholds.push_back(above);
    // The next code begins at `above` or behind it, or ends before.
    (steps.falling ? high : low) = steps.falling ? above : above - 1;
  }
  return steps;
}

//===----------------------------------------------------------------------===//
// Affine steps
//===----------------------------------------------------------------------===//

int64_t Shift::getLeast(int64_t code) const {
  if (!isHalfEven || bits == 0)
    return code << bits;
  // (code - 1/2) * 2^bits; that is a tie, which goes to the even one.
  return ((2 * code - 1) << (bits - 1)) + (code & 1);
}

int64_t Shift::apply(int64_t sum) const {
  int64_t code = sum >> bits;
  return isHalfEven && sum >= getLeast(code + 1) ? code + 1 : code;
}

void addConstraints(const Steps &steps, lowbit::CodeRange clamp, int64_t other,
                    std::vector<StepConstraint> &constraints) {
  auto add = [&](int64_t x, int64_t code, bool isLower) {
    constraints.push_back({{x, other}, code, isLower});
  };
  for (auto [i, threshold] : llvm::enumerate(steps.thresholds)) {
    int64_t code = steps.codes.min + 1 + int64_t(i);
    add(threshold, code, !steps.falling);
    add(threshold - 1, code, steps.falling);
  }
  int64_t lowest = steps.falling ? steps.inputs.max : steps.inputs.min;
  int64_t highest = steps.falling ? steps.inputs.min : steps.inputs.max;
  // Thresholds give the multiplier its sign; without any, both ends count.
  bool isConstant = steps.thresholds.empty();
  if (steps.codes.min > clamp.min) {
    add(lowest, steps.codes.min, true);
    if (isConstant)
      add(highest, steps.codes.min, true);
  }
  if (steps.codes.max < clamp.max) {
    add(highest, steps.codes.max + 1, false);
    if (isConstant)
      add(lowest, steps.codes.max + 1, false);
  }
}

namespace {
/// The addends that constraints leave: lower <= b <= upper.
struct Addends {
  int64_t lower = -(int64_t(1) << 61);
  int64_t upper = int64_t(1) << 61;
  int64_t getSlack() const { return upper - lower; }
};

/// What is left of constraints when the first multiplier is chosen: for each
/// value of the second input the bounds of m2 * x2 + b.
using Bounds = std::map<int64_t, Addends>;
} // namespace

/// The argument of at most `limit`, up or down, at which the concave function
/// `slack` is greatest.
template <typename Function>
static int64_t maximise(int64_t limit, Function slack) {
  int64_t low = -limit, high = limit;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (slack(middle + 1) > slack(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static Addends intersect(const Bounds &bounds, int64_t multiplier) {
  Addends all;
  for (auto &[x, addends] : bounds) {
    all.lower = std::max(all.lower, addends.lower - multiplier * x);
    all.upper = std::min(all.upper, addends.upper - multiplier * x);
  }
  return all;
}

static Bounds chooseFirst(ArrayRef<StepConstraint> constraints,
                          int64_t multiplier, Shift shift) {
  Bounds bounds;
  Addends *addends = nullptr;
  int64_t last = 0;
  for (const StepConstraint &constraint : constraints) {
    if (!addends || constraint.x[1] != last) {
      last = constraint.x[1];
      addends = &bounds[last];
    }
    int64_t bound =
        shift.getLeast(constraint.code) - multiplier * constraint.x[0];
    if (constraint.isLower)
      addends->lower = std::max(addends->lower, bound);
    else
      addends->upper = std::min(addends->upper, bound - 1);
  }
  return bounds;
}

/// Multipliers and addend of the greatest slack, and that slack: less than 0 if
/// some constraints are not met.
static std::pair<AffineStep, int64_t>
fitAffineStep(ArrayRef<StepConstraint> constraints, unsigned inputs,
              Shift shift) {
  // 32 bits, and no product beyond 2^60.
  int64_t limit = INT32_MAX;
  for (const StepConstraint &constraint : constraints)
    for (int64_t x : constraint.x)
      limit = std::min(limit,
                       (int64_t(1) << 60) / std::max<int64_t>(1, std::abs(x)));
  // A channel of one code: nothing bounds a multiplier from one side.
  bool hasLower = false, hasUpper = false;
  for (const StepConstraint &constraint : constraints)
    (constraint.isLower ? hasLower : hasUpper) = true;
  if (!hasLower || !hasUpper) {
    AffineStep step;
    step.multipliers.assign(inputs, 0);
    Addends addends =
        intersect(chooseFirst(constraints, /*multiplier=*/0, shift), 0);
    step.addend = std::clamp<int64_t>(0, addends.lower, addends.upper);
    return {step, addends.getSlack()};
  }
  auto findSecond = [&](const Bounds &bounds) -> int64_t {
    if (inputs == 1)
      return 0;
    return maximise(limit,
                    [&](int64_t m) { return intersect(bounds, m).getSlack(); });
  };
  int64_t first = maximise(limit, [&](int64_t m) {
    Bounds bounds = chooseFirst(constraints, m, shift);
    return intersect(bounds, findSecond(bounds)).getSlack();
  });
  Bounds bounds = chooseFirst(constraints, first, shift);
  int64_t second = findSecond(bounds);
  Addends addends = intersect(bounds, second);
  AffineStep step;
  step.multipliers.push_back(first);
  if (inputs == 2)
    step.multipliers.push_back(second);
  step.addend = addends.lower + addends.getSlack() / 2;
  return {step, addends.getSlack()};
}

std::optional<AffineStep> findAffineStep(ArrayRef<StepConstraint> constraints,
                                         unsigned inputs, Shift shift) {
  auto [step, slack] = fitAffineStep(constraints, inputs, shift);
  return slack >= 0 ? std::optional(step) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Near steps
//===----------------------------------------------------------------------===//

/// Rounded up, for a positive divisor.
static int64_t divideUp(int64_t a, int64_t b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

/// Where m * x + addend first reaches `code` << shift; if it falls, where it
/// first does not.
static int64_t getThreshold(const AffineStep &step, int64_t code, Shift shift) {
  int64_t m = step.multipliers[0],
          distance = shift.getLeast(code) - step.addend;
  // m x >= d, or m x <= d - 1 for m < 0.
  return m > 0 ? divideUp(distance, m) : divideUp(1 - distance, -m);
}

/// Where steps.codes has `code`, as getThreshold says it. Codes that are never
/// left or never reached change outside of the inputs.
static int64_t getThreshold(const Steps &steps, int64_t code) {
  int64_t begin = steps.inputs.min, end = steps.inputs.max + 1;
  if (code <= steps.codes.min)
    return steps.falling ? end : begin;
  if (code > steps.codes.max)
    return steps.falling ? begin : end;
  return steps.thresholds[code - steps.codes.min - 1];
}

/// The inputs between the steps of both; nothing if there are too many.
static std::optional<NearStep>
compareSteps(const Steps &steps, const AffineStep &step,
             lowbit::CodeRange clamp, Shift shift, int64_t maxExceptions) {
  NearStep near{step, {}, {}};
  if (step.multipliers[0] == 0) {
    int64_t code = std::clamp(shift.apply(step.addend), clamp.min, clamp.max);
    return steps.codes.min == code && steps.codes.max == code
               ? std::optional(near)
               : std::nullopt;
  }
  if ((step.multipliers[0] < 0) != steps.falling)
    return std::nullopt;
  for (int64_t code = clamp.min + 1; code <= clamp.max; ++code) {
    int64_t wanted = getThreshold(steps, code);
    int64_t got = std::clamp(getThreshold(step, code, shift), steps.inputs.min,
                             steps.inputs.max + 1);
    maxExceptions -= std::abs(wanted - got);
    if (maxExceptions < 0)
      return std::nullopt;
    // Rising: from `wanted` on there is the code, the affine step has it from
    // `got` on.
    bool lacks = (wanted < got) != steps.falling;
    for (int64_t x = std::min(wanted, got); x < std::max(wanted, got); ++x)
      (lacks ? near.raised : near.lowered).push_back(x);
  }
  return near;
}

std::optional<NearStep> findNearStep(const Steps &steps,
                                     lowbit::CodeRange clamp, Shift shift,
                                     unsigned maxExceptions) {
  std::vector<StepConstraint> constraints;
  addConstraints(steps, clamp, 0, constraints);
  std::optional<NearStep> best;
  auto count = [](const NearStep &near) {
    return near.raised.size() + near.lowered.size();
  };
  constexpr unsigned rounds = 4;
  for (unsigned round = 0; round < rounds; ++round) {
    AffineStep step = fitAffineStep(constraints, 1, shift).first;
    std::optional<NearStep> near =
        compareSteps(steps, step, clamp, shift, maxExceptions);
    if (near && (!best || count(*near) < count(*best)))
      best = near;
    // What this one does not meet shall not hold up the next one.
    size_t before = constraints.size();
    llvm::erase_if(constraints, [&](const StepConstraint &c) {
      int64_t value = shift.apply(step.multipliers[0] * c.x[0] + step.addend);
      return c.isLower ? value < c.code : value >= c.code;
    });
    if (constraints.size() == before || constraints.empty())
      break;
  }
  return best;
}

} // namespace setun
