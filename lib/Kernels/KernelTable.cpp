//===- KernelTable.cpp - The texts of the micro-kernels -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table itself is made at build time by embed_kernels.py.
//===----------------------------------------------------------------------===//

#include "setun/Kernels/KernelTable.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace llvm;

#include "lib/Kernels/KernelTexts.inc"

namespace setun {

ArrayRef<KernelSource> getKernelSources() { return kernelSources; }

const KernelSource *findKernel(StringRef function) {
  const KernelSource *kernel =
      find_if(kernelSources, [&](const KernelSource &kernel) {
        return kernel.name == function;
      });
  return kernel == std::end(kernelSources) ? nullptr : kernel;
}

SmallVector<const KernelSource *>
collectKernels(ArrayRef<StringRef> functions) {
  // From the last to the first: whoever needs a kernel stands behind it.
  SmallVector<StringRef> wanted(functions);
  SmallVector<const KernelSource *> kernels;
  for (const KernelSource &kernel : reverse(kernelSources)) {
    if (!is_contained(wanted, kernel.name))
      continue;
    append_range(wanted, kernel.needs);
    kernels.push_back(&kernel);
  }
  std::reverse(kernels.begin(), kernels.end());
  return kernels;
}

} // namespace setun
