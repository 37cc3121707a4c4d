// Passes that prepare a module of the "buffers" stage for LLVM.
#ifndef SETUN_TARGET_LLVM_PASSES_TD
#define SETUN_TARGET_LLVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandFloatMath : Pass<"expand-float-math", "::mlir::ModuleOp"> {
  let summary = "replace transcendental functions by our own arithmetic";
  let description = [{
    Replaces `math.exp` on f32 by a call of the private function
    `@setun_exp_f32`, which this pass adds. It performs the same IEEE operations
    in the same order as the C function of that name in lib/Kernels, so both
    targets give the same bits and none of them needs a mathematical library.
    Functions that one IEEE operation computes exactly (`math.sqrt`,
    `math.roundeven`, `math.floor`, `math.ceil`, `math.absf`,
    `math.copysign`) stay. Every other operation of `math` is an error.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

def ExpandStridedCopies : Pass<"expand-strided-copies"> {
  let summary = "turn copies between strided buffers into loops";
  let description = [{
    MLIR lowers a `memref.copy` whose sides are not both contiguous to a call
    of its C runner library. This pass writes such copies as nested `scf.for`
    loops instead; contiguous ones stay and become a memcpy.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def FlattenEmptyArguments : Pass<"flatten-empty-arguments", "::mlir::func::FuncOp"> {
  let summary = "give unused arguments without elements the shape 0";
  let description = [{
    An argument of `@main` such as `memref<2x0x4xf32>` has no strides, so that
    MLIR cannot pass it as a bare pointer. After
    `lowbit-remove-empty-tensors` nothing uses it, and any type of no elements
    does.
  }];
}

#endif // SETUN_TARGET_LLVM_PASSES_TD
