// Who uses a value? Codes are worth making in front of a product of codes,
// and where branches of integers meet.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H

#include "mlir/IR/Value.h"

namespace setun {

/// Does a product with low-bit weights use the value, perhaps moved around or
/// times a constant?
bool feedsProduct(mlir::Value value);

/// Is the value, perhaps with a factor, added to another one that is no
/// constant, and the sum made whole again? So residual branches of integers
/// meet.
bool meetsIntegers(mlir::Value value);

/// Is the value, perhaps padded, averaged?
bool feedsMean(mlir::Value value);

/// Is the value the sum of two branches, perhaps with a factor, made whole?
bool isRoundedSum(mlir::Value value);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H
