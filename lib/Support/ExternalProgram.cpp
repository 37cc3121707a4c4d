//===- ExternalProgram.cpp - Compilers and linkers of the system ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Support/ExternalProgram.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace setun {

TemporaryFolder::~TemporaryFolder() {
  if (!path.empty())
    sys::fs::remove_directories(path);
}

Error TemporaryFolder::create() {
  SmallString<128> unique;
  if (std::error_code error = sys::fs::createUniqueDirectory("setun", unique))
    return createStringError(error, "cannot make a temporary folder: " +
                                        error.message());
  path = unique.str().str();
  return Error::success();
}

std::string TemporaryFolder::file(const Twine &name) const {
  SmallString<128> whole(path);
  sys::path::append(whole, name);
  return whole.str().str();
}

Error runProgram(ArrayRef<std::string> command, const TemporaryFolder &folder) {
  auto program = sys::findProgramByName(command[0]);
  if (!program)
    return createStringError("there is no program '" + command[0] + "'");
  SmallVector<StringRef> arguments(command.begin(), command.end());
  std::string log = folder.file("log"), message;
  int code = sys::ExecuteAndWait(
      *program, arguments, std::nullopt, {StringRef(""), log, log},
      /*SecondsToWait=*/600, /*MemoryLimit=*/0, &message);
  if (code == 0)
    return Error::success();
  if (auto buffer = MemoryBuffer::getFile(log))
    for (StringRef line : split((*buffer)->getBuffer(), '\n'))
      if (message.empty() && line.contains("error"))
        message = line.str();
  return createStringError(command[0] + ": " + message);
}

} // namespace setun
