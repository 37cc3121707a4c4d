// A model through the compiler with an account of what it costs: for inspect
// and report.
#ifndef SETUN_TOOLS_SETUN_INSPECTMODEL_H
#define SETUN_TOOLS_SETUN_INSPECTMODEL_H

#include "EmitHlsFiles.h"
#include "Session.h"

#include "setun/Report/ModelReport.h"

namespace setun::driver {

struct InspectedModel {
  /// Owns the locations in the report.
  std::unique_ptr<mlir::MLIRContext> context;
  ModelReport report;
};

/// Compiles the model `path`; with `hls`, also estimates the HLS design of it.
/// Fails after a diagnostic.
llvm::FailureOr<InspectedModel> inspectModel(const std::string &path,
                                             const ModelOptions &options,
                                             const HlsOptions *hls = nullptr);

/// `--hls`, and the options that say how such a design is made.
struct InspectHlsOptions : HlsOptions {
  bool isWanted = false;

  void addTo(CLI::App &command);
  /// Throws if options do not go together.
  void check(const CLI::App &command) const;
  const HlsOptions *get() const { return isWanted ? this : nullptr; }
};

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_INSPECTMODEL_H
