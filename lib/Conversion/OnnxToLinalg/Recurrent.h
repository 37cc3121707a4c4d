//===- Recurrent.h - What RNN, GRU and LSTM share ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The activations of a recurrent cell, and the step of each kind of cell on
// [batch, hidden] tensors. The loop over time is in Recurrent.cpp.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_RECURRENT_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_RECURRENT_H

#include "ScalarBuilder.h"
#include "TensorBuilders.h"

namespace setun::onnx {

/// One activation with its two factors, and what its operand is clipped to.
struct Activation {
  mlir::Value (*formula)(ScalarBuilder &s, mlir::Value x, float alpha,
                         float beta);
  float alpha, beta;
  /// Attribute `clip`; the operand is kept within -clip..clip.
  std::optional<float> clip;

  mlir::Value apply(ScalarBuilder &s, mlir::Value x) const;
};

/// The activations of all directions: attribute `activations`, or `defaults`
/// for each. Emits an error about what is wrong with them.
llvm::FailureOr<llvm::SmallVector<Activation>>
readActivations(NodeLowering &node, llvm::ArrayRef<llvm::StringRef> defaults,
                int64_t directions);

/// A cell of one direction: everything that does not change from step to step.
struct Cell {
  /// Weights as right sides of products: [inputs, gates * hidden] and
  /// [hidden, gates * hidden].
  mlir::Value weights, recurrence;
  /// GRU without `linear_before_reset`: the part of `recurrence` for the hidden
  /// gate, [hidden, hidden]; `recurrence` has the other two then.
  mlir::Value hiddenRecurrence;
  /// [gates * hidden]: both biases added; null without biases. A GRU has those
  /// of the hidden gate apart if `hiddenBias` is given.
  mlir::Value bias;
  /// GRU with `linear_before_reset`: the recurrent bias of the hidden gate.
  mlir::Value hiddenBias;
  /// LSTM: weights [hidden] of the peepholes for input, output and forget gate.
  mlir::Value peepholes[3];
  llvm::ArrayRef<Activation> activations;
  bool couplesForget = false;
  bool isLinearBeforeReset = false;
};

/// The state of a cell: [batch, hidden] each; `cell` only in an LSTM.
struct CellState {
  mlir::Value hidden, cell;
};

/// The state after one step with input x, [batch, inputs]. Emits an error if
/// shapes do not fit.
llvm::FailureOr<CellState> makeRnnStep(NodeLowering &node, const Cell &cell,
                                       mlir::Value x, const CellState &state);
llvm::FailureOr<CellState> makeGruStep(NodeLowering &node, const Cell &cell,
                                       mlir::Value x, const CellState &state);
llvm::FailureOr<CellState> makeLstmStep(NodeLowering &node, const Cell &cell,
                                        mlir::Value x, const CellState &state);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_RECURRENT_H
