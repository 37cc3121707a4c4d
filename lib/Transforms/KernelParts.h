// Splitting one kernel op on buffers into parts that run at the same time.
#ifndef SETUN_LIB_TRANSFORMS_KERNELPARTS_H
#define SETUN_LIB_TRANSFORMS_KERNELPARTS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace setun {

/// Some units of work, the same number for each part but the last, which may
/// have fewer.
struct WorkParts {
  int64_t count = 1, each = 0, last = 0;

  /// At most `most` parts of `total` units.
  static WorkParts divide(int64_t total, int64_t most);
};

/// A parallel loop over `parts`; `body` gets the number of the part.
mlir::scf::ParallelOp
createParallelLoop(mlir::RewriterBase &rewriter, mlir::Location loc,
                   int64_t parts,
                   llvm::function_ref<void(mlir::Value part)> body);

/// Replaces `kernel` by a parallel loop over at most `threads` parts of it.
/// False if it has no such parts; then nothing changes.
bool splitKernel(mlir::RewriterBase &rewriter, mlir::Operation *kernel,
                 int64_t threads);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_KERNELPARTS_H
