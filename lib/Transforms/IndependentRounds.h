// Do the rounds of a loop on buffers depend on each other?
#ifndef SETUN_LIB_TRANSFORMS_INDEPENDENTROUNDS_H
#define SETUN_LIB_TRANSFORMS_INDEPENDENTROUNDS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace setun {

/// True if the rounds of `loop` may run in any order and at the same time:
/// it carries nothing from one to the next, and what one of them writes no
/// other touches. Buffers that are allocated in the loop, or marked with
/// `kInLoopAttr`, count as belonging to a round each.
bool hasIndependentRounds(mlir::scf::ForOp loop);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_INDEPENDENTROUNDS_H
