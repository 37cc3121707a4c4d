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

/// How densely ternary weights lie that kernels multiply by bytes. Where bits
/// are counted they always take 2 bits.
enum class TernaryPacking {
  Fast, ///< 2 bits a weight.
  Dense ///< 1.6 bits a weight.
};

/// Attribute of a module whose ternary weights are packed densely.
inline constexpr llvm::StringLiteral kDenseTernaryAttr = "setun.dense_ternary";

/// How the module that `op` is in wants its ternary weights packed.
TernaryPacking getTernaryPacking(mlir::Operation *op);

/// The layout in which `target` multiplies weights of so many outputs by
/// activations fastest; none if no layout holds every value of the weights'
/// code. Ternary weights take no more bits than `packing` allows.
std::optional<PackedLayout>
choosePackedLayout(mlir::Type weight, mlir::Type activation, int64_t outputs,
                   const Target &target, TernaryPacking packing);

/// The function of lib/Kernels that multiplies weights in `layout` by
/// activations: codes of few bits are counted, others are added as bytes.
std::string getMatmulKernel(llvm::StringRef layout, mlir::Type activation);

} // namespace setun

#endif // SETUN_ANALYSIS_PACKEDKERNELS_H
