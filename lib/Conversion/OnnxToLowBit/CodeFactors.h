// One side of a product as codes, a zero point and a scale: what products and
// convolutions ask of their operands.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_CODEFACTORS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_CODEFACTORS_H

#include "NodeMatchers.h"

namespace setun {

/// real = (codes - zeroPoint) * scale.
struct CodeFactor {
  mlir::TypedValue<mlir::RankedTensorType> codes;
  mlir::Value scale;
  int64_t zeroPoint = 0;

  mlir::Type getCode() const { return codes.getType().getElementType(); }
  llvm::ArrayRef<int64_t> getShape() const {
    return codes.getType().getShape();
  }
};

/// The one number that all elements of a constant are.
std::optional<double> getUniform(mlir::Value value);

/// Dequantised codes of static shape with one constant zero point, or none.
std::optional<CodeFactor> matchCodes(mlir::Value value);

/// Is it one number for the whole tensor? Unlike a constant, a value that is
/// computed must have one element.
bool isSingle(mlir::Value scale);

/// A float constant of few levels as codes without zero point. Outputs
/// run along `outputAxis`, which is 0 unless the rank is 2; the codes have them
/// first. The scale is a scalar, or [outputs, 1..] with `trailing` ones.
std::optional<CodeFactor> matchLevels(mlir::OpBuilder &builder,
                                      mlir::Location loc, mlir::Value value,
                                      unsigned outputAxis, unsigned trailing);

/// Weights [outputs, ..] as codes without zero point, from dequantised codes or
/// levels, with a scale like that of matchLevels.
std::optional<CodeFactor> matchWeights(mlir::OpBuilder &builder,
                                       mlir::Location loc, mlir::Value value,
                                       unsigned trailing);

/// The last two dimensions of codes swapped.
mlir::TypedValue<mlir::RankedTensorType>
transposeCodes(mlir::OpBuilder &builder, mlir::Location loc,
               mlir::TypedValue<mlir::RankedTensorType> codes);

/// Replaces the first results of a node by `codes` with the scale and zero
/// point of `factor`; nobody uses the others.
void replaceByDequantized(mlir::PatternRewriter &rewriter, onnx::NodeOp node,
                          mlir::ValueRange codes, const CodeFactor &factor);

/// f32(a * b), broadcast by numpy's rules: a constant where both are one
/// number, else a Mul node.
mlir::Value multiplyScales(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value a, mlir::Value b);

/// The type of exact sums that reach `bound`: i32 or i64.
mlir::Type getAccumulator(mlir::OpBuilder &builder, int64_t bound);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_CODEFACTORS_H
