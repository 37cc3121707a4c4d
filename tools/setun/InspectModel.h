// A model through the compiler with an account of what it costs: for inspect
// and report.
#ifndef SETUN_TOOLS_SETUN_INSPECTMODEL_H
#define SETUN_TOOLS_SETUN_INSPECTMODEL_H

#include "Session.h"

#include "setun/Report/ModelReport.h"

namespace setun::driver {

struct InspectedModel {
  /// Owns the locations in the report.
  std::unique_ptr<mlir::MLIRContext> context;
  ModelReport report;
};

/// Compiles the model `path`. Fails after a diagnostic.
llvm::FailureOr<InspectedModel> inspectModel(const std::string &path,
                                             const ModelOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_INSPECTMODEL_H
