//===- Maps.cpp - Elementwise ops as stages of their own ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where streams meet, and where no stage is there to take an elementwise op in.
//===----------------------------------------------------------------------===//

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace setun::hls {

/// How far an index of each dimension of the result steps in operand `value`,
/// 0 where that is repeated; nothing if it is no broadcasting.
static std::optional<SmallVector<int64_t>> getBroadcastStrides(Operation *op,
                                                               Value value) {
  ArrayRef<int64_t> shape = getShape(value);
  size_t rank = getShape(op->getResult(0)).size();
  SmallVector<int64_t> strides(rank, 0);
  AffineMap map;
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    for (OpOperand *operand : generic.getDpsInputOperands())
      if (operand->get() == value) {
        // Read twice in different ways, it would be two streams.
        AffineMap here = generic.getMatchingIndexingMap(operand);
        if (map && map != here)
          return std::nullopt;
        map = here;
      }
  int64_t stride = 1;
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
    int64_t loop =
        d + static_cast<int64_t>(rank) - static_cast<int64_t>(shape.size());
    if (map) {
      auto dim = dyn_cast<AffineDimExpr>(map.getResult(d));
      loop = dim ? dim.getPosition() : -1;
      if (!dim && shape[d] != 1)
        return std::nullopt;
    }
    if (loop >= 0 && shape[d] != 1)
      strides[loop] += stride;
    stride *= shape[d];
  }
  return strides;
}

FailureOr<Stream *> StageBuilder::addBroadcast(Operation *op, Value value,
                                               const StreamOrder &order) {
  auto strides = getBroadcastStrides(op, value);
  std::optional<StreamOrder> loops;
  if (strides)
    loops = order.broadcast(getShape(op->getResult(0)), *strides);
  if (!loops || loops->getLoops().size() > 6)
    return op->emitError("repeats an operand in a way that no six loops make "
                         "of its stream");
  FailureOr<Stream *> source =
      getInOrder(value, StreamOrder::rowMajor(getShape(value)), op);
  if (failed(source))
    return failure();
  Stage *stage =
      design.addStage(design.names.unique((*source)->name + "_repeated"));
  stage->comment = "The same number for several elements.";
  stage->inputs.push_back({*source, "in", 1});
  Stream *stream = design.addStream(stage->name, (*source)->type, order, 1);
  stage->outputs.push_back({stream, "out", 1});
  int64_t elements = (*source)->getElements();
  ArrayRef<StreamOrder::Loop> all = loops->getLoops();
  stage->cycles = order.size();
  if (all.size() == 2 && all[0] == StreamOrder::Loop{elements, 1} &&
      all[1].stride == 0) {
    stage->statements.push_back(fmt::format(
        "setun_hls::repeat<{}, {}>(in, out);", elements, all[1].extent));
    return stream;
  }
  stage->statements.push_back(fmt::format("setun_hls::reorder<{}{}>(in, out);",
                                          elements, printSixLoops(*loops)));
  stage->cycles += elements;
  stage->delay = stage->tail = elements;
  addPart(*stage, "memory", fpga::ram(elements, getTypeBits((*source)->type)));
  return stream;
}

LogicalResult StageBuilder::buildMap(Operation *op) {
  SmallVector<Value> streams, parts, scalars;
  int64_t elements = getElements(op->getResult(0));
  for (Value operand : getStreamedOperands(op))
    (getElements(operand) == elements ? streams
     : getElements(operand) == 1      ? scalars
                                      : parts)
        .push_back(operand);
  // Somebody has to say how many elements there are.
  if (streams.empty() && parts.empty())
    std::swap(parts, scalars);
  if (streams.size() + parts.size() > 3)
    return op->emitError() << "combines " << streams.size() + parts.size()
                           << " streams; HLS code accepts up to three";
  std::string name = nameStage(op);
  StreamOrder order = streams.empty()
                          ? StreamOrder::rowMajor(getShape(op->getResult(0)))
                          : getOrder(streams[0]);
  SmallVector<std::pair<Value, Stream *>> inputs;
  for (Value value : streams) {
    FailureOr<Stream *> stream = getInOrder(value, order, op);
    if (failed(stream))
      return failure();
    inputs.push_back({value, *stream});
  }
  for (Value value : parts) {
    FailureOr<Stream *> stream = addBroadcast(op, value, order);
    if (failed(stream))
      return failure();
    inputs.push_back({value, *stream});
  }
  Functor probe(design, name, order, 1);
  int64_t row = std::max(probe.getNeededRow(op), order.getInnermost());
  int64_t lanes = inputs.empty() ? 1 : inputs[0].second->lanes;
  if (row % lanes != 0)
    lanes = 1;
  lanes = limitLanes(lanes, getChainBits(op->getResult(0), order, row));
  for (const auto &input : inputs)
    lanes = limitLanes(lanes, getTypeBits(input.second->type));
  Functor functor(design, name, order, row);
  Stage *stage = design.addStage(name);
  std::string ports;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    static constexpr StringRef parameters[] = {"x", "y", "z"};
    functor.addParameter(input.first, parameters[i], input.second->type);
    std::string port = i == 0 ? "in" : fmt::format("in{}", i + 1);
    stage->inputs.push_back({input.second, port, lanes});
    ports += port + ", ";
  }
  for (Value scalar : scalars)
    functor.addMember(scalar, getElementType(scalar));
  if (failed(functor.add(op)))
    return failure();
  // Others may read them in another way.
  for (Value value : parts)
    functor.forget(value);
  FailureOr<Chain> chain = buildChain(functor, op->getResult(0), row, name);
  if (failed(chain))
    return failure();
  stage->comment = commentOf(op, *chain) + ": element by element.";
  addMembers(*stage, *chain);
  stage->statements.push_back(fmt::format("setun_hls::{}<{}, {}>({}out, step);",
                                          inputs.empty() ? "generate" : "map",
                                          elements, row, ports));
  stage->cycles = elements / lanes;
  stage->pace = Pace::even();
  finishStage(*stage, *chain, order, lanes);
  return success();
}

} // namespace setun::hls
