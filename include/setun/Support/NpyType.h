//===- NpyType.h - MLIR types as NumPy names them ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors cross the compiler's border as .npy files; this is how their element
// types are called on either side.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_NPYTYPE_H
#define SETUN_SUPPORT_NPYTYPE_H

#include "mlir/IR/BuiltinTypes.h"

#include <string>

namespace setun {

/// NumPy's name of a builtin element type, for small floats the one of the
/// package ml_dtypes: i1 is bool, signless integers are signed, narrow ones are
/// held by whole bytes. Empty for a type without a name (strings).
std::string getNpyType(mlir::Type elementType);

/// `float32[1x28x28]`, for messages.
std::string describeArray(llvm::StringRef dtype, llvm::ArrayRef<int64_t> shape);

} // namespace setun

#endif // SETUN_SUPPORT_NPYTYPE_H
