//===- IntegerFolding.h - Shape arithmetic at compile time ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters spell a reshape as a dozen integer nodes. They are small enough to
// be interpreted; nothing has to be compiled for them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TRANSFORMS_INTEGERFOLDING_H
#define SETUN_LIB_TRANSFORMS_INTEGERFOLDING_H

#include "dialects/Onnx/Onnx.h"

namespace setun {

/// The value of `node` if it is one integer or boolean tensor of at most 1024
/// elements that follows from constants and static shapes, else null.
mlir::ElementsAttr foldIntegerNode(onnx::NodeOp node);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_INTEGERFOLDING_H
