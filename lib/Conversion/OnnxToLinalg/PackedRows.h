//===- PackedRows.h - Products with rows that are unpacked first -*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of few bits that share a scale in blocks, as onnxruntime packs them.
// One row of the matrix at a time becomes f32; the matrix itself never does.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_PACKEDROWS_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_PACKEDROWS_H

#include "NodeLowering.h"

namespace setun::onnx {

/// Attribute `block_size`: a power of two of at least 16, or an error.
llvm::FailureOr<int64_t> getBlockSize(NodeLowering &node, int64_t defaultSize);

/// Code number `position` of a byte, the lowest bits being number 0, as i32.
mlir::Value unpackCode(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value byte, mlir::Value position, int64_t bits);

/// A float of at most 32 bits or a signed integer as f32.
mlir::Value toF32(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x);

/// Row number `row` of a tensor: the first dimension is gone.
mlir::Value makeRow(NodeLowering &node, mlir::Value tensor, mlir::Value row);

/// A, input 0 of shape [.., terms], times a packed matrix of `outputs` rows.
struct PackedProduct {
  NodeLowering &node;
  int64_t outputs, terms;

  /// Emits an error if A or the output does not fit; the names are those of the
  /// attributes that give the sizes.
  llvm::LogicalResult check(llvm::StringRef outputsName,
                            llvm::StringRef termsName);

  /// Y[m, n] = sum_k A[m, k] * w[k] + bias[n] with w = makeWeights(n), an f32
  /// tensor of rank 1 with at least `terms` elements that is built anew for
  /// every n. Sums are in the order of lowbit.float_matmul. `bias` may be null.
  llvm::LogicalResult
  replace(llvm::function_ref<mlir::Value(mlir::Value output)> makeWeights,
          mlir::Value bias);
};

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_PACKEDROWS_H
