// Float weights as codes times scales. A matrix has one row for each output
// channel; its columns are what is multiplied with the inputs. Pure functions
// on arrays, without any graph.
#ifndef SETUN_QUANTIZE_WEIGHTQUANTIZER_H
#define SETUN_QUANTIZE_WEIGHTQUANTIZER_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace setun::quantize {

enum class WeightScheme { Int8, Int4, Int3, Int2, Ternary, Binary };

/// How scales are chosen.
enum class ScaleMethod {
  /// One for each row (or group), with the least squared error.
  Fit,
  /// One for all weights of the matrix, their mean magnitude, as BitNet trains:
  /// for ternary and binary.
  AbsMean
};

/// The codes of a scheme: -127..127 for int8, -2^(b-1)..2^(b-1)-1 below, -1..1
/// for ternary, and -1 or 1 for binary.
struct CodeRange {
  int lowest, highest;
};
CodeRange getCodeRange(WeightScheme scheme);

/// As on the command line: `int8`, ..., `ternary`, `binary`.
const char *getSchemeName(WeightScheme scheme);

/// round(weight / scale), ties to even, within the range; binary: the sign.
int8_t getCode(float weight, float scale, WeightScheme scheme);

/// The scale that makes sum(importance * (w - scale * code(w))^2) small: exact
/// for ternary and binary, the best of a grid below 8 bits, and that of the
/// largest weight for int8. `importance` is one number a weight, or empty for
/// equal ones. 1 where all weights are zero.
float fitScale(llvm::ArrayRef<float> weights, llvm::ArrayRef<double> importance,
               WeightScheme scheme);

struct QuantizedMatrix {
  std::vector<int8_t> codes;
  /// One for each row and group of columns, row by row.
  std::vector<float> scales;
  /// Columns that share a scale.
  int64_t group;

  float getScale(int64_t row, int64_t column, int64_t columns) const {
    int64_t perRow = (columns + group - 1) / group;
    return scales[row * perRow + column / group];
  }
  /// Codes times scales.
  std::vector<float> dequantize(int64_t columns) const;
};

/// Is this the diagonal of a matrix, not the whole one?
inline bool isDiagonal(llvm::ArrayRef<double> moments, int64_t columns) {
  return columns > 1 && static_cast<int64_t>(moments.size()) == columns;
}

struct WeightOptions {
  WeightScheme scheme = WeightScheme::Int8;
  ScaleMethod method = ScaleMethod::Fit;
  /// Columns that share a scale; 0 for all of a row.
  int64_t group = 0;
};

/// Quantises a matrix of `columns` columns. `moments`, the matrix of the means
/// of products of two inputs (columns x columns, or empty if it is unknown),
/// says what an error costs: error^T * moments * error for each row. With it
/// the error of a weight is made up for by the weights behind it, where that
/// lowers the costs. With only the diagonal (`columns` numbers) scales are
/// fitted by it.
QuantizedMatrix quantizeMatrix(llvm::ArrayRef<float> weights, int64_t columns,
                               const WeightOptions &options,
                               llvm::ArrayRef<double> moments = {});

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_WEIGHTQUANTIZER_H
