//===- Bits.cpp - Operators on the bits of integers -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Formulas.h"

using namespace mlir;
using namespace setun::onnx;

template <typename Op>
static Value bitwise(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return Op::create(s.builder, s.loc, x[0], x[1]).getResult();
}

static Value bitwiseNot(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return arith::XOrIOp::create(s.builder, s.loc, x[0], s.numberLike(x[0], -1));
}

/// x * 2^y or x / 2^y of unsigned integers; 0 once all bits are shifted out.
static Value bitShift(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value zero = s.numberLike(x[0], 0);
  Value width = s.numberLike(x[0], x[0].getType().getIntOrFloatBitWidth());
  Value isShort = s.less(x[1], width);
  Value count = s.select(isShort, x[1], zero);
  Value shifted;
  if (node.node.getString("direction", "") == "LEFT")
    shifted = arith::ShLIOp::create(s.builder, s.loc, x[0], count);
  else
    shifted = arith::ShRUIOp::create(s.builder, s.loc, x[0], count);
  return s.select(isShort, shifted, zero);
}

static LogicalResult lowerBitShift(NodeLowering &node) {
  StringRef direction = node.node.getString("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return node.error("'direction' is '" + direction +
                      "'; accepted are 'LEFT' and 'RIGHT'");
  if (!node.isUnsigned(0))
    return node.error("input 0 has element type ")
           << node.onnxInputElementType(0) << ", expected an unsigned integer";
  return lowerFormula(node, bitShift, 2, Domain::Integer, /*fold=*/false);
}

void setun::onnx::registerBits(HandlerTable &table) {
  addFormula<bitwise<arith::AndIOp>, 2, Domain::Integer>(table, "BitwiseAnd");
  addFormula<bitwise<arith::OrIOp>, 2, Domain::Integer>(table, "BitwiseOr");
  addFormula<bitwise<arith::XOrIOp>, 2, Domain::Integer>(table, "BitwiseXor");
  addFormula<bitwiseNot, 1, Domain::Integer>(table, "BitwiseNot");
  table["BitShift"] = {lowerBitShift, 2};
}
