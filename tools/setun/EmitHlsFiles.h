// What compile --emit=hls reads from the command line and writes: a project
// for high-level synthesis with the frames recorded beside the model.
#ifndef SETUN_TOOLS_SETUN_EMITHLSFILES_H
#define SETUN_TOOLS_SETUN_EMITHLSFILES_H

#include "setun/Target/HLS/EmitHls.h"

#include "llvm/Support/Error.h"

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace setun::driver {

/// Options of `compile --emit=hls`.
struct HlsOptions {
  HlsEmitOptions::Interface interface = HlsEmitOptions::Interface::Stream;
  std::string part = HlsEmitOptions().part;
  double clock = HlsEmitOptions().clock;
  int64_t targetInterval = 0;
  double framesPerSecond = 0;
  std::string foldingFile;
  std::string resources;
  /// How far fixed point moves an output of the recorded frames.
  double scaleError = 0;

  void addTo(CLI::App &command);
  /// Throws where options are wrong, or given though `isWanted` is false, for
  /// which `needed` has to be there.
  void checkUse(const CLI::App &command, bool isWanted,
                llvm::StringRef needed) const;
  /// What the emitter is asked for. Reads the folding and, beside `model`,
  /// expect.json.
  llvm::Expected<HlsEmitOptions> getEmitOptions(llvm::StringRef model) const;
  /// The options that decide what is generated, as the command line has them.
  std::string getArguments() const;

private:
  /// Wrong usage, in words; empty if there is none.
  std::string findMistake() const;
};

/// Writes the project of `module` (behind addHlsPasses) to `folder`, all files
/// or none, and prints how its products are folded.
llvm::Error writeHlsProject(mlir::ModuleOp module, llvm::StringRef model,
                            llvm::StringRef folder,
                            const HlsEmitOptions &options);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_EMITHLSFILES_H
