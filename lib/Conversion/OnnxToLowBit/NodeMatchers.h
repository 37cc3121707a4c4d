// Small matchers over `onnx.node`: recognition walks from values to the nodes
// that make them, so that commuted operands, Min/Max for Clip and constants in
// any place look alike to the patterns.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_NODEMATCHERS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_NODEMATCHERS_H

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/PatternMatch.h"
#include <optional>

namespace setun {

/// The default-domain node of type `opType` that defines `value`, or null.
onnx::NodeOp getNode(mlir::Value value, llvm::StringRef opType);

/// True if `node` is the default-domain operator `opType`.
bool isNode(onnx::NodeOp node, llvm::StringRef opType);

/// The type of a value if its shape is static; null for no value.
mlir::RankedTensorType getStaticType(mlir::Value value);

/// The same, and it has elements.
mlir::RankedTensorType getNonEmptyType(mlir::Value value);

/// The value of a constant with one element, as f64.
std::optional<double> getScalar(mlir::Value value);

/// True if every element of the constant `value` equals `number`.
bool isConstantOf(mlir::Value value, double number);

/// A constant of any numeric type as an f32 constant of the same shape; null if
/// `value` is no constant.
mlir::Value getFloatConstant(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value value);

/// An f32 constant of `shape` (rank 0 by default) with one value everywhere.
mlir::Value createFloat(mlir::OpBuilder &builder, mlir::Location loc,
                        float value, llvm::ArrayRef<int64_t> shape = {});

/// An elementwise default-domain node with an f32 result of `type`.
mlir::Value createNode(mlir::OpBuilder &builder, mlir::Location loc,
                       llvm::StringRef opType, mlir::ValueRange inputs,
                       mlir::RankedTensorType type, int64_t sinceVersion);

/// A Reshape node to the shape of `type`.
mlir::Value createReshape(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value value, mlir::RankedTensorType type);

/// `value` bounded on both sides: Clip (attributes or inputs) or Min and Max,
/// in any nesting.
struct BoundedValue {
  mlir::Value input;
  double min;
  double max;
};
std::optional<BoundedValue> matchClip(mlir::Value value);

/// The code type whose values are exactly min .. max, and whether it is narrow.
std::optional<std::pair<mlir::Type, bool>>
getCodeOfRange(mlir::MLIRContext *context, double min, double max);

/// A value bounded from below only, by Clip or Max.
struct FlooredValue {
  mlir::Value input;
  double min;
};
std::optional<FlooredValue> matchFloor(mlir::Value value);

/// Scale and zero point in inputs `index` and `index` + 1.
struct CodeScheme {
  float scale;
  int64_t zeroPoint;
};

/// Of one constant positive scale and one constant zero point, 0 if omitted.
std::optional<CodeScheme> readScheme(onnx::NodeOp node, unsigned index);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_NODEMATCHERS_H
