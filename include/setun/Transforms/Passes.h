// The passes that stay within a stage (see Passes.td).
#ifndef SETUN_TRANSFORMS_PASSES_H
#define SETUN_TRANSFORMS_PASSES_H

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace setun {

class Evaluator;

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "setun/Transforms/Passes.h.inc"

/// Which `lowbit.dynamic_quantize` of a module this is, in the order in which
/// `lowbit-static-scales` takes their maxima.
inline constexpr llvm::StringLiteral kStaticScaleAttr = "setun.static_scale";

/// `onnx-fold-constants` with something to run float chains by. The evaluator
/// must outlive the pass; without one only shape arithmetic folds.
std::unique_ptr<mlir::Pass> createFoldConstants(Evaluator *evaluator,
                                                bool releaseConstants = false);

} // namespace setun

#endif // SETUN_TRANSFORMS_PASSES_H
