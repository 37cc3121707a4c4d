//===- EmitHlsPass.cpp - Printing HLS code from a pass pipeline -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lets setun-opt print the C++ of a design, so that tests need no ONNX model.
//===----------------------------------------------------------------------===//

#include "setun/Target/HLS/EmitHls.h"
#include "setun/Target/HLS/Passes.h"

#include "dialects/LowBit/LowBit.h"

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_EMITHLS
#include "lib/Target/HLS/Passes.h.inc"

namespace {
struct EmitHls : impl::EmitHlsBase<EmitHls> {
  using EmitHlsBase::EmitHlsBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    HlsEmitOptions options;
    options.name = name;
    options.targetInterval = targetInterval;
    llvm::FailureOr<HlsProject> project = emitHls(getOperation(), options);
    if (failed(project))
      return signalPassFailure();
    for (const HlsFile &file : project->files)
      if (file.name == name + ".cpp" || file.name == name + "_tables.h" ||
          file.name == name + ".h")
        llvm::outs() << "// ===- " << file.name << "\n" << file.text;
  }
};
} // namespace

} // namespace setun
