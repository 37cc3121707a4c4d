// What each file of this conversion contributes: handlers for nodes that must
// convert, patterns for chains that are recognised where they stand.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_PATTERNS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_PATTERNS_H

#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/PatternMatch.h"

namespace setun {

/// Replaces one node; a failure has been reported at the node.
using NodeHandler = mlir::LogicalResult (*)(onnx::NodeOp,
                                            mlir::PatternRewriter &);

/// The handler of a `qonnx` operator, or null.
NodeHandler getQonnxHandler(llvm::StringRef opType);

/// The handler of an operator of QONNX on channels-last tensors, or null.
NodeHandler getChannelsLastHandler(llvm::StringRef opType);

/// Quantiser chains of standard operators, straight-through pairs, identities.
void populateQuantizerPatterns(mlir::RewritePatternSet &patterns);

/// QuantizeLinear and DequantizeLinear.
void populateQdqPatterns(mlir::RewritePatternSet &patterns);

/// MatMulInteger, QLinearMatMul, ConvInteger and QLinearConv with constant
/// weights.
void populateQLinearPatterns(mlir::RewritePatternSet &patterns);

/// Binary activations spelled with Sign and comparisons.
void populateSignPatterns(mlir::RewritePatternSet &patterns);

/// Whole numbers in float tensors become codes in front of products. After all
/// others: a quantiser with a scale has whole numbers in its middle, too.
void populateIntegerPatterns(mlir::RewritePatternSet &patterns);

/// Moves `lowbit.dequantize` down through transposes and reshapes.
void populateStructurePatterns(mlir::RewritePatternSet &patterns);

/// Moves `lowbit.dequantize` down through operators that choose and move
/// elements, and drops what does nothing to codes.
void populateMovementPatterns(mlir::RewritePatternSet &patterns);

/// Conv, MaxPool and Pad of dequantised codes.
void populateWindowPatterns(mlir::RewritePatternSet &patterns);

/// Average pools of codes, and pools on bytes.
void populatePoolPatterns(mlir::RewritePatternSet &patterns);

/// QLinearAdd.
void populateQLinearAddPattern(mlir::RewritePatternSet &patterns);

/// Constant codes get the zero point subtracted, and the type that they need.
void populateConstantPatterns(mlir::RewritePatternSet &patterns);

/// MatMul and Gemm of dequantised codes.
void populateProductPatterns(mlir::RewritePatternSet &patterns);

/// onnxruntime's MatMulNBits of dequantised codes.
void populatePackedProductPatterns(mlir::RewritePatternSet &patterns);

/// MatMulNBits whose inputs may become bytes, or have few rows. The
/// `accuracy_level` of nodes counts if the one given is 0.
void populateBlockProductPatterns(mlir::RewritePatternSet &patterns,
                                  int64_t accuracyLevel);

/// MatMul of a few rows, or with `accuracy_level` 4 of any, with what
/// DequantizeLinear scales in blocks.
void populateDequantizedBlockPatterns(mlir::RewritePatternSet &patterns,
                                      int64_t accuracyLevel);

/// Notes at each of these that is left what it would take.
void explainBlockProducts(mlir::ModuleOp module, int64_t accuracyLevel);

/// Weights behind a flattened Transpose are permuted instead of the image.
void populateFlattenPatterns(mlir::RewritePatternSet &patterns);

/// Notes at each product that stayed float what came nearest to codes.
void explainFloats(mlir::ModuleOp module);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_PATTERNS_H
