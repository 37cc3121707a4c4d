// How far fixed point and static scales are from the model's own floats.
#ifndef SETUN_TOOLS_SETUN_MEASURESCALES_H
#define SETUN_TOOLS_SETUN_MEASURESCALES_H

#include "Session.h"

#include "setun/Report/ScaleFacts.h"

namespace setun::driver {

/// Runs copies of the imported module with and without fixed point and static
/// scales on `options.data`, else on the test_data_set_* beside `model`, else
/// on random numbers. Calibrates static scales before, into
/// `options.scaleMaxima`. Fails after a diagnostic.
llvm::FailureOr<ScaleFacts> measureScales(mlir::ModuleOp imported,
                                          llvm::StringRef model,
                                          CompileOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_MEASURESCALES_H
