//===- Formulas.h - Operators that are a formula on scalars -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An operator with numpy broadcasting whose output element is a formula of one
// element of each input is a row of a table: its name, the number of inputs,
// and that formula.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_FORMULAS_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_FORMULAS_H

#include "NodeLowering.h"
#include "ScalarBuilder.h"

namespace setun::onnx {

/// A formula: the node gives attributes, the scalars are of the input types.
using Formula = mlir::Value (*)(ScalarBuilder &, NodeLowering &,
                                mlir::ValueRange);

/// Which element types a formula takes.
enum class Domain { Any, Float, Integer, Bool };

/// What the template below is made of. With `fold`, any number of inputs is
/// taken two by two from the left.
llvm::LogicalResult lowerFormula(NodeLowering &node, Formula formula,
                                 unsigned numInputs, Domain domain, bool fold);

template <Formula formula, unsigned numInputs, Domain domain, bool fold>
llvm::LogicalResult lowerElementwise(NodeLowering &node) {
  return lowerFormula(node, formula, numInputs, domain, fold);
}

/// Adds an operator to the table.
template <Formula formula, unsigned numInputs, Domain domain = Domain::Any,
          bool fold = false>
void addFormula(HandlerTable &table, llvm::StringRef name) {
  table[name] = lowerElementwise<formula, numInputs, domain, fold>;
}

/// An operation on one float.
template <typename Op>
mlir::Value unaryFormula(ScalarBuilder &s, NodeLowering &, mlir::ValueRange x) {
  return s.unary<Op>(x[0]);
}

/// The float attribute `name` as a constant of the type of `like`.
mlir::Value makeAttribute(ScalarBuilder &s, NodeLowering &node,
                          mlir::Value like, llvm::StringRef name,
                          float defaultValue);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_FORMULAS_H
