// Scales and codes of weights, and the feedback of rounding errors.
#include "setun/Quantize/WeightQuantizer.h"

#include "ErrorFeedback.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace llvm;

namespace setun::quantize {

CodeRange getCodeRange(WeightScheme scheme) {
  switch (scheme) {
  case WeightScheme::Int8:
    return {-127, 127};
  case WeightScheme::Int4:
    return {-8, 7};
  case WeightScheme::Int3:
    return {-4, 3};
  case WeightScheme::Int2:
    return {-2, 1};
  default:
    return {-1, 1};
  }
}

const char *getSchemeName(WeightScheme scheme) {
  switch (scheme) {
  case WeightScheme::Int8:
    return "int8";
  case WeightScheme::Int4:
    return "int4";
  case WeightScheme::Int3:
    return "int3";
  case WeightScheme::Int2:
    return "int2";
  case WeightScheme::Ternary:
    return "ternary";
  case WeightScheme::Binary:
    return "binary";
  }
  return "";
}

int8_t getCode(float weight, float scale, WeightScheme scheme) {
  if (scheme == WeightScheme::Binary)
    return weight < 0 ? -1 : 1;
  auto [lowest, highest] = getCodeRange(scheme);
  float code = std::nearbyint(weight / scale);
  return static_cast<int8_t>(std::clamp(code, static_cast<float>(lowest),
                                        static_cast<float>(highest)));
}

static double getImportance(ArrayRef<double> importance, size_t index) {
  return importance.empty() ? 1 : importance[index];
}

/// A scale that is a positive, normal number; 1 for a row of zeros.
static float makeScale(double scale) {
  float rounded = static_cast<float>(scale);
  return std::isnormal(rounded) && rounded > 0 ? rounded : 1.0f;
}

/// sum(importance * (w - scale * code)^2)
static double getError(ArrayRef<float> weights, ArrayRef<double> importance,
                       WeightScheme scheme, float scale) {
  double sum = 0;
  for (auto [i, weight] : enumerate(weights)) {
    double error =
        weight - static_cast<double>(scale) * getCode(weight, scale, scheme);
    sum += getImportance(importance, i) * error * error;
  }
  return sum;
}

/// Weighted mean of all magnitudes: the best scale of signs.
static float fitBinary(ArrayRef<float> weights, ArrayRef<double> importance) {
  double sum = 0, total = 0;
  for (auto [i, weight] : enumerate(weights)) {
    sum += getImportance(importance, i) * std::abs(weight);
    total += getImportance(importance, i);
  }
  return makeScale(total > 0 ? sum / total : 0);
}

/// For a scale s a weight is best kept where |w| > s/2, whatever its
/// importance, so the kept ones are the k largest. Of those the best s is their
/// weighted mean, which takes (sum h|w|)^2 / sum h off the error: the best k is
/// searched.
static float fitTernary(ArrayRef<float> weights, ArrayRef<double> importance) {
  std::vector<size_t> order(weights.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  llvm::sort(order, [&](size_t a, size_t b) {
    float sizeOfA = std::abs(weights[a]), sizeOfB = std::abs(weights[b]);
    return sizeOfA != sizeOfB ? sizeOfA > sizeOfB : a < b;
  });
  double sum = 0, total = 0, bestGain = 0, scale = 0;
  for (size_t i : order) {
    sum += getImportance(importance, i) * std::abs(weights[i]);
    total += getImportance(importance, i);
    if (total > 0 && sum * sum / total > bestGain) {
      bestGain = sum * sum / total;
      scale = sum / total;
    }
  }
  return makeScale(scale);
}

/// The scale at which the largest weight of either sign is just a code, and
/// below 8 bits smaller ones, which clip a few weights and round all finer.
static float fitInteger(ArrayRef<float> weights, ArrayRef<double> importance,
                        WeightScheme scheme) {
  auto [lowest, highest] = getCodeRange(scheme);
  double covering = 0;
  for (float weight : weights)
    covering = std::max<double>(covering, weight < 0 ? weight / lowest
                                                     : weight / highest);
  float best = makeScale(covering);
  if (scheme == WeightScheme::Int8 || covering == 0)
    return best;
  constexpr int steps = 80;
  double leastError = getError(weights, importance, scheme, best);
  for (int step = steps - 1; step >= steps / 5; --step) {
    float scale = makeScale(covering * step / steps);
    double error = getError(weights, importance, scheme, scale);
    if (error < leastError) {
      leastError = error;
      best = scale;
    }
  }
  return best;
}

float fitScale(ArrayRef<float> weights, ArrayRef<double> importance,
               WeightScheme scheme) {
  switch (scheme) {
  case WeightScheme::Ternary:
    return fitTernary(weights, importance);
  case WeightScheme::Binary:
    return fitBinary(weights, importance);
  default:
    return fitInteger(weights, importance, scheme);
  }
}

std::vector<float> QuantizedMatrix::dequantize(int64_t columns) const {
  std::vector<float> values(codes.size());
  for (auto [i, code] : enumerate(codes)) {
    auto index = static_cast<int64_t>(i);
    values[i] = static_cast<float>(code) *
                getScale(index / columns, index % columns, columns);
  }
  return values;
}

/// The codes of all weights by the scales that stand.
static void roundAll(QuantizedMatrix &matrix, ArrayRef<float> weights,
                     int64_t columns, WeightScheme scheme) {
  matrix.codes.resize(weights.size());
  for (auto [i, weight] : enumerate(weights)) {
    auto index = static_cast<int64_t>(i);
    matrix.codes[i] = getCode(
        weight, matrix.getScale(index / columns, index % columns, columns),
        scheme);
  }
}

QuantizedMatrix quantizeMatrix(ArrayRef<float> weights, int64_t columns,
                               const WeightOptions &options,
                               ArrayRef<double> moments) {
  QuantizedMatrix matrix;
  matrix.group = options.group > 0 ? options.group : columns;
  int64_t rows = columns == 0 ? 0 : weights.size() / columns;
  bool hasProducts = !moments.empty() && !isDiagonal(moments, columns);
  std::vector<double> importance(moments.begin(), moments.end());
  if (hasProducts) {
    for (int64_t i = 0; i < columns; ++i)
      importance[i] = moments[i * columns + i];
    importance.resize(columns);
  }

  float common = 0;
  if (options.method == ScaleMethod::AbsMean)
    common = fitBinary(weights, {});
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t first = 0; first < columns; first += matrix.group) {
      int64_t count = std::min(matrix.group, columns - first);
      ArrayRef<double> part = importance;
      if (!part.empty())
        part = part.slice(first, count);
      matrix.scales.push_back(
          common > 0 ? common
                     : fitScale(weights.slice(row * columns + first, count),
                                part, options.scheme));
    }
  roundAll(matrix, weights, columns, options.scheme);
  if (hasProducts && options.scheme != WeightScheme::Int8)
    feedBackErrors(matrix, weights, columns, options, moments);
  return matrix;
}

} // namespace setun::quantize
