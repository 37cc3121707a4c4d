//===- FitBudget.cpp - The fastest design within a budget -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FitBudget.h"

#include "setun/Support/SourceWriter.h"

#include <fmt/format.h>
#include <set>

using namespace mlir;

namespace setun::hls {

/// What is exceeded, in words: `lut=5000 of 4000`; empty if it fits.
static std::string listExcess(const FpgaCost &cost, const FpgaCost &budget) {
  std::string text;
  auto compare = [&](StringRef kind, int64_t taken, int64_t given) {
    if (taken > given)
      text += fmt::format("{}{}={} of {}", text.empty() ? "" : ", ", kind,
                          taken, given);
  };
  compare("lut", cost.luts, budget.luts);
  compare("ff", cost.flipFlops, budget.flipFlops);
  compare("bram", cost.blockRams, budget.blockRams);
  compare("dsp", cost.dsps, budget.dsps);
  return text;
}

/// The cycles that products can have, by all divisors of their outputs and
/// inputs, or all of a row at once, least first.
static std::vector<int64_t> listIntervals(const HlsEstimate &smallest) {
  std::set<int64_t> intervals;
  for (const HlsStage &stage : smallest.stages) {
    if (stage.pe == 0)
      continue;
    // As a network of additions.
    intervals.insert(stage.rows);
    int64_t all = stage.cycles * stage.pe * stage.simd;
    for (int64_t pe = 1; pe <= stage.outputs; ++pe)
      for (int64_t simd = 1; stage.outputs % pe == 0 && simd <= stage.group;
           ++simd)
        if (stage.group % simd == 0)
          intervals.insert(all / pe / simd);
  }
  return {intervals.begin(), intervals.end()};
}

namespace {
/// A design and what it was folded for.
struct Candidate {
  int64_t interval;
  HlsEstimate estimate;
};
} // namespace

/// The least interval that fits. Faster designs are larger, but not all of
/// them: widths that do not divide each other need adapters. So the next few
/// below what bisection finds are tried, too.
static FailureOr<Candidate> findFastest(Candidate smallest,
                                        const FpgaCost &budget,
                                        EstimateFor estimateFor) {
  constexpr size_t neighbours = 16;
  std::vector<int64_t> intervals = listIntervals(smallest.estimate);
  Candidate best = std::move(smallest);
  bool hasFailed = false;
  auto fits = [&](size_t index) {
    FailureOr<HlsEstimate> estimate = estimateFor(intervals[index]);
    hasFailed |= failed(estimate);
    if (hasFailed || !listExcess(estimate->total, budget).empty())
      return false;
    best = {intervals[index], std::move(*estimate)};
    return true;
  };
  size_t low = 0, high = intervals.size();
  while (low < high && !hasFailed) {
    size_t middle = low + (high - low) / 2;
    if (fits(middle))
      high = middle;
    else
      low = middle + 1;
  }
  for (size_t tried = 0; tried < neighbours && tried < high && !hasFailed;)
    if (fits(high - 1 - tried)) {
      high -= 1 + tried;
      tried = 0;
    } else {
      ++tried;
    }
  if (hasFailed)
    return failure();
  // Where something else is slower than the products, they need not be as fast.
  FailureOr<HlsEstimate> relaxed = estimateFor(best.estimate.interval);
  if (failed(relaxed))
    return failure();
  if (relaxed->interval <= best.estimate.interval &&
      listExcess(relaxed->total, budget).empty())
    best = {best.estimate.interval, std::move(*relaxed)};
  return best;
}

FailureOr<int64_t> fitBudget(ModuleOp module, const HlsEmitOptions &options,
                             EstimateFor estimateFor) {
  const FpgaCost &budget = *options.budget;
  FailureOr<HlsEstimate> smallest = estimateFor(0);
  if (failed(smallest))
    return failure();
  if (std::string excess = listExcess(smallest->total, budget);
      !excess.empty()) {
    InFlightDiagnostic error = module.emitError()
                               << "the smallest design is estimated to take "
                               << excess << " that --resources gives";
    return error;
  }
  if (options.targetInterval > 0) {
    FailureOr<HlsEstimate> wanted = estimateFor(options.targetInterval);
    if (failed(wanted))
      return failure();
    std::string excess = listExcess(wanted->total, budget);
    if (excess.empty() && wanted->interval <= options.targetInterval)
      return options.targetInterval;
    FailureOr<Candidate> fastest =
        findFastest({0, std::move(*smallest)}, budget, estimateFor);
    if (failed(fastest))
      return failure();
    InFlightDiagnostic error = module.emitError() << options.targetInterval
                                                  << " clock cycles a frame ";
    if (excess.empty())
      error << "are too few for stages that are not folded: the slowest one "
               "takes "
            << wanted->interval;
    else
      error << "are estimated to take " << excess
            << " that --resources gives; reachable within it are "
            << fastest->estimate.interval << " cycles";
    return error;
  }
  FailureOr<Candidate> fastest =
      findFastest({0, std::move(*smallest)}, budget, estimateFor);
  if (failed(fastest))
    return failure();
  return fastest->interval;
}

} // namespace setun::hls
