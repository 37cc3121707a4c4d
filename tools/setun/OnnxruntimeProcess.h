// onnxruntime in a Python process that answers on demand, so that its runs can
// stand between those of others.
#ifndef SETUN_TOOLS_SETUN_ONNXRUNTIMEPROCESS_H
#define SETUN_TOOLS_SETUN_ONNXRUNTIMEPROCESS_H

#include "setun/Support/ExternalProgram.h"
#include "setun/Support/Npy.h"

#include "llvm/Support/Program.h"

#include <string>

namespace setun::driver {

/// A model in onnxruntime, on the CPU with all optimisations.
class OnnxruntimeProcess {
public:
  OnnxruntimeProcess() = default;
  OnnxruntimeProcess(const OnnxruntimeProcess &) = delete;
  OnnxruntimeProcess &operator=(const OnnxruntimeProcess &) = delete;
  ~OnnxruntimeProcess();

  /// Loads the model. `inputs` are in the order of `names`.
  llvm::Error start(llvm::StringRef python, llvm::StringRef model,
                    llvm::ArrayRef<std::string> names,
                    llvm::ArrayRef<NpyArray> inputs, int64_t threads);

  const std::string &getVersion() const { return version; }

  /// Seconds of one of `calls` in a row.
  llvm::Expected<double> time(int64_t calls);

private:
  /// One line of the answer; fails with what the process complained of.
  llvm::Expected<std::string> readLine();

  TemporaryFolder folder;
  llvm::sys::ProcessInfo process;
  int requests = -1, answers = -1;
  std::string version;
};

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_ONNXRUNTIMEPROCESS_H
