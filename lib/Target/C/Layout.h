//===- Layout.h - Strides of memrefs in C -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far apart elements are. A dimension of extent 1 has stride 0: its only
// index is 0, and vanishes from the text.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_LAYOUT_H
#define SETUN_LIB_TARGET_C_LAYOUT_H

#include "FunctionBuilder.h"

#include "mlir/IR/BuiltinTypes.h"

namespace setun::c {

/// The strides that a type states; ShapedType::kDynamic where it does not.
llvm::SmallVector<int64_t> getStrides(mlir::MemRefType type);

/// True if all strides are numbers.
bool hasStaticStrides(llvm::ArrayRef<int64_t> strides);

/// True if the elements lie one behind the other, in row-major order.
bool isContiguous(mlir::MemRefType type, const View &view);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_LAYOUT_H
