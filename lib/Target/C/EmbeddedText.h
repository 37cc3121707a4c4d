//===- EmbeddedText.h - C text that is copied into files --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The texts are real C files of this folder, between a `setun:begin` and its
// `setun:end`; the build embeds them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_EMBEDDEDTEXT_H
#define SETUN_LIB_TARGET_C_EMBEDDEDTEXT_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace setun::c {

/// FloatGuard.h: behind the includes of NAME.c, if it computes with floats;
/// `fused` if multiplications and additions may be.
std::string getFloatGuardText(bool fused);
/// Preamble.h: behind the includes of NAME.c.
llvm::StringRef getPreambleText();
/// Threads.h: behind Preamble.h, if loops may run on several threads.
llvm::StringRef getThreadsText();
/// Levels.h: behind the includes of NAME.c, if it has code for several
/// processors.
llvm::StringRef getLevelsText();
/// WeightsFile.h with `model` in the place of a model's name.
llvm::StringRef getWeightsText();
/// Behind the includes of NAME.c, if it reads weights of a file.
llvm::StringRef getByteOrderText();
/// NpyMain.h: at the beginning of NAME_main.c.
llvm::StringRef getNpyMainText();

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_EMBEDDEDTEXT_H
