// How far fixed point and static scales are from the model's own floats.
#ifndef SETUN_TOOLS_SETUN_MEASURESCALES_H
#define SETUN_TOOLS_SETUN_MEASURESCALES_H

#include "Session.h"

namespace setun::driver {

/// The difference between two compilations of a model.
struct ScaleErrors {
  int64_t samples = 0;
  /// The largest |difference| of any output.
  double largest = 0;
  /// Rows of float outputs whose largest element is another, and all.
  int64_t classes = 0, rows = 0;
  /// Codes inside of the model, and integers of outputs.
  int64_t codes = 0, allCodes = 0;
  bool isRandom = false;

  std::string describe() const;
};

/// Runs copies of the imported module with and without fixed point and static
/// scales on `options.data`, else on the test_data_set_* beside `model`, else
/// on random numbers. Fails after a diagnostic.
llvm::FailureOr<ScaleErrors> measureScales(mlir::ModuleOp imported,
                                           llvm::StringRef model,
                                           const CompileOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_MEASURESCALES_H
