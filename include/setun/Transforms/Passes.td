// The passes that stay within a stage (Conversion/Passes.td has those between dialects).
#ifndef SETUN_TRANSFORMS_PASSES_TD
#define SETUN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"onnx-fold-constants", "::mlir::ModuleOp"> {
  let summary = "compute ONNX nodes whose inputs are all constant";
  let description = [{
    First interprets the shape arithmetic of exporters (integers of at most 1024 elements, and `Shape` and
    `Size` of static tensors). Then, if the compiler has an `Evaluator`, runs every remaining node of the
    default domain that depends on constants only: in batches of 16 MB of results or one, sums in double precision.
    A chain that a BitLinear layer keeps for its weights (Abs, ReduceMean, Clip, Reciprocal, Mul, Round,
    ...) becomes the weights.

    Left alone: quantisers and operators of other domains, which the low-bit conversions want to see;
    random generators and nodes with subgraphs; results of dynamic shape, beyond the evaluator's limits, or
    much larger than what they are computed from. A remark says what could not be run and why.

    A weight that lies close to a rounding boundary may be rounded otherwise by another summation order: for
    every `Round` of folded values a remark counts those within 1e-6 of one, relative to their size.

    Examples: test/Transforms/fold-constants.mlir.
  }];
  let dependentDialects = ["::setun::onnx::OnnxDialect", "::mlir::func::FuncDialect"];
}

def CancelTransposes : Pass<"onnx-cancel-transposes", "::mlir::func::FuncOp"> {
  let summary = "permute the dimensions of nodes between Transposes instead of their tensors";
  let description = [{
    Models from TensorFlow have channels last, and Transposes around every operator of ONNX that wants them second.
    Nodes that work on any order of dimensions (elementwise operators, quantisers, Concat, Split, Pad, Slice, Softmax,
    reductions) form regions; a region takes another order as a whole where that makes the Transposes at its border
    move fewer bytes. Axes, pads and constants are rewritten. Transposes that meet are merged, those that only move
    dimensions of 1 become Reshapes.

    Left alone: tensors of dynamic shape; sums of floats whose order would change.

    Examples: test/Transforms/cancel-transposes.mlir.
  }];
  let dependentDialects = ["::setun::onnx::OnnxDialect"];
}

def FoldScales : Pass<"lowbit-fold-scales", "::mlir::ModuleOp"> {
  let summary = "fold BatchNormalization and exact factors around low-bit products";
  let description = [{
    BatchNormalization with constant parameters becomes one multiply and one add per channel, in the order of
    operations of onnxruntime. A constant factor behind `lowbit.dequantize` is merged into its scale where that is
    exact: one of the two is a power of two. No result changes by a bit.

    Left alone: factors whose merged scale would round once more or once less; training mode.

    Examples: test/Transforms/fold-scales.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def DeriveThresholds : Pass<"lowbit-derive-thresholds", "::mlir::ModuleOp"> {
  let summary = "quantisers of integers become comparisons, shifts or tables of integers";
  let description = [{
    Between the exact sums of one layer and the codes that the next one reads lie scale, bias, BatchNormalization,
    activation and quantiser. As a function of the sum, x -> code, this chain of floats is a step function for each
    channel. It is evaluated with every rounding that the graph asks for, and replaced by what gives the same code for
    each x that the weights and the codes of the input allow:

    - `lowbit.threshold`, up to 7 steps: code = #{ j : x >= T[c][j] }. A monotone chain (a composition of operations
      that round monotonically) is bisected for each T; any other is counted out over all its inputs. Where codes rise as sums fall, the weights
      of the channel change their sign if nobody else reads them.
    - `lowbit.requantize`: code = clamp((m[c] * x + b[c]) >> s). m and b are searched for the smallest s at which the
      inequalities m * T + b >= code * 2^s and m * (T - 1) + b < code * 2^s hold for all steps of all channels; both
      sides being monotone, they are then equal everywhere. Two inputs (a residual add, one of them a code of at most
      9 bits) take m1 * x1 + m2 * x2 + b, with the steps in x1 for every x2.
    - `lowbit.requantize` with up to 8 exceptions for each channel: inputs at which float rounding moved a step away
      from where exact arithmetic has it.
    - `lowbit.threshold` with up to 255 steps, 16,384 for all channels, where no such numbers exist; `lowbit.lookup` for a function of codes.

    `ArgMax` of such a chain that rises strictly, the same for all scores, becomes `ArgMax` of the integers, and so does
    `TopK` of one element whose value nobody reads.

    A quantiser between two such chains that nobody else reads disappears. Biases that are dequantised constants are
    computed.

    Left alone, with a remark and the reason for `inspect`: chains with other than elementwise operators, with
    values that are broadcast, with more than two inputs; chains that are not monotone; tables beyond
    these numbers. Quantisers of the model's own floats.

    Examples: test/Transforms/derive-thresholds.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def FixScales : Pass<"lowbit-fix-scales", "::mlir::ModuleOp"> {
  let summary = "scales, biases and activations of floats become integers in fixed point";
  let description = [{
    What `lowbit-derive-thresholds` left as floats between exact integers and codes, or the output, is computed in integers.
    A chain of constants (scale, bias, BatchNormalization, residual add) is an affine function
    `sum_i factor[i][c] * x[i] + addend[c]` of integers x, and becomes one `lowbit.requantize`:

    ```
    m = rne(factor * 2^s), b = rne(addend * 2^s), result = clamp((sum m * x + b + rounding) >> s)
    ```
    - of a quantiser: its codes, rounded as it says;
    - elsewhere (two users, a bound before more arithmetic, `Floor`, `LeakyRelu`, the output): an i32 that stands for
      itself times 2^-f, rounded half up. f is the least that holds the number exactly, or gives its proven range 24 bits.

    s is the one that makes all factors exact if the multipliers then have at most 25 bits; otherwise the
    smallest for which rounding m and b moves the result by at most 2^-6. `Relu`, `Clip`, `Min`, `Max` are bounds of it.
    Where floats are wanted again, the i32 is dequantized by 2^-f, which is exact.

    Left alone, with a warning and the reason: other operators, ranges that are not proven, numbers that take more than 64 bits.

    Examples: test/Transforms/fix-scales.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def StaticScales : Pass<"lowbit-static-scales", "::mlir::ModuleOp"> {
  let summary = "scales of rows that are found at run time become constants";
  let description = [{
    Each `lowbit.dynamic_quantize` gets the scale of a row whose largest magnitude is the one in `maxima`, and becomes a
    `lowbit.quantize`; larger values are clamped. Nothing else changes the meaning of a model without data: so there is no
    default. Without maxima the ops are only numbered, by an attribute, for whoever wants to observe their inputs.

    Refused: another number of maxima, limits other than the largest code.

    Tested in test/Transforms/static-scales.mlir.
  }];
  let options = [
    ListOption<"maxima", "maxima", "double", "the largest magnitude of each op's input, in the order of the module">
  ];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def FuseElementwise : Pass<"lowbit-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "fuse the elementwise loops of a layer";
  let description = [{
    An epilogue of scale, BatchNormalization, activation and quantiser becomes one loop. A producer is fused only
    if it has one use and runs over exactly the elements of its consumer: nothing is ever computed twice. Transposes
    of a kernel's sums are elementwise loops, too.
    Left alone: reductions, kernel ops, producers that are broadcast, bodies of more than 256 operations.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TileConvolutions : Pass<"lowbit-tile-convolutions", "::mlir::func::FuncOp"> {
  let summary = "compute unfolded convolutions a few places at a time";
  let description = [{
    An `im2row`, the `packed_matmul` or `addsub` that reads its rows, and the elementwise epilogue of that run in one
    loop nest over the places of the window: as many rows of places, or as large a part of one, as have at most 4096
    bytes of patches, and of sums (16,384 for named targets with vectors, 2048 for those without). So neither all patches
    nor all sums need memory. An epilogue that is not elementwise stays behind the loops, which then give all sums.

    A pool of the results whose windows share no rows, and an elementwise step behind it, take part: the loop goes over the
    rows of the pool, and makes the results of one window's rows at a time.

    Tested in test/Transforms/tile-convolutions.mlir and tile-pools.mlir.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def RemoveEmptyTensors : Pass<"lowbit-remove-empty-tensors", "::mlir::func::FuncOp"> {
  let summary = "leave nothing to compute on tensors without elements";
  let description = [{
    Every use of a tensor without elements becomes `tensor.empty`: no element of it is ever read. A loop over no
    element is its initial value, a float sum or product over none is zero, a padded one is all padding.
    Arguments and results of functions stay, as the interface of the model.

    Left alone: tensors of codes.

    Examples: test/Transforms/remove-empty-tensors.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Bufferize : Pass<"lowbit-bufferize", "::mlir::ModuleOp"> {
  let summary = "tensors become buffers, linalg becomes loops";
  let description = [{
    One-shot bufferization across functions with identity layouts. Results become arguments that the function
    writes in place; allocations of at most 256 bytes go to the stack. Constants become globals named after their
    blobs. Each argument carries `setun.role`: `input` or `output` on the entry point, `in` or `out` on layers.
  }];
}

def ExpandMath : Pass<"lowbit-expand-math", "::mlir::ModuleOp"> {
  let summary = "functions of our own for what no target computes";
  let description = [{
    Replaces `lowbit.decode_float` and `lowbit.encode_float`, and the functions of `math` that are more than one IEEE
    operation (log, sin, tanh, erf, powers, ...), by calls of private functions, which are built of integer and IEEE
    operations: once a module, with the same bits on every target. `setun.formula` says what a function computes.
    Some functions of f32 are those of f64, rounded.

    Left alone: operations on tensors, what one IEEE operation computes (`math.sqrt`, `math.floor`, ...), and
    `math.exp` on f32, which is a kernel.

    Example: `%y = lowbit.decode_float %x as f16 : i16 -> f32` becomes `%y = call @setun_decode_f16(%x) : (i16) -> f32`,
    see test/Transforms/expand-math.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def LowerKernels : Pass<"lowbit-lower-kernels", "::mlir::ModuleOp"> {
  let summary = "kernel ops on buffers become loops and small functions";
  let description = [{
    `packed_matmul`, `float_matmul`, `float_conv` and `float_sum` become plain loops that decode packed bits and keep the
    fixed order of float sums. `im2row` becomes loops that copy each column of a tile once. An `addsub` network becomes
    private functions of at most `max-statements`
    statements each; values that cross functions go through a scratch buffer. Runs after `lowbit-bufferize` and before
    `lowbit-plan-memory`, which places the scratch.
  }];
  let options = [
    Option<"onlyAddSub", "only-addsub", "bool", "false",
           "lower only add/sub networks and im2row; the C target calls functions for the other kernels">,
    Option<"maxStatements", "max-statements", "unsigned", "500", "statements in one function of a network">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::func::FuncDialect"];
}

def SplitForThreads : Pass<"lowbit-split-for-threads", "::mlir::ModuleOp"> {
  let summary = "split long work of layers into parts for several threads";
  let description = [{
    What a layer does one after the other stays so, but a loop or a kernel that takes 10 microseconds or more, as counted by
    its steps, becomes a `scf.parallel` over at most `threads` parts. What is split:

    - a loop whose rounds do not depend on each other, shown by which elements each round touches;
    - `packed_matmul` of few rows: its outputs (a group of tiles stays together, so that each part reads one stream of
      weights), otherwise its rows; `float_matmul`: rows, columns of a single one, or the products of a batch; `float_sum`: rows; `float_conv`:
      samples, or outputs of one sample.

    No sum is ever split, so the numbers are the same for any number of threads. Buffers that are allocated in a part
    become one buffer with a piece of bytes for each part. Runs after `lowbit-lower-kernels` and before
    `lowbit-plan-memory`.

    Left alone: functions that something else than the entry point calls.

    Example: with two threads, `lowbit.packed_matmul ins(%x, %w : memref<1x2560xi8>, memref<1638400xi8>) ..` of 2560 outputs becomes
    ```
    scf.parallel (%part) = (%c0) to (%c2) step (%c1) {
      .. memref.subview of 819200 bytes of weights and 1280 sums ..
      lowbit.packed_matmul ins(%x, %weights : memref<1x2560xi8>, memref<819200xi8, strided<[1], offset: ?>>) ..
    }
    ```
    Tested in test/Transforms/split-for-threads.mlir.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", /*default=*/"2", "the most parts of a loop or kernel">,
    Option<"leastMicroseconds", "least-microseconds", "double", /*default=*/"10",
           "what takes less is left whole">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def PlanMemory : Pass<"lowbit-plan-memory", "::mlir::ModuleOp"> {
  let summary = "place all buffers of the model in one static arena";
  let description = [{
    Buffers that a layer allocates become its arguments (`setun.role = "scratch"`), so that all buffers are
    allocated by the entry point; each lives from the first to the last call that uses it. Two buffers may share
    bytes if they do not live at the same time. Several greedy orders are tried and the smallest arena is kept.

    The entry point gets a last argument `memref<BYTESxi8>` with `setun.role = "arena"` (of 1 byte if nothing needs
    memory) and `memref.view`s of it. The module carries `setun.arena_bytes` and `setun.arena_lower_bound`, the
    largest number of bytes that are alive at once; a remark prints both. Buffers are 64-byte aligned.

    A buffer of dynamic size is an error that names it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def MoveWeights : Pass<"lowbit-move-weights", "::mlir::ModuleOp"> {
  let summary = "let the caller hand in the weights";
  let description = [{
    Runs behind all other passes. Constants of `min-bytes` or more are read from a last argument of the entry point,
    `memref<BYTESxi8>` with `setun.role = "weights"`, and layers get them as arguments. What the block must contain stays
    in the module: each `memref.global` says its place, `setun.weights_offset`, a multiple of 64, and nobody reads it; the module carries
    `setun.weights`, the number of bytes and their SHA-256. Constants that are one number many times stay where they are.

    A model without such constants is an error.
  }];
  let options = [
    Option<"minBytes", "min-bytes", "int64_t", "1024", "leave smaller constants in the code">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def BorderFormats : Pass<"onnx-border-formats", "::mlir::ModuleOp"> {
  let summary = "bytes in, the index of the largest score out";
  let description = [{
    Takes into the model what programs do in front of it and behind it, so that the passes that follow can fold it
    into the first and last layer.

    `inputs`: `[NAME=]uint8[,scale=S][,mean=M][,layout=NHWC]`. The f32 input [N, C, ..] becomes uint8, of shape
    [N, .., C] with layout NHWC, and real = (byte - mean) * scale, each operation rounded to f32. S and M are one number,
    or one for each channel with `/` between them.

    `output`: `argmax`. The only output, scores [N, C, ..] or [C], becomes the i64 index of its largest element along
    C, the first of equal ones. A final Softmax or LogSoftmax and quantisers behind it are dropped: exact scores
    decide, not rounded ones.

    Errors: an unknown name or option; a wrong number of channels; an input or output of another type than f32.
  }];
  let options = [
    ListOption<"inputs", "inputs", "std::string", "formats of inputs">,
    Option<"output", "output", "std::string", /*default=*/"", "format of the output: argmax">
  ];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def QuantizedIo : Pass<"lowbit-quantized-io", "::mlir::ModuleOp"> {
  let summary = "leave the outermost quantisers to the caller: codes in, codes out";
  let description = [{
    An argument of `@main` whose only use is a `lowbit.quantize` becomes the codes; a result that is a
    `lowbit.dequantize` of codes or of exact sums becomes its input. The argument or result then carries
    `setun.scale` and `setun.zero_point`: real = (code - zero point) * scale.

    Left alone: scales that are not one constant for the whole tensor, zero points that are no whole numbers,
    and quantisers behind other operators. A warning says so if nothing was to be dropped.

    Example: `func.func @main(%x: tensor<1x64xf32>)` with `lowbit.quantize %x, %s` becomes
    `func.func @main(%x: tensor<1x64xsi4> {setun.scale = 5.0e-1 : f32, setun.zero_point = 0 : i64})`, see
    test/Transforms/quantized-io.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect"];
}

def SelectKernels : Pass<"lowbit-select-kernels", "::mlir::func::FuncOp"> {
  let summary = "mark each product of codes with the way it will be computed";
  let description = [{
    Gives every `lowbit.matmul` and `lowbit.conv` one of four kernels:

    - `addsub`, a network of additions: constant weights of at most 8 bits;
    - `packed`, a kernel of lib/Kernels on packed weights: constant weights that a packed layout can hold,
      activations of at most 8 bits, i32 sums;
    - `depthwise`, a kernel of lib/Kernels that keeps channels apart: convolutions with one input and one output for each
      group, constant weights that a signed byte can hold, activations of at most 8 bits, i32 sums;
    - `plain`, loops over unpacked codes: everything.

    `auto` takes the one that costs least on the module's target (`setun.target`), as lib/Analysis/KernelChoice.cpp estimates
    it: time, and a price for bytes of weights and code where memory is small. A kernel that was asked for but cannot
    compute the product gives way to the next one in this list, with a remark that says why: weights with more than
    1,000,000 signed digits are given no network, and a convolution of more than 4 groups no
    packed weights.

    Left alone: products that carry a kernel already.

    Example: `lowbit.matmul %x, %w : ..` becomes `lowbit.matmul %x, %w kernel <addsub> : ..`, see
    test/Transforms/select-kernels.mlir.
  }];
  let options = [
    Option<"kernel", "kernel", "std::string", /*default=*/"\"auto\"",
           "auto, addsub, packed, depthwise or plain: what to use for every product that allows it">
  ];
  let dependentDialects = ["::setun::lowbit::LowBitDialect"];
}

def UnfoldConvolutions : Pass<"lowbit-unfold-convolutions", "::mlir::func::FuncOp"> {
  let summary = "turn convolutions into products with one row for each place of the window";
  let description = [{
    Replaces each `lowbit.conv` of kernel `packed` or `addsub` by `lowbit.patches`, a `lowbit.matmul` of the same
    kernel with the weights in the order of patches, and a transpose of the sums. A zero point moves to the bias
    before, padding takes its code. Groups become one matrix that is 0 between them. `lowbit-tile-convolutions` keeps
    the patches small later. One of kernel `depthwise` becomes `lowbit.depthwise` between two transposes.

    Left alone: convolutions of kernel `plain`; what turns out not to be possible becomes `plain`, with a remark.

    Tested in test/Transforms/unfold-convolutions.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SinkTransposes : Pass<"lowbit-sink-transposes", "::mlir::func::FuncOp"> {
  let summary = "keep codes with channels last between convolutions";
  let description = [{
    Unfolded convolutions give their sums with channels last, and a Transpose moves them back. It sinks through what works
    on either order: `lowbit.requantize`, `threshold`, `lookup`, `pool`, `sum_pool`, and Resize of codes. At the patches
    or the depthwise convolution of the next layer it vanishes; what is left moves codes instead of sums. Where patches of
    16 channels or more still have them second, a new Transpose moves them once, for processors with vectors.

    Left alone: Transposes of numbers that are neither codes nor i32; a `requantize` of which another input has channels
    second.

    Tested in test/Transforms/sink-transposes.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect", "::setun::onnx::OnnxDialect"];
}

def TernaryToAddSub : Pass<"lowbit-ternary-to-addsub", "::mlir::func::FuncOp"> {
  let summary = "turn products with constant weights into networks of additions and subtractions";
  let description = [{
    Replaces each `lowbit.matmul` of kernel `addsub` by a `lowbit.addsub` without a multiplication. Weights of
    more than one level are signed digits: 7 x = (x << 3) - x. The network shares subexpressions between the outputs:
    pairs of shifted terms that occur often, parts of narrow groups of inputs that many outputs have in common, and
    outputs from which others differ by little, on the matrix or on its transposed form. The smallest of these is then
    improved: a random part of its sums is taken apart and shared anew, as long as the counted work allows. An output
    without weights is the constant 0; a value is negated only where all its terms are subtracted. A remark says how
    many additions there were and are, and how many stand one after another.

    Before a network replaces anything it is proven: all its nodes are evaluated on every unit vector and
    must give the matrix back; a failure is an error. No node, and no shifted operand, may leave the accumulator for
    any input; where one could, the product stays, with a remark.

    Left alone: products of other kernels, and (with a remark) ones whose weights are not constants of at most 8 bits.

    Example:
    ```
    %r = lowbit.matmul %x, %w kernel <addsub> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
    ```
    becomes, for the weights +1 -1 / +1 0,
    ```
    %o = tensor.empty() : tensor<1x2xi32>
    %r = lowbit.addsub ins(%x : tensor<1x2xsi8>) outs(%o : tensor<1x2xi32>) {
    ^bb0(%x0: i32, %x1: i32):
      %0 = arith.subi %x0, %x1 overflow<nsw> : i32
      lowbit.yield %0, %x0 : i32, i32
    } -> tensor<1x2xi32>
    ```
    Tested in test/Transforms/ternary-to-addsub.mlir.
  }];
  let options = [
    Option<"maxDepth", "max-depth", "int64_t", /*default=*/"0",
           "the most additions one after another, 0 for any number; no less than a network without sharing needs">,
    Option<"effort", "effort", "int64_t", /*default=*/"1",
           "multiplies the work of improving a network; 0 leaves it as first found">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect",
                           "::setun::lowbit::LowBitDialect"];
}

def PackWeights : Pass<"lowbit-pack-weights", "::mlir::func::FuncOp"> {
  let summary = "lay out constant weights as their kernel reads them";
  let description = [{
    Gives the right side of each `lowbit.matmul` of kernel `packed` a packed layout: `bits` for bipolar,
    `ternary_pairs` for ternary (`trits` if the module has the attribute `setun.dense_ternary` and the kernel does
    not count bits), `bytes` for other codes of up to 8 bits. For targets with vectors they are tiles. A constant that several products share is packed once; one that nothing else reads is removed.

    Left alone: products of other kernels, weights that are packed already, and (with a remark) weights that
    are not constant or have no layout.

    Example: `tensor<16x64x!lowbit.ternary>` becomes
    `tensor<16x64x!lowbit.ternary, #lowbit.layout<ternary_pairs>>`, see test/Transforms/pack-weights.mlir.
  }];
  let dependentDialects = ["::setun::lowbit::LowBitDialect"];
}

def OutlineLayers : Pass<"lowbit-outline-layers", "::mlir::ModuleOp"> {
  let summary = "one private function a layer, named after its ONNX node";
  let description = [{
    Cuts the straight-line body of `@main` into layers and moves each into a private function. A layer is a
    product (`lowbit.matmul`, `lowbit.addsub`, `lowbit.float_matmul`, `lowbit.float_conv`) with what prepares it and what
    follows it. Between two products the cut is where the fewest bytes have to be handed on, the latest such
    place; so a layer usually ends with the quantiser. What stands before the first product is a layer of
    its own if it computes anything but reshapes.

    A function is named after the ONNX node of its product, or of its first op without one. Constants and
    `tensor.empty` are copied to their users and never passed. Ops without a location get the one of their
    layer. What a layer hands on is called after it: `MatMul_3_codes`, `MatMul_3_scale` or `MatMul_3_out`, as
    `setun.name` of the result and as location of the argument that reads it.

    Left alone: a value that `@main` returns although no layer computes it (an argument, a constant), other
    functions, and a `@main` without computation.

    Example:
    ```
    func.func @main(%x: tensor<1x64xf32>) -> tensor<1x10xf32> {
      %0 = call @input(%x) : (tensor<1x64xf32>) -> tensor<1x64xsi8>
      %1 = call @MatMul_3(%0) : (tensor<1x64xsi8>) -> tensor<1x10xf32>
      return %1 : tensor<1x10xf32>
    }
    ```
    Tested in test/Transforms/outline-layers.mlir.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

#endif // SETUN_TRANSFORMS_PASSES_TD
