// The kernel ops of the `lowbit` dialect, which work on storage, and the ops on small floats. Included by LowBit.td,
// which has their base classes and types.
#ifndef SETUN_DIALECTS_LOWBIT_KERNEL_OPS_TD
#define SETUN_DIALECTS_LOWBIT_KERNEL_OPS_TD

//===-- Kernel ops: on storage, destination style -------------------------===//

class LowBit_KernelOp<string mnemonic, list<Trait> traits = []> : LowBit_Op<mnemonic,
    traits # [DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  code baseDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let extraClassDeclaration = baseDeclaration;
}

class LowBit_Storage<list<Type> elements> : AnyTypeOf<[RankedTensorOf<elements>, MemRefOf<elements>]>;

def LowBit_AddSubOp : LowBit_KernelOp<"addsub", [
    IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "a constant matrix product as a network of additions and subtractions";
  let description = [{
    init[.., n] = region(ext(input[.., 0]), .., ext(input[.., K-1]))[n] for every leading index.

    The region takes K scalars of the accumulator type and yields N; it holds only `arith.addi`,
    `arith.subi`, `arith.shli` by a constant, and constants. On codes the input has a code type; on storage it is i8 and
    `activation` says which code type the bytes hold.

    Constraints: (c1) input is [.., K], init [.., N] with equal leading dimensions; (c2) the region has K
    arguments and yields N values, all of init's element type; (c3) only the ops named above; (c4) on i8
    storage `activation` is given, on codes it is not; (c5) tensor form has one result of init's type, memref form none.

    Example:
    ```
    %r = lowbit.addsub ins(%x : tensor<1x3xsi8>) outs(%o : tensor<1x1xi32>) {
    ^bb0(%x0: i32, %x1: i32, %x2: i32):
      %0 = arith.subi %x0, %x1 : i32
      %1 = arith.addi %0, %x2 : i32
      lowbit.yield %1 : i32
    } -> tensor<1x1xi32>
    ```
  }];
  let arguments = (ins AnyShaped:$input, LowBit_Storage<[LowBit_Accumulator]>:$init,
                       OptionalAttr<TypeAttr>:$activation);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    (`activation` $activation^)? $body attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_YieldOp : LowBit_Op<"yield", [Pure, Terminator, ParentOneOf<["AddSubOp"]>]> {
  let summary = "the outputs of an add/sub network";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def LowBit_PackedMatmulOp : LowBit_KernelOp<"packed_matmul"> {
  let summary = "exact product of codes with a packed matrix";
  let description = [{
    init[.., n] = sum_k weight[n][k] * input[.., k], the weights decoded from `packed` by `layout`.

    Constraints: (c1) input is [.., K], init [.., N] with equal leading dimensions; (c2) packed has exactly
    the bytes that the layout needs for N rows of K codes; (c3) input holds codes of at most 8 bits, for `bit_tiles` of -1, 0 and +1, weight is a code
    type that the layout can hold; (c4) tensor form has one result of init's type, memref form none.

    Example: `lowbit.packed_matmul ins(%x, %w : memref<1x64xi8>, memref<256xi8>) outs(%acc : memref<1x16xi32>) layout <ternary_pairs> activation si8 weight !lowbit.ternary`
  }];
  let arguments = (ins LowBit_Storage<[I8]>:$input, LowBit_Storage<[I8]>:$packed,
                       LowBit_Storage<[I32]>:$init,
                       LowBit_LayoutAttr:$layout, TypeAttr:$activation, TypeAttr:$weight);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $packed `:` type($input) `,` type($packed) `)` `outs` `(` $init `:` type($init) `)`
    `layout` $layout `activation` $activation `weight` $weight attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_Im2RowOp : LowBit_KernelOp<"im2row"> {
  let summary = "rows of what a window sees, from stored codes";
  let description = [{
    init[n, p.., k] is element [n + offsets[0], p.. + offsets[1..], k] of `lowbit.patches`; offsets are 0 if none are
    given. So a part of the rows can be made at a time. `channels_last` as there.

    Constraints: (c1) input is [N, C, inputs..] (or channels last) with as many spatial dimensions as the window, init has its element
    type; (c2) init is [.., .., C * prod(size)], no larger than all patches, and just these without offsets; (c3)
    offsets are none, or one for each dimension of init but the last; (c4) tensor form has one result of init's type,
    memref form none.

    Example: `lowbit.im2row ins(%x : memref<1x8x28x28xi8>) at [%n, %h, %w] outs(%rows : memref<1x1x4x72xi8>) window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> padding 0`
  }];
  let arguments = (ins LowBit_Storage<[I8, I16]>:$input, LowBit_Storage<[I8, I16]>:$init, Variadic<Index>:$offsets,
                       LowBit_WindowAttr:$window, I64Attr:$padding, UnitAttr:$channels_last);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` (`at` `[` $offsets^ `]`)? `outs` `(` $init `:` type($init) `)`
    `window` $window `padding` $padding (`channels_last` $channels_last^)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_DepthwiseOp : LowBit_KernelOp<"depthwise"> {
  let summary = "exact convolution of codes that keeps channels apart, channels last";
  let description = [{
    With q the row-major index of the positions of the window, and x `padding` outside of the image:

    ```
    sums[n, p.., c] = bias[c] + sum_q weights[q, c] * x[n, p.. * strides + q.. * dilations - pads, c]
    init[n, p.., c] = sums[n + offsets[0], p.. + offsets[1..], c]
    ```
    Offsets are 0 if none are given. On codes input and weights have code types, and there may be a bias; on storage they
    are i8, and `activation` says which code type the bytes of the input hold. Weights are signed.

    Constraints: (c1) input is [N, inputs.., C] with as many spatial dimensions as the window, weights [prod(size), C];
    (c2) init is [.., .., C], no larger than all sums, and just these without offsets; (c3) offsets are none, or one for
    each dimension of init but the last; (c4) codes have at most 8 bits, weights values of a signed byte, and the storage
    of the input could hold the padding; (c5) the window has at most 65,535 positions, so that sums of products of
    bytes fit 32 bits; (c6) `activation` is given on i8 storage and only there, a bias of C numbers only on codes; (c7)
    tensor form has one result of init's type, memref form none.

    Example: `%s = lowbit.depthwise ins(%x, %w : tensor<1x5x5x8xui8>, tensor<9x8xsi8>) outs(%o : tensor<1x5x5x8xi32>) window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> padding 0 -> tensor<1x5x5x8xi32>`
  }];
  let arguments = (ins AnyShaped:$input, AnyShaped:$weights, LowBit_Storage<[I32]>:$init, Variadic<Index>:$offsets,
                       LowBit_WindowAttr:$window, I64Attr:$padding, OptionalAttr<DenseI64ArrayAttr>:$bias,
                       OptionalAttr<TypeAttr>:$activation);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights `:` type($input) `,` type($weights) `)` (`at` `[` $offsets^ `]`)?
    `outs` `(` $init `:` type($init) `)` `window` $window `padding` $padding (`bias` $bias^)?
    (`activation` $activation^)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_FloatMatmulOp : LowBit_KernelOp<"float_matmul"> {
  let summary = "float matrix product in the fixed order";
  let description = [{
    init[.., m, n] = sum_k lhs[.., m, k] * rhs[.., k, n]: 16 interleaved partial sums (lane i takes k = i mod 16 in
    rising k, starting from +0), then lanes are added in halves: 8, 4, 2, 1. Every product and sum is
    rounded to f32; no fused multiply-add.

    Constraints: (c1) equal leading dimensions, or rhs of rank 2; M, K, N match; (c2) tensor form has one result
    of init's type, memref form none.

    Example: `lowbit.float_matmul ins(%a, %b : memref<1x64xf32>, memref<64x16xf32>) outs(%c : memref<1x16xf32>)`
  }];
  let arguments = (ins LowBit_Storage<[F32]>:$lhs, LowBit_Storage<[F32]>:$rhs, LowBit_Storage<[F32]>:$init);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_FloatSumOp : LowBit_KernelOp<"float_sum"> {
  let summary = "float sum along the last dimension in the fixed order";
  let description = [{
    init[..] = sum_k input[.., k], in the order of `lowbit.float_matmul`.

    Constraints: (c1) init has input's shape without the last dimension; (c2) tensor form has one result of
    init's type, memref form none.

    Example: `lowbit.float_sum ins(%x : memref<4x64xf32>) outs(%y : memref<4xf32>)`
  }];
  let arguments = (ins LowBit_Storage<[F32]>:$input, LowBit_Storage<[F32]>:$init);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def LowBit_FloatConvOp : LowBit_KernelOp<"float_conv", [AttrSizedOperandSegments]> {
  let summary = "float convolution in a fixed order";
  let description = [{
    Output channel m belongs to group g = m / (M / groups):

    ```
    init[n, m, p..] = (sum_{c, q..} weights[m, c, q..] * x(n, g * C / groups + c, p.., q..)) + bias[m]
    x(n, c, p.., q..) = input[n, c, p.. * strides + q.. * dilations - pads], 0 outside of the image
    ```
    One sum in the order of the weights, c, then q.. rising, starting from +0. Every product and sum is
    rounded to f32; no fused multiply-add. Products with the 0 outside are taken like all others. Without bias nothing
    is added.

    `lowbit-lower-kernels` gives the memref form room for a part of a patch: `scratch`, see `setun_conv_f32`.

    Constraints: (c1) input is [N, C, inputs..], weights [M, C / groups, size..], groups divides C and M; (c2) init is
    [N, M, outputs..], outputs as the window says, at least one; (c3) bias has M numbers; (c4) only the memref form
    has a scratch, which has min(64, C / groups * prod(size)) x 32 numbers; (c5) tensor form has one result of init's
    type, memref form none.

    Example: `lowbit.float_conv ins(%x, %w bias %b : memref<1x3x8x8xf32>, memref<4x3x3x3xf32>, memref<4xf32>) outs(%y : memref<1x4x6x6xf32>) window <size[3, 3] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]>`
  }];
  let arguments = (ins LowBit_Storage<[F32]>:$input, LowBit_Storage<[F32]>:$weights,
                       Optional<LowBit_Storage<[F32]>>:$bias, Optional<LowBit_Storage<[F32]>>:$scratch,
                       LowBit_Storage<[F32]>:$init, LowBit_WindowAttr:$window,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights (`bias` $bias^)? (`scratch` $scratch^)? `:` type($input) `,` type($weights)
    (`,` type($bias)^)? (`scratch` type($scratch)^)? `)` `outs` `(` $init `:` type($init) `)` `window` $window
    (`groups` $groups^)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = baseDeclaration # [{
    /// The rows of 32 numbers that a scratch must have.
    int64_t getScratchRows();
  }];
}

def LowBit_BlockMatmulOp : LowBit_KernelOp<"block_matmul"> {
  let summary = "product of floats with weights that have scales in blocks, exact within a block";
  let description = [{
    For each row of `input` and each block of `block` neighbouring inputs, the last of which may be shorter, with a the
    largest magnitude in there:

    ```
    q[k]        = rne(input[.., k] * (127 / a)); 0 if a < 2^-100 or a is not finite
    sums[.., n] = sum_{k in block} (code[n, k] - zero_point[n, block]) * q[k], exact
    init[.., n] = sum_block f32(sums[.., n]) * ((a / 127) * scale[n, block])
    ```
    The last sum goes from block to block, starting from +0; every operation is rounded to f32, with no fused
    multiply-add. What is not finite makes the whole row NaN.

    With `floats` the inputs stay floats, and the sum is in the order of `lowbit.float_matmul`:

    ```
    init[.., n] = sum_k input[.., k] * ((code[n, k] - zero_point[n, block]) * scale[n, block])
    ```

    With `fp4` codes are twice the number of E2M1 whose bits are stored, and there are no zero points. Others have `bits` bits
    and no sign. `packed` holds them with their scales, as `setun/Support/BlockPacking.h` says,
    and with zero points if there is no `zero_point` for all.

    `lowbit-lower-kernels` gives the memref form room for the bytes of rows: `scratch`, see `setun_block_matmul_4`.

    Constraints: (c1) input is [.., K], init [.., N] with equal leading dimensions, none of K and N 0; (c2) bits are 2, 4
    or 8, block is a power of two of 16 .. 256, zero_point a code, with fp4 bits 4 and zero_point 0; (c3) scales are f16 or f32; (c4) packed has exactly the
    bytes that N rows of K codes need; (c5) only the memref form without `floats` has a scratch, of the bytes that rows need; (c6) tensor
    form has one result of init's type, memref form none.

    Example: `lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 32 scales f32 zero_point 8`
  }];
  let arguments = (ins LowBit_Storage<[F32]>:$input, LowBit_Storage<[I8]>:$packed,
                       Optional<LowBit_Storage<[I8]>>:$scratch, LowBit_Storage<[F32]>:$init,
                       I64Attr:$bits, I64Attr:$block, TypeAttr:$scales, OptionalAttr<I64Attr>:$zero_point,
                       UnitAttr:$floats, UnitAttr:$fp4);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $packed (`scratch` $scratch^)? `:` type($input) `,` type($packed)
    (`scratch` type($scratch)^)? `)` `outs` `(` $init `:` type($init) `)` `bits` $bits `block` $block `scales` $scales
    (`zero_point` $zero_point^)? (`floats` $floats^)? (`fp4` $fp4^)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = baseDeclaration # [{
    /// How `packed` lies in memory.
    BlockShape getShape();
    /// The bytes that a scratch must have.
    int64_t getScratchBytes();
  }];
}

//===-- Minifloats --------------------------------------------------------===//

def LowBit_StoredFloat : AnyTypeOf<[I8, I16]>;
def LowBit_ComputedFloat : AnyTypeOf<[F32, F64]>;

def LowBit_DecodeFloatOp : LowBit_Op<"decode_float", [Pure]> {
  let summary = "the number that the bits of a small float stand for";
  let description = [{
    result = the value of `input` read as `format`: f16, bf16, an 8-bit float (f8E4M3FN, f8E4M3FNUZ, f8E5M2, f8E5M2FNUZ,
    f8E8M0FNU) or f4E2M1FN, which is kept in the low bits of a byte. Exact: f32 holds every such value.

    Constraints: (c1) format is one of those; (c2) input has its bits, but at least 8.

    Example: `%y = lowbit.decode_float %x as f16 : i16 -> f32`
  }];
  let arguments = (ins LowBit_StoredFloat:$input, TypeAttr:$format);
  let results = (outs F32:$result);
  let assemblyFormat = "$input `as` $format attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def LowBit_EncodeFloatOp : LowBit_Op<"encode_float", [Pure]> {
  let summary = "the bits of a number rounded to a small float";
  let description = [{
    result = the bits of `format` nearest to `input`, ties to even; subnormal values included. What is too large, infinity
    too, becomes infinity, or NaN where `format` has no infinity; with `saturate` it becomes the largest finite value.
    f4E2M1FN has neither, so it always saturates, and NaN becomes -0. f8E8M0FNU has powers of two only: the
    sign is dropped, `rounding` says which power (`up`, `down`, or the nearest with ties up, `half_up`), and infinity
    becomes NaN.

    Constraints: (c1) format is one of those of `lowbit.decode_float`; (c2) result has its bits, but at least 8;
    (c3) rounding is `half_even`, or for f8E8M0FNU one of `up`, `down`, `half_up`.

    Example: `%y = lowbit.encode_float %x saturate as f8E4M3FN : f32 -> i8`
  }];
  let arguments = (ins LowBit_ComputedFloat:$input, TypeAttr:$format, UnitAttr:$saturate,
                       DefaultValuedAttr<LowBit_RoundingModeAttr, "::setun::lowbit::RoundingMode::HalfEven">:$rounding);
  let results = (outs LowBit_StoredFloat:$result);
  let assemblyFormat = [{
    $input (`saturate` $saturate^)? (`rounding` $rounding^)? `as` $format attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // SETUN_DIALECTS_LOWBIT_KERNEL_OPS_TD
