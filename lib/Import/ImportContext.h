// What every step of the import shares: the MLIR context, the options, the
// known operators, and the way to complain. A step works on the protobuf model
// and returns failure after exactly one diagnostic.
#ifndef SETUN_LIB_IMPORT_IMPORTCONTEXT_H
#define SETUN_LIB_IMPORT_IMPORTCONTEXT_H

#include "OperatorRegistry.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "onnx/onnx_pb.h"
#include "setun/Import/Import.h"
#include "llvm/ADT/StringSet.h"
#include <exception>
#include <string>

namespace setun::importer {

struct ImportContext {
  ImportContext(mlir::MLIRContext *context, const ImportOptions &options,
                llvm::StringRef fileName, llvm::StringRef folder);

  mlir::MLIRContext *context;
  const ImportOptions &options;
  /// Where errors go that no node is to blame for.
  mlir::Location file;
  /// External data lies below this folder; none is read if it is empty.
  std::string folder;
  OperatorRegistry operators;

  /// Nodes that expanded operators and unrolled loops brought so far.
  int64_t numExpanded = 0, numUnrolled = 0;

  mlir::Location locationOf(const ::onnx::NodeProto &node) const;
  mlir::InFlightDiagnostic error() const { return mlir::emitError(file); }
  mlir::InFlightDiagnostic error(const ::onnx::NodeProto &node) const {
    return mlir::emitError(locationOf(node));
  }

  /// True the first time it is asked for this text.
  bool isNew(llvm::StringRef warning) { return warned.insert(warning).second; }

private:
  llvm::StringSet<> warned;
};

/// `'name'` for a message: one line, control characters escaped, cut if long.
std::string quoted(llvm::StringRef name);

/// The first line of a message of the ONNX library, without its prefixes.
std::string cleaned(llvm::StringRef message);

/// Calls into the ONNX library: an exception becomes an error at `loc`. None
/// may travel further, MLIR is built without them.
template <typename Function>
mlir::LogicalResult callOnnx(mlir::Location loc, Function &&function) {
  try {
    function();
    return mlir::success();
  } catch (const std::exception &exception) {
    return mlir::emitError(loc) << cleaned(exception.what());
  }
}

/// Calls `visit` for the graph and every subgraph in it, outer ones first;
/// stops at the first failure.
mlir::LogicalResult forEachGraph(
    ::onnx::GraphProto &graph,
    llvm::function_ref<mlir::LogicalResult(::onnx::GraphProto &)> visit);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_IMPORTCONTEXT_H
