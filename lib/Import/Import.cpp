// The importer from end to end.
#include "setun/Import/Import.h"

#include "ImportSteps.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

static OwningOpRef<ModuleOp> importModel(::onnx::ModelProto &model,
                                         StringRef fileName, StringRef sha256,
                                         ImportContext &context) {
  context.context->loadDialect<func::FuncDialect, setun::onnx::OnnxDialect>();
  if (failed(normalizeModel(model, context)) ||
      failed(inlineFunctions(model, context)))
    return nullptr;
  makeNamesUnique(model);
  if (failed(bindDimensions(model, context)) ||
      failed(checkGraphs(model, context)) || failed(inferTypes(model, context)))
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
