//===- Sha256.h - Hash of a model file --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generated code names the exact model it was made from.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_SHA256_H
#define SETUN_SUPPORT_SHA256_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace setun {

/// SHA-256 of the bytes as 64 lower-case hexadecimal digits.
std::string hexSha256(llvm::StringRef bytes);

} // namespace setun

#endif // SETUN_SUPPORT_SHA256_H
