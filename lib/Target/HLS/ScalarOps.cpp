//===- ScalarOps.cpp - Arithmetic on scalars as C++ -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integers wrap, so they are computed on unsigned ones; floats are computed as
// they are written.
//===----------------------------------------------------------------------===//

#include "Functor.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun::hls {

std::string getScalarType(Type type) {
  if (type.isF32())
    return "float";
  if (type.isF64())
    return "double";
  if (type.isInteger(1))
    return "bool";
  if (type.isSignlessInteger(8) || type.isSignlessInteger(16) ||
      type.isSignlessInteger(32) || type.isSignlessInteger(64))
    return fmt::format("int{}_t", type.getIntOrFloatBitWidth());
  return "";
}

static std::string getUnsignedType(Type type) {
  return "u" + getScalarType(type);
}

/// a OP b on wrapping integers; && and so on for bool.
static std::string printWrapping(Operation *op, StringRef sign,
                                 ArrayRef<std::string> x) {
  Type type = op->getResult(0).getType();
  if (type.isInteger(1))
    return fmt::format("(bool)({} {} {})", x[0],
                       sign == "+" || sign == "-" ? StringRef("^")
                       : sign == "*"              ? StringRef("&")
                                                  : sign,
                       x[1]);
  std::string wide = type.getIntOrFloatBitWidth() < 32 ? std::string("uint32_t")
                                                       : getUnsignedType(type);
  return fmt::format("{0}({1}({2}) {3} {1}({4}))", getScalarType(type), wide,
                     x[0], sign, x[1]);
}

static std::string printCompare(arith::CmpFOp op, ArrayRef<std::string> x) {
  auto print = [&](StringRef sign) {
    return fmt::format("({} {} {})", x[0], sign, x[1]);
  };
  auto negate = [&](StringRef sign) { return "!" + print(sign); };
  auto isNan = fmt::format("({0} != {0} || {1} != {1})", x[0], x[1]);
  switch (op.getPredicate()) {
  case arith::CmpFPredicate::OEQ:
    return print("==");
  case arith::CmpFPredicate::OGT:
    return print(">");
  case arith::CmpFPredicate::OGE:
    return print(">=");
  case arith::CmpFPredicate::OLT:
    return print("<");
  case arith::CmpFPredicate::OLE:
    return print("<=");
  case arith::CmpFPredicate::UNE:
    return print("!=");
  case arith::CmpFPredicate::UGT:
    return negate("<=");
  case arith::CmpFPredicate::UGE:
    return negate("<");
  case arith::CmpFPredicate::ULT:
    return negate(">=");
  case arith::CmpFPredicate::ULE:
    return negate(">");
  case arith::CmpFPredicate::UNO:
    return isNan;
  case arith::CmpFPredicate::ORD:
    return "!" + isNan;
  case arith::CmpFPredicate::ONE:
    return fmt::format("({0} < {1} || {0} > {1})", x[0], x[1]);
  case arith::CmpFPredicate::UEQ:
    return fmt::format("!({0} < {1} || {0} > {1})", x[0], x[1]);
  default:
    return "";
  }
}

static std::string printCompare(arith::CmpIOp op, ArrayRef<std::string> x) {
  Type type = op.getLhs().getType();
  auto print = [&](StringRef sign, bool isUnsigned) {
    if (!isUnsigned || type.isInteger(1))
      return fmt::format("({} {} {})", x[0], sign, x[1]);
    std::string cast = getUnsignedType(type);
    return fmt::format("({0}({1}) {2} {0}({3}))", cast, x[0], sign, x[1]);
  };
  switch (op.getPredicate()) {
  case arith::CmpIPredicate::eq:
    return print("==", false);
  case arith::CmpIPredicate::ne:
    return print("!=", false);
  case arith::CmpIPredicate::slt:
    return print("<", false);
  case arith::CmpIPredicate::sle:
    return print("<=", false);
  case arith::CmpIPredicate::sgt:
    return print(">", false);
  case arith::CmpIPredicate::sge:
    return print(">=", false);
  case arith::CmpIPredicate::ult:
    return print("<", true);
  case arith::CmpIPredicate::ule:
    return print("<=", true);
  case arith::CmpIPredicate::ugt:
    return print(">", true);
  case arith::CmpIPredicate::uge:
    return print(">=", true);
  }
  return "";
}

/// `function(x)` of functions.h for f32.
static std::string printCall(Operation *op, StringRef function,
                             ArrayRef<std::string> x) {
  if (!op->getResult(0).getType().isF32())
    return "";
  return fmt::format("setun_hls::{}({})", function, fmt::join(x, ", "));
}

/// From one type to another: by a value, not by bits.
static std::string printConversion(Operation *op, ArrayRef<std::string> x) {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  std::string target = getScalarType(to);
  if (isa<arith::BitcastOp>(op)) {
    if (from.isF32() && to.isInteger(32))
      return fmt::format("int32_t(setun_hls::float_to_bits({}))", x[0]);
    if (from.isInteger(32) && to.isF32())
      return fmt::format("setun_hls::bits_to_float(uint32_t({}))", x[0]);
    return "";
  }
  // A bool is 0 or 1, signed it is 0 or -1.
  if (from.isInteger(1))
    return isa<arith::ExtSIOp, arith::SIToFPOp>(op)
               ? fmt::format("{}({} ? -1 : 0)", target, x[0])
               : fmt::format("{}({} ? 1 : 0)", target, x[0]);
  if (to.isInteger(1))
    return isa<arith::TruncIOp>(op) ? fmt::format("(({} & 1) != 0)", x[0]) : "";
  if (isa<arith::ExtUIOp, arith::UIToFPOp>(op))
    return fmt::format("{}({}({}))", target, getUnsignedType(from), x[0]);
  if (isa<arith::FPToUIOp>(op))
    return fmt::format("{}({}({}))", target, getUnsignedType(to), x[0]);
  return fmt::format("{}({})", target, x[0]);
}

/// x << n, x >> n of a sensible n.
static std::string printShift(Operation *op, StringRef sign,
                              ArrayRef<std::string> x) {
  Type type = op->getResult(0).getType();
  if (type.isInteger(1))
    return "";
  bool isSigned = isa<arith::ShRSIOp>(op);
  return fmt::format("{}({}({}) {} {})", getScalarType(type),
                     isSigned ? getScalarType(type) : getUnsignedType(type),
                     x[0], sign, x[1]);
}

std::string printScalarOp(Operation *op, ArrayRef<std::string> x) {
  if (op->getNumResults() != 1 ||
      getScalarType(op->getResult(0).getType()).empty())
    return "";
  auto binary = [&](StringRef sign) {
    return fmt::format("{} {} {}", x[0], sign, x[1]);
  };
  auto call = [&](StringRef function) { return printCall(op, function, x); };
  auto choose = [&](StringRef sign, bool isUnsigned) {
    Type type = op->getResult(0).getType();
    std::string cast = isUnsigned ? getUnsignedType(type) : "";
    return fmt::format("({0}({1}) {2} {0}({3}) ? {1} : {3})", cast, x[0], sign,
                       x[1]);
  };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<arith::AddFOp>([&](auto) { return binary("+"); })
      .Case<arith::SubFOp>([&](auto) { return binary("-"); })
      .Case<arith::MulFOp>([&](auto) { return binary("*"); })
      .Case<arith::DivFOp>([&](auto) { return binary("/"); })
      .Case<arith::NegFOp>([&](auto) { return "-(" + x[0] + ")"; })
      .Case<arith::AddIOp>([&](auto) { return printWrapping(op, "+", x); })
      .Case<arith::SubIOp>([&](auto) { return printWrapping(op, "-", x); })
      .Case<arith::MulIOp>([&](auto) { return printWrapping(op, "*", x); })
      .Case<arith::AndIOp>([&](auto) { return printWrapping(op, "&", x); })
      .Case<arith::OrIOp>([&](auto) { return printWrapping(op, "|", x); })
      .Case<arith::XOrIOp>([&](auto) { return printWrapping(op, "^", x); })
      .Case<arith::DivSIOp>([&](auto) { return binary("/"); })
      .Case<arith::RemSIOp>([&](auto) { return binary("%"); })
      .Case<arith::ShLIOp>([&](auto) { return printShift(op, "<<", x); })
      .Case<arith::ShRSIOp, arith::ShRUIOp>(
          [&](auto) { return printShift(op, ">>", x); })
      .Case<arith::MaxSIOp>([&](auto) { return choose(">", false); })
      .Case<arith::MinSIOp>([&](auto) { return choose("<", false); })
      .Case<arith::MaxUIOp>([&](auto) { return choose(">", true); })
      .Case<arith::MinUIOp>([&](auto) { return choose("<", true); })
      .Case<arith::MaximumFOp>([&](auto) { return call("maximum_f32"); })
      .Case<arith::MinimumFOp>([&](auto) { return call("minimum_f32"); })
      .Case<arith::SelectOp>(
          [&](auto) { return fmt::format("({} ? {} : {})", x[0], x[1], x[2]); })
      .Case<arith::CmpFOp, arith::CmpIOp>(
          [&](auto compare) { return printCompare(compare, x); })
      .Case<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::ExtFOp,
            arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp,
            arith::FPToUIOp, arith::BitcastOp>(
          [&](auto) { return printConversion(op, x); })
      .Case<math::ExpOp>([&](auto) { return call("exp_f32"); })
      .Case<math::SqrtOp>([&](auto op) {
        return op.getType().isF32() ? call("sqrt_f32") : std::string();
      })
      .Case<math::FloorOp>([&](auto) { return call("floor_f32"); })
      .Case<math::CeilOp>([&](auto) { return call("ceil_f32"); })
      .Case<math::TruncOp>([&](auto) { return call("trunc_f32"); })
      .Case<math::RoundOp>([&](auto) { return call("round_f32"); })
      .Case<math::RoundEvenOp>([&](auto) { return call("round_even_f32"); })
      .Case<math::AbsFOp>([&](auto) { return call("abs_f32"); })
      .Case<math::CopySignOp>([&](auto) { return call("copysign_f32"); })
      .Default([](Operation *) { return std::string(); });
}

} // namespace setun::hls
