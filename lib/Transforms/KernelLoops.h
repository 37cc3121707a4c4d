// Plain loops of the kernel ops, for targets without the kernels of lib/Kernels
// and as their oracle.
#ifndef SETUN_LIB_TRANSFORMS_KERNELLOOPS_H
#define SETUN_LIB_TRANSFORMS_KERNELLOOPS_H

#include "dialects/LowBit/LowBit.h"
#include "mlir/IR/PatternMatch.h"

namespace setun {

/// Replace the op, which must be on memrefs of static shape, by loops.
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::PackedMatmulOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::Im2RowOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::DepthwiseOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::FloatMatmulOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::FloatSumOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::FloatConvOp op);
void lowerToLoops(mlir::IRRewriter &rewriter, lowbit::BlockMatmulOp op);

struct LoopBuilder;

/// Twice the number of E2M1 with the lowest bits of `bits`, an i32.
mlir::Value decodeFp4(LoopBuilder &at, mlir::Value bits);

/// Replaces a network by private functions of at most `maxStatements`
/// statements, called for every row.
mlir::LogicalResult lowerToFunctions(mlir::IRRewriter &rewriter,
                                     lowbit::AddSubOp op,
                                     unsigned maxStatements);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_KERNELLOOPS_H
