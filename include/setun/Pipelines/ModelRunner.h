//===- ModelRunner.h - Calling a compiled model -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One interface to a model that has been compiled, whatever the backend: arrays
// in, arrays out. Inputs are checked against the model's signature; writes
// behind a buffer are caught.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_MODELRUNNER_H
#define SETUN_PIPELINES_MODELRUNNER_H

#include "setun/Support/Npy.h"
#include "setun/Target/LLVM/EntrySignature.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>
#include <vector>

namespace setun {

/// Time that a layer took in all calls so far.
struct LayerTime {
  std::string name;
  double seconds;
};

/// A compiled model.
class ModelRunner {
public:
  virtual ~ModelRunner();

  /// The arguments with that role, in order.
  std::vector<const EntryArgument *> getArguments(EntryRole role) const;

  /// Fails where the number, a type or a shape is not what the model takes.
  llvm::Error checkInputs(llvm::ArrayRef<NpyArray> inputs) const;

  /// Runs the model once: one array per input, in order; gives one per output.
  llvm::Expected<std::vector<NpyArray>> run(llvm::ArrayRef<NpyArray> inputs);

  /// Calls the model `calls` times in a row on the same buffers, after one call
  /// that is not counted; seconds of one call.
  llvm::Expected<double> time(llvm::ArrayRef<NpyArray> inputs, int64_t calls);

  /// In the order of the first call; empty unless compiled to measure them.
  virtual std::vector<LayerTime> getLayerTimes() { return {}; }

protected:
  explicit ModelRunner(EntrySignature signature)
      : signature(std::move(signature)) {}

  /// Calls the code with one pointer per argument of the signature.
  virtual llvm::Error invoke(llvm::ArrayRef<void *> arguments) = 0;

private:
  class Buffers;

  EntrySignature signature;
};

/// Numbers of both signs and some zeros, or bytes and codes of all values: the
/// same ones each time for a seed.
NpyArray makeSample(mlir::Type elementType, mlir::Type storageType,
                    llvm::ArrayRef<int64_t> shape, unsigned seed = 1958);

/// Compiles a module of the "buffers" stage, without lowbit kernel ops, in this
/// process. The module is changed.
llvm::Expected<std::unique_ptr<ModelRunner>>
createJitRunner(mlir::ModuleOp buffers, unsigned optLevel = 2);

/// How generated C becomes code.
struct CRunnerOptions {
  /// Name of the compiler or a path to it.
  std::string compiler = "cc";
  /// Behind our own flags, so that these win.
  std::vector<std::string> flags;
  /// The code may start threads: OpenMP is asked for.
  bool hasThreads = false;
  /// Measures the layers, too, which takes time itself.
  bool profile = false;
};

/// Emits C for a module of the "buffers" stage, compiles it in a temporary
/// folder and loads it.
llvm::Expected<std::unique_ptr<ModelRunner>>
createCRunner(mlir::ModuleOp buffers, const CRunnerOptions &options);

} // namespace setun

#endif // SETUN_PIPELINES_MODELRUNNER_H
