// What the handlers of QONNX operators share: readers of inputs and attributes
// that report at the node what is missing.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_QONNXHANDLERS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_QONNXHANDLERS_H

#include "NodeMatchers.h"
#include "Patterns.h"

namespace setun {

/// Constant input `index` as f32; null after an error that calls it `name`.
mlir::Value requireConstant(onnx::NodeOp node, unsigned index,
                            llvm::StringRef name, mlir::OpBuilder &builder);

/// The static float32 type of input 0; null after an error.
mlir::RankedTensorType requireFloatInput(onnx::NodeOp node);

/// Reads constant input `index` as above; an error if it does not broadcast
/// into a tensor of type `to`. One element acts as a scalar whatever its rank.
mlir::Value requireBroadcast(onnx::NodeOp node, unsigned index,
                             llvm::StringRef name, mlir::OpBuilder &builder,
                             mlir::RankedTensorType to);

/// Attribute rounding_mode; nothing after an error.
std::optional<lowbit::RoundingMode>
requireRounding(onnx::NodeOp node, llvm::StringRef defaultMode);

/// The smallest and the largest integer of `bits` bits, in QONNX's terms.
std::pair<double, double> getIntegerRange(double bits, bool isSigned,
                                          bool narrow);

/// The code type of a quantiser of 1..16 bits with that range, and whether it
/// is narrow; null for a range of a single integer. Ternary are only the
/// `symmetric` ones, without zero point.
std::pair<mlir::Type, bool> getQuantizerCode(mlir::MLIRContext *context,
                                             unsigned bits, bool isSigned,
                                             bool narrow, bool symmetric);

/// Does every element equal the first one? Then that number.
std::optional<double> getUniformValue(mlir::Value constant);

/// Handlers; each replaces its node or reports an error.
mlir::LogicalResult convertQuant(onnx::NodeOp node,
                                 mlir::PatternRewriter &rewriter);
mlir::LogicalResult convertBipolarQuant(onnx::NodeOp node,
                                        mlir::PatternRewriter &rewriter);
mlir::LogicalResult convertMultiThreshold(onnx::NodeOp node,
                                          mlir::PatternRewriter &rewriter);
mlir::LogicalResult convertTrunc(onnx::NodeOp node,
                                 mlir::PatternRewriter &rewriter);
mlir::LogicalResult convertFloatQuant(onnx::NodeOp node,
                                      mlir::PatternRewriter &rewriter);

/// Quant by its formula in float, for integers that are no codes: more than 16
/// bits, or a bit width for each channel.
mlir::LogicalResult expandQuant(onnx::NodeOp node,
                                mlir::PatternRewriter &rewriter,
                                mlir::Value scale, mlir::Value zeroPoint,
                                mlir::Value width,
                                lowbit::RoundingMode rounding);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_QONNXHANDLERS_H
