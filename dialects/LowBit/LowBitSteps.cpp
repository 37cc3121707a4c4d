// Verifiers of the step functions; the numbers (c1), (c2).. are those of
// LowBitStepOps.td.
#include "dialects/LowBit/LowBit.h"

using namespace mlir;

namespace setun::lowbit {

//===-- threshold ---------------------------------------------------------===//

LogicalResult ThresholdOp::verify() {
  RankedTensorType input = getInput().getType();
  RankedTensorType thresholds = getThresholds().getType();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= input.getRank())
    return emitOpError() << "(c1) axis " << axis << " is not a dimension of "
                         << input;
  if (thresholds.getRank() != 2 || thresholds.getDimSize(1) < 1 ||
      (thresholds.getDimSize(0) != 1 &&
       thresholds.getDimSize(0) != input.getDimSize(axis)))
    return emitOpError() << "(c1) thresholds must be ["
                         << input.getDimSize(axis) << " or 1, n], got "
                         << thresholds;
  if (input.getElementType() != thresholds.getElementType())
    return emitOpError(
        "(c2) input and thresholds must have the same element type");
  Type code = getType().getElementType();
  int64_t count = thresholds.getDimSize(1), offset = getOffset();
  if (isa<BipolarType, TernaryType>(code)) {
    int64_t wanted = isa<BipolarType>(code) ? 1 : 2;
    if (count != wanted || offset != 0)
      return emitOpError() << "(c3) " << code << " needs " << wanted
                           << " thresholds and offset 0";
  } else if (!isCodeValue(code, offset) ||
             offset > getCodeRange(code).max - count) {
    return emitOpError() << "(c3) codes " << offset << ".." << offset + count
                         << " do not fit " << code;
  }
  if (getType().getShape() != input.getShape())
    return emitOpError("(c4) input and result must have the same shape");
  if (getFalling() && int64_t(getFalling()->size()) != thresholds.getDimSize(0))
    return emitOpError() << "(c5) falling must have "
                         << thresholds.getDimSize(0) << " values";
  return success();
}

int64_t ThresholdOp::getFirstCode() {
  return isa<TernaryType>(getType().getElementType()) ? -1 : getOffset();
}

//===-- requantize --------------------------------------------------------===//

/// One number, or one for each of `channels`; each fits `width` bits.
static LogicalResult verifyNumbers(RequantizeOp op, ArrayRef<int64_t> numbers,
                                   int64_t channels, StringRef name) {
  if (numbers.size() != 1 && int64_t(numbers.size()) != channels)
    return op.emitOpError() << "(c2) " << name << " must have 1 or " << channels
                            << " numbers, got " << numbers.size();
  for (int64_t number : numbers)
    if (op.getWidth() == 32 && !llvm::isInt<32>(number))
      return op.emitOpError() << "(c3) " << number << " does not fit 32 bits";
  return success();
}

LogicalResult RequantizeOp::verify() {
  RankedTensorType result = getType();
  if (getInputs().empty())
    return emitOpError("(c1) needs an input");
  for (Value input : getInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    if (type.getShape() != result.getShape() || type.getEncoding() ||
        result.getEncoding())
      return emitOpError() << "(c1) input " << type
                           << " must have the shape of the result " << result
                           << ", and neither a packed layout";
    if (type.getElementType().isInteger(64) && getWidth() != 64)
      return emitOpError("(c3) an i64 input needs width 64");
  }
  int64_t axis = getAxis();
  if (axis < 0 || axis >= result.getRank())
    return emitOpError() << "(c2) axis " << axis << " is not a dimension of "
                         << result;
  int64_t width = getWidth(), shift = getShift();
  if ((width != 32 && width != 64) || shift < 0 || shift >= width)
    return emitOpError("(c3) width must be 32 or 64, and shift less than it");
  int64_t channels = result.getDimSize(axis);
  if (getMultipliers().size() != getInputs().size())
    return emitOpError() << "(c2) multipliers must have " << getInputs().size()
                         << " arrays";
  for (unsigned i = 0; i < getInputs().size(); ++i)
    if (failed(
            verifyNumbers(*this, getMultipliersOf(i), channels, "multipliers")))
      return failure();
  if (failed(verifyNumbers(*this, getAddends(), channels, "addends")))
    return failure();
  Type code = result.getElementType();
  auto isResult = [&](int64_t number) {
    return code.isInteger(32) ? llvm::isInt<32>(number)
                              : isCodeValue(code, number);
  };
  if (isa<BipolarType>(code) || !isResult(getLo()) || !isResult(getHi()) ||
      int64_t(getLo()) > int64_t(getHi()))
    return emitOpError() << "(c4) " << int64_t(getLo()) << ".."
                         << int64_t(getHi())
                         << " must be codes of the result type, not bipolar, "
                            "or numbers of i32";
  int64_t raised = getRaised();
  if (!getExceptions()) {
    if (raised != 0)
      return emitOpError("(c5) nothing is raised without exceptions");
    return success();
  }
  RankedTensorType exceptions = getExceptions().getType();
  auto input = cast<RankedTensorType>(getInputs()[0].getType());
  if (getInputs().size() != 1 || exceptions.getRank() != 2 ||
      exceptions.getElementType() != input.getElementType() ||
      exceptions.getDimSize(1) < 1 ||
      (exceptions.getDimSize(0) != 1 && exceptions.getDimSize(0) != channels) ||
      raised < 0 || raised > exceptions.getDimSize(1))
    return emitOpError() << "(c5) exceptions of one input " << input
                         << " must be [" << channels
                         << " or 1, n] of the same type, with at most n that "
                            "raise; got "
                         << exceptions << " and " << raised;
  return success();
}

//===-- lookup ------------------------------------------------------------===//

LogicalResult LookupOp::verify() {
  RankedTensorType input = getInput().getType();
  RankedTensorType table = getTable().getType();
  Type code = input.getElementType();
  if (getCodeBits(code) > 12 || getLayout(input))
    return emitOpError() << "(c1) the input's codes must have at most 12 bits "
                            "and no packed layout, got "
                         << input;
  int64_t axis = getAxis();
  CodeRange range = getCodeRange(code);
  int64_t count = range.max - range.min + 1;
  if (axis < 0 || axis >= input.getRank() || table.getRank() != 2 ||
      table.getDimSize(1) != count ||
      (table.getDimSize(0) != 1 &&
       table.getDimSize(0) != input.getDimSize(axis)))
    return emitOpError() << "(c2) table must be [C or 1, " << count
                         << "], C the size of dimension `axis`, got " << table;
  if (getType().getShape() != input.getShape() ||
      getType().getElementType() != table.getElementType() ||
      getLayout(getType()) || getLayout(table))
    return emitOpError() << "(c3) result " << getType()
                         << " must have the shape of the input and the codes "
                            "of the table";
  return success();
}

} // namespace setun::lowbit
