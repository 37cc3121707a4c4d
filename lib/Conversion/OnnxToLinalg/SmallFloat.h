//===- SmallFloat.h - Tensors of floats below 32 bits -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor of f16, bf16, f8... is stored as its bits and computed with in f32:
// an operator decodes its inputs and encodes its outputs. What lies between
// two operators is therefore rounded as the model says.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_SMALLFLOAT_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_SMALLFLOAT_H

#include "NodeLowering.h"

#include "dialects/LowBit/LowBit.h"

namespace setun::onnx {

/// The numbers that the bits in `stored` are in `format`, as f32. A constant is
/// decoded here and now.
mlir::Value makeDecoded(NodeLowering &node, mlir::Value stored,
                        mlir::FloatType format);

/// What a number too large for the type becomes unless a node says otherwise:
/// infinity in f16 and bf16, the largest number in the others.
bool saturatesByDefault(mlir::Type format);

/// One number (f32 or f64) as bits of `format`, see `lowbit.encode_float`.
mlir::Value makeEncodedScalar(
    mlir::OpBuilder &builder, mlir::Location loc, mlir::Value number,
    mlir::FloatType format, bool saturate,
    lowbit::RoundingMode rounding = lowbit::RoundingMode::HalfEven);

/// A tensor of f32 or f64 as bits of `format`.
mlir::Value makeEncoded(NodeLowering &node, mlir::Value numbers,
                        mlir::FloatType format);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_SMALLFLOAT_H
