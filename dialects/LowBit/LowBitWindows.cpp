// Windows over images, and the verifiers of pad and pool; the numbers (c1),
// (c2).. are those of LowBit.td.
#include "dialects/LowBit/LowBit.h"

using namespace mlir;

namespace setun::lowbit {

//===-- window ------------------------------------------------------------===//

LogicalResult
WindowAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                   ArrayRef<int64_t> size, ArrayRef<int64_t> strides,
                   ArrayRef<int64_t> dilations, ArrayRef<int64_t> pads) {
  size_t rank = size.size();
  if (rank < 1 || rank > 3 || strides.size() != rank ||
      dilations.size() != rank || pads.size() != 2 * rank)
    return emitError() << "a window needs 1 to 3 dimensions, a stride and a "
                          "dilation for each and two pads, got "
                       << rank << " sizes, " << strides.size() << " strides, "
                       << dilations.size() << " dilations, " << pads.size()
                       << " pads";
  auto isPositive = [](int64_t number) {
    return number >= 1 && number <= INT32_MAX;
  };
  for (ArrayRef<int64_t> numbers : {size, strides, dilations})
    if (!llvm::all_of(numbers, isPositive))
      return emitError() << "sizes, strides and dilations of a window must lie "
                            "in 1.."
                         << INT32_MAX;
  for (int64_t pad : pads)
    if (pad < 0 || pad > INT32_MAX)
      return emitError() << "pads of a window must lie in 0.." << INT32_MAX;
  return success();
}

bool WindowAttr::isPadded() const {
  return llvm::any_of(getPads(), [](int64_t pad) { return pad != 0; });
}

int64_t WindowAttr::getPositions() const {
  return ShapedType::getNumElements(getSize());
}

int64_t WindowAttr::getOutputs(unsigned dim, int64_t inputs) const {
  int64_t span = getDilations()[dim] * (getSize()[dim] - 1) + 1;
  int64_t room = inputs + getBegin(dim) + getEnd(dim) - span;
  return room < 0 ? 0 : room / getStrides()[dim] + 1;
}

std::optional<SmallVector<int64_t>>
WindowAttr::getOutputShape(ArrayRef<int64_t> input, int64_t channels) const {
  if (input.size() != getRank() + 2)
    return std::nullopt;
  SmallVector<int64_t> shape = {input[0], channels};
  for (unsigned dim = 0; dim < getRank(); ++dim) {
    shape.push_back(getOutputs(dim, input[dim + 2]));
    if (ShapedType::isDynamic(input[dim + 2]) || shape.back() < 1)
      return std::nullopt;
  }
  return shape;
}

std::optional<SmallVector<int64_t>>
WindowAttr::getPatchShape(ArrayRef<int64_t> input) const {
  std::optional<SmallVector<int64_t>> shape = getOutputShape(input, 0);
  if (!shape)
    return std::nullopt;
  shape->erase(shape->begin() + 1);
  shape->push_back(input[1] * getPositions());
  return shape;
}

//===-- pad ---------------------------------------------------------------===//

/// Is every code of `from` one of `to`, and stored alike?
static bool isPartOf(Type from, Type to) {
  CodeRange range = getCodeRange(from);
  return from == to ||
         (isCodeValue(to, range.min) && isCodeValue(to, range.max) &&
          (isa<BipolarType>(from) || isCodeValue(to, 0)) &&
          getStorageBits(from) == getStorageBits(to) &&
          isUnsignedCode(from) == isUnsignedCode(to));
}

LogicalResult PadOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  ArrayRef<int64_t> low = getLow(), high = getHigh();
  auto isNegative = [](int64_t number) { return number < 0; };
  if (int64_t(low.size()) != input.getRank() || high.size() != low.size() ||
      llvm::any_of(low, isNegative) || llvm::any_of(high, isNegative))
    return emitOpError() << "(c1) low and high need " << input.getRank()
                         << " numbers that are not negative";
  bool matches = input.hasStaticShape() &&
                 result.getRank() == input.getRank() && !getLayout(input) &&
                 !getLayout(result);
  for (int64_t dim = 0; matches && dim < input.getRank(); ++dim)
    matches =
        result.getDimSize(dim) - low[dim] - high[dim] == input.getDimSize(dim);
  if (!matches)
    return emitOpError() << "(c2) result " << result << " is not " << input
                         << " with codes around it";
  Type code = result.getElementType();
  if (!isPartOf(input.getElementType(), code) || !isCodeValue(code, getCode()))
    return emitOpError() << "(c3) " << code << " does not hold "
                         << int64_t(getCode()) << " and the codes of "
                         << input.getElementType();
  return success();
}

/// pad(x) by nothing -> x.
OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t number) { return number == 0; };
  if (llvm::all_of(getLow(), isZero) && llvm::all_of(getHigh(), isZero) &&
      getInput().getType() == getType())
    return getInput();
  return {};
}

//===-- patches -----------------------------------------------------------===//

SmallVector<int64_t> getImageShape(ShapedType type, bool channelsLast) {
  SmallVector<int64_t> shape(type.getShape());
  if (channelsLast)
    std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  return shape;
}

LogicalResult PatchesOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  WindowAttr window = getWindow();
  if (!input.hasStaticShape() || input.getRank() != window.getRank() + 2 ||
      getLayout(input))
    return emitOpError() << "(c1) needs [N, C, inputs..] with "
                         << window.getRank() << " spatial dimensions, got "
                         << input;
  std::optional<SmallVector<int64_t>> shape =
      window.getPatchShape(getImageShape(input, getChannelsLast()));
  if (!shape)
    return emitOpError() << "(c2) the window does not fit into " << input;
  if (result.getShape() != ArrayRef<int64_t>(*shape) || getLayout(result))
    return emitOpError() << "(c2) the result has shape [" << *shape
                         << "], not that of " << result;
  Type code = result.getElementType();
  if (!isPartOf(input.getElementType(), code) ||
      (window.isPadded() && !isCodeValue(code, getPadding())))
    return emitOpError() << "(c3) " << code << " does not hold "
                         << int64_t(getPadding()) << " and the codes of "
                         << input.getElementType();
  return success();
}

//===-- pool, sum_pool ----------------------------------------------------===//

/// (c1) and (c2) of an op that makes one number of each window.
template <typename Op> static LogicalResult verifyPool(Op op) {
  RankedTensorType input = op.getInput().getType(), result = op.getType();
  WindowAttr window = op.getWindow();
  if (!input.hasStaticShape() || input.getRank() != window.getRank() + 2 ||
      getLayout(input))
    return op.emitOpError()
           << "(c1) needs [N, C, inputs..] with " << window.getRank()
           << " spatial dimensions, got " << input;
  SmallVector<int64_t> image = getImageShape(input, op.getChannelsLast());
  std::optional<SmallVector<int64_t>> shape =
      window.getOutputShape(image, image[1]);
  if (!shape)
    return op.emitOpError() << "(c2) the window does not fit into " << input;
  if (op.getChannelsLast())
    std::rotate(shape->begin() + 1, shape->begin() + 2, shape->end());
  if (result.getShape() != ArrayRef<int64_t>(*shape) || getLayout(result))
    return op.emitOpError() << "(c2) the result has shape [" << *shape
                            << "], not that of " << result;
  return success();
}

LogicalResult PoolOp::verify() {
  if (failed(verifyPool(*this)))
    return failure();
  Type input = getInput().getType().getElementType(),
       result = getType().getElementType();
  if (input != result)
    return emitOpError() << "(c3) the largest code is " << input
                         << " like all, not " << result;
  return success();
}

LogicalResult SumPoolOp::verify() {
  if (failed(verifyPool(*this)))
    return failure();
  Type input = getInput().getType().getElementType(),
       result = getType().getElementType();
  int64_t zero = getZeroPoint(), positions = 1;
  for (int64_t size : getWindow().getSize())
    if (llvm::MulOverflow(positions, size, positions))
      return emitOpError() << "(c3) a sum of so many codes does not fit "
                           << result;
  int64_t bound = 0, limit = result.isInteger(32) ? INT32_MAX : INT64_MAX;
  if (llvm::MulOverflow(ShiftedCode{input, zero}.magnitude(), positions,
                        bound) ||
      bound > limit)
    return emitOpError() << "(c3) a sum of " << positions
                         << " codes does not fit " << result;
  if (!isZeroPointOf(input, zero))
    return emitOpError() << "(c4) zero point " << zero
                         << " does not fit the storage of " << input;
  return success();
}

} // namespace setun::lowbit
