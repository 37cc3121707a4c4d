// The arithmetic of layers that are no products.
#ifndef SETUN_LIB_ANALYSIS_OPERATIONCOUNT_H
#define SETUN_LIB_ANALYSIS_OPERATIONCOUNT_H

#include "setun/Analysis/LayerFacts.h"

#include "dialects/LowBit/LowBit.h"

namespace setun {

/// The additions (also comparisons, roundings and other simple steps) and
/// multiplications (also divisions) of an op that is no product. Functions such
/// as Exp count as a polynomial; operators that only move values have none.
OperationCount countOperations(mlir::Operation *op);

/// Comparisons for each element of the result.
int64_t countComparisons(lowbit::ThresholdOp op);

} // namespace setun

#endif // SETUN_LIB_ANALYSIS_OPERATIONCOUNT_H
