// setun-opt: runs single passes over MLIR text, for tests and for looking at
// what a pass does.
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "setun/Pipelines/Pipelines.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  setun::registerAllDialects(registry);
  setun::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Setun optimizer driver\n", registry));
}
