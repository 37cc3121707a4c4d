//===- EmitCPass.cpp - Printing C from a pass pipeline --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lets setun-opt write the files, so that tests need no ONNX model.
//===----------------------------------------------------------------------===//

#include "setun/Support/FileSystem.h"
#include "setun/Target/C/EmitC.h"
#include "setun/Target/C/Passes.h"

#include "llvm/Support/Error.h"

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_EMITC
#include "lib/Target/C/Passes.h.inc"

static llvm::Error writeFiles(const CFiles &files, const std::string &name,
                              StringRef folder) {
  llvm::Expected<OutputDirectory> output = OutputDirectory::open(folder);
  if (!output)
    return output.takeError();
  if (llvm::Error error = output->write(name + ".h", files.header))
    return error;
  if (llvm::Error error = output->write(name + ".c", files.source))
    return error;
  if (!files.main.empty())
    if (llvm::Error error = output->write(name + "_main.c", files.main))
      return error;
  if (!files.weights.empty())
    if (llvm::Error error = output->write(name + "_weights.c", files.weights))
      return error;
  return output->commit();
}

namespace {
struct EmitC : impl::EmitCBase<EmitC> {
  using EmitCBase::EmitCBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    CEmitOptions options;
    options.name = name;
    options.withMain = withMain;
    options.maxWeightBytes = maxWeightBytes;
    options.chooseAtRunTime = chooseAtRunTime;
    FailureOr<CFiles> files = emitC(getOperation(), options);
    if (failed(files))
      return signalPassFailure();
    if (llvm::Error error = writeFiles(*files, name, outputDir)) {
      getOperation().emitError(llvm::toString(std::move(error)));
      signalPassFailure();
    }
  }
};
} // namespace

} // namespace setun
