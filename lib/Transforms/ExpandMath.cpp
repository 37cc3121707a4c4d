// Operations that no target has become calls of functions of our own, so that
// their results are the same bits everywhere. Each function is emitted once a
// module, and printed by both backends.
#include "SmallFloats.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "setun/Support/NodeLocation.h"
#include "setun/Transforms/Passes.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_EXPANDMATH
#include "setun/Transforms/Passes.h.inc"

namespace {

/// `f16`, `f8e4m3fn`, ... as part of a name.
std::string getTypeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return StringRef(name).lower();
}

std::string nameFunction(lowbit::DecodeFloatOp op) {
  return "setun_decode_" + getTypeName(op.getFormat());
}

std::string nameFunction(lowbit::EncodeFloatOp op) {
  std::string name = "setun_encode_" + getTypeName(op.getFormat());
  if (isa<Float8E8M0FNUType>(op.getFormat()))
    name += ("_" + stringifyRoundingMode(op.getRounding())).str();
  if (op.getSaturate())
    name += "_saturating";
  if (op.getInput().getType().isF64())
    name += "_from_f64";
  return name;
}

Scalar build(lowbit::DecodeFloatOp op, Scalar x) {
  return buildDecode(x, cast<FloatType>(op.getFormat()));
}
Scalar build(lowbit::EncodeFloatOp op, Scalar x) {
  return buildEncode(x, cast<FloatType>(op.getFormat()), op.getSaturate(),
                     op.getRounding());
}

struct ExpandMathPass : public impl::ExpandMathBase<ExpandMathPass> {
  void runOnOperation() override {
    expand<lowbit::DecodeFloatOp>();
    expand<lowbit::EncodeFloatOp>();
  }

  /// Replaces all operations of one kind by calls.
  template <typename Op> void expand() {
    SmallVector<Op> ops;
    getOperation().walk([&](Op op) { ops.push_back(op); });
    for (Op op : ops) {
      func::FuncOp function = getFunction(op);
      OpBuilder builder(op);
      auto call = func::CallOp::create(builder, op.getLoc(), function,
                                       op->getOperands());
      op->replaceAllUsesWith(call);
      op->erase();
    }
  }

  /// The function that computes `op`, built on first use.
  template <typename Op> func::FuncOp getFunction(Op op) {
    std::string name = nameFunction(op);
    if (auto function =
            getOperation().template lookupSymbol<func::FuncOp>(name))
      return function;
    auto location = NameLoc::get(StringAttr::get(&getContext(), name));
    ImplicitLocOpBuilder builder(location, &getContext());
    builder.setInsertionPointToStart(getOperation().getBody());
    auto type =
        builder.getFunctionType(op->getOperandTypes(), op->getResultTypes());
    auto function = func::FuncOp::create(builder, name, type);
    function.setPrivate();
    Block *body = function.addEntryBlock();
    for (BlockArgument argument : body->getArguments())
      argument.setLoc(NameLoc::get(StringAttr::get(&getContext(), "x")));
    builder.setInsertionPointToStart(body);
    Scalar result = build(op, Scalar(builder, body->getArgument(0)));
    func::ReturnOp::create(builder, ValueRange{result});
    return function;
  }
};

} // namespace
} // namespace setun
