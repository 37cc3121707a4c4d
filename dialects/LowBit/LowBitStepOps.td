// Step functions: integers to codes by comparisons, by a multiplication and a shift, or by a table. What remains of scales,
// BatchNormalization, activation and quantiser once nothing of them is float. Part of LowBit.td.

def LowBit_ThresholdOp : LowBit_Op<"threshold", [Pure]> {
  let summary = "count the thresholds that a value reaches";
  let description = [{
    With c the index along `axis`, 0 if thresholds has one row:

    ```
    count = #{ j : input >= thresholds[c][j] }      (falling[c]: input < thresholds[c][j])
    result = count + offset                         (bipolar: count ? +1 : -1; ternary: count - 1)
    ```
    A NaN reaches no threshold of a row that rises, and is below none of a row that falls. Source: FINN MultiThreshold.

    Constraints: (c1) thresholds is [C or 1, n], n >= 1, C the size of `axis`; (c2) input, thresholds
    have the same element type: f32, i32 or i64; (c3) offset .. offset + n are codes of the result type;
    bipolar needs n = 1, ternary n = 2, both offset 0; (c4) input and result have the same shape; (c5) falling has a
    value for each row of thresholds.

    Example: `%q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x64xf32>, tensor<1x1xf32>) -> tensor<1x64x!lowbit.bipolar>`
  }];
  let arguments = (ins RankedTensorOf<[F32, LowBit_Accumulator]>:$input,
                       RankedTensorOf<[F32, LowBit_Accumulator]>:$thresholds,
                       I64Attr:$axis, DefaultValuedAttr<I64Attr, "0">:$offset,
                       OptionalAttr<DenseBoolArrayAttr>:$falling);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input `,` $thresholds (`falling` $falling^)? attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// What is added to the count; a bipolar code has no such number.
    int64_t getFirstCode();
  }];
}

def LowBit_RequantizeOp : LowBit_Op<"requantize", [Pure, AttrSizedOperandSegments]> {
  let summary = "integers to codes, or to fixed point, by multiplication, addition and shift";
  let description = [{
    With c the index along `axis`, 0 where there is one number for all:

    ```
    v = (sum_i inputs[i] * multipliers[i][c] + addends[c]) >> shift
    result = clamp(v, lo, hi) + #{ j < raised : input = exceptions[c][j] } - #{ j >= raised : input = exceptions[c][j] }
    ```
    Exceptions are the few inputs at which float rounding moved a step: with them the formula equals the floats.
    `>>` rounds down, with `half_even` to the nearest integer and ties to the even one. The numbers are exact: whoever writes the op has shown that for all values which the inputs
    can take every product and every sum, with `half_even` also
    sum + 2^(shift - 1), fits `width` bits, 32 or 64.

    Constraints: (c1) all inputs, sums (i32, i64) or codes, and the result have the same shape, with no packed layout;
    (c2) multipliers has an array for each input; each of them and addends has one number or one for each index along
    `axis`, a dimension of the result; (c3) width is 32 or 64, 0 <= shift < width, every number fits `width` bits, and
    an i64 input needs width 64; (c4) lo <= hi are codes of the result type, which is not bipolar; (c5) exceptions is [C or 1, n], n >= 1, of the
    element type of the only input, a sum; 0 <= raised <= n, and 0 without exceptions.

    Example: `%q = lowbit.requantize %acc multipliers [array<i64: 3, 5>] addends [1, -7] shift 4 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xi32>) -> tensor<1x2xui4>`
  }];
  let arguments = (ins Variadic<RankedTensorOf<[LowBit_CodeType, LowBit_Accumulator]>>:$inputs,
                       Optional<RankedTensorOf<[LowBit_Accumulator]>>:$exceptions,
                       TypedArrayAttrBase<DenseI64ArrayAttr, "numbers for each input">:$multipliers,
                       DenseI64ArrayAttr:$addends, I64Attr:$shift, I64Attr:$lo, I64Attr:$hi, I64Attr:$axis,
                       I64Attr:$width, DefaultValuedAttr<I64Attr, "0">:$raised, UnitAttr:$half_even);
  let results = (outs RankedTensorOf<[LowBit_CodeType, I32]>:$result);
  let assemblyFormat = [{
    $inputs (`exceptions` $exceptions^)? `multipliers` $multipliers `addends` $addends `shift` $shift `lo` $lo `hi` $hi attr-dict
    `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<int64_t> getMultipliersOf(unsigned input) {
      return ::llvm::cast<::mlir::DenseI64ArrayAttr>(getMultipliers()[input]).asArrayRef();
    }
  }];
}

def LowBit_LookupOp : LowBit_Op<"lookup", [Pure]> {
  let summary = "codes to codes by a table";
  let description = [{
    ```
    result = table[c][input - lo],  c the index along `axis` (0 if the table has one row), lo the smallest code of the input's type
    ```
    Constraints: (c1) the input's codes have at most 12 bits and no packed layout; (c2) table is [C or 1, n], C the size
    of `axis` and n = hi - lo + 1 with the smallest and largest code of the input's type; (c3) result has the shape of
    the input and the element type of table.

    Example: `%y = lowbit.lookup %x, %t {axis = 1 : i64} : (tensor<1x64xui2>, tensor<1x4xsi8>) -> tensor<1x64xsi8>`
  }];
  let arguments = (ins LowBit_CodeTensor:$input, LowBit_CodeTensor:$table, I64Attr:$axis);
  let results = (outs LowBit_CodeTensor:$result);
  let assemblyFormat = "$input `,` $table attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}
