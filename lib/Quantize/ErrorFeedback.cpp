// Feedback of rounding errors. What the errors e of a row cost is e^T H e, H
// the second moments of the inputs. When e_0 ... e_j are fixed, the free
// weights that cost least follow from H alone: with H = R R^T, R upper
// triangular, and U = R^-1, they move by -e_j / U_jj * U_jk for k > j.
#include "ErrorFeedback.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace llvm;

namespace setun::quantize {

namespace {
/// A square matrix, row by row.
struct Square {
  explicit Square(int64_t size) : size(size), values(size * size, 0.0) {}
  double &at(int64_t row, int64_t column) {
    return values[row * size + column];
  }
  double at(int64_t row, int64_t column) const {
    return values[row * size + column];
  }
  int64_t size;
  std::vector<double> values;
};
} // namespace

/// H with a hundredth of its mean diagonal on the diagonal: inputs that hardly
/// vary, or always together, would let weights grow without bounds.
static Square dampen(ArrayRef<double> moments, int64_t size) {
  Square damped(size);
  llvm::copy(moments, damped.values.begin());
  double mean = 0;
  for (int64_t i = 0; i < size; ++i)
    mean += damped.at(i, i) / static_cast<double>(size);
  for (int64_t i = 0; i < size; ++i)
    damped.at(i, i) += mean > 0 ? mean / 100 : 1;
  return damped;
}

/// R with H = R R^T, upper triangular, from the last column to the first. False
/// if H is not positive definite.
static bool factorize(Square &matrix) {
  for (int64_t j = matrix.size - 1; j >= 0; --j) {
    // Row j of R from the diagonal on is final here: R_jj^2 = what is left.
    double diagonal = matrix.at(j, j);
    if (!(diagonal > 0) || !std::isfinite(diagonal))
      return false;
    double root = std::sqrt(diagonal);
    matrix.at(j, j) = root;
    std::vector<double> column(j);
    for (int64_t i = 0; i < j; ++i)
      column[i] = matrix.at(i, j) /= root;
    for (int64_t i = 0; i < j; ++i)
      for (int64_t k = i; column[i] != 0 && k < j; ++k)
        matrix.at(i, k) -= column[i] * column[k];
  }
  return true;
}

/// U = R^-1, upper triangular as well: row i of U is (e_i - sum over k > i of
/// R_ik * row k of U) / R_ii.
static Square invert(const Square &upper) {
  Square inverse(upper.size);
  for (int64_t i = upper.size - 1; i >= 0; --i) {
    double *row = &inverse.at(i, 0);
    row[i] = 1;
    for (int64_t k = i + 1; k < upper.size; ++k) {
      double factor = upper.at(i, k);
      const double *other = &inverse.values[k * upper.size];
      for (int64_t c = k; factor != 0 && c < upper.size; ++c)
        row[c] -= factor * other[c];
    }
    for (int64_t c = i; c < upper.size; ++c)
      row[c] /= upper.at(i, i);
  }
  return inverse;
}

namespace {
/// One row of weights.
struct RowQuantizer {
  ArrayRef<float> weights;
  const Square &moments;
  WeightScheme scheme;
  int64_t group;

  /// e^T H e
  double getCost(ArrayRef<int8_t> codes, ArrayRef<float> scales) const;
  /// The best scale for fixed codes, one for the whole row: c^T H w / c^T H c.
  double getBestScale(ArrayRef<int8_t> codes) const;
  /// Rounds column by column with feedback.
  std::vector<int8_t> round(ArrayRef<float> scales,
                            const Square &inverse) const;
};
} // namespace

double RowQuantizer::getCost(ArrayRef<int8_t> codes,
                             ArrayRef<float> scales) const {
  int64_t size = moments.size;
  std::vector<double> errors(size);
  for (int64_t i = 0; i < size; ++i)
    errors[i] = weights[i] - static_cast<double>(scales[i / group]) * codes[i];
  double cost = 0;
  for (int64_t i = 0; i < size; ++i) {
    double sum = 0;
    for (int64_t k = 0; k < size; ++k)
      sum += moments.at(i, k) * errors[k];
    cost += errors[i] * sum;
  }
  return cost;
}

double RowQuantizer::getBestScale(ArrayRef<int8_t> codes) const {
  int64_t size = moments.size;
  double mixed = 0, pure = 0;
  for (int64_t i = 0; i < size; ++i) {
    if (codes[i] == 0)
      continue;
    double byWeights = 0, byCodes = 0;
    for (int64_t k = 0; k < size; ++k) {
      byWeights += moments.at(i, k) * weights[k];
      byCodes += moments.at(i, k) * codes[k];
    }
    mixed += codes[i] * byWeights;
    pure += codes[i] * byCodes;
  }
  return pure > 0 ? mixed / pure : 0;
}

std::vector<int8_t> RowQuantizer::round(ArrayRef<float> scales,
                                        const Square &inverse) const {
  int64_t size = moments.size;
  std::vector<double> rest(weights.begin(), weights.end());
  std::vector<int8_t> codes(size);
  for (int64_t j = 0; j < size; ++j) {
    float scale = scales[j / group];
    codes[j] = getCode(static_cast<float>(rest[j]), scale, scheme);
    double error =
        (rest[j] - static_cast<double>(scale) * codes[j]) / inverse.at(j, j);
    for (int64_t k = j + 1; k < size; ++k)
      rest[k] -= error * inverse.at(j, k);
  }
  return codes;
}

void feedBackErrors(QuantizedMatrix &matrix, ArrayRef<float> weights,
                    int64_t columns, const WeightOptions &options,
                    ArrayRef<double> moments) {
  Square damped = dampen(moments, columns), factor = damped;
  if (!factorize(factor))
    return;
  Square inverse = invert(factor);
  int64_t perRow = (columns + matrix.group - 1) / matrix.group;
  bool ownScale = perRow == 1 && options.method == ScaleMethod::Fit;
  for (int64_t row = 0; row * columns < static_cast<int64_t>(weights.size());
       ++row) {
    RowQuantizer quantizer{weights.slice(row * columns, columns), damped,
                           options.scheme, matrix.group};
    MutableArrayRef<int8_t> codes =
        MutableArrayRef(matrix.codes).slice(row * columns, columns);
    MutableArrayRef<float> scales =
        MutableArrayRef(matrix.scales).slice(row * perRow, perRow);
    double cost = quantizer.getCost(codes, scales);
    std::vector<float> newScales(scales.begin(), scales.end());
    // The scale follows the codes, and they follow the scale, a few times.
    for (int round = 0; round < (ownScale ? 3 : 1); ++round) {
      std::vector<int8_t> newCodes = quantizer.round(newScales, inverse);
      if (ownScale)
        if (auto scale = static_cast<float>(quantizer.getBestScale(newCodes));
            std::isnormal(scale) && scale > 0)
          newScales[0] = scale;
      double newCost = quantizer.getCost(newCodes, newScales);
      if (newCost >= cost)
        continue;
      cost = newCost;
      llvm::copy(newCodes, codes.begin());
      llvm::copy(newScales, scales.begin());
    }
  }
}

} // namespace setun::quantize
