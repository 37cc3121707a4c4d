//===- FlattenEmptyArguments.cpp - Arguments without elements -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A memref<2x0x4xf32> has strides that MLIR does not know, so that it cannot be
// passed as a bare pointer. One of shape 0 can.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace setun {
#define GEN_PASS_DEF_FLATTENEMPTYARGUMENTS
#include "setun/Target/LLVM/Passes.h.inc"
} // namespace setun

using namespace mlir;

namespace {
struct FlattenEmptyArgumentsPass
    : public setun::impl::FlattenEmptyArgumentsBase<FlattenEmptyArgumentsPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || function.isPrivate())
      return;
    for (BlockArgument argument : function.getArguments()) {
      auto type = dyn_cast<MemRefType>(argument.getType());
      if (type && type.hasStaticShape() && type.getNumElements() == 0 &&
          argument.use_empty())
        argument.setType(MemRefType::get({0}, type.getElementType()));
    }
    function.setType(FunctionType::get(&getContext(),
                                       function.front().getArgumentTypes(),
                                       function.getResultTypes()));
  }
};
} // namespace
