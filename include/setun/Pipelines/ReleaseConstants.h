//===- ReleaseConstants.h - Free weights that passes replaced ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_PIPELINES_RELEASECONSTANTS_H
#define SETUN_PIPELINES_RELEASECONSTANTS_H

namespace mlir {
class ModuleOp;
class PassManager;
} // namespace mlir

namespace setun {

/// Gives back the bytes of constants of `module`, and of those that its passes
/// make, as soon as the module uses them no more. No copy of the module may be
/// in use. Constants of other modules in the context are left alone.
void releaseConstants(mlir::ModuleOp module, mlir::PassManager &passes);

} // namespace setun

#endif // SETUN_PIPELINES_RELEASECONSTANTS_H
