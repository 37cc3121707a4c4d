//===- EmitNetworks.h - Add/sub networks as Verilog -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Combinational Verilog-2001 of the products of a model that are networks of
// additions, or counts of bits: to count lookup tables with a synthesizer, or
// to take a layer into a design of one's own.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_VERILOG_EMITNETWORKS_H
#define SETUN_TARGET_VERILOG_EMITNETWORKS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace setun {

/// What becomes of a product of one-bit codes; others are networks always.
enum class BitProducts {
  /// What takes fewer lookup tables of six inputs by our estimate.
  Smaller,
  Networks,
  PopcountTrees,
};

struct VerilogOptions {
  /// Prefix of every module.
  std::string name = "model";
  /// Version of the compiler, for the banner.
  std::string version = "0.0.0";
  BitProducts bitProducts = BitProducts::Smaller;
};

/// One Verilog module for each `lowbit.addsub` of the module, which is in stage
/// packed: `x` holds the codes of one row, the first in the lowest bits, `y`
/// its sums. Says at the model which products are no networks; fails if none
/// is.
llvm::FailureOr<std::string> emitVerilogNetworks(mlir::ModuleOp module,
                                                 const VerilogOptions &options);

} // namespace setun

#endif // SETUN_TARGET_VERILOG_EMITNETWORKS_H
