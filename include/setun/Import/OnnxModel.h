// Models as protobuf, for tools that write ONNX themselves.
#ifndef SETUN_IMPORT_ONNXMODEL_H
#define SETUN_IMPORT_ONNXMODEL_H

#include "setun/Import/Import.h"

#include "onnx/onnx_pb.h"
#include <memory>

namespace setun {

/// Reads the model `path` with all of its data, and mends what real exporters
/// leave out: every node has a name, initializers are no inputs, the model's
/// own functions are inlined, domains have one name. Null after a diagnostic.
std::unique_ptr<::onnx::ModelProto> readOnnxModel(llvm::StringRef path,
                                                  mlir::MLIRContext *context);

/// Imports a model that has no external data. `name` stands for the file in
/// locations. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxModel(::onnx::ModelProto model, llvm::StringRef name,
                mlir::MLIRContext *context, const ImportOptions &options = {});

} // namespace setun

#endif // SETUN_IMPORT_ONNXMODEL_H
