// Clusters the magnitudes of float weights and looks for the step that all of
// them are multiples of: one cluster makes them binary or ternary.
#include "WeightLevels.h"
#include "dialects/LowBit/LowBit.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Relative width of a cluster, and of a level among several; see
/// findWeightLevels.
constexpr double kClusterTolerance = 1.0 / (1 << 18);
constexpr double kLevelTolerance = 1.0 / (1 << 20);
/// How far a multiple may be off before the step is known precisely.
constexpr double kLooseTolerance = 1.0 / (1 << 10);
/// Fewer numbers that fit say nothing.
constexpr int64_t kFewest = 4;
constexpr double kLargestCode = 128;

/// Magnitudes that are the same but for the last bits.
struct Cluster {
  /// The most frequent of them.
  float magnitude;
  int64_t count;
};

/// The clusters of sorted positive numbers; none if there are more than codes.
std::optional<std::vector<Cluster>>
findClusters(const std::vector<float> &sorted) {
  std::vector<Cluster> clusters;
  for (size_t begin = 0; begin < sorted.size();) {
    if (clusters.size() == size_t(kLargestCode))
      return std::nullopt;
    double limit = double(sorted[begin]) * (1 + kClusterTolerance);
    Cluster cluster{sorted[begin], 0};
    size_t i = begin, bestCount = 0;
    while (i < sorted.size() && sorted[i] <= limit) {
      size_t first = i;
      while (i < sorted.size() && sorted[i] == sorted[first])
        ++i;
      if (i - first > bestCount) {
        cluster.magnitude = sorted[first];
        bestCount = i - first;
      }
    }
    cluster.count = i - begin;
    clusters.push_back(cluster);
    begin = i;
  }
  return clusters;
}

/// The float step whose multiples are most of the clusters exactly, and all of
/// them within the tolerance.
std::optional<float> refineStep(const std::vector<Cluster> &clusters,
                                double step) {
  // Least squares, then the neighbours of the result.
  double products = 0, squares = 0;
  for (const Cluster &cluster : clusters) {
    double k = std::nearbyint(cluster.magnitude / step);
    products += double(cluster.count) * k * cluster.magnitude;
    squares += double(cluster.count) * k * k;
  }
  float middle = float(products / squares), best = 0;
  int64_t bestExact = -1;
  float candidate = std::nextafter(std::nextafter(middle, 0.0f), 0.0f);
  for (int i = 0; i < 5; ++i) {
    int64_t exact = 0;
    bool fits = candidate > 0;
    for (const Cluster &cluster : clusters) {
      float level = float(std::nearbyint(cluster.magnitude / step)) * candidate;
      exact += level == cluster.magnitude ? cluster.count : 0;
      fits &= std::fabs(double(level) - cluster.magnitude) <=
              kLevelTolerance * cluster.magnitude;
    }
    if (fits && exact > bestExact) {
      best = candidate;
      bestExact = exact;
    }
    candidate = std::nextafter(candidate, INFINITY);
  }
  return bestExact < 0 ? std::nullopt : std::optional(best);
}

/// The largest step of which all magnitudes are multiples.
std::optional<float> findStep(std::vector<float> magnitudes) {
  std::sort(magnitudes.begin(), magnitudes.end());
  std::optional<std::vector<Cluster>> clusters = findClusters(magnitudes);
  if (!clusters)
    return std::nullopt;
  float smallest = clusters->front().magnitude,
        largest = clusters->back().magnitude;
  if (clusters->size() == 1)
    return smallest;
  for (double k = 1; largest * k <= smallest * (kLargestCode + 0.5); ++k) {
    double step = smallest / k;
    bool fits = llvm::all_of(*clusters, [&](const Cluster &cluster) {
      double multiple = cluster.magnitude / step;
      return std::fabs(multiple - std::nearbyint(multiple)) <= kLooseTolerance;
    });
    if (!fits)
      continue;
    if (std::optional<float> refined = refineStep(*clusters, step))
      return refined;
  }
  return std::nullopt;
}

/// Weights of each output, and what they are multiples of.
class LevelFinder {
public:
  LevelFinder(const onnx::ConstantData &weights, unsigned outputAxis)
      : weights(weights) {
    ArrayRef<int64_t> shape = weights.getType().getShape();
    outputs = shape[outputAxis];
    inputs = weights.size() / outputs;
    isFirst = outputAxis == 0;
  }

  /// With one step for each output, or one for all.
  std::optional<WeightLevels> find(bool perOutput);

private:
  int64_t outputOf(int64_t i) const {
    return isFirst ? i / inputs : i % outputs;
  }
  /// One scale per group, a group being an output or everything; empty if one
  /// of them has none.
  std::vector<float> findScales(bool perOutput) const;

  const onnx::ConstantData &weights;
  int64_t outputs, inputs;
  bool isFirst;
};

std::vector<float> LevelFinder::findScales(bool perOutput) const {
  std::vector<std::vector<float>> groups(perOutput ? outputs : 1);
  for (int64_t i = 0; i < weights.size(); ++i)
    if (float value = weights.at<float>(i); value != 0)
      groups[perOutput ? outputOf(i) : 0].push_back(std::fabs(value));
  std::vector<float> scales;
  bool allZero = true;
  for (std::vector<float> &group : groups) {
    bool isZero = group.empty();
    std::optional<float> scale =
        isZero ? 1.0f : findStep(std::move(group)); // of zeros: any scale
    if (!scale)
      return {};
    allZero &= isZero;
    scales.push_back(*scale);
  }
  return allZero ? std::vector<float>() : scales;
}

std::optional<WeightLevels> LevelFinder::find(bool perOutput) {
  WeightLevels levels{{}, findScales(perOutput), /*inexact=*/0};
  if (levels.scales.empty())
    return std::nullopt;
  for (int64_t i = 0; i < weights.size(); ++i) {
    float value = weights.at<float>(i);
    float scale = levels.scales[perOutput ? outputOf(i) : 0];
    float code = std::nearbyintf(value / scale);
    if (code < -kLargestCode || code >= kLargestCode)
      return std::nullopt;
    levels.codes.push_back(char(code));
    levels.inexact += value != code * scale;
  }
  return levels;
}

/// Ordinary weights show it in the first few of one output already.
bool hasManyLevels(const onnx::ConstantData &weights, unsigned outputAxis) {
  constexpr int64_t sampleSize = 4 * int64_t(kLargestCode);
  RankedTensorType type = weights.getType();
  int64_t outputs = type.getDimSize(outputAxis);
  int64_t stride = outputAxis == 0 ? 1 : outputs;
  int64_t count = std::min(weights.size() / outputs, sampleSize);
  std::vector<float> magnitudes;
  for (int64_t i = 0; i < count; ++i)
    if (float value = weights.at<float>(i * stride); value != 0)
      magnitudes.push_back(std::fabs(value));
  std::sort(magnitudes.begin(), magnitudes.end());
  return !findClusters(magnitudes);
}

} // namespace

Type WeightLevels::getCodeType(MLIRContext *context) const {
  auto signedCodes = [](char code) { return int(static_cast<int8_t>(code)); };
  int min = 0, max = 0;
  bool hasZero = false;
  for (char stored : codes) {
    int code = signedCodes(stored);
    min = std::min(min, code);
    max = std::max(max, code);
    hasZero |= code == 0;
  }
  if (min >= -1 && max <= 1)
    return hasZero ? Type(lowbit::TernaryType::get(context))
                   : Type(lowbit::BipolarType::get(context));
  unsigned bits = 2;
  while (min < -(1 << (bits - 1)) || max >= 1 << (bits - 1))
    ++bits;
  return IntegerType::get(context, bits, IntegerType::Signed);
}

std::optional<WeightLevels> findWeightLevels(const onnx::ConstantData &weights,
                                             unsigned outputAxis) {
  RankedTensorType type = weights.getType();
  if (type.getRank() < 2 || (type.getRank() > 2 && outputAxis != 0) ||
      !type.getElementType().isF32() || type.getNumElements() < kFewest)
    return std::nullopt;
  for (int64_t i = 0; i < weights.size(); ++i)
    if (!std::isfinite(weights.at<float>(i)))
      return std::nullopt;
  if (hasManyLevels(weights, outputAxis))
    return std::nullopt;
  LevelFinder finder(weights, outputAxis);
  std::optional<WeightLevels> whole = finder.find(/*perOutput=*/false), each;
  if (type.getNumElements() / type.getDimSize(outputAxis) >= kFewest)
    each = finder.find(/*perOutput=*/true);
  if (!whole || !each)
    return whole ? whole : each;
  MLIRContext *context = type.getContext();
  auto bitsOf = [&](const WeightLevels &levels) {
    return lowbit::getCodeBits(levels.getCodeType(context));
  };
  return bitsOf(*each) < bitsOf(*whole) ? each : whole;
}

std::optional<WeightLevels> findWeightLevels(Value weights,
                                             unsigned outputAxis) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(weights);
  if (!data || weights.getParentRegion()->getParentOfType<ModuleOp>()->hasAttr(
                   kNoLevels))
    return std::nullopt;
  return findWeightLevels(*data, outputAxis);
}

} // namespace setun
