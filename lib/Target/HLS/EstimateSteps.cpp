//===- EstimateSteps.cpp - What elementwise ops take ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Estimate.h"
#include "Functor.h"

#include "dialects/LowBit/LowBit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun::hls {

using fpga::FloatOperator;

void StepEstimate::addFloat(FloatOperator op) {
  operators += fpga::floatOperator(op);
  depth += fpga::getFloatLatency(op);
}

void StepEstimate::addTable(int64_t rows, int64_t bits) {
  if (rows > 1)
    tables.push_back({rows, bits});
}

FpgaCost StepEstimate::getTables(int64_t lanes) const {
  FpgaCost cost;
  // Each lane reads rows of its own.
  for (auto [rows, bits] : tables)
    cost += lanes * fpga::rom(llvm::divideCeil(rows, lanes), bits);
  return cost;
}

static int64_t getElementBits(Value value) {
  return getTypeBits(getElementType(value));
}

/// Rows of a constant operand that is one number for each channel, or one for
/// all.
static int64_t countNumbers(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return isConstant(value) && type ? type.getNumElements() : 1;
}

/// One operation on scalars. Integers of C are as wide as they are written: an
/// upper bound, since tools drop bits that nobody reads.
void StepEstimate::addScalar(Operation *op) {
  Type type = op->getNumOperands() ? op->getOperand(0).getType()
                                   : op->getResult(0).getType();
  if (isa<arith::BitcastOp, arith::NegFOp, math::AbsFOp, math::CopySignOp>(op))
    return;
  auto floats = [&](FloatOperator kind, int count = 1) {
    for (int i = 0; i < count; ++i)
      addFloat(kind);
  };
  if (isa<arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp, arith::FPToUIOp>(
          op))
    return floats(FloatOperator::Convert);
  if (isa<arith::SelectOp>(op)) {
    operators += {getTypeBits(getScalarType(op->getResult(0).getType()))};
    return;
  }
  if (isa<FloatType>(type)) {
    if (isa<arith::MulFOp>(op))
      return floats(FloatOperator::Multiply);
    if (isa<arith::DivFOp>(op))
      return floats(FloatOperator::Divide);
    if (isa<arith::CmpFOp, arith::MaximumFOp, arith::MinimumFOp>(op))
      return floats(FloatOperator::Compare);
    // functions.h: nine products and nine sums, then powers of two.
    if (isa<math::ExpOp>(op)) {
      floats(FloatOperator::Multiply, 11);
      return floats(FloatOperator::Add, 10);
    }
    // To an integer and back, or 2^23 added and taken away.
    return floats(FloatOperator::Add,
                  isa<math::MathDialect>(op->getDialect()) ? 2 : 1);
  }
  int64_t bits = getTypeBits(getScalarType(type));
  if (isa<arith::MulIOp>(op))
    operators += fpga::multiplier(bits, bits);
  else if (isa<arith::CmpIOp>(op))
    operators += fpga::comparison(bits, /*isConstant=*/false);
  else if (isa<arith::AddIOp, arith::SubIOp, arith::MaxSIOp, arith::MinSIOp,
               arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp,
               arith::XOrIOp>(op))
    operators += {bits, bits};
}

void StepEstimate::add(Operation *operation) {
  ++depth;
  llvm::TypeSwitch<Operation *>(operation)
      .Case([&](linalg::GenericOp op) {
        for (Operation &inner : op.getBody()->without_terminator())
          if (!inner.hasTrait<OpTrait::ConstantLike>())
            addScalar(&inner);
        for (Value input : op.getInputs())
          addTable(countNumbers(input), 32);
      })
      .Case([&](lowbit::ThresholdOp op) {
        ArrayRef<int64_t> sizes = getShape(op.getThresholds());
        int64_t bits = getElementBits(op.getInput());
        if (getElementTypeOrSelf(op.getInput().getType()).isF32()) {
          operators += sizes[1] * fpga::floatOperator(FloatOperator::Compare);
          bits = 32;
        } else {
          operators += fpga::thresholds(sizes[1], bits, sizes[0] == 1);
        }
        addTable(sizes[0], sizes[1] * bits);
      })
      .Case([&](lowbit::RequantizeOp op) {
        // Products, one sum, the rounding, two bounds.
        int64_t bits = op.getWidth(), sum = 0;
        auto getBitsOf = [](ArrayRef<int64_t> numbers) {
          Numbers all;
          all.integers.assign(numbers.begin(), numbers.end());
          return int64_t(getBits(all));
        };
        for (auto [i, input] : llvm::enumerate(op.getInputs())) {
          ArrayRef<int64_t> factors = op.getMultipliersOf(i);
          int64_t factor = getBitsOf(factors), from = getElementBits(input);
          sum = std::max(sum, from + factor);
          if (llvm::any_of(factors, [](int64_t m) { return m != 1; }))
            operators += fpga::multiplier(from, factor);
          addTable(factors.size(), factor);
        }
        sum = std::min(sum + 1, bits);
        ArrayRef<int64_t> addends = op.getAddends();
        addTable(addends.size(), getBitsOf(addends));
        operators += fpga::adder(sum);
        if (op.getHalfEven() && op.getShift() > 0)
          operators += fpga::adder(sum);
        operators += 2 * fpga::comparison(
                             std::max<int64_t>(1, sum - op.getShift()), true);
        operators +=
            {getElementBits(op.getResult()), getElementBits(op.getResult())};
        if (Value exceptions = op.getExceptions()) {
          ArrayRef<int64_t> sizes = getShape(exceptions);
          int64_t from = getElementBits(op.getInputs().front());
          operators += sizes[1] * fpga::comparison(from, sizes[0] == 1);
          addTable(sizes[0], sizes[1] * from);
        }
        depth += 4;
      })
      .Case([&](lowbit::QuantizeOp op) {
        addFloat(op.getByReciprocal() ? FloatOperator::Multiply
                                      : FloatOperator::Divide);
        addTable(countNumbers(op.getScale()), 32);
        // Two bounds; the rounding is an addition.
        addFloat(FloatOperator::Compare);
        addFloat(FloatOperator::Compare);
        addFloat(FloatOperator::Add);
      })
      .Case([&](lowbit::DequantizeOp op) {
        addFloat(FloatOperator::Convert);
        addFloat(FloatOperator::Multiply);
        addTable(countNumbers(op.getScale()), 32);
      })
      .Case([&](lowbit::LookupOp op) {
        ArrayRef<int64_t> sizes = getShape(op.getTable());
        tables.push_back({sizes[0] * sizes[1], getElementBits(op)});
      });
}

} // namespace setun::hls
