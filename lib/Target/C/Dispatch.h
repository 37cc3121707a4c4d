//===- Dispatch.h - Code for several processors in one file -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With --dispatch=runtime functions stand in a file once for what the compiler
// is told, and once more for each level: under names of their own, with a
// target of their own, and with kernels that see the features of the level.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_DISPATCH_H
#define SETUN_LIB_TARGET_C_DISPATCH_H

#include "ModuleEmission.h"

#include "setun/Support/SourceWriter.h"
#include "setun/Support/Target.h"

#include <string>
#include <vector>

namespace setun::c {

/// A kind of processors.
struct Level {
  /// What the names of functions end in.
  llvm::StringLiteral name;
  /// Macro of Levels.h that says if compiler and system can have it.
  llvm::StringLiteral system;
  /// Expression of the preprocessor: the compiler's options lack it.
  llvm::StringLiteral isMissing;
  /// Features beyond those of the levels before, as kernels ask for them:
  /// `AVX2` of `__AVX2__`.
  std::vector<llvm::StringRef> features;
  /// For `__attribute__((target))`.
  llvm::StringLiteral target;
  /// Appended for gcc, whose loops are up to a quarter slower as it tunes them
  /// for any processor.
  llvm::StringLiteral gccTuning;
  /// Levels behind it lack its features.
  bool isSide = false;
};

/// Can C for this target have code for several processors?
bool canDispatch(const Target &target);

/// The functions of a file, for all levels that they gain from.
class Dispatch {
public:
  /// `layers` is the text of all kernels and functions but the last, `entry`
  /// that of the last one.
  Dispatch(const ModuleEmission &emission, std::string layers,
           std::string entry);

  /// Prints them for each level.
  void print(SourceWriter &writer) const;

  /// At the beginning of `entry`: calls that of the processor's level.
  void printChoice(SourceWriter &writer) const;

private:
  void printLevel(const Level &level, llvm::ArrayRef<llvm::StringRef> has,
                  SourceWriter &writer) const;
  std::string getSuffix(const Level &level) const;

  const ModuleEmission &emission;
  std::string layers, entry;
  /// Names that get a suffix.
  llvm::StringSet<> names;
  /// Those of `allLevels` that the file has.
  std::vector<const Level *> levels;
  /// Behind the suffix of a level, where names would meet others.
  std::string more;
};

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_DISPATCH_H
