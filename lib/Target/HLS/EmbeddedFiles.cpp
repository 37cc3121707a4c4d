//===- EmbeddedFiles.cpp - Files that every project gets ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EmbeddedFiles.h"

namespace setun::hls {

llvm::ArrayRef<HlsFile> getEmbeddedFiles() {
  static const std::vector<HlsFile> files = {
#include "lib/Target/HLS/EmbeddedFiles.inc"
  };
  return files;
}

} // namespace setun::hls
