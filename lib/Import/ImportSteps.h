// The steps of the import in the order in which Import.cpp takes them. Each
// works on the protobuf model in place; the last one makes the module.
#ifndef SETUN_LIB_IMPORT_IMPORTSTEPS_H
#define SETUN_LIB_IMPORT_IMPORTSTEPS_H

#include "ImportContext.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>

namespace setun::importer {

class KnownValues;

/// Reads a binary model, and its hash.
mlir::FailureOr<std::unique_ptr<::onnx::ModelProto>>
readModel(llvm::StringRef path, ImportContext &context, std::string &sha256);

/// Reads a model in ONNX's textual form, and its hash.
mlir::FailureOr<std::unique_ptr<::onnx::ModelProto>>
parseModel(llvm::StringRef text, ImportContext &context, std::string &sha256);

/// Gives every node a name and a domain we know by one name, and mends what
/// real exporters leave out.
mlir::LogicalResult normalizeModel(::onnx::ModelProto &model,
                                   ImportContext &context);

/// Replaces calls of the model's own functions by their bodies.
mlir::LogicalResult inlineFunctions(::onnx::ModelProto &model,
                                    ImportContext &context);

/// Replaces operators that ONNX defines by functions of others, one level deep,
/// unless the options know them; true if there was one. Types must be known.
mlir::FailureOr<bool> expandOperators(::onnx::ModelProto &model,
                                      ImportContext &context);

/// Gives values of subgraphs names that no other graph uses.
void makeNamesUnique(::onnx::ModelProto &model);

/// Makes the inputs that the options bind initializers.
mlir::LogicalResult bindInputs(::onnx::ModelProto &model,
                               ImportContext &context);

/// Puts the sizes of `--dim` into the types of the graph.
mlir::LogicalResult bindDimensions(::onnx::ModelProto &model,
                                   ImportContext &context);

/// Checks names, tensors and nodes of all graphs and sorts the nodes.
mlir::LogicalResult checkGraphs(::onnx::ModelProto &model,
                                ImportContext &context);

/// Adds the type of every value to the graphs, and says in `values` what else
/// became known of them.
mlir::LogicalResult inferTypes(::onnx::ModelProto &model,
                               ImportContext &context,
                               ::onnx::shape_inference::DataValueMap &values);

/// Replaces operators on sequences and optionals of known elements; true if
/// there was one.
bool resolveSequences(::onnx::ModelProto &model, const KnownValues &known);

/// Replaces operators whose output shape depends on the values of inputs that
/// are known; true if there was one.
bool foldValueShapes(::onnx::ModelProto &model, const KnownValues &known);

/// Replaces loops of a known number of rounds by copies of their bodies; true
/// if there was one.
bool unrollLoops(::onnx::ModelProto &model, ImportContext &context,
                 const KnownValues &known);

/// Replaces each If whose condition is among the known values by its branch;
/// false if there is none.
bool takeKnownBranches(::onnx::ModelProto &model,
                       const ::onnx::shape_inference::DataValueMap &values);

/// Computes both branches of an If and selects their results, where they have
/// the same static types; false if there is none.
bool selectBranches(::onnx::ModelProto &model, const KnownValues &known);

/// Makes the module. Takes the bytes of the tensors out of the model.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(::onnx::ModelProto &model,
                                              llvm::StringRef fileName,
                                              llvm::StringRef sha256,
                                              ImportContext &context);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_IMPORTSTEPS_H
