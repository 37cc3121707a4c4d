// Static scales instead of those that each row finds at run time.
#ifndef SETUN_TOOLS_SETUN_CALIBRATESCALES_H
#define SETUN_TOOLS_SETUN_CALIBRATESCALES_H

#include "Session.h"

namespace setun::driver {

/// Runs a copy of the imported module on `options.data` and sets
/// `options.scaleMaxima`. Says on stderr which scale each quantiser gets.
/// Fails after a diagnostic.
llvm::LogicalResult calibrateScales(mlir::ModuleOp imported,
                                    CompileOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_CALIBRATESCALES_H
