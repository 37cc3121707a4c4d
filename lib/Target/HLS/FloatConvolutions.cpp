//===- FloatConvolutions.cpp - Convolutions that stayed float -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"

using namespace mlir;

namespace setun::hls {

namespace {
struct FloatWeights {
  /// [output][term].
  Numbers numbers;
  std::optional<Numbers> bias;
  int64_t groups;
  int64_t outputs;

  /// [term][output], in the order in which a sum takes its terms.
  Numbers byTerm(int64_t terms) const;
};
} // namespace

Numbers FloatWeights::byTerm(int64_t terms) const {
  Numbers table;
  table.isFloat = true;
  for (int64_t k = 0; k < terms; ++k)
    for (int64_t n = 0; n < outputs; ++n)
      table.floats.push_back(numbers.floats[n * terms + k]);
  return table;
}

static FailureOr<FloatWeights> readFloatWeights(onnx::NodeOp op,
                                                int64_t channels) {
  std::optional<Numbers> numbers = getNumbers(op.getInputs()[1]);
  std::optional<Numbers> bias;
  Value biasInput = op.getInputOrNull(2);
  bool hasBias = biasInput && !isa<NoneType>(biasInput.getType());
  if (hasBias)
    bias = getNumbers(biasInput);
  if (!numbers || !numbers->isFloat || (hasBias && !bias))
    return op.emitError("its weights are not constant floats, which HLS code "
                        "needs");
  int64_t groups = op.getInt("group", 1);
  int64_t outputs = getShape(op.getInputs()[1])[0];
  if (groups < 1 || channels % groups != 0 || outputs % groups != 0)
    return op.emitError() << "has " << groups
                          << " groups, which do not divide its channels";
  return FloatWeights{std::move(*numbers), std::move(bias), groups, outputs};
}

LogicalResult StageBuilder::buildFloatConv(onnx::NodeOp op) {
  Value image = op.getInputs()[0], result = op.getOutputs()[0];
  FailureOr<lowbit::WindowAttr> attribute = readNodeWindow(op);
  if (failed(attribute))
    return failure();
  FailureOr<ImageWindow> window = readWindow(op, image, *attribute, result);
  if (failed(window))
    return failure();
  FailureOr<FloatWeights> weights = readFloatWeights(op, window->channels);
  if (failed(weights))
    return failure();
  int64_t groups = weights->groups, outputs = weights->outputs;
  FailureOr<Stream *> input =
      getInOrder(image, StreamOrder::channelsLast(getShape(image)), op);
  if (failed(input))
    return failure();
  std::string name = nameStage(op);
  Stream *patches = *input;
  if (!window->isTrivial())
    patches = addWindowStage(op, name, *window, *input, 1, "0.0f");
  int64_t terms = window->getTaps() * window->channels / groups;
  StreamOrder order = StreamOrder::channelsLast(getShape(result));
  Functor functor(design, name, order, outputs);
  functor.addParameter(result, "x", "float");
  if (weights->bias)
    functor.addBias(result, *weights->bias, op);
  FailureOr<Chain> chain = buildChain(functor, result, outputs, name);
  if (failed(chain))
    return failure();

  Stage *stage = design.addStage(name);
  stage->comment =
      fmt::format("{}: {} x {} floats -> {}.", commentOf(op, *chain),
                  window->getPlaces(), terms, outputs);
  std::string tableName = design.names.unique(name + "_weights");
  addTable(design, "Weights of " + getLayerName(op.getLoc()) + ".", tableName,
           weights->byTerm(terms), {terms, outputs});
  stage->inputs.push_back({patches, "in", 1});
  addMembers(*stage, *chain);
  stage->statements.push_back(fmt::format(
      "setun_hls::{}<{}, {}, {}, {}{}>(in, out, {}, step);",
      groups > 1 ? "float_grouped" : "float_matrix_vector", window->getPlaces(),
      window->getTaps(), window->channels, outputs,
      groups > 1 ? fmt::format(", {}", groups) : "", tableName));
  stage->cycles = window->getPlaces() *
                  (terms * groups +
                   terms * outputs * fpga::getSumInterval(outputs) + outputs);
  stage->delay = terms * groups;
  stage->tail = stage->cycles / window->getPlaces() - terms;
  estimateFloatProduct(*stage, terms, outputs);
  finishStage(*stage, *chain, order, 1);
  return success();
}

} // namespace setun::hls
