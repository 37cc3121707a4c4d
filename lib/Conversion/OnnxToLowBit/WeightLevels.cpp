// Counts the magnitudes of a float matrix: one cluster besides zero makes it
// binary or ternary.
#include "WeightLevels.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Relative width of a cluster; see findWeightLevels.
constexpr double kTolerance = 1.0 / (1 << 18);
constexpr int64_t kFewestInputs = 4;

/// The magnitude all nonzero values share within the tolerance: the most
/// frequent one. Nothing if they do not.
std::optional<float> findMagnitude(std::vector<float> magnitudes) {
  if (magnitudes.empty())
    return std::nullopt;
  std::sort(magnitudes.begin(), magnitudes.end());
  if (!std::isfinite(magnitudes.back()) ||
      double(magnitudes.back()) - double(magnitudes.front()) >
          kTolerance * double(magnitudes.back()))
    return std::nullopt;
  float best = magnitudes.front();
  size_t bestCount = 0;
  for (size_t i = 0; i < magnitudes.size();) {
    size_t end = i;
    while (end < magnitudes.size() && magnitudes[end] == magnitudes[i])
      ++end;
    if (end - i > bestCount) {
      best = magnitudes[i];
      bestCount = end - i;
    }
    i = end;
  }
  return best;
}

} // namespace

std::optional<WeightLevels> findWeightLevels(const onnx::ConstantData &weights,
                                             unsigned outputAxis) {
  RankedTensorType type = weights.getType();
  if (type.getRank() != 2 || !type.getElementType().isF32() ||
      type.getDimSize(1 - outputAxis) < kFewestInputs)
    return std::nullopt;
  int64_t outputs = type.getDimSize(outputAxis), columns = type.getDimSize(1);
  auto outputOf = [&](int64_t i) {
    return outputAxis == 0 ? i / columns : i % columns;
  };

  WeightLevels levels{/*bipolar=*/true, {}, {}, /*inexact=*/0};
  std::vector<std::vector<float>> perOutput(outputs);
  for (int64_t i = 0; i < weights.size(); ++i) {
    float value = weights.at<float>(i);
    if (std::isnan(value))
      return std::nullopt;
    levels.codes.push_back(char(value > 0 ? 1 : value < 0 ? -1 : 0));
    if (value == 0)
      levels.bipolar = false;
    else
      perOutput[outputOf(i)].push_back(std::fabs(value));
  }

  // One magnitude per output; then see whether one serves the whole matrix.
  std::vector<float> all;
  for (std::vector<float> &magnitudes : perOutput) {
    bool empty = magnitudes.empty();
    std::optional<float> scale = findMagnitude(magnitudes);
    if (!scale && !empty)
      return std::nullopt;
    levels.scales.push_back(scale.value_or(1.0f)); // a row of zeros: any scale
    all.insert(all.end(), magnitudes.begin(), magnitudes.end());
  }
  if (all.empty())
    return std::nullopt;
  if (std::optional<float> scale = findMagnitude(std::move(all)))
    levels.scales.assign(1, *scale);

  for (int64_t i = 0; i < weights.size(); ++i) {
    float scale = levels.scales[levels.scales.size() == 1 ? 0 : outputOf(i)];
    levels.inexact += weights.at<float>(i) != float(levels.codes[i]) * scale;
  }
  return levels;
}

} // namespace setun
