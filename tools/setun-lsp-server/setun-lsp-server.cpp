// setun-lsp-server: lets an editor understand .mlir files of the onnx and
// lowbit dialects: definitions, hover, diagnostics.
#include "setun/Pipelines/Pipelines.h"

#include "mlir/IR/Dialect.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  setun::registerAllDialects(registry);
  return succeeded(mlir::MlirLspServerMain(argc, argv, registry)) ? 0 : 1;
}
