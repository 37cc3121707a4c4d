//===- ExternalProgram.h - Compilers and linkers of the system --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs of the system that turn what we emit into code, and a place for
// their files.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_EXTERNALPROGRAM_H
#define SETUN_SUPPORT_EXTERNALPROGRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <string>

namespace setun {

/// A folder below the system's temporary one, removed with its files.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  llvm::Error create();
  /// The path of a file in it.
  std::string file(const llvm::Twine &name) const;

private:
  std::string path;
};

/// Runs a program, looked for as a shell does; what it prints goes to a file in
/// `folder`. If it fails, its first complaint is the error.
llvm::Error runProgram(llvm::ArrayRef<std::string> command,
                       const TemporaryFolder &folder);

} // namespace setun

#endif // SETUN_SUPPORT_EXTERNALPROGRAM_H
