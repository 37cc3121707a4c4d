//===- Estimate.h - What a design will take -----------------------*-
// C++-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builders say which parts a stage has; here they are priced
// (setun/Analysis/FpgaCosts.h), streams and control are added, and frames are
// followed from the input to the output. Estimates before any synthesis.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_ESTIMATE_H
#define SETUN_LIB_TARGET_HLS_ESTIMATE_H

#include "setun/Analysis/AdderNetwork.h"
#include "setun/Target/HLS/EmitHls.h"

#include "mlir/IR/Operation.h"

namespace setun::hls {

struct Design;
struct Stage;

/// Bits of an element of a stream: ap_int<4> has 4, float 32.
int64_t getTypeBits(llvm::StringRef type);

/// Adds to what a stage takes.
void addPart(Stage &stage, llvm::StringRef name, const FpgaCost &cost);

/// What happens to each element in a stage, for one lane.
class StepEstimate {
public:
  void add(mlir::Operation *op);
  void addFloat(fpga::FloatOperator op);

  /// For `lanes` elements at a time: operators, and tables that the lanes
  /// share.
  FpgaCost getOperators(int64_t lanes) const { return lanes * operators; }
  FpgaCost getTables(int64_t lanes) const;
  /// Clock cycles from an element to its result.
  int64_t getDepth() const { return depth; }

private:
  void addTable(int64_t rows, int64_t bits);
  void addScalar(mlir::Operation *op);

  FpgaCost operators;
  int64_t depth = 1;
  /// Words and bits of each.
  llvm::SmallVector<std::pair<int64_t, int64_t>> tables;
};

/// The parts of a matrix-vector unit.
void estimateProduct(Stage &stage, const fpga::MatrixVectorUnit &unit);

/// An adder takes its bits, and a register behind it.
void estimateNetwork(Stage &stage, const AdderNetwork &network);

/// Sums of products of floats, one after the other.
void estimateFloatProduct(Stage &stage, int64_t terms, int64_t outputs);
/// Maxima or sums of `type` over windows.
void estimatePool(Stage &stage, bool isMax, llvm::StringRef type,
                  int64_t channels, int64_t lanes);
/// Sums of floats in lanes; of products, if there are `weights`.
void estimateFloatSum(Stage &stage, int64_t rows, int64_t weights = 0);
/// The best `kept` of elements of `type`, and their places.
void estimateSelection(Stage &stage, llvm::StringRef type, int64_t kept);
/// A row is kept until its scale is known.
void estimateDynamicQuantize(Stage &stage, int64_t k, bool byReciprocal);

/// Prices what all stages have in common: loops, the streams that they write,
/// the border.
void completeEstimate(Design &design, bool bordersAreStreams);

/// All of it, and the totals.
HlsEstimate collectEstimate(const Design &design);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_ESTIMATE_H
