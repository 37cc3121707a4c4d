// ONNX's types in MLIR; the table of element types is in Onnx.td.
#ifndef SETUN_LIB_IMPORT_TYPES_H
#define SETUN_LIB_IMPORT_TYPES_H

#include "mlir/IR/BuiltinTypes.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace setun::importer {

/// The MLIR type of `TensorProto::DataType` number `dataType`, or null.
mlir::Type getElementType(mlir::MLIRContext *context, int32_t dataType);

/// The MLIR type of `type`. On failure `emitError` is called once; what the
/// model leaves open (no type, no element type) fails, too.
mlir::FailureOr<mlir::Type>
convertType(const ::onnx::TypeProto &type, mlir::MLIRContext *context,
            llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Checks the dimensions of a tensor: none negative (unless `allowOpen`), none
/// and no product too large for 64 bits, at most 64 of them.
mlir::LogicalResult
checkShape(llvm::ArrayRef<int64_t> shape,
           llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_TYPES_H
