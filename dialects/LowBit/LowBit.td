// The `lowbit` dialect: codes of a few bits, their exact products and the storage they are packed into.
// Every op states one formula, numbered constraints (cited in the verifiers) and an example.
#ifndef SETUN_DIALECTS_LOWBIT_TD
#define SETUN_DIALECTS_LOWBIT_TD

include "mlir/Bytecode/BytecodeOpInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def LowBit_Dialect : Dialect {
  let name = "lowbit";
  let cppNamespace = "::setun::lowbit";
  let summary = "Codes of few bits, their exact products, and packed storage";
  let description = [{
    A *code* is the integer that a quantiser produces: `!lowbit.bipolar` {-1,+1}, `!lowbit.ternary`
    {-1,0,+1}, `siN` and `uiN` (N = 1..16). Codes are element types of ordinary tensors; a real number
    is `code * scale` and scales are SSA values. Products of codes accumulate exactly in signless
    i32 or i64. A signless integer below 32 bits is never a code.

    Unpacked storage of a code is one byte holding its value (two bytes, little-endian, for N > 8).
    A packed value keeps its logical shape and carries `#lowbit.layout` as encoding.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

//===-- Enumerations and attributes ---------------------------------------===//

def LowBit_RoundingMode : I32EnumAttr<"RoundingMode", "rounding of a real number to an integer", [
    I32EnumAttrCase<"HalfEven", 0, "half_even">,   // nearest, ties to even
    I32EnumAttrCase<"HalfUp", 1, "half_up">,       // nearest, ties away from zero
    I32EnumAttrCase<"HalfDown", 2, "half_down">,   // nearest, ties toward zero
    I32EnumAttrCase<"Ceil", 3, "ceil">,
    I32EnumAttrCase<"Floor", 4, "floor">,
    I32EnumAttrCase<"Up", 5, "up">,                // away from zero
    I32EnumAttrCase<"Down", 6, "down">             // toward zero
  ]> {
  let cppNamespace = "::setun::lowbit";
  let genSpecializedAttr = 0;
}
def LowBit_RoundingModeAttr : EnumAttr<LowBit_Dialect, LowBit_RoundingMode, "rounding">;

def LowBit_KernelKind : I32EnumAttr<"KernelKind", "how a product is computed", [
    I32EnumAttrCase<"Plain", 0, "plain">,    // loops over unpacked codes
    I32EnumAttrCase<"Packed", 1, "packed">,  // packed weights, a kernel of lib/Kernels
    I32EnumAttrCase<"AddSub", 2, "addsub">,  // a network of additions and subtractions
    I32EnumAttrCase<"Depthwise", 3, "depthwise"> // a convolution that keeps channels apart, channels last
  ]> {
  let cppNamespace = "::setun::lowbit";
  let genSpecializedAttr = 0;
}
def LowBit_KernelAttr : EnumAttr<LowBit_Dialect, LowBit_KernelKind, "kernel"> {
  let assemblyFormat = "`<` $value `>`";
}

def LowBit_LayoutAttr : AttrDef<LowBit_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "packed storage of a matrix of weights";
  let description = [{
    Names one of the packed layouts defined in `setun/Support/BitPacking.h`: `bits` (bipolar, one bit
    a weight), `ternary_pairs` (ternary, a plus and a minus bit a weight), `trits` (ternary, five
    weights a byte), `bytes` (one byte a weight), with rows that start at whole bytes; `bit_tiles`, `ternary_tiles`,
    `int2_tiles`, `int3_tiles`, `nibble_tiles` and `byte_tiles` (1, 2, 2, 3, 4 and 8 bits a weight), and `fp4_tiles` (weights of si5 that are
    twice a number of E2M1, in 4 bits), in the order in which vectors take them. The matrix is [outputs][inputs].
  }];
  let parameters = (ins StringRefParameter<"name of the layout">:$name);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def LowBit_WindowAttr : AttrDef<LowBit_Dialect, "Window"> {
  let mnemonic = "window";
  let summary = "which elements of an image each output of a convolution or pooling reads";
  let description = [{
    One number for each spatial dimension (1 to 3 of them), and two for `pads`: first all at the begin, then all
    at the end. Along dimension d, output p reads the elements

    ```
    p * strides[d] + q * dilations[d] - pads[d],  q = 0 .. size[d] - 1
    outputs[d] = (inputs[d] + pads[d] + pads[d + rank] - dilations[d] * (size[d] - 1) - 1) / strides[d] + 1
    ```
    Sizes, strides and dilations are positive, pads are not negative, none is 2^31 or more.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$size, ArrayRefParameter<"int64_t">:$strides,
                        ArrayRefParameter<"int64_t">:$dilations, ArrayRefParameter<"int64_t">:$pads);
  let assemblyFormat = [{
    `<` `size` `[` $size `]` `strides` `[` $strides `]` `dilations` `[` $dilations `]` `pads` `[` $pads `]` `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getSize().size(); }
    int64_t getBegin(unsigned dim) const { return getPads()[dim]; }
    int64_t getEnd(unsigned dim) const { return getPads()[dim + getRank()]; }
    bool isPadded() const;
    /// Elements that one output reads.
    int64_t getPositions() const;
    /// Outputs along a dimension of `inputs` elements; less than 1 if the window does not fit.
    int64_t getOutputs(unsigned dim, int64_t inputs) const;
    /// The shape of [N, `channels`, outputs..] over an input [N, C, inputs..]; nothing if a window does not fit.
    std::optional<::llvm::SmallVector<int64_t>>
    getOutputShape(::llvm::ArrayRef<int64_t> input, int64_t channels) const;
    /// The shape of the patches, [N, outputs.., C * positions]; nothing if a window does not fit.
    std::optional<::llvm::SmallVector<int64_t>>
    getPatchShape(::llvm::ArrayRef<int64_t> input) const;
  }];
}

//===-- Types -------------------------------------------------------------===//

class LowBit_Code<string name, string mnem> : TypeDef<LowBit_Dialect, name> { let mnemonic = mnem; }
def LowBit_BipolarType : LowBit_Code<"Bipolar", "bipolar"> { let summary = "a code of {-1, +1}"; }
def LowBit_TernaryType : LowBit_Code<"Ternary", "ternary"> { let summary = "a code of {-1, 0, +1}"; }

def LowBit_IsCode : CPred<"::setun::lowbit::isCode($_self)">;
def LowBit_CodeType : Type<LowBit_IsCode, "a code: bipolar, ternary, siN or uiN with N = 1..16">;
def LowBit_CodeTensor : RankedTensorOf<[LowBit_CodeType]>;
def LowBit_Accumulator : AnyTypeOf<[I32, I64]>;
def LowBit_FloatTensor : RankedTensorOf<[F32]>;

//===-- Ops on codes ------------------------------------------------------===//

class LowBit_Op<string mnemonic, list<Trait> traits = []> : Op<LowBit_Dialect, mnemonic, traits>;

def LowBit_ConstantOp : LowBit_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "codes known at compile time";
  let description = [{
    result[i] = value[i].

    Constraints: (c1) the blob holds exactly the bytes that the result type needs, packed or not;
    (c2) every stored code is a value of the element type; (c3) value and result have the same type.

    Example: `%w = lowbit.constant dense_resource<w> : tensor<16x64x!lowbit.ternary>`
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let builders = [OpBuilder<(ins "::mlir::RankedTensorType":$type, "::llvm::ArrayRef<char>":$bytes,
                             "::llvm::StringRef":$name)>];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// The stored bytes: one or two per code, or the packed rows when the type carries a layout.
    ::llvm::ArrayRef<char> getBytes();
    /// The codes of an unpacked constant, row-major, not copied.
    CodeArray getCodes();
  }];
}

def LowBit_QuantizeOp : LowBit_Op<"quantize", [Pure]> {
  let summary = "real numbers to codes, affine";
  let description = [{
    With lo and hi the smallest and largest code of the result type:

    ```
    v = input / scale + zero_point          (`by_reciprocal`: v = input * scale + zero_point)
    code = round(clamp(v, lo, hi))          (bipolar: code = v >= 0 ? +1 : -1)

    zero_point_last:
    v = input / scale
    code = clamp(round(v) + zero_point, lo, hi)
    ```
    Each operation is rounded to f32; a NaN gives lo. `narrow` drops one code: the lowest of siN, the
    highest of uiN. Sources: QONNX IntQuant, BipolarQuant (0 and -0.0 map to +1); ONNX QuantizeLinear, which adds
    the zero point after the rounding: with an odd one, ties go elsewhere.

    Constraints: (c1) scale and zero_point broadcast to the input (numpy rules) without enlarging it;
    (c2) input and result have the same shape; (c3) `narrow` needs siN with N >= 2 or uiN with N >= 2;
    (c4) `zero_point_last` needs a zero point, and codes other than bipolar.

    Example: `%q = lowbit.quantize %x, %s rounding half_even : (tensor<1x64xf32>, tensor<f32>) -> tensor<1x64xsi4>`
  }];
  let arguments = (ins LowBit_FloatTensor:$input, LowBit_FloatTensor:$scale,
                       Optional<LowBit_FloatTensor>:$zero_point,
                       DefaultValuedAttr<LowBit_RoundingModeAttr, "RoundingMode::HalfEven">:$rounding,
                       UnitAttr:$narrow, UnitAttr:$by_reciprocal, UnitAttr:$zero_point_last);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale (`zero_point` $zero_point^)? (`zero_point_last` $zero_point_last^)? (`rounding` $rounding^)?
    (`narrow` $narrow^)? (`by_reciprocal` $by_reciprocal^)? attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def LowBit_DequantizeOp : LowBit_Op<"dequantize", [Pure]> {
  let summary = "codes or exact sums to real numbers, affine";
  let description = [{
    real = f32(input - zero_point) * scale, the subtraction exact for codes, each float operation rounded to f32.
    The input is a tensor of codes or of i32/i64 sums of products.

    Constraints: (c1) scale and zero_point broadcast to the input; (c2) input and result have the same
    shape; (c3) a sum (i32, i64) takes no zero point.

    Example: `%r = lowbit.dequantize %acc, %s : (tensor<1x16xi32>, tensor<16xf32>) -> tensor<1x16xf32>`
  }];
  let arguments = (ins RankedTensorOf<[LowBit_CodeType, LowBit_Accumulator]>:$input,
                       LowBit_FloatTensor:$scale, Optional<LowBit_FloatTensor>:$zero_point);
  let results = (outs LowBit_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $scale (`zero_point` $zero_point^)? attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

def LowBit_DynamicQuantizeOp : LowBit_Op<"dynamic_quantize", [Pure]> {
  let summary = "per-token absmax quantisation to signed bytes (BitNet b1.58)";
  let description = [{
    For each row x of the last dimension:

    ```
    t = max(max_k |x[k]|, epsilon)
    a = limit / t                      (`reciprocal`: a = (1 / t) * limit; the two differ in the last bit)
    codes[k] = clamp(round_half_even(x[k] * a), lo, hi)
    scales   = 1 / a
    ```
    Each operation is rounded to f32. Source: BitNet b1.58, "Training Tips, Code and FAQ"; limit is 127, lo -128.

    Constraints: (c1) codes have the input's shape, scales the same with a last dimension of 1; (c2) codes
    are siN with N = 2..16; (c3) epsilon > 0; (c4) limit is an integer of 1 .. 2^(N-1) - 1, and
    lo = -limit - 1 or, with `narrow`, -limit; hi = limit.

    Example: `%q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64, reciprocal} : tensor<1x64xf32> -> tensor<1x64xsi8>, tensor<1x1xf32>`
  }];
  let arguments = (ins LowBit_FloatTensor:$input, F32Attr:$epsilon, I64Attr:$limit, UnitAttr:$reciprocal,
                       UnitAttr:$narrow);
  let results = (outs LowBit_CodeTensor:$codes, LowBit_FloatTensor:$scales);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($codes) `,` type($scales)";
  let hasVerifier = 1;
}

def LowBit_ProductOpInterface : OpInterface<"ProductOp"> {
  let cppNamespace = "::setun::lowbit";
  let description = "An exact product of codes and a matrix [N, K] of weights, whatever walks over the codes.";
  let methods = [
    InterfaceMethod<"The activations.", "::mlir::TypedValue<::mlir::RankedTensorType>", "getLhs">,
    InterfaceMethod<"The weights: a row for each output.", "::mlir::TypedValue<::mlir::RankedTensorType>", "getRhs">,
    InterfaceMethod<"", "::mlir::OpOperand &", "getRhsMutable">,
    InterfaceMethod<"The sums.", "::mlir::TypedValue<::mlir::RankedTensorType>", "getResult">,
    InterfaceMethod<"How many products each sum has.", "int64_t", "getTerms">,
    InterfaceMethod<"", "uint64_t", "getLhsZeroPoint">,
    InterfaceMethod<"Makes up for a zero point that moves to the bias.", "void", "dropLhsZeroPoint">,
    InterfaceMethod<"", "std::optional<::llvm::ArrayRef<int64_t>>", "getBias">,
    InterfaceMethod<"", "void", "setBias", (ins "std::optional<::llvm::ArrayRef<int64_t>>":$bias)>,
    InterfaceMethod<"", "std::optional<::setun::lowbit::KernelKind>", "getKernel">,
    InterfaceMethod<"", "void", "setKernel", (ins "std::optional<::setun::lowbit::KernelKind>":$kernel)>,
    InterfaceMethod<"Why only plain loops compute this product; empty if kernels might.", "std::string",
                    "objectToKernels">
  ];
}

def LowBit_MatmulOp : LowBit_Op<"matmul", [Pure, LowBit_ProductOpInterface]> {
  let summary = "exact product of codes";
  let description = [{
    With the zero points a of lhs and b of rhs, 0 unless given:

    ```
    result[.., m, n] = bias[n] + sum_k (lhs[.., m, k] - a) * (rhs[.., n, k] - b)
    ```
    The right side has one row per output. The sum is exact: the largest possible |sum| must fit the
    result type.

    Constraints: (c1) lhs is [.., M, K], rhs [N, K] or [.., N, K] whose leading dimensions broadcast to those of
    lhs, result [.., M, N]; (c2) max|bias| + K * max|lhs - a| * max|rhs - b| fits the accumulator; (c3) only rhs may
    carry a `#lowbit.layout`, and then there are no zero points; (c4) kernel `addsub` needs a constant rhs; (c5) a
    zero point is an integer that the unpacked storage of its codes could hold; (c6) bias has N numbers.

    Example: `%acc = lowbit.matmul %a zero_point 128, %w bias [1, -5] : tensor<1x64xui8>, tensor<2x64x!lowbit.ternary> -> tensor<1x2xi32>`
  }];
  let arguments = (ins LowBit_CodeTensor:$lhs, LowBit_CodeTensor:$rhs,
                       DefaultValuedAttr<I64Attr, "0">:$lhs_zero_point,
                       DefaultValuedAttr<I64Attr, "0">:$rhs_zero_point,
                       OptionalAttr<DenseI64ArrayAttr>:$bias, OptionalAttr<LowBit_KernelAttr>:$kernel);
  let results = (outs RankedTensorOf<[LowBit_Accumulator]>:$result);
  let assemblyFormat = [{
    $lhs (`zero_point` $lhs_zero_point^)? `,` $rhs (`zero_point` $rhs_zero_point^)? (`bias` $bias^)?
    (`kernel` $kernel^)? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getTerms() { return getRhs().getType().getShape().back(); }
    void dropLhsZeroPoint() { setLhsZeroPoint(0); }
    std::string objectToKernels();
  }];
}

def LowBit_ConvOp : LowBit_Op<"conv", [Pure, LowBit_ProductOpInterface]> {
  let summary = "exact convolution of codes";
  let description = [{
    Output o belongs to group g = o / (O / groups). With the zero point a of lhs, 0 unless given:

    ```
    result[n, o, p..] = bias[o] + sum_{c, q..} (x(n, g * C / groups + c, p.., q..) - a) * rhs[o, c, q..]
    x(n, c, p.., q..) = lhs[n, c, p.. * strides + q.. * dilations - pads]
    ```
    Outside of the image x is `padding`, which is a unless given: by default positions outside add nothing, also
    where no code means zero.

    Constraints: (c1) lhs is [N, C, inputs..], rhs [O, C / groups, size..] with as many spatial dimensions as the
    window, groups divides C and O; (c2) result is [N, O, outputs..], outputs as the window says, at least one;
    (c3) max|bias| + (C / groups) * prod(size) * max|x - a| * max|rhs| fits the accumulator; (c4) only rhs may carry
    a `#lowbit.layout`, and then there is no zero point; (c5) kernel `addsub` needs a constant rhs; (c6) the
    unpacked storage of lhs could hold zero point and padding; (c7) bias has O numbers.

    Example: `%acc = lowbit.conv %x, %w window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> : tensor<1x8x28x28xui4>, tensor<16x8x3x3x!lowbit.ternary> -> tensor<1x16x28x28xi32>`
  }];
  let arguments = (ins LowBit_CodeTensor:$lhs, LowBit_CodeTensor:$rhs, LowBit_WindowAttr:$window,
                       DefaultValuedAttr<I64Attr, "1">:$groups, DefaultValuedAttr<I64Attr, "0">:$lhs_zero_point,
                       OptionalAttr<I64Attr>:$padding, OptionalAttr<DenseI64ArrayAttr>:$bias,
                       OptionalAttr<LowBit_KernelAttr>:$kernel);
  let results = (outs RankedTensorOf<[LowBit_Accumulator]>:$result);
  let assemblyFormat = [{
    $lhs (`zero_point` $lhs_zero_point^)? (`padding` $padding^)? `,` $rhs `window` $window (`groups` $groups^)?
    (`bias` $bias^)? (`kernel` $kernel^)? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// What x is outside of the image.
    int64_t getPaddingCode() { return getPadding().value_or(getLhsZeroPoint()); }
    int64_t getTerms() { return getRhs().getType().getDimSize(1) * getWindow().getPositions(); }
    void dropLhsZeroPoint() { setPadding(getPaddingCode()); setLhsZeroPoint(0); }
    std::string objectToKernels();
  }];
}

def LowBit_TransposeOp : LowBit_Op<"transpose", [Pure]> {
  let summary = "permute the dimensions of codes";
  let description = [{
    result[i_perm(0), i_perm(1), ..] = input[i_0, i_1, ..]: dimension d of the result is dimension perm[d] of the input.

    Constraints: (c1) permutation is a permutation of the input's dimensions; (c2) the result has the
    permuted shape and the input's element type; (c3) no packed layout.

    Example: `%t = lowbit.transpose %w [1, 0] : tensor<64x16x!lowbit.ternary> -> tensor<16x64x!lowbit.ternary>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def LowBit_ReshapeOp : LowBit_Op<"reshape", [Pure]> {
  let summary = "the same codes in another shape, row-major";
  let description = [{
    Constraints: (c1) input and result have the same number of elements and element type; (c2) shapes are
    static; (c3) no packed layout.

    Example: `%r = lowbit.reshape %x : tensor<1x1x28x28xui8> -> tensor<1x784xui8>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def LowBit_PadOp : LowBit_Op<"pad", [Pure]> {
  let summary = "codes with one code around them";
  let description = [{
    result[i..] = input[i.. - low..], and `code` where that is outside of the input.

    Constraints: (c1) low and high have a number for each dimension, none negative; (c2) each dimension of the
    result is low + size + high, with no packed layout; (c3) the result's element type has the input's values and
    `code`, and the input's storage.

    Example: `%p = lowbit.pad %x code 0 low [0, 0, 1, 1] high [0, 0, 1, 1] : tensor<1x8x5x5x!lowbit.bipolar> -> tensor<1x8x7x7x!lowbit.ternary>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, I64Attr:$code, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = [{
    $input `code` $code `low` $low `high` $high attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def LowBit_PoolOp : LowBit_Op<"pool", [Pure]> {
  let summary = "the largest code of each window";
  let description = [{
    result[n, c, p..] = max_q.. input[n, c, p.. * strides + q.. * dilations - pads] over the positions inside of the
    image, and the smallest code where there is none. With `channels_last` the channels of both are last.

    Constraints: (c1) input is [N, C, inputs..] (or channels last) with as many spatial dimensions as the window, and no
    packed layout; (c2) result is [N, C, outputs..], outputs as the window says, at least one; (c3) input and result have
    the same element type.

    Example: `%m = lowbit.pool %x window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x8x28x28xui4> -> tensor<1x8x14x14xui4>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, LowBit_WindowAttr:$window, UnitAttr:$channels_last);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input `window` $window (`channels_last` $channels_last^)? attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def LowBit_SumPoolOp : LowBit_Op<"sum_pool", [Pure]> {
  let summary = "the exact sum of each window";
  let description = [{
    ```
    result[n, c, p..] = sum_q.. (input[n, c, p.. * strides + q.. * dilations - pads] - zero_point)
    ```
    over the positions inside of the image. With `channels_last` the channels of both are last.

    Constraints: (c1) input is [N, C, inputs..] (or channels last) with as many spatial dimensions as the window, and no
    packed layout; (c2) result is [N, C, outputs..], outputs as the window says, at least one; (c3) every sum fits the
    result's type; (c4) the unpacked storage of the input's codes could hold the zero point.

    Example: `%s = lowbit.sum_pool %x zero_point 128 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x8x28x28xui8> -> tensor<1x8x14x14xi32>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, LowBit_WindowAttr:$window,
                       DefaultValuedAttr<I64Attr, "0">:$zero_point, UnitAttr:$channels_last);
  let results = (outs RankedTensorOf<[LowBit_Accumulator]>:$result);
  let assemblyFormat = [{
    $input (`zero_point` $zero_point^)? `window` $window (`channels_last` $channels_last^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def LowBit_PatchesOp : LowBit_Op<"patches", [Pure]> {
  let summary = "what each place of a window sees, as a row";
  let description = [{
    With Q = the positions of all spatial dimensions of the window but the last, and q their row-major index:

    ```
    result[n, p.., (q_last * Q + q) * C + c] = input[n, c, p.. * strides + (q.., q_last) * dilations - pads]
    ```
    and `padding` outside of the image. So a convolution is a product: conv(x, w) = patches(x) . w', where w' are
    the weights [O, size_last, size.., C]. With `channels_last` the input is [N, inputs.., C], the result the same.

    Constraints: (c1) input is [N, C, inputs..] (or channels last) with as many spatial dimensions as the window, and no packed
    layout; (c2) result is [N, outputs.., C * prod(size)], outputs as the window says, at least one; (c3) the
    result's element type has the input's values, `padding` if there are pads, and the input's storage.

    Example: `%p = lowbit.patches %x padding 0 window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> : tensor<1x8x28x28xui4> -> tensor<1x28x28x72xui4>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, I64Attr:$padding, LowBit_WindowAttr:$window, UnitAttr:$channels_last);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input `padding` $padding `window` $window (`channels_last` $channels_last^)? attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

include "LowBitStepOps.td"
include "LowBitKernelOps.td"

#endif // SETUN_DIALECTS_LOWBIT_TD
