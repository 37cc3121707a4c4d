// Who uses a value? Codes are worth making only in front of a product of codes.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H

#include "mlir/IR/Value.h"

namespace setun {

/// Does a product with low-bit weights use the value, perhaps moved around or
/// times a constant?
bool feedsProduct(mlir::Value value);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_LOWBITUSES_H
