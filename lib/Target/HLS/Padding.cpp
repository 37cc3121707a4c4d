//===- Padding.cpp - Images that grow -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A padded image is what a window of one place sees that starts outside.
//===----------------------------------------------------------------------===//

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;

namespace setun::hls {

LogicalResult StageBuilder::addPadding(Operation *op, Value input, Value result,
                                       ArrayRef<int64_t> low,
                                       ArrayRef<int64_t> high,
                                       StringRef padding) {
  ArrayRef<int64_t> in = getShape(input);
  if (in.size() < 3 || in.size() > 4 || low[0] || low[1] || high[0] || high[1])
    return op->emitError("HLS code accepts padding of the last one or two "
                         "dimensions of an image");
  SmallVector<int64_t> ones(in.size() - 2, 1), around(low.drop_front(2));
  llvm::append_range(around, high.drop_front(2));
  ArrayRef<int64_t> one(ones), pads(around);
  auto attribute = lowbit::WindowAttr::getChecked(
      [&] { return op->emitError(); }, op->getContext(), one, one, one, pads);
  if (!attribute)
    return failure();
  FailureOr<ImageWindow> window = readWindow(op, input, attribute, result);
  if (failed(window))
    return failure();
  FailureOr<Stream *> source =
      getInOrder(input, StreamOrder::channelsLast(in), op);
  if (failed(source))
    return failure();
  if (getElementType(result) != (*source)->type)
    return op->emitError("pads with a code that its input's type does not "
                         "have, which HLS code does not accept");
  Stream *stream =
      addWindowStage(op, nameStage(op), *window, *source, 1, padding);
  stream->order = StreamOrder::channelsLast(getShape(result));
  flows[result] = {stream, stream->order};
  return success();
}

LogicalResult StageBuilder::buildPad(lowbit::PadOp op) {
  std::string type = getElementType(op.getResult());
  std::string code = type == "setun_hls::bipolar"
                         ? fmt::format("setun_hls::make_bipolar({})",
                                       int64_t(op.getCode()) > 0)
                         : fmt::format("{}({})", type, int64_t(op.getCode()));
  return addPadding(op, op.getInput(), op.getResult(), op.getLow(),
                    op.getHigh(), code);
}

LogicalResult StageBuilder::buildPadNode(onnx::NodeOp op) {
  Value input = op.getInputs()[0], result = op.getOutputs()[0];
  size_t rank = getShape(input).size();
  auto getConstant = [&](unsigned index) -> std::optional<Numbers> {
    Value value = op.getInputOrNull(index);
    if (value && isa<RankedTensorType>(value.getType()))
      return getNumbers(value);
    return std::nullopt;
  };
  SmallVector<int64_t> pads;
  if (auto attribute = op.getInts("pads"))
    pads.assign(attribute->begin(), attribute->end());
  else if (std::optional<Numbers> given = getConstant(1))
    pads.assign(given->integers.begin(), given->integers.end());
  bool hasAxes = op.getInputOrNull(3) &&
                 isa<RankedTensorType>(op.getInputOrNull(3).getType());
  float value = op.getFloat("value", 0.0f);
  if (std::optional<Numbers> given = getConstant(2);
      given && given->isFloat && given->size() == 1)
    value = given->floats[0];
  else if (given)
    return op.emitError("pads with something that is no f32");
  if (!getElementTypeOrSelf(input.getType()).isF32() ||
      pads.size() != 2 * rank || hasAxes ||
      op.getString("mode", "constant") != "constant")
    return op.emitError("HLS code accepts Pad of f32 with a constant, without "
                        "axes, by a constant number of elements");
  return addPadding(op, input, result, ArrayRef(pads).take_front(rank),
                    ArrayRef(pads).drop_front(rank),
                    std::isfinite(value)
                        ? formatLiteral(value)
                        : fmt::format("setun_hls::bits_to_float({:#x}u)",
                                      llvm::bit_cast<uint32_t>(value)));
}

} // namespace setun::hls
