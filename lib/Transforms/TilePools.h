// Pools behind convolutions, a row at a time.
#ifndef SETUN_LIB_TRANSFORMS_TILEPOOLS_H
#define SETUN_LIB_TRANSFORMS_TILEPOOLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace setun {

/// Puts each pool of a convolution's codes, with what is elementwise around it,
/// into a loop over its rows. The loop reads a part of the convolution's sums;
/// whoever tiles the convolution makes only that part there.
void tilePools(mlir::IRRewriter &rewriter, mlir::func::FuncOp function);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_TILEPOOLS_H
