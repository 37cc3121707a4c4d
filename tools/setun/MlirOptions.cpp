// Forwards `--mlir-*` options to the parser that LLVM and MLIR share.
#include "MlirOptions.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"

namespace setun::driver {

static bool isMlirOption(llvm::StringRef argument) {
  return argument.consume_front("-") &&
         (argument.starts_with("mlir-") || argument.starts_with("-mlir-"));
}

bool takeMlirOptions(std::vector<std::string> &arguments) {
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();

  std::vector<const char *> forwarded = {"setun"};
  for (const std::string &argument : arguments)
    if (isMlirOption(argument))
      forwarded.push_back(argument.c_str());
  bool parsed =
      forwarded.size() == 1 ||
      llvm::cl::ParseCommandLineOptions(static_cast<int>(forwarded.size()),
                                        forwarded.data(), "", &llvm::errs());
  llvm::erase_if(arguments, isMlirOption);
  return parsed;
}

llvm::LogicalResult applyMlirOptions(mlir::PassManager &passes) {
  if (failed(mlir::applyPassManagerCLOptions(passes)))
    return llvm::failure();
  mlir::applyDefaultTimingPassManagerCLOptions(passes);
  return llvm::success();
}

} // namespace setun::driver
