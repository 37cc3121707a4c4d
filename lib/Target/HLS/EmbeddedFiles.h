//===- EmbeddedFiles.h - Files that every project gets ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The header library and the test bench, as they stand in the sources.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_EMBEDDEDFILES_H
#define SETUN_LIB_TARGET_HLS_EMBEDDEDFILES_H

#include "setun/Target/HLS/EmitHls.h"

namespace setun::hls {

llvm::ArrayRef<HlsFile> getEmbeddedFiles();

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_EMBEDDEDFILES_H
