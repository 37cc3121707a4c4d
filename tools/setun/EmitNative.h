// What compile writes for a processor instead of for a C compiler: LLVM IR,
// object files and shared libraries.
#ifndef SETUN_TOOLS_SETUN_EMITNATIVE_H
#define SETUN_TOOLS_SETUN_EMITNATIVE_H

#include "setun/Target/C/EmitC.h"
#include "setun/Target/LLVM/Machine.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace setun::driver {

/// Options of `compile` that say which processor.
struct NativeOptions {
  std::string cpu;
  std::string features;
  /// Kernels for the processor that the code runs on, not for the target.
  bool chooseAtRunTime = false;
  /// Makes shared libraries; chosen by the processor if empty.
  std::string linker;

  void addTo(CLI::App &command);

  /// The processor that `--target` names: a target of ours or a triple.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
  makeMachine(llvm::StringRef target) const;
};

/// An object file and the header of its function.
struct NativeCode {
  std::string header;
  /// NAME_weights.c, if weights are in a file of their own.
  std::string weights;
  llvm::SmallVector<char, 0> object;
};

/// Compiles a module of the "buffers" stage, which is changed.
llvm::Expected<NativeCode> compileNative(mlir::ModuleOp buffers,
                                         llvm::TargetMachine &machine,
                                         const CEmitOptions &options,
                                         bool chooseAtRunTime);

/// The LLVM IR that compileNative() makes code of.
llvm::Expected<std::string> printNativeIr(mlir::ModuleOp buffers,
                                          llvm::TargetMachine &machine,
                                          const CEmitOptions &options,
                                          bool chooseAtRunTime);

/// Makes a shared library of an object file with `linker`, or the usual one. An
/// object that runs on several threads needs a library of OpenMP.
llvm::Expected<std::string> linkShared(llvm::ArrayRef<char> object,
                                       const llvm::TargetMachine &machine,
                                       std::string linker, bool hasThreads);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_EMITNATIVE_H
