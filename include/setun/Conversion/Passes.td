// The passes that go from one dialect to the next.
#ifndef SETUN_CONVERSION_PASSES_TD
#define SETUN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertOnnxToLowBit : Pass<"convert-onnx-to-lowbit", "::mlir::ModuleOp"> {
  let summary = "recognise low-bit networks in ONNX graphs, by value flow";
  let description = [{
    Turns the quantisers of QONNX and FINN, the BitLinear activation chain and products with binary or
    ternary weights into `lowbit` ops. A real number becomes `lowbit.dequantize(codes, scale)`; products
    of two such values become exact integer products. What is not recognised stays `onnx.node`.

    Recognised: QONNX Quant/IntQuant, BipolarQuant, Trunc and FloatQuant, FINN MultiThreshold; per-token absmax and
    fixed-scale quantiser chains (Mul or Div by a scale, Round, Clip or Max/Min, Div or Mul back);
    straight-through pairs x + (q - x); float initializers whose values are whole
    multiples k * s of a step, |k| <= 127, within a few ulp, per tensor or per output; MatMul and Gemm of such values.
    MatMulNBits with constant weights becomes `lowbit.block_matmul`: with bytes where `accuracy_level` permits it, else with
    floats if there are at most 4 rows.

    A float MatMul, Gemm or Conv that is left gets the attribute `setun.why_float`: what came nearest to codes, and
    what failed.

    A QONNX node that cannot be read (width above 32 bits, unknown rounding mode, thresholds of another shape) is
    an error that names it.
  }];
  let options = [Option<"detectLevels", "detect-levels", "bool", /*default=*/"true",
                        "take float weights of few levels for codes; without, only what the graph quantises">,
                 Option<"accuracyLevel", "accuracy-level", "int64_t", /*default=*/"0",
                        "the accuracy_level of every MatMulNBits: 4 permits int8 within blocks; 0 for what the node says">];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertLowBitToLinalg : Pass<"convert-lowbit-to-linalg", "::mlir::ModuleOp"> {
  let summary = "the plain lowering of every lowbit op to linalg on signless integers";
  let description = [{
    The one place that turns codes into signless i8 or i16 with explicit extension. This lowering is the
    oracle of every kernel: slow and plain. Patches become `lowbit.im2row`, add/sub networks run on bytes; packed
    products are left to `lowbit-materialize-storage`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertOnnxToLinalg : Pass<"convert-onnx-to-linalg"> {
  let summary = "lower the remaining ONNX nodes to linalg on tensors";
  let description = [{
    Replaces every `onnx.node` and `onnx.constant` by `linalg`, `tensor`, `arith` and `math`. It runs
    after the low-bit conversions and thresholds: whatever is still an ONNX node then is ordinary float or
    integer arithmetic.

    Float sums and products have one order on every target, so they become `lowbit.float_sum` and
    `lowbit.float_matmul`, those of convolutions `lowbit.float_conv`.

    ONNX integers with a sign (`si8`, `ui8`, ...) are computed on signless ones; where such a value meets
    an op of another dialect or the edge of the function, an `unrealized_conversion_cast` stands between
    the two types until storage is materialized.

    Shapes must be static. A dynamic dimension, an unknown operator, and an attribute or input that cannot
    be served are errors at the node; one run reports all of them.

    Examples: test/Conversion/OnnxToLinalg.
  }];
  let options = [
    Option<"reduceInF64", "reduce-in-f64", "bool", /*default=*/"false",
           "add up float sums and products in double precision and round once; for folding constants only">,
    Option<"streamedOnly", "streamed-only", "bool", /*default=*/"false",
           "leave all nodes that do not work element by element or row by row: for targets that know those by their names">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::setun::lowbit::LowBitDialect"];
}

def MaterializeStorage : Pass<"lowbit-materialize-storage", "::mlir::ModuleOp"> {
  let summary = "the one place where codes and packed types become bytes";
  let description = [{
    A product with a packed right side becomes `lowbit.packed_matmul` on the packed bytes, an add/sub
    network runs on the bytes of its codes, everything else takes the plain lowering of
    `convert-lowbit-to-linalg`. Afterwards a check forbids lowbit types, encodings and integers below
    8 bits (i1 excepted): what is left of them is an error that names the op.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

#endif // SETUN_CONVERSION_PASSES_TD
