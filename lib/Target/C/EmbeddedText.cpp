//===- EmbeddedText.cpp - C text that is copied into files ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EmbeddedText.h"

using namespace llvm;

namespace setun::c {

/// The lines between the two marks.
static StringRef getMarked(StringRef text) {
  text = text.split("/* setun:begin */\n").second;
  return text.split("/* setun:end */").first;
}

StringRef getFloatGuardText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/FloatGuard.inc"
      ;
  return getMarked(text);
}

StringRef getPreambleText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/Preamble.inc"
      ;
  return getMarked(text);
}

StringRef getThreadsText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/Threads.inc"
      ;
  return getMarked(text);
}

StringRef getNpyMainText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/NpyMain.inc"
      ;
  return getMarked(text);
}

} // namespace setun::c
