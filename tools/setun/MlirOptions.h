// `--mlir-*` options belong to MLIR's own parser; they may stand anywhere on
// the command line, spelled as in mlir-opt (`--mlir-timing`,
// `--mlir-print-ir-after-all`).
#ifndef SETUN_TOOLS_SETUN_MLIROPTIONS_H
#define SETUN_TOOLS_SETUN_MLIROPTIONS_H

#include "mlir/Pass/PassManager.h"

#include <string>
#include <vector>

namespace setun::driver {

/// Takes the `--mlir-*` options out of `arguments` (without the program's name)
/// and parses them. False after a message if one of them is wrong.
bool takeMlirOptions(std::vector<std::string> &arguments);

/// Makes a pass manager do what the options ask for.
llvm::LogicalResult applyMlirOptions(mlir::PassManager &passes);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_MLIROPTIONS_H
