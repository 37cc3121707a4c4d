//===- Quantization.h - Codes, scales and zero points -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the quantised operators share: the integers of a code type, how scales
// and zero points lie along a tensor, rounding to codes.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H

#include "ScalarBuilder.h"
#include "TensorBuilders.h"

namespace setun::onnx {

/// Is `type` one of ONNX's integers of 2 to 16 bits, signed or unsigned?
bool isCodeType(mlir::Type type);

/// A stored code of ONNX type `type` (a code type or i32) as an i32.
mlir::Value makeWideCode(ScalarBuilder &s, mlir::Value code, mlir::Type type);

/// The stored code of ONNX type `type` for a float that is whole already:
/// min(max(whole + zeroPoint, lowest), highest), the sum exact; a NaN gives the
/// lowest. `zeroPoint` is a stored code of the same type, or null.
mlir::Value makeSaturatedCode(ScalarBuilder &s, mlir::Value whole,
                              mlir::Value zeroPoint, mlir::Type type);

/// An f32 tensor of rank 0.
mlir::Value makeFloatConstant(NodeLowering &node, float value);

/// The f32 `x` rounded to the ONNX float type `format`, which it stays in.
mlir::Value roundTo(ScalarBuilder &s, mlir::Value x, mlir::Type format);

/// Input `index`, a scale or zero point: a scalar if it has one element or is a
/// constant of equal elements, else the tensor as it is.
mlir::Value makeParameter(NodeLowering &node, unsigned index);

/// The scale in input `index`, one f32 for all. Emits an error if it is
/// something else.
llvm::FailureOr<mlir::Value> makeScalarScale(NodeLowering &node,
                                             unsigned index);

/// The zero point in input `index`, one code of ONNX type `code` for all, or 0
/// if it is omitted. Emits an error if it is something else.
llvm::FailureOr<mlir::Value>
makeScalarZeroPoint(NodeLowering &node, unsigned index, mlir::Type code);

/// scale * (code - zeroPoint) in f32, of stored codes of ONNX type `type`.
mlir::Value makeReal(ScalarBuilder &s, mlir::Value code, mlir::Value scale,
                     mlir::Value zeroPoint, mlir::Type type);

/// Emits an error unless input `index` holds codes of 8 bits.
llvm::LogicalResult requireBytes(NodeLowering &node, unsigned index);

/// As `makeParameter`, with a rank-1 tensor along dimension `dim` of `rank`: a
/// tensor that broadcasts. Emits an error if it is neither a scalar nor of
/// `size` elements.
llvm::FailureOr<mlir::Value> makeParameterAlong(NodeLowering &node,
                                                unsigned index, int64_t size,
                                                int64_t dim, int64_t rank);

/// first * second / third, each operation rounded to `format`, a float type;
/// the operands are parameters, the last two may be null for 1.
llvm::FailureOr<mlir::Value>
makeMultiplier(NodeLowering &node, mlir::Value first, mlir::Value second,
               mlir::Value third, mlir::Type format);

/// A tensor of floats as uint8, each as a tensor: the codes, and one scale and
/// zero point.
struct DynamicCodes {
  mlir::Value codes, scale, zeroPoint;
};

/// Quantises f32 input 0 over its range, 0 included:
///
///   scale = (max - min) / 255, or 1 / 255 if all elements are 0
///   zero point = rne(clamp(0 - min / scale, 0, 255))
///   codes = saturate(rne(x / scale) + zero point)
llvm::FailureOr<DynamicCodes> makeDynamicCodes(NodeLowering &node);

/// `codes` of ONNX type `type` as i32, less the zero point if that is not null:
/// a parameter of the same type that broadcasts to them.
llvm::FailureOr<mlir::Value> makeShiftedCodes(NodeLowering &node,
                                              mlir::Value codes,
                                              mlir::Type type,
                                              mlir::Value zeroPoint);

/// saturate(rne(sum * multiplier + zeroPoint)) as codes of ONNX type `code`: an
/// i32 tensor and parameters that broadcast to it. Computed in f64, in which
/// the product is exact.
llvm::FailureOr<mlir::Value>
makeRequantized(NodeLowering &node, mlir::Value sum, mlir::Value multiplier,
                mlir::Value zeroPoint, mlir::Type code);

/// How the scale and the zero point of a node lie along its data: one for all,
/// one per index of an axis, or one per block of an axis.
class Granularity {
public:
  /// Reads attributes `axis` and `block_size`; `scale` is the number of the
  /// input that holds the scales. Emits an error if they do not fit.
  static llvm::FailureOr<Granularity> get(NodeLowering &node, unsigned data,
                                          unsigned scale);

  /// The shape in which data and parameters broadcast: that of the data, with
  /// an axis of whole blocks split into [blocks, elements].
  llvm::ArrayRef<int64_t> getShape() const { return shape; }

  /// Input `index`, a scale or zero point, broadcastable to `getShape()`. Emits
  /// an error if its shape is not that of the scale.
  llvm::FailureOr<mlir::Value> align(NodeLowering &node, unsigned index) const;

private:
  llvm::SmallVector<int64_t> shape;
  /// Shape of a parameter as given, and the one it takes to broadcast.
  llvm::SmallVector<int64_t> given, aligned;
  /// Blocks whose last one is short: the parameter is repeated along `axis`.
  bool repeated = false;
  int64_t axis = 0, blockSize = 0;
};

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_QUANTIZATION_H
