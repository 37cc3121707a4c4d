// Ranges of activations by minimum and maximum, percentile, or squared error.
#include "setun/Quantize/Calibrator.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace llvm;

namespace setun::quantize {

static constexpr int64_t kBins = 1 << 14;

float ActivationQuantizer::apply(float x) const {
  int lowest = isSigned ? -128 : 0;
  float code = std::nearbyint(x / scale) + static_cast<float>(zeroPoint);
  code = std::clamp(code, static_cast<float>(lowest),
                    static_cast<float>(lowest + 255));
  return (code - static_cast<float>(zeroPoint)) * scale;
}

ActivationQuantizer makeActivationQuantizer(float low, float high) {
  ActivationQuantizer quantizer;
  low = std::min(low, 0.0f);
  high = std::max(high, 0.0f);
  quantizer.isSigned = low < 0;
  double scale = (static_cast<double>(high) - low) / 255;
  if (std::isnormal(static_cast<float>(scale)))
    quantizer.scale = static_cast<float>(scale);
  if (quantizer.isSigned)
    quantizer.zeroPoint = static_cast<int>(std::clamp(
        std::nearbyint(-128.0 - low / static_cast<double>(quantizer.scale)),
        -128.0, 127.0));
  return quantizer;
}

RangeObserver::RangeObserver()
    : limit(std::ldexp(1.0f, -40)), counts(kBins, 0) {}

int64_t RangeObserver::getBin(float value) const {
  // Exact but for the last rounding: limit is a power of two.
  double position = (static_cast<double>(value) / limit + 1) * (kBins / 2);
  return std::clamp<int64_t>(static_cast<int64_t>(position), 0, kBins - 1);
}

float RangeObserver::getCenter(int64_t bin) const {
  return static_cast<float>(
      ((static_cast<double>(bin) + 0.5) / (kBins / 2) - 1) * limit);
}

/// Two bins become one, around zero.
void RangeObserver::grow(float magnitude) {
  while (magnitude >= limit) {
    std::vector<int64_t> merged(kBins, 0);
    for (int64_t i = 0; i < kBins; ++i)
      merged[kBins / 4 + i / 2] += counts[i];
    counts = std::move(merged);
    limit *= 2;
  }
}

void RangeObserver::add(ArrayRef<float> values) {
  for (float value : values) {
    // Far beyond what float32 can square, and where `limit` has no double.
    if (!std::isfinite(value) || std::abs(value) > 1e37f) {
      finite = false;
      continue;
    }
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    if (std::abs(value) >= limit)
      grow(std::abs(value));
    ++counts[getBin(value)];
  }
}

/// The squared error of all values, each taken as the centre of its bin.
double RangeObserver::getError(const ActivationQuantizer &quantizer) const {
  double sum = 0;
  for (int64_t i = 0; i < kBins; ++i) {
    if (counts[i] == 0)
      continue;
    // The bin at 0 holds mostly zeros, which have a code.
    float center = i == kBins / 2 ? 0 : getCenter(i);
    double error = static_cast<double>(center) - quantizer.apply(center);
    sum += static_cast<double>(counts[i]) * error * error;
  }
  return sum;
}

ActivationQuantizer RangeObserver::choose(Calibration method,
                                          double percentile) const {
  ActivationQuantizer full = makeActivationQuantizer(lowest, highest);
  if (method == Calibration::MinMax)
    return full;
  if (method == Calibration::Percentile) {
    double total = 0;
    for (int64_t count : counts)
      total += static_cast<double>(count);
    // A number of values that is whole must not be rounded down.
    double allowed = total * (100 - percentile) / 100 + 1e-6, below = 0,
           above = 0;
    int64_t first = 0, last = kBins - 1;
    while (first < last && below + counts[first] <= allowed)
      below += static_cast<double>(counts[first++]);
    while (last > first && above + counts[last] <= allowed)
      above += static_cast<double>(counts[last--]);
    double width = 2.0 * limit / kBins;
    auto low = static_cast<float>(first * width - limit);
    auto high = static_cast<float>((last + 1) * width - limit);
    return makeActivationQuantizer(std::max(lowest, low),
                                   std::min(highest, high));
  }
  constexpr int steps = 64;
  double leastError = getError(full);
  ActivationQuantizer best = full;
  for (int step = steps - 1; step > steps / 8; --step) {
    float part = static_cast<float>(step) / steps;
    ActivationQuantizer candidate =
        makeActivationQuantizer(lowest * part, highest * part);
    double error = getError(candidate);
    if (error < leastError) {
      leastError = error;
      best = candidate;
    }
  }
  return best;
}

} // namespace setun::quantize
