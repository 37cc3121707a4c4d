//===- FitBudget.h - The fastest design within a budget -----------*-
// C++-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All products are folded for the same interval, so none is faster than it
// helps; the least interval whose design still fits is looked for.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_FITBUDGET_H
#define SETUN_LIB_TARGET_HLS_FITBUDGET_H

#include "setun/Target/HLS/EmitHls.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace setun::hls {

/// Estimates the design that is folded for so many cycles a frame; 0 asks for
/// the smallest one. Fails after a diagnostic.
using EstimateFor =
    llvm::function_ref<llvm::FailureOr<HlsEstimate>(int64_t interval)>;

/// The interval to fold for, so that the design keeps `options.budget`. An
/// error, which says what would be reachable, if not even the smallest design
/// does, or not the one for `options.targetInterval`.
llvm::FailureOr<int64_t> fitBudget(mlir::ModuleOp module,
                                   const HlsEmitOptions &options,
                                   EstimateFor estimateFor);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_FITBUDGET_H
