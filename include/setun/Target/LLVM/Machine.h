//===- Machine.h - The processor that LLVM compiles for ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's description of a processor, checked: LLVM itself ignores names of
// processors and features that it does not know, or ends the program.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_MACHINE_H
#define SETUN_TARGET_LLVM_MACHINE_H

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
class TargetOptions;
} // namespace llvm

namespace setun {

/// Which processor.
struct MachineOptions {
  /// Empty for this machine's kind.
  std::string triple;
  /// Empty for the one that LLVM takes by default; `native` for this machine's.
  std::string cpu;
  /// `+dotprod,-sve`
  std::string features;
};

/// Makes the machine; says what is accepted if there is no such triple,
/// processor or feature, or if code for it would give other numbers.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(const MachineOptions &options);

/// Floats are computed as they are written: nothing is contracted.
void setFloatOptions(llvm::TargetOptions &options);

/// Are there kernels as bitcode for it? If not, kernel ops must become loops.
bool hasKernels(const llvm::TargetMachine &machine);

/// Can code choose its kernels by the processor that it runs on?
bool hasDispatch(const llvm::TargetMachine &machine);

/// Can programs of this machine load libraries? False for bare metal.
bool hasSharedLibraries(const llvm::TargetMachine &machine);

} // namespace setun

#endif // SETUN_TARGET_LLVM_MACHINE_H
