// Clusters the magnitudes of float weights and looks for the step that all of
// them are multiples of: one cluster makes them binary or ternary.
#include "WeightLevels.h"
#include "dialects/LowBit/LowBit.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cmath>
#include <unordered_map>

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

/// How often each magnitude other than 0 occurs among some numbers.
class Magnitudes {
public:
  /// So many floats are as near to each other as kClusterTolerance says, and
  /// a few: with more magnitudes there are too many clusters.
  static constexpr size_t kMost = size_t(kLargestCode + 1) * 80;

  /// False if there are more magnitudes than kMost.
  bool insert(float value) {
    uint32_t bits = llvm::bit_cast<uint32_t>(value) & 0x7fffffff;
    if (bits == 0)
      return true;
    // Neighbours are often the same.
    if (bits != lastBits) {
      lastBits = bits;
      last = &counts[bits];
    }
    ++*last;
    return counts.size() <= kMost;
  }
  bool isEmpty() const { return counts.empty(); }
  /// The clusters by size of the magnitude; none if there are more than codes.
  std::optional<std::vector<Cluster>> findClusters() const;

private:
  std::unordered_map<uint32_t, int64_t> counts;
  uint32_t lastBits = 0;
  int64_t *last = nullptr;
};

std::optional<std::vector<Cluster>> Magnitudes::findClusters() const {
  // Bits of positive floats are in their order.
  std::vector<std::pair<uint32_t, int64_t>> sorted(counts.begin(),
                                                   counts.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<Cluster> clusters;
  double limit = 0;
  int64_t mostFrequent = 0;
  for (auto [bits, count] : sorted) {
    float magnitude = llvm::bit_cast<float>(bits);
    if (clusters.empty() || magnitude > limit) {
      if (clusters.size() == size_t(kLargestCode))
        return std::nullopt;
      clusters.push_back({magnitude, 0});
      limit = double(magnitude) * (1 + kClusterTolerance);
      mostFrequent = 0;
    }
    clusters.back().count += count;
    if (count > mostFrequent) {
      clusters.back().magnitude = magnitude;
      mostFrequent = count;
    }
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
std::optional<float> findStep(const Magnitudes &magnitudes) {
  std::optional<std::vector<Cluster>> clusters = magnitudes.findClusters();
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

/// The numbers of a constant as a matrix, wherever they lie in memory.
struct FloatMatrix {
  FloatMatrix(const onnx::ConstantData &weights, int64_t rows)
      : bytes(weights.getBytes().data()), rows(rows),
        columns(weights.size() / rows) {}

  float at(int64_t row, int64_t column) const {
    float value;
    std::memcpy(&value, bytes + (row * columns + column) * sizeof(float),
                sizeof(float));
    return value;
  }

  const char *bytes;
  int64_t rows, columns;
};

/// Weights of each output, and what they are multiples of.
class LevelFinder {
public:
  LevelFinder(const FloatMatrix &weights, bool outputsAreRows)
      : weights(weights), outputsAreRows(outputsAreRows) {}

  /// With one step for each output, or one for all.
  std::optional<WeightLevels> find(bool perOutput) const;

private:
  /// Columns that are looked at together where each is an output: a line of a
  /// cache or some.
  static constexpr int64_t kPanel = 64;

  /// One scale per group, a group being an output or everything; empty if one
  /// of them has none.
  std::vector<float> findScales(bool perOutput) const;
  /// The scales of `count` groups from `first` on, appended.
  bool appendScales(std::vector<float> &scales, int64_t first,
                    int64_t count) const;

  const FloatMatrix &weights;
  bool outputsAreRows;
};

/// The scale of `magnitudes`: of zeros any is, and it is marked by a NaN.
std::optional<float> findScale(const Magnitudes &magnitudes) {
  return magnitudes.isEmpty() ? std::nanf("") : findStep(magnitudes);
}

std::vector<float> LevelFinder::findScales(bool perOutput) const {
  std::vector<float> scales;
  bool isFine = true;
  if (!perOutput) {
    Magnitudes all;
    for (int64_t row = 0; row < weights.rows; ++row)
      for (int64_t column = 0; column < weights.columns; ++column)
        if (!all.insert(weights.at(row, column)))
          return {};
    std::optional<float> scale = findScale(all);
    isFine = scale.has_value();
    scales.push_back(scale.value_or(0));
  } else {
    int64_t outputs = outputsAreRows ? weights.rows : weights.columns;
    int64_t step = outputsAreRows ? 1 : kPanel;
    for (int64_t first = 0; first < outputs && isFine; first += step)
      isFine = appendScales(scales, first, std::min(step, outputs - first));
  }
  auto isZero = [](float scale) { return std::isnan(scale); };
  if (!isFine || llvm::all_of(scales, isZero))
    return {};
  std::replace_if(scales.begin(), scales.end(), isZero, 1.0f);
  return scales;
}

bool LevelFinder::appendScales(std::vector<float> &scales, int64_t first,
                               int64_t count) const {
  std::vector<Magnitudes> groups(count);
  if (outputsAreRows) {
    for (int64_t column = 0; column < weights.columns; ++column)
      if (!groups[0].insert(weights.at(first, column)))
        return false;
  } else {
    for (int64_t row = 0; row < weights.rows; ++row)
      for (int64_t i = 0; i < count; ++i)
        if (!groups[i].insert(weights.at(row, first + i)))
          return false;
  }
  for (const Magnitudes &group : groups) {
    std::optional<float> scale = findScale(group);
    if (!scale)
      return false;
    scales.push_back(*scale);
  }
  return true;
}

std::optional<WeightLevels> LevelFinder::find(bool perOutput) const {
  WeightLevels levels{{}, findScales(perOutput), /*inexact=*/0};
  if (levels.scales.empty())
    return std::nullopt;
  // Rounds to even what is smaller than 2^22, and leaves the rest large.
  constexpr float kRounder = 12582912.0f; // 1.5 * 2^23
  levels.codes.resize(weights.rows * weights.columns);
  char *code = levels.codes.data();
  for (int64_t row = 0; row < weights.rows; ++row)
    for (int64_t column = 0; column < weights.columns; ++column) {
      int64_t output = outputsAreRows ? row : column;
      float scale = levels.scales[perOutput ? output : 0];
      float value = weights.at(row, column);
      float level = (value / scale + kRounder) - kRounder;
      if (!(level >= -kLargestCode && level < kLargestCode))
        return std::nullopt;
      *code++ = char(level);
      levels.inexact += value != level * scale;
    }
  return levels;
}

/// Are all numbers finite? Exponents are found by their bits.
bool isFinite(const FloatMatrix &weights) {
  for (int64_t row = 0; row < weights.rows; ++row)
    for (int64_t column = 0; column < weights.columns; ++column)
      if (!std::isfinite(weights.at(row, column)))
        return false;
  return true;
}

/// Ordinary weights show it in the first few of one output already.
bool hasManyLevels(const FloatMatrix &weights, bool outputsAreRows) {
  constexpr int64_t sampleSize = 4 * int64_t(kLargestCode);
  int64_t count =
      std::min(outputsAreRows ? weights.columns : weights.rows, sampleSize);
  Magnitudes magnitudes;
  for (int64_t i = 0; i < count; ++i)
    magnitudes.insert(outputsAreRows ? weights.at(0, i) : weights.at(i, 0));
  return !magnitudes.findClusters();
}

} // namespace

Type WeightLevels::getCodeType(MLIRContext *context) const {
  auto bytes = IntegerType::get(context, 8, IntegerType::Signed);
  lowbit::CodeSet set = lowbit::CodeArray(codes, bytes).getSet();
  if (set.min >= -1 && set.max <= 1)
    return lowbit::getNarrowestCode(context, set);
  unsigned bits = 2;
  while (set.min < -(1 << (bits - 1)) || set.max >= 1 << (bits - 1))
    ++bits;
  return IntegerType::get(context, bits, IntegerType::Signed);
}

std::optional<WeightLevels> findWeightLevels(const onnx::ConstantData &weights,
                                             unsigned outputAxis) {
  RankedTensorType type = weights.getType();
  if (type.getRank() < 2 || (type.getRank() > 2 && outputAxis != 0) ||
      !type.getElementType().isF32() || type.getNumElements() < kFewest)
    return std::nullopt;
  bool outputsAreRows = outputAxis == 0;
  FloatMatrix matrix(weights, type.getDimSize(0));
  if (hasManyLevels(matrix, outputsAreRows) || !isFinite(matrix))
    return std::nullopt;
  LevelFinder finder(matrix, outputsAreRows);
  std::optional<WeightLevels> whole = finder.find(/*perOutput=*/false), each;
  // Nothing is narrower than one magnitude for all.
  if (whole && isa<lowbit::BipolarType, lowbit::TernaryType>(
                   whole->getCodeType(type.getContext())))
    return whole;
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
