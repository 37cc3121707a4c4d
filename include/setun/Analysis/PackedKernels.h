//===- PackedKernels.h - Which kernel multiplies packed weights -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that says how weights are packed and which function of
// lib/Kernels multiplies them: weights are packed, costs estimated and calls
// made by it.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_PACKEDKERNELS_H
#define SETUN_ANALYSIS_PACKEDKERNELS_H

#include "dialects/LowBit/LowBit.h"
#include "setun/Support/BitPacking.h"
#include "setun/Support/Target.h"

#include <optional>
#include <string>

namespace setun {

/// How ternary and bipolar weights lie where no bits are counted. (There they
/// always lie in rows.)
enum class TernaryPacking {
  Fast,  ///< 2 bits a weight, in tiles where the target multiplies bytes fast.
  Dense, ///< Ternary ones 1.6 bits a weight.
  Adding ///< In rows, whose kernels add and subtract and never multiply.
};

/// Attribute of a module whose ternary weights are packed densely.
inline constexpr llvm::StringLiteral kDenseTernaryAttr = "setun.dense_ternary";

/// Attribute of a module whose products with ternary and bipolar weights shall
/// not multiply; it counts more than the one above.
inline constexpr llvm::StringLiteral kNoMultiplicationAttr =
    "setun.no_multiplication";

/// How the module that `op` is in wants its ternary weights packed.
TernaryPacking getTernaryPacking(mlir::Operation *op);

/// The layout in which `target` multiplies the unpacked weights of a product
/// fastest; none if no layout holds every value of their code. Ternary weights
/// take no more bits than the module wants; constants of 5 bits may all be
/// twice a number of E2M1.
std::optional<PackedLayout> choosePackedLayout(lowbit::ProductOp product,
                                               const Target &target);

/// Does the kernel of that layout multiply where weights only select a sign?
/// Vectors have products of bytes, but no sums of bytes with signs; `trits`
/// does without on microcontrollers.
bool isMultiplying(llvm::StringRef layout, const Target &target);

/// The function of lib/Kernels that multiplies weights in `layout` by
/// activations: codes of few bits are counted, others are added as bytes.
std::string getMatmulKernel(llvm::StringRef layout, mlir::Type activation);

} // namespace setun

#endif // SETUN_ANALYSIS_PACKEDKERNELS_H
