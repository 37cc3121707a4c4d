// The values of TensorProto as elements attributes, from every place where ONNX
// keeps them: raw bytes, typed fields, and side files.
#ifndef SETUN_LIB_IMPORT_TENSORDATA_H
#define SETUN_LIB_IMPORT_TENSORDATA_H

#include "ImportContext.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace setun::importer {

/// Starts an error about a tensor; the caller appends "has ...".
using EmitTensorError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Checks type and shape of a tensor, not yet its data.
mlir::FailureOr<mlir::RankedTensorType>
getTensorType(const ::onnx::TensorProto &tensor, const ImportContext &context,
              EmitTensorError emitError);

/// Copies the data of an external tensor into the protobuf if it has no more
/// than `most` bytes. Small ones are where ONNX's shape inference looks.
mlir::LogicalResult loadIfSmall(::onnx::TensorProto &tensor,
                                const ImportContext &context,
                                EmitTensorError emitError,
                                int64_t most = 64 << 10);

/// The value of `tensor`. The bytes are moved out of it, or mapped from the
/// side file, without a copy where MLIR stores them as ONNX does. `name` is a
/// hint for the name of the resource.
mlir::FailureOr<mlir::ElementsAttr> takeTensor(::onnx::TensorProto &tensor,
                                               llvm::StringRef name,
                                               const ImportContext &context,
                                               EmitTensorError emitError);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_TENSORDATA_H
