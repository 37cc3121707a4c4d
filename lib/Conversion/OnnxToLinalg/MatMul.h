//===- MatMul.h - numpy's product of tensors --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The product behind MatMul and its relatives on integers.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_MATMUL_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_MATMUL_H

#include "NodeLowering.h"

namespace setun::onnx {

/// lhs times rhs by the rules of numpy, two tensors of one element type, in
/// which the sums are taken; `shape` is that of the result. Emits an error if
/// the shapes do not fit.
llvm::FailureOr<mlir::Value> makeMatMul(NodeLowering &node, mlir::Value lhs,
                                        mlir::Value rhs,
                                        llvm::ArrayRef<int64_t> shape);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_MATMUL_H
