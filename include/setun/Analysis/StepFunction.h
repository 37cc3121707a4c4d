//===- StepFunction.h - A quantiser as a function of integers ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What lies between exact integers and the codes that a quantiser makes of
// them: scale, bias, BatchNormalization, activation, quantiser. One number
// goes in, or two, and one code comes out, the same way for all elements of a
// channel. The function is evaluated as the graph evaluates it, with every
// rounding.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_STEPFUNCTION_H
#define SETUN_ANALYSIS_STEPFUNCTION_H

#include "setun/Analysis/ValueBounds.h"

#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/Onnx.h"

#include <optional>
#include <string>
#include <vector>

namespace setun {

/// How a function answers to a growing argument.
enum class Direction { Constant, Rising, Falling, Unknown };

/// A dimension, told by its place in row-major order: reshapes that only insert
/// or drop dimensions of size 1 do not change it.
struct ChannelDimension {
  int64_t size = 1;
  /// Elements between two indices.
  int64_t stride = 1;
  bool operator!=(const ChannelDimension &other) const {
    return size != other.size || stride != other.stride;
  }

  /// The one along which a tensor of type `from` differs where it is broadcast
  /// to `to`; nothing if there are two.
  static std::optional<ChannelDimension>
  ofBroadcast(mlir::RankedTensorType from, mlir::RankedTensorType to);

  /// The dimension of `type` that it is, if there is one.
  std::optional<int64_t> findIn(mlir::RankedTensorType type) const;
};

/// Is one number many times, as folding leaves it?
bool isUniform(const onnx::ConstantData &data);

/// A register: a real number or, for integer types, an integer.
struct StepNumber {
  double real = 0;
  int64_t integer = 0;
};

/// One operation on registers. Operations on real numbers round their result to
/// `type`, f32 or f64; an integer that does not fit `type` makes the function
/// undefined.
struct StepOperation {
  enum class Kind {
    Input,    // input number `lhs`
    Constant, // constant `lhs`
    Cast,     // to `type`; a real number is cut off
    Saturate, // to `range`; a real number is cut off
    Add,
    Sub,
    Mul,
    Div, // of integers: cut off
    Min,
    Max,
    Abs,
    Round,     // to a whole number, by `rounding`
    LeakyRelu, // lhs < 0 ? lhs * rhs : lhs
    Sign,      // lhs >= 0 ? 1 : -1
    Count,     // the numbers of `table` that lhs reaches
  };
  Kind kind;
  mlir::Type type;
  unsigned lhs = 0, rhs = 0;
  lowbit::RoundingMode rounding = lowbit::RoundingMode::HalfEven;
  lowbit::CodeRange range = {0, 0};
  /// Count: one sorted row, or one for each channel, without NaN; and which
  /// rows count what is not reached.
  std::vector<std::vector<StepNumber>> table = {};
  std::vector<bool> falling = {};

  bool isFalling(int64_t channel) const {
    return !falling.empty() && falling[falling.size() == 1 ? 0 : channel];
  }
};

/// See above.
class StepFunction {
public:
  /// The function whose result is `codes`, the result of a quantiser,
  /// threshold or cast. Nothing if a value on the way is neither computed from
  /// integers nor constant along all dimensions but one; `why` then says which.
  /// `why` stays empty where there are no integers at all. If `composes`,
  /// quantisers on the way that have no other use are part of the function.
  static std::optional<StepFunction> trace(mlir::Value codes, bool composes,
                                           std::string &why);

  /// The function whose result is `scores`, real numbers.
  static std::optional<StepFunction> traceScores(mlir::Value scores);

  /// The tensors of integers that it is a function of.
  llvm::ArrayRef<mlir::Value> getInputs() const { return inputs; }
  /// Where the nodes lie that it stands for.
  llvm::ArrayRef<mlir::Location> getLocations() const { return locations; }
  /// Is there a quantiser on the way?
  bool isComposed() const { return composed; }
  /// The dimension along which constants differ; size 1 if all are the same.
  ChannelDimension getChannels() const { return channels; }

  /// What evaluating it costs.
  size_t getSize() const { return operations.size(); }

  /// The code for integers of `channel`; nothing if a number on the way is
  /// infinite, not a number, or too large for its integer type.
  std::optional<int64_t> evaluate(int64_t channel,
                                  llvm::ArrayRef<int64_t> values) const;

  /// The real number for integers of `channel`, of a function of scores.
  std::optional<double> evaluateScore(int64_t channel,
                                      llvm::ArrayRef<int64_t> values) const;

  /// How the code of `channel` answers to each input while the others stay,
  /// by composition of monotone operations: each rounds monotonically. Holds
  /// wherever `evaluate` is defined.
  llvm::SmallVector<Direction> getDirections(int64_t channel) const;

private:
  friend class StepTracer;

  using Number = StepNumber;
  /// All operations; the last register is the result.
  std::optional<Number> run(int64_t channel,
                            llvm::ArrayRef<int64_t> values) const;
  std::optional<Number> apply(const StepOperation &operation, int64_t channel,
                              llvm::ArrayRef<int64_t> values,
                              llvm::ArrayRef<Number> registers) const;
  Direction getDirection(unsigned index, int64_t channel,
                         llvm::ArrayRef<Direction> directions) const;
  /// The sign of a constant register; nothing for others.
  std::optional<int> getSign(unsigned index, int64_t channel) const;

  std::vector<StepOperation> operations;
  /// One number or one for each channel.
  std::vector<std::vector<Number>> constants;
  std::vector<mlir::Value> inputs;
  std::vector<mlir::Location> locations;
  ChannelDimension channels;
  bool composed = false;
};

} // namespace setun

#endif // SETUN_ANALYSIS_STEPFUNCTION_H
