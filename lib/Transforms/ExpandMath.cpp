// Operations that no target has become calls of functions of our own, so that
// their results are the same bits everywhere. Each function is emitted once a
// module, and printed by both backends.
#include "FloatFunctions.h"
#include "SmallFloats.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_EXPANDMATH
#include "setun/Transforms/Passes.h.inc"

namespace {

/// What stands for one operation, whatever its place.
struct Function {
  std::string name;
  /// Of one sentence, for the comment in C.
  std::string description;
  std::function<Scalar(ArrayRef<Scalar>)> build;
};

/// `f16`, `f8e4m3fn`, ... as part of a name.
std::string getTypeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return StringRef(name).lower();
}

//===----------------------------------------------------------------------===//
// Small floats
//===----------------------------------------------------------------------===//

Function describe(lowbit::DecodeFloatOp op) {
  auto format = cast<FloatType>(op.getFormat());
  std::string name = getTypeName(format);
  return {"setun_decode_" + name,
          "The number that the bits of a " + name + " stand for.",
          [=](ArrayRef<Scalar> x) { return buildDecode(x[0], format); }};
}

Function describe(lowbit::EncodeFloatOp op) {
  auto format = cast<FloatType>(op.getFormat());
  bool saturate = op.getSaturate();
  lowbit::RoundingMode rounding = op.getRounding();
  std::string type = getTypeName(format), name = "setun_encode_" + type;
  std::string description = "The bits of x rounded to " + type;
  if (isa<Float8E8M0FNUType>(format))
    name += ("_" + stringifyRoundingMode(rounding)).str();
  else
    description += ", ties to even";
  if (saturate) {
    name += "_saturating";
    description += "; what is too large becomes the largest number";
  }
  if (op.getInput().getType().isF64())
    name += "_from_f64";
  return {name, description + ".", [=](ArrayRef<Scalar> x) {
            return buildEncode(x[0], format, saturate, rounding);
          }};
}

//===----------------------------------------------------------------------===//
// Functions of real numbers
//===----------------------------------------------------------------------===//

using Formula = Scalar (*)(Scalar);

/// `name` on the type of `op`. Where there is no formula for f32, the function
/// is that of f64, rounded.
template <typename Op>
Function describeUnary(Op op, StringRef name, StringRef meaning,
                       Formula formula, bool hasF32) {
  Type type = op.getType();
  Function function;
  function.name = ("setun_" + name + "_").str() + getTypeName(type);
  function.description = meaning.str();
  if (type.isF64() || hasF32) {
    function.description +=
        type.isF64() ? ", off by at most 3 ulp." : ", off by at most 2 ulp.";
    function.build = [=](ArrayRef<Scalar> x) { return formula(x[0]); };
  } else {
    function.description += ", rounded from double precision.";
    function.build = [=](ArrayRef<Scalar> x) {
      return apply<Op>(x[0].convert(x[0].getBuilder().getF64Type()))
          .convert(type);
    };
  }
  return function;
}

Function describe(math::PowFOp op) {
  Type type = op.getType();
  std::string name = "setun_pow_" + getTypeName(type);
  if (type.isF64())
    return {name, "x^y, off by at most 1.2 ulp.",
            [](ArrayRef<Scalar> x) { return buildPow(x[0], x[1]); }};
  return {name, "x^y, rounded from double precision.", [=](ArrayRef<Scalar> x) {
            ImplicitLocOpBuilder &b = x[0].getBuilder();
            Scalar power = x[0].make(math::PowFOp::create(
                b, x[0].convert(b.getF64Type()), x[1].convert(b.getF64Type())));
            return power.convert(type);
          }};
}

Function describe(math::IPowIOp op) {
  return {"setun_pow_" + getTypeName(op.getType()),
          "x^y, wrapping; 0 where that is no integer.",
          [](ArrayRef<Scalar> x) { return buildIntegerPow(x[0], x[1]); }};
}

/// What stands for `op`, or nothing if it stays.
std::optional<Function> describeOperation(Operation *op) {
  using Result = std::optional<Function>;
  // Integers have an absolute value, too; that of exp in f32 is a kernel.
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<lowbit::DecodeFloatOp, lowbit::EncodeFloatOp, math::PowFOp,
            math::IPowIOp>([](auto op) { return describe(op); })
      .Case([](math::ExpOp op) -> Result {
        if (!op.getType().isF64())
          return std::nullopt;
        return describeUnary(op, "exp", "e^x", buildExp, false);
      })
#define SETUN_FUNCTION(Name, name, meaning, hasF32)                            \
  .Case([](math::Name##Op op) -> Result {                                      \
    return describeUnary(op, name, meaning, build##Name, hasF32);              \
  })
          SETUN_FUNCTION(Log, "log", "The natural logarithm of x",
                         true) SETUN_FUNCTION(Log1p, "log1p",
                                              "The natural logarithm of 1 + x",
                                              true)
              SETUN_FUNCTION(Erf, "erf", "The error function of x",
                             true) SETUN_FUNCTION(Sin, "sin",
                                                  "sin(x) for |x| up to 2^40",
                                                  false)
                  SETUN_FUNCTION(Cos, "cos", "cos(x) for |x| up to 2^40", false)
                      SETUN_FUNCTION(Tan, "tan", "tan(x) for |x| up to 2^40",
                                     false) SETUN_FUNCTION(Asin, "asin",
                                                           "asin(x)", false)
                          SETUN_FUNCTION(Acos, "acos", "acos(x)",
                                         false) SETUN_FUNCTION(Atan, "atan",
                                                               "atan(x)", false)
                              SETUN_FUNCTION(Sinh, "sinh", "sinh(x)", false)
                                  SETUN_FUNCTION(Cosh, "cosh", "cosh(x)", false)
                                      SETUN_FUNCTION(Tanh, "tanh", "tanh(x)",
                                                     true)
                                          SETUN_FUNCTION(Asinh, "asinh",
                                                         "asinh(x)", false)
                                              SETUN_FUNCTION(Acosh, "acosh",
                                                             "acosh(x)", false)
                                                  SETUN_FUNCTION(Atanh, "atanh",
                                                                 "atanh(x)",
                                                                 false)
#undef SETUN_FUNCTION
      .Default([](Operation *) { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct ExpandMathPass : public impl::ExpandMathBase<ExpandMathPass> {
  void runOnOperation() override {
    collect(getOperation());
    // A new function may contain further operations.
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      func::FuncOp function = getFunction(op, *describeOperation(op));
      OpBuilder builder(op);
      auto call = func::CallOp::create(builder, op->getLoc(), function,
                                       op->getOperands());
      op->replaceAllUsesWith(call);
      op->erase();
    }
  }

  void collect(Operation *root) {
    root->walk([&](Operation *op) {
      bool isScalar =
          op->getNumResults() == 1 && op->getResult(0).getType().isIntOrFloat();
      if (isScalar && describeOperation(op))
        worklist.push_back(op);
    });
  }

  /// The function of that name, built on first use.
  func::FuncOp getFunction(Operation *op, const Function &wanted) {
    if (auto known = getOperation().lookupSymbol<func::FuncOp>(wanted.name))
      return known;
    MLIRContext *context = &getContext();
    auto named = [&](StringRef name) {
      return NameLoc::get(StringAttr::get(context, name));
    };
    ImplicitLocOpBuilder builder(named(wanted.name), context);
    builder.setInsertionPointToStart(getOperation().getBody());
    auto function = func::FuncOp::create(
        builder, wanted.name,
        builder.getFunctionType(op->getOperandTypes(), op->getResultTypes()));
    function.setPrivate();
    function->setAttr("setun.formula",
                      builder.getStringAttr(wanted.description));
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToStart(body);
    SmallVector<Scalar> arguments;
    for (BlockArgument argument : body->getArguments()) {
      argument.setLoc(named(argument.getArgNumber() == 0 ? "x" : "y"));
      arguments.push_back(Scalar(builder, argument));
    }
    Scalar result = wanted.build(arguments);
    func::ReturnOp::create(builder, ValueRange{result});
    collect(function);
    return function;
  }

  SmallVector<Operation *> worklist;
};

} // namespace
} // namespace setun
