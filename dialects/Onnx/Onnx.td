// The `onnx` dialect: an ONNX graph as it stands in the file. One ONNX node is
// one `onnx.node`; nothing is interpreted here, so that every operator of every
// opset, domain and vendor can be carried without a definition of its own.
#ifndef SETUN_DIALECTS_ONNX_TD
#define SETUN_DIALECTS_ONNX_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::setun::onnx";
  let summary = "ONNX graphs as they stand in the file";
  let description = [{
    The importer writes this dialect and the conversions read it. It has one
    generic operation, `onnx.node`, instead of one operation per operator:
    what an operator means is the business of the handler that converts it.

    Element types: FLOAT `f32`, DOUBLE `f64`, FLOAT16 `f16`, BFLOAT16 `bf16`,
    FLOAT8 and FLOAT4E2M1 the builtin types of that name, BOOL `i1`, INT32
    `i32`, INT64 `i64` (signless), UINT32 `ui32`, UINT64 `ui64`, INT16, INT8,
    INT4, INT2 `si16` ... `si2`, UINT16, UINT8, UINT4, UINT2 `ui16` ... `ui2`,
    STRING `!onnx.string`. A tensor whose rank is unknown is `tensor<*xT>`.
  }];
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class Onnx_Type<string name, string typeMnemonic>
    : TypeDef<Onnx_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Onnx_StringType : Onnx_Type<"String", "string"> {
  let summary = "a string: element type of tensors and key of maps";
}

def Onnx_SequenceType : Onnx_Type<"Sequence", "sequence"> {
  let summary = "a list of values of one type";
  let description = "Example: `!onnx.sequence<tensor<?x3xf32>>`.";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Onnx_OptionalType : Onnx_Type<"Optional", "optional"> {
  let summary = "a value or nothing";
  let description = "Example: `!onnx.optional<tensor<3xf32>>`.";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Onnx_MapType : Onnx_Type<"Map", "map"> {
  let summary = "a map from integers or strings to values of one type";
  let description = "Example: `!onnx.map<i64, tensor<f32>>`.";
  let parameters = (ins "::mlir::Type":$keyType, "::mlir::Type":$valueType);
  let assemblyFormat = "`<` $keyType `,` $valueType `>`";
}

/// What an ONNX edge can carry; `none` stands for an omitted optional input.
def Onnx_Value : AnyTypeOf<[AnyRankedTensor, AnyUnrankedTensor, NoneType,
                            Onnx_SequenceType, Onnx_OptionalType, Onnx_MapType],
                           "tensor, sequence, optional, map or none">;

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

class Onnx_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Onnx_Dialect, opMnemonic, traits>;

def Onnx_NodeOp : Onnx_Op<"node", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "one node of an ONNX graph";
  let description = [{
    Carries operator type, domain, attributes and subgraphs of one node.

    - `op_type` and `domain` name the operator; the default domain is `""`, the
      QONNX and FINN operators are all in domain `qonnx`.
    - `since_version` is the opset version that defined the operator's present
      meaning (MatMul of an opset-17 model: 13), or 0 where nobody knows it.
    - `attributes` (`node_attributes` in C++) holds INT as `i64`, FLOAT as `f32`, STRING as a string, INTS
      as `array<i64: ...>`, FLOATS as `array<f32: ...>`, STRINGS as a list of
      strings, TENSOR as an elements attribute, TYPE_PROTO as a type.
    - GRAPH attributes are regions of one block, named in order by
      `region_names`. They use outer values directly and end in `onnx.yield`.
    - An omitted optional input is an `onnx.none`; omitted trailing inputs may
      be missing altogether.

    Default values (`domain = ""`, `since_version = 0`, `attributes = {}`) are
    not printed. Nodes have no side effects; random generators only promise
    that two of them are never merged.

    Constraints:
    - (c1) `op_type` is not empty.
    - (c2) every attribute has one of the kinds above.
    - (c3) `region_names` has one unique, non-empty name per region.
    - (c4) each region is one block that ends in `onnx.yield`.
    - (c5) `since_version` is not negative.

    Example:

    ```mlir
    %y = onnx.node "Gemm"(%x, %w) {attributes = {transB = 1 : i64}, since_version = 13 : i64}
        : (tensor<1x784xf32>, tensor<64x784xf32>) -> tensor<1x64xf32>
    ```
  }];
  let arguments = (ins Variadic<Onnx_Value>:$inputs, StrAttr:$op_type,
      DefaultValuedStrAttr<StrAttr, "">:$domain,
      DefaultValuedAttr<I64Attr, "0">:$since_version,
      DefaultValuedAttr<DictionaryAttr, "{}">:$node_attributes,
      OptionalAttr<StrArrayAttr>:$region_names);
  let results = (outs Variadic<Onnx_Value>:$outputs);
  let regions = (region VariadicRegion<AnyRegion>:$bodies);
  let hasCustomAssemblyFormat = 1;
  let builders = [OpBuilder<(ins "::mlir::TypeRange":$outputs,
      "::llvm::StringRef":$opType, "::mlir::ValueRange":$inputs,
      CArg<"::llvm::ArrayRef<::mlir::NamedAttribute>", "{}">:$attributes,
      CArg<"::llvm::StringRef", "{}">:$domain,
      CArg<"int64_t", "0">:$sinceVersion,
      CArg<"::llvm::ArrayRef<::llvm::StringRef>", "{}">:$regionNames)>];
  let extraClassDeclaration = [{
    /// Is this operator `opType` of `domain`?
    bool isOp(::llvm::StringRef domain, ::llvm::StringRef opType);

    /// The ONNX attribute `name`, or null.
    ::mlir::Attribute getAttr(::llvm::StringRef name);

    /// Typed readers of ONNX attributes. A missing attribute, and one of
    /// another kind, gives the default.
    int64_t getInt(::llvm::StringRef name, int64_t defaultValue);
    float getFloat(::llvm::StringRef name, float defaultValue);
    ::llvm::StringRef getString(::llvm::StringRef name,
                                ::llvm::StringRef defaultValue);
    std::optional<::llvm::ArrayRef<int64_t>> getInts(::llvm::StringRef name);
    std::optional<::llvm::ArrayRef<float>> getFloats(::llvm::StringRef name);
    ::mlir::ElementsAttr getTensor(::llvm::StringRef name);

    /// Input `index`, or null if it is omitted.
    ::mlir::Value getInputOrNull(unsigned index);

    /// The region named `name`, or null.
    ::mlir::Region *getBody(::llvm::StringRef name);
  }];
  let hasVerifier = 1;
}

def Onnx_ConstantOp : Onnx_Op<"constant", [Pure, ConstantLike,
    AllTypesMatch<["value", "result"]>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "an initializer or a Constant node";
  let description = [{
    Up to 16 elements stand as `dense<...>`, more as `dense_resource<...>` over
    the bytes of the model file. A resource holds little-endian elements without
    gaps, `i1` and every type below 8 bits in one byte each (`siN` extended by
    its sign, `uiN` by zeros). Read both kinds through `getConstantData`.

    Constraints:
    - (c1) the shape of the value is static.
    - (c2) a resource has exactly the bytes that its type asks for. (A resource
      without data, as in IR printed with elided resources, is let through.)

    Example:

    ```mlir
    %c = onnx.constant dense<[0.5, 2.0]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Onnx_NoneOp : Onnx_Op<"none", [Pure, ConstantLike,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "stands for an optional input that a node omits";
  let description = "Example: `%none = onnx.none`.";
  let results = (outs NoneType:$result);
  let assemblyFormat = "attr-dict";
  let hasFolder = 1;
}

def Onnx_YieldOp : Onnx_Op<"yield", [Pure, Terminator, HasParent<"NodeOp">]> {
  let summary = "the outputs of a subgraph of If, Loop or Scan";
  let description = "Example: `onnx.yield %y : tensor<2xf32>`.";
  let arguments = (ins Variadic<Onnx_Value>:$outputs);
  let assemblyFormat = "($outputs^ `:` type($outputs))? attr-dict";
}

#endif // SETUN_DIALECTS_ONNX_TD
