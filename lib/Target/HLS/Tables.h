//===- Tables.h - Constants as tables in C++ --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights, thresholds and scales, in the order in which a stage reads them and
// as narrow as their values are.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_TABLES_H
#define SETUN_LIB_TARGET_HLS_TABLES_H

#include "Project.h"

#include "mlir/IR/Value.h"

#include <functional>

namespace setun::hls {

/// Bits of the smallest signed integer that holds all of lo..hi.
unsigned getSignedBits(int64_t lo, int64_t hi);

/// A constant of numbers: integers (codes, too) or floats.
struct Numbers {
  bool isFloat = false;
  llvm::SmallVector<int64_t> shape;
  std::vector<int64_t> integers;
  std::vector<float> floats;

  size_t size() const { return isFloat ? floats.size() : integers.size(); }
};

/// The numbers of a constant tensor, of dequantised constant codes, too;
/// nothing if the value is not one.
std::optional<Numbers> getNumbers(mlir::Value value);
/// Is it such a constant?
bool isConstant(mlir::Value value);

/// A literal of type float or of an integer; integers beyond 32 bits end in LL.
std::string printNumber(const Numbers &numbers, size_t index);

/// Bits of the smallest signed integer that holds all of these.
unsigned getBits(const Numbers &numbers);

/// Adds `static const TYPE NAME[..] = {..}` to the tables.
void addTable(Design &design, llvm::StringRef comment, llvm::StringRef name,
              const Numbers &numbers, llvm::ArrayRef<int64_t> shape);

/// Of a matrix of weights.
struct WeightFacts {
  /// `setun_hls::ternary_weight`
  std::string code;
  /// Bits of one weight.
  unsigned bits = 0;
  /// Signed powers of two that all weights are sums of: what is left of a
  /// multiplication by a constant.
  int64_t digits = 0;
};

WeightFacts describeWeights(
    int64_t outputs, int64_t inputs,
    llvm::function_ref<int64_t(int64_t output, int64_t input)> weight);

/// A matrix of weights, packed for matrix_vector().
struct PackedWeights {
  /// `setun_hls::ternary_weight`
  std::string code;
  /// `uint16_t`
  std::string word;
  int64_t words = 0;
};

/// Adds the weights [outputs][inputs] as words [PE][outputs / PE * inputs /
/// SIMD][words]; `weight` gives one of them.
PackedWeights
addWeights(Design &design, llvm::StringRef comment, llvm::StringRef name,
           int64_t outputs, int64_t inputs, int64_t pe, int64_t simd,
           llvm::function_ref<int64_t(int64_t output, int64_t input)> weight);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_TABLES_H
