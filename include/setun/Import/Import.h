// The importer: an ONNX file becomes a module in the `onnx` dialect. It checks
// that the model is well formed and infers types, but interprets no operator.
#ifndef SETUN_IMPORT_IMPORT_H
#define SETUN_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "setun/Support/Npy.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace setun {

/// A value for an input of the model, which thereby becomes a constant.
struct InputBinding {
  std::string name;
  /// An array of the input's type and shape.
  std::optional<NpyArray> array;
  /// In place of an array numbers with commas between, taken as a vector, or a
  /// scalar where the input is one.
  std::string numbers;
};

struct ImportOptions {
  /// Sizes for dimensions that the model leaves open, by their name in the
  /// model (`batch`) or, also where they have none, by input and axis (`x.0`).
  llvm::StringMap<int64_t> dims;

  /// Inputs that become constants.
  std::vector<InputBinding> bindings;

  /// Tensors of the main graph that become outputs after the model's own, by
  /// their names or those of the nodes that produce them.
  std::vector<std::string> extraOutputs;

  /// Makes every tensor that a node of the main graph produces an output.
  bool allTensorsAsOutputs = false;

  /// Nodes of the main graph, loops unrolled, that are not too many: compiling
  /// takes about a millisecond for each.
  int64_t maxNodes = 200'000;

  /// Does the compiler know this operator (domain, name) itself? Of the others,
  /// those that ONNX defines by a function are replaced by it. Without this
  /// predicate all operators stay as the model has them.
  std::function<bool(llvm::StringRef, llvm::StringRef)> isNative;
};

/// Reads the model `path` into a new module. Errors go to the diagnostic engine
/// of `context`: those of a node carry its location, the others that of the
/// file. Returns null if there was one.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxFile(llvm::StringRef path, mlir::MLIRContext *context,
               const ImportOptions &options = {});

/// Reads a model in ONNX's textual form, for tests. `name` stands for the file
/// in locations; external data is refused.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxText(llvm::StringRef text, llvm::StringRef name,
               mlir::MLIRContext *context, const ImportOptions &options = {});

} // namespace setun

#endif // SETUN_IMPORT_IMPORT_H
