//===- Refusals.h - What is outside of what can be compiled -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A short list of reasons why an operator is refused as such, whatever its
// attributes. docs/conformance.md counts by them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_REFUSALS_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_REFUSALS_H

#include "dialects/Onnx/Onnx.h"

namespace setun::onnx {

/// "strings", "sequences", "optionals", "random numbers" or "training"; empty
/// if the node has to do with none of them.
llvm::StringRef getReasonToRefuse(NodeOp node);

/// Do the sizes of some output follow from the elements of an input?
bool hasValueDependentShape(NodeOp node);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_REFUSALS_H
