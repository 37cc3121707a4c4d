// What is known of the numbers in a tensor without running anything: bounds,
// and whether all of them are whole.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_NUMBERFACTS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_NUMBERFACTS_H

#include "mlir/IR/Value.h"
#include <limits>

namespace setun {

/// Facts about every element that is a number; a NaN is none.
struct NumberFacts {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool isWhole = false;
};

/// Looks through elementwise and moving operators, at most `depth` of them.
NumberFacts getNumberFacts(mlir::Value value, unsigned depth = 12);

/// Does the operator move elements of its first input, or choose among them,
/// without making any of its own but zeros?
bool isMovement(llvm::StringRef opType);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_NUMBERFACTS_H
