// Static scales instead of those that each row finds at run time.
#ifndef SETUN_TOOLS_SETUN_CALIBRATESCALES_H
#define SETUN_TOOLS_SETUN_CALIBRATESCALES_H

#include "Session.h"

#include "setun/Report/ScaleFacts.h"

namespace setun::driver {

/// Runs a copy of the imported module on `options.data` and sets
/// `options.scaleMaxima`. Fails after a diagnostic.
llvm::FailureOr<std::vector<StaticScaleFacts>>
calibrateScales(mlir::ModuleOp imported, CompileOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_CALIBRATESCALES_H
