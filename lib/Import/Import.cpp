// The importer from end to end.
#include "setun/Import/Import.h"

#include "setun/Import/OnnxModel.h"

#include "ImportSteps.h"
#include "KnownValues.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

/// Operators within operators, or loops within loops: deeper ones are no model.
static constexpr int kMaxRounds = 32;

/// Checks the graphs and infers types; what the types allow to replace is
/// replaced, and the rest of the graph typed anew.
static LogicalResult simplifyModel(::onnx::ModelProto &model,
                                   ImportContext &context) {
  for (int round = 0; round < kMaxRounds; ++round) {
    ::onnx::shape_inference::DataValueMap values;
    if (failed(checkGraphs(model, context)) ||
        failed(inferTypes(model, context, values)))
      return failure();
    if (!context.options.isNative)
      return success();
    bool changed = resolveSequences(model, KnownValues(model.graph(), values));
    changed |= foldValueShapes(model, KnownValues(model.graph(), values));
    changed |= unrollLoops(model, context, KnownValues(model.graph(), values));
    FailureOr<bool> expanded = expandOperators(model, context);
    if (failed(expanded))
      return failure();
    // Only what nothing else resolves: a condition may become known yet.
    if (!changed && !*expanded &&
        !selectBranches(model, KnownValues(model.graph(), values)))
      return success();
    makeNamesUnique(model);
  }
  return context.error() << "operators within operators are expanded "
                         << kMaxRounds << " levels deep, but not deeper";
}

static LogicalResult checkSize(const ::onnx::ModelProto &model,
                               ImportContext &context) {
  int64_t count = model.graph().node_size();
  if (count <= context.options.maxNodes)
    return success();
  return context.error() << "the model has " << count << " nodes; accepted are "
                         << context.options.maxNodes
                         << ", or as many as --max-nodes says";
}

static OwningOpRef<ModuleOp> importModel(::onnx::ModelProto &model,
                                         StringRef fileName, StringRef sha256,
                                         ImportContext &context) {
  context.context->loadDialect<func::FuncDialect, setun::onnx::OnnxDialect>();
  if (failed(checkSize(model, context)) ||
      failed(normalizeModel(model, context)) ||
      failed(bindInputs(model, context)) ||
      failed(inlineFunctions(model, context)))
    return nullptr;
  makeNamesUnique(model);
  if (failed(bindDimensions(model, context)) ||
      failed(simplifyModel(model, context)) ||
      failed(checkSize(model, context)))
    return nullptr;
  OwningOpRef<ModuleOp> module = buildModule(model, fileName, sha256, context);
  if (!module || failed(verify(*module)))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> setun::importOnnxFile(StringRef path,
                                            MLIRContext *context,
                                            const ImportOptions &options) {
  StringRef folder = llvm::sys::path::parent_path(path);
  ImportContext importContext(context, options, path,
                              folder.empty() ? "." : folder);
  std::string sha256;
  auto model = readModel(path, importContext, sha256);
  if (failed(model))
    return nullptr;
  return importModel(**model, llvm::sys::path::filename(path), sha256,
                     importContext);
}

OwningOpRef<ModuleOp> setun::importOnnxModel(::onnx::ModelProto model,
                                             StringRef name,
                                             MLIRContext *context,
                                             const ImportOptions &options) {
  ImportContext importContext(context, options, name, /*folder=*/"");
  return importModel(model, llvm::sys::path::filename(name), /*sha256=*/"",
                     importContext);
}

OwningOpRef<ModuleOp> setun::importOnnxText(StringRef text, StringRef name,
                                            MLIRContext *context,
                                            const ImportOptions &options) {
  ImportContext importContext(context, options, name, /*folder=*/"");
  std::string sha256;
  auto model = parseModel(text, importContext, sha256);
  if (failed(model))
    return nullptr;
  return importModel(**model, llvm::sys::path::filename(name), sha256,
                     importContext);
}
