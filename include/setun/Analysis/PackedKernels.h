//===- PackedKernels.h - Which kernel multiplies packed weights -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that says how weights are packed and which function of
// lib/Kernels multiplies them: weights are packed, costs estimated and calls
// made by it.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_PACKEDKERNELS_H
#define SETUN_ANALYSIS_PACKEDKERNELS_H

#include "setun/Support/BitPacking.h"
#include "setun/Support/Target.h"

#include <optional>
#include <string>

namespace setun {

/// The layout in which `target` multiplies weights of so many outputs by
/// activations fastest; none if no layout holds every value of the weights'
/// code.
std::optional<PackedLayout> choosePackedLayout(mlir::Type weight,
                                               mlir::Type activation,
                                               int64_t outputs,
                                               const Target &target);

/// The function of lib/Kernels that multiplies weights in `layout` by
/// activations: codes of few bits are counted, others are added as bytes.
std::string getMatmulKernel(llvm::StringRef layout, mlir::Type activation);

} // namespace setun

#endif // SETUN_ANALYSIS_PACKEDKERNELS_H
