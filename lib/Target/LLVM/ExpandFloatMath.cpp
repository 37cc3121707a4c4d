//===- ExpandFloatMath.cpp - Transcendental functions of our own ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM would call the host's libm, whose results differ from one library to the
// next. The function built here is the twin of setun_exp_f32 in
// lib/Kernels/setun_float.h; a test compares the two on every exponent.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace setun {
#define GEN_PASS_DEF_EXPANDFLOATMATH
#include "setun/Target/LLVM/Passes.h.inc"
} // namespace setun

using namespace mlir;

static constexpr StringLiteral kExpName = "setun_exp_f32";

namespace {
/// Scalar arithmetic on f32 and i32, so that a function reads like its C twin.
struct Arithmetic {
  OpBuilder &builder;
  Location loc;

  Value number(float value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF32FloatAttr(value));
  }
  Value bits(uint32_t value) {
    return arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value addBits(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value subBits(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
  }
  /// a < b ? x : y
  Value ifLess(Value a, Value b, Value x, Value y) {
    Value less =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
    return arith::SelectOp::create(builder, loc, less, x, y);
  }
  Value asBits(Value x) {
    return arith::BitcastOp::create(builder, loc, builder.getI32Type(), x);
  }
  /// 2^(biased - 128) for biased exponents in [2, 255].
  Value powerOfTwo(Value biased) {
    Value exponent = subBits(biased, bits(1));
    Value shifted = arith::ShLIOp::create(builder, loc, exponent, bits(23));
    return arith::BitcastOp::create(builder, loc, builder.getF32Type(),
                                    shifted);
  }
};
} // namespace

/// e^x, step by step as in setun_float.h.
static Value buildExp(Arithmetic m, Value x) {
  Value high = m.number(90.0f), low = m.number(-105.0f);
  Value c = m.ifLess(high, x, high, m.ifLess(x, low, low, x));
  Value magic = m.number(12582912.0f);
  Value shifted = m.add(m.mul(c, m.number(1.44269504f)), magic);
  Value n = m.sub(shifted, magic);
  Value r = m.sub(m.sub(c, m.mul(n, m.number(0.693359375f))),
                  m.mul(n, m.number(-2.12194440e-4f)));
  Value p = m.number(0.001381454f);
  for (float coefficient :
       {0.008368745f, 0.04166839f, 0.16666521f, 0.49999994f})
    p = m.add(m.mul(p, r), m.number(coefficient));
  Value y = m.add(m.number(1.0f), m.add(r, m.mul(m.mul(r, r), p)));
  Value sum =
      m.addBits(m.subBits(m.asBits(shifted), m.bits(0x4b400000u)), m.bits(256));
  Value first =
      arith::ShRUIOp::create(m.builder, m.loc, sum, m.bits(1)).getResult();
  Value second = m.subBits(sum, first);
  return m.mul(m.mul(y, m.powerOfTwo(first)), m.powerOfTwo(second));
}

static void addExpFunction(ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  Type f32 = builder.getF32Type();
  auto function = func::FuncOp::create(builder, loc, kExpName,
                                       builder.getFunctionType(f32, f32));
  function.setPrivate();
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value result = buildExp(Arithmetic{builder, loc}, function.getArgument(0));
  func::ReturnOp::create(builder, loc, result);
}

namespace {
struct ExpandFloatMath : setun::impl::ExpandFloatMathBase<ExpandFloatMath> {
  void runOnOperation() override {
    SmallVector<math::ExpOp> exponentials;
    WalkResult walk = getOperation().walk([&](Operation *op) -> WalkResult {
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()))
        return WalkResult::advance();
      if (auto exp = dyn_cast<math::ExpOp>(op); exp && exp.getType().isF32()) {
        exponentials.push_back(exp);
        return WalkResult::advance();
      }
      if (isa<math::SqrtOp, math::RoundEvenOp, math::FloorOp, math::CeilOp,
              math::RoundOp, math::TruncOp, math::AbsFOp, math::AbsIOp,
              math::CopySignOp>(op))
        return WalkResult::advance();
      return emitError(op->getLoc())
             << "'" << op->getName() << "' on " << op->getResultTypes().front()
             << " has no definition that is the same on every target";
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    if (exponentials.empty())
      return;
    if (!getOperation().lookupSymbol(kExpName))
      addExpFunction(getOperation());
    for (math::ExpOp exp : exponentials) {
      OpBuilder builder(exp);
      exp.replaceAllUsesWith(func::CallOp::create(builder, exp.getLoc(),
                                                  kExpName, exp.getType(),
                                                  exp.getOperand())
                                 .getResult(0));
      exp.erase();
    }
  }
};
} // namespace
