// The passes that stay within a stage (Conversion/Passes.td has those between dialects).
#ifndef SETUN_TRANSFORMS_PASSES_TD
#define SETUN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"onnx-fold-constants", "::mlir::ModuleOp"> {
  let summary = "compute ONNX nodes whose inputs are all constant";
  let description = [{
    First interprets the shape arithmetic of exporters (integers of at most 1024 elements, and `Shape` and
    `Size` of static tensors). Then, if the compiler has an `Evaluator`, runs every remaining node of the
    default domain that depends on constants only: all of them in one batch, sums in double precision.
    A chain that a BitLinear layer keeps for its weights (Abs, ReduceMean, Clip, Reciprocal, Mul, Round,
    ...) becomes the weights.

    Left alone: quantisers and operators of other domains, which the low-bit conversions want to see;
    random generators and nodes with subgraphs; results of dynamic shape, beyond the evaluator's limits, or
    much larger than what they are computed from. A remark says what could not be run and why.

    A weight that lies close to a rounding boundary may be rounded otherwise by another summation order: for
    every `Round` of folded values a remark counts those within 2 ulp of one.

    Examples: test/Transforms/fold-constants.mlir.
  }];
  let dependentDialects = ["::setun::onnx::OnnxDialect", "::mlir::func::FuncDialect"];
}

#endif // SETUN_TRANSFORMS_PASSES_TD
