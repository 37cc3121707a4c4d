// The `onnx` dialect in C++: ONNX graphs as they stand in the file, one generic
// operation per node. See Onnx.td for what each operation means.
#ifndef SETUN_DIALECTS_ONNX_ONNX_H
#define SETUN_DIALECTS_ONNX_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Onnx/OnnxDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Onnx/OnnxTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Onnx/Onnx.h.inc"

namespace setun::onnx {

/// Domain of the QONNX and FINN operators, whatever the model file calls it.
inline constexpr llvm::StringLiteral kQonnxDomain = "qonnx";

/// Domain of QONNX's operators on channels-last tensors: Conv, MaxPool and
/// BatchNormalization.
inline constexpr llvm::StringLiteral kChannelsLastDomain =
    "qonnx.custom_op.channels_last";

/// Domain of onnxruntime's contributed operators.
inline constexpr llvm::StringLiteral kMicrosoftDomain = "com.microsoft";

} // namespace setun::onnx

#endif // SETUN_DIALECTS_ONNX_ONNX_H
