//===- KernelChoice.h - Which kernel computes a product ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cost model: what each kernel would cost for a product on a target. The
// constants are in lib/Analysis/KernelCosts.def; bench/calibrate.py measures
// them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_KERNELCHOICE_H
#define SETUN_ANALYSIS_KERNELCHOICE_H

#include "dialects/LowBit/LowBit.h"
#include "setun/Support/Target.h"

#include <array>
#include <string>

namespace setun {

/// What is counted of a product on a kernel; each has its price.
struct KernelAmounts {
  /// Sums: rows * outputs.
  double sums = 0;
  /// Numbers that are brought into place for the kernel. Plain loops: starts of
  /// the innermost loop; others: rows * terms.
  double inputs = 0;
  /// Plain loops: multiply-accumulate steps; packed weights: rows * bytes;
  /// networks: rows * additions.
  double steps = 0;
  /// Plain loops: steps left over by vectors of 16. Packed weights: bytes that
  /// are read, once for several rows. Networks: rows * additions beyond those
  /// that an instruction cache holds.
  double extra = 0;
};

/// One kernel for one product.
struct KernelEstimate {
  lowbit::KernelKind kernel;
  /// Why it cannot compute the product, and nothing else then.
  std::string objection;
  /// What the table of costs calls it, such as `matmul_bits_s8`.
  std::string method;
  KernelAmounts amounts;
  /// In the target's unit: nanoseconds, instructions or look-up tables.
  double time = 0;
  /// Weights and code.
  double bytes = 0;
  /// Time and the price of the bytes, times the bytes where memory is small;
  /// the least is chosen.
  double cost = 0;
};

/// Every kernel for `product`, in the order of KernelKind; `depthwise` only if
/// there are groups.
llvm::SmallVector<KernelEstimate> estimateKernels(lowbit::ProductOp product,
                                                  const Target &target);

/// Why `kernel` cannot compute `product`; empty if it can.
std::string objectToKernel(lowbit::KernelKind kernel, lowbit::ProductOp product,
                           const Target &target);

/// The estimate of least cost; one of them always can.
const KernelEstimate &
getCheapestKernel(llvm::ArrayRef<KernelEstimate> estimates);

/// What the times of a target count: "ns", "instructions", "LUTs".
llvm::StringRef getCostUnit(const Target &target);

} // namespace setun

#endif // SETUN_ANALYSIS_KERNELCHOICE_H
