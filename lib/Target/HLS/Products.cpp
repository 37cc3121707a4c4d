//===- Products.cpp - Products and convolutions as stages -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/ValueBounds.h"

using namespace mlir;

namespace setun::hls {

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> getDivisors(int64_t n) {
  SmallVector<int64_t> divisors;
  for (int64_t d = 1; d <= n; ++d)
    if (n % d == 0)
      divisors.push_back(d);
  return divisors;
}

/// What a folding weighs: each sum has an accumulator and steps behind it,
/// which take about as much as four products.
static int64_t getWeight(HlsFolding folding) {
  return folding.pe * (folding.simd + 4);
}

/// The lightest folding with which a product keeps the target.
HlsFolding StageBuilder::chooseFolding(StringRef name, int64_t rows,
                                       int64_t outputs, int64_t inputs,
                                       const FoldingLimits &limits) {
  if (auto fixed = options.folding.find(name.str());
      fixed != options.folding.end())
    return fixed->second;
  HlsFolding best;
  if (options.targetInterval <= 0)
    return best;
  SmallVector<int64_t> ofOutputs = getDivisors(limits.outputs),
                       ofGroup = getDivisors(limits.inputs);
  llvm::erase_if(ofOutputs, [&](int64_t pe) { return !limits.allow({pe, 1}); });
  llvm::erase_if(ofGroup,
                 [&](int64_t simd) { return !limits.allow({1, simd}); });
  auto getCycles = [&](int64_t pe, int64_t simd) {
    return rows * (outputs / pe) * (inputs / simd);
  };
  best = {ofOutputs.back(), ofGroup.back()};
  for (int64_t pe : ofOutputs)
    for (int64_t simd : ofGroup)
      if (getCycles(pe, simd) <= options.targetInterval &&
          getWeight({pe, simd}) < getWeight(best))
        best = {pe, simd};
  return best;
}

/// A folding that a user fixed must divide the layer.
LogicalResult StageBuilder::checkFolding(Operation *op, StringRef name,
                                         HlsFolding folding,
                                         const FoldingLimits &limits) {
  if (folding.isNetwork)
    return success();
  auto [outputs, group, outputBits, inputBits] = limits;
  if (folding.pe >= 1 && folding.simd >= 1 && outputs % folding.pe == 0 &&
      group % folding.simd == 0) {
    if (limits.allow(folding))
      return success();
    return op->emitError() << "stage '" << name << "' cannot have PE "
                           << folding.pe << " and SIMD " << folding.simd
                           << ": beats of " << folding.pe << " x " << outputBits
                           << " and " << folding.simd << " x " << inputBits
                           << " bits; synthesis tools accept " << maxBeatBits;
  }
  return op->emitError() << "stage '" << name << "' cannot have PE "
                         << folding.pe << " and SIMD " << folding.simd
                         << ": PE must divide its " << outputs
                         << " outputs, and SIMD the " << group
                         << " elements that come together";
}

//===----------------------------------------------------------------------===//
// Products of codes
//===----------------------------------------------------------------------===//

fpga::MatrixVectorUnit StageBuilder::describeUnit(const Product &product,
                                                  StringRef code,
                                                  HlsFolding folding) {
  WeightFacts weights =
      describeWeights(product.outputs, product.inputs, product.weight);
  fpga::MatrixVectorUnit unit{product.inputs, product.outputs, folding.simd,
                              folding.pe};
  unit.inputBits = getTypeBits(code);
  unit.inputIsBipolar = code == "setun_hls::bipolar";
  unit.weight = weights.bits == 1 ? fpga::WeightKind::Bipolar
                : weights.code == "setun_hls::ternary_weight"
                    ? fpga::WeightKind::Ternary
                    : fpga::WeightKind::Integer;
  unit.weightBits = weights.bits;
  unit.sumBits = getTypeBits(getElementType(product.result));
  unit.hasBias = llvm::any_of(product.bias, [](int64_t b) { return b != 0; });
  unit.constantTerms = weights.digits;
  return unit;
}

LogicalResult StageBuilder::buildProduct(const Product &product, Stream *input,
                                         HlsFolding folding, StringRef name) {
  Operation *op = product.op;
  std::string sum = getElementType(product.result);
  Functor functor(design, name, product.order, product.outputs);
  functor.addParameter(product.result, "x", sum);
  FailureOr<Chain> chain =
      buildChain(functor, product.result, product.outputs, name);
  if (failed(chain))
    return failure();

  Stage *stage = design.addStage(name);
  stage->comment =
      fmt::format("{}: {} x {} -> {}, {} at a time with {} inputs each.",
                  commentOf(op, *chain), product.rows, product.inputs,
                  product.outputs, folding.pe, folding.simd);
  std::string table = design.names.unique((name + "_weights").str());
  std::string comment =
      fmt::format("Weights of {}: {} outputs, {} inputs.",
                  getLayerName(op->getLoc()), product.outputs, product.inputs);
  // Channels by themselves: a beat of weights for each beat of a window.
  int64_t lanes = product.isDepthwise ? folding.pe : folding.simd;
  PackedWeights weights =
      product.isDepthwise
          ? addWeights(design, comment, table, 1,
                       product.outputs * product.inputs, 1, lanes,
                       [&](int64_t, int64_t k) {
                         return product.weight(k % product.outputs,
                                               k / product.outputs);
                       })
          : addWeights(design, comment, table, product.outputs, product.inputs,
                       folding.pe, folding.simd, product.weight);
  std::string bias = "setun_hls::no_bias()";
  bool hasBias = llvm::any_of(product.bias, [](int64_t b) { return b != 0; });
  if (hasBias) {
    std::string biasTable = design.names.unique((name + "_bias").str());
    Numbers numbers;
    numbers.integers.assign(product.bias.begin(), product.bias.end());
    addTable(design, "What the sums start from.", biasTable, numbers,
             product.outputs);
    bias = fmt::format("setun_hls::make_bias({})", biasTable);
  }
  stage->inputs.push_back({input, "in", lanes});
  addMembers(*stage, *chain);
  std::string sizes =
      fmt::format("matrix_vector<{}, {}, {}, {}, {}", product.rows,
                  product.inputs, product.outputs, folding.simd, folding.pe);
  if (product.isDepthwise)
    sizes = fmt::format("depthwise<{}, {}, {}", product.rows, product.inputs,
                        product.outputs);
  else if (product.groups > 1)
    sizes = fmt::format("grouped_matrix_vector<{}, {}, {}, {}, {}, {}, {}",
                        product.rows, product.inputs / product.group,
                        product.group * product.groups, product.outputs,
                        product.groups, folding.simd, folding.pe);
  stage->statements.push_back(
      fmt::format("setun_hls::{}, {}, {}>(in, out, {}, {}, step);", sizes,
                  weights.code, sum, table, bias));
  stage->pe = folding.pe;
  stage->simd = folding.simd;
  stage->rows = product.rows;
  // What PE divides.
  stage->outputsOfRow =
      product.isDepthwise ? product.outputs : product.outputs / product.groups;
  stage->group = product.group;
  stage->cycles = product.rows * (product.outputs / folding.pe) *
                  (product.inputs / folding.simd);
  // A window of all groups is read before the first sum.
  int64_t windowSize = product.inputs * product.groups;
  if (product.groups > 1 && !product.isDepthwise)
    stage->cycles += product.rows * windowSize / folding.simd;
  stage->delay = windowSize;
  if (product.groups == 1) {
    int64_t folds = product.outputs / folding.pe,
            steps = product.inputs / folding.simd;
    // A row is read with the first outputs, and each fold ends with a beat.
    stage->pace = {[=](int64_t beats, bool) { return beats * steps; },
                   [=](int64_t rounds, bool) {
                     return rounds / (folds * steps) * steps +
                            std::min(rounds % (folds * steps), steps);
                   }};
  }
  fpga::MatrixVectorUnit unit = describeUnit(product, input->type, folding);
  estimateProduct(*stage, unit);
  finishStage(*stage, *chain, product.order, folding.pe);
  return success();
}

/// Groups as zeros of one matrix: no adder comes from them.
StageBuilder::Product StageBuilder::makeWhole(const Product &product) {
  Product whole = product;
  if (product.groups == 1)
    return whole;
  whole.inputs *= product.groups;
  whole.group *= product.groups;
  whole.groups = 1;
  whole.isDepthwise = false;
  whole.weight = [product, channels = whole.group](int64_t n, int64_t k) {
    int64_t first = n / (product.outputs / product.groups) * product.group;
    int64_t channel = k % channels - first;
    return channel < 0 || channel >= product.group
               ? 0
               : product.weight(n, k / channels * product.group + channel);
  };
  return whole;
}

LogicalResult StageBuilder::buildNetwork(const Product &product,
                                         const AdderNetwork &network,
                                         Stream *input, StringRef name) {
  Operation *op = product.op;
  std::string sum = getElementType(product.result);
  lowbit::CodeRange sums = getValueBounds(product.result).getHull();
  Functor functor(design, name, product.order, product.outputs);
  functor.addParameter(product.result, "x", sum);
  FailureOr<Chain> chain =
      buildChain(functor, product.result, product.outputs, name);
  if (failed(chain))
    return failure();
  Stage *stage = design.addStage(name);
  stage->comment = fmt::format("{}: {} x {} -> {}, all of a row at a time.",
                               commentOf(op, *chain), product.rows,
                               product.inputs, product.outputs);
  std::string sumsName = design.names.unique((name + "_sums").str());
  stage->inputs.push_back({input, "in", product.inputs});
  addMembers(*stage, *chain);
  stage->statements.push_back(fmt::format(
      "setun_hls::add_network<{}, {}, {}, {}>(in, out, {}(), step);",
      product.rows, product.inputs, product.outputs, sum, sumsName));
  stage->pe = product.outputs;
  stage->simd = product.inputs;
  stage->isNetwork = true;
  stage->pace = Pace::even();
  stage->outputsOfRow = product.outputs;
  stage->group = product.group;
  stage->cycles = product.rows;
  stage->delay = product.inputs;
  estimateNetwork(*stage, network);
  finishStage(*stage, *chain, product.order, product.outputs);
  if (!design.isSketch)
    stage->declarations = printNetwork(network, sumsName, input->type,
                                       getSignedBits(sums.min, sums.max)) +
                          "\n" + stage->declarations;
  return success();
}

/// Bits of a code, or of what addCodeWindow() makes of it for a `padding` that
/// is none.
static int64_t getCodeBits(Value codes, int64_t padding) {
  Type code = getElementTypeOrSelf(codes.getType());
  if (lowbit::isCodeValue(code, padding))
    return getTypeBits(getElementType(codes));
  lowbit::CodeRange range = lowbit::getCodeRange(code);
  return getSignedBits(std::min(range.min, padding),
                       std::max(range.max, padding));
}

FailureOr<std::optional<AdderNetwork>>
StageBuilder::chooseNetwork(const Product &product, Value codes,
                            int64_t padding, HlsFolding folding,
                            int64_t networkCycles, StringRef name) {
  std::optional<AdderNetwork> none;
  bool isFixed = options.folding.count(name.str());
  int64_t target = options.targetInterval;
  if (!folding.isNetwork && (isFixed || target <= 0))
    return none;
  Type code = getElementTypeOrSelf(codes.getType());
  lowbit::CodeRange range = getValueBounds(codes).getHull();
  Product whole = makeWhole(product);
  // A network is searched for in the whole matrix, zeros between groups too.
  if (whole.inputs > options.maxWeightBytes / product.outputs) {
    if (!folding.isNetwork)
      return none;
    return product.op->emitError()
           << "stage '" << name << "' cannot be a network: it has "
           << product.outputs << " x " << whole.inputs
           << " weights with the zeros between its groups; accepted are "
           << options.maxWeightBytes;
  }
  int64_t outputBits =
              getChainBits(product.result, product.order, product.outputs),
          inputBits = getCodeBits(codes, padding);
  bool isTooWide = std::max(whole.inputs * inputBits,
                            whole.outputs * outputBits) > maxBeatBits;
  if (isTooWide && !folding.isNetwork)
    return none;
  NetworkSource source{
      product.outputs,
      whole.inputs,
      whole.weight,
      product.bias,
      {std::min(range.min, padding), std::max(range.max, padding)},
      // Where zeros surround the image, signs are widened.
      isa<lowbit::BipolarType>(code) && lowbit::isCodeValue(code, padding)};
  int64_t unitCycles = product.rows * (product.outputs / folding.pe) *
                       (product.inputs / folding.simd);
  bool isLate = unitCycles > target && networkCycles < unitCycles;
  fpga::MatrixVectorUnit parts =
      describeUnit(product, getElementType(codes), folding);
  // A multiplier block is as scarce as a hundred tables.
  FpgaCost cost = fpga::products(parts) + fpga::sums(parts) +
                  fpga::weights(parts) + fpga::rowBuffer(parts);
  int64_t unit = cost.luts + 100 * (cost.dsps + cost.blockRams);
  if (!folding.isNetwork) {
    // A quick no: sharing and zeros do not save that much.
    std::optional<int64_t> additions = countPlainAdditions(source);
    if (!additions || *additions > maxNetworkAdditions ||
        (!isLate && (networkCycles > target || *additions > unit)))
      return none;
  }
  std::string reason;
  auto [cached, isNew] = design.networks->try_emplace(name.str());
  if (isNew)
    cached->second = searchNetwork(source, reason);
  const std::optional<AdderNetwork> &network = cached->second;
  if (!network && folding.isNetwork)
    return product.op->emitError()
           << "stage '" << name << "' cannot be a network: " << reason;
  if (isTooWide)
    return product.op->emitError()
           << "stage '" << name << "' cannot be a network: beats of "
           << whole.inputs << " x " << inputBits << " and " << whole.outputs
           << " x " << outputBits << " bits; synthesis tools accept "
           << maxBeatBits;
  if (network && !folding.isNetwork && !isLate &&
      network->countTables() >= unit)
    return none;
  return network;
}

/// Weights as numbers [N][K], less their zero point; an error if they are not
/// constant.
static FailureOr<Numbers> readWeights(lowbit::ProductOp op, int64_t zeroPoint,
                                      int64_t maxBytes) {
  RankedTensorType type = op.getRhs().getType();
  auto constant = op.getRhs().getDefiningOp<lowbit::ConstantOp>();
  if (!constant || lowbit::getLayout(type))
    return op->emitError("its weights are not constant, which HLS code needs");
  if (type.getNumElements() > maxBytes)
    return op->emitError() << "has " << type.getNumElements()
                           << " weights, more than fit into a design; accepted "
                              "are "
                           << maxBytes;
  Numbers numbers = *getNumbers(op.getRhs());
  for (int64_t &weight : numbers.integers)
    weight -= zeroPoint;
  return numbers;
}

/// bias[n] - a * sum of the weights: what a zero point a of the input takes.
static SmallVector<int64_t> makeBias(lowbit::ProductOp op,
                                     const Numbers &weights, int64_t outputs) {
  SmallVector<int64_t> bias(outputs, 0);
  if (std::optional<ArrayRef<int64_t>> given = op.getBias())
    bias.assign(given->begin(), given->end());
  int64_t zero = op.getLhsZeroPoint(), inputs = weights.size() / outputs;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      bias[n] -= zero * weights.integers[n * inputs + k];
  return bias;
}

LogicalResult StageBuilder::buildMatmul(lowbit::MatmulOp op) {
  auto interface = cast<lowbit::ProductOp>(op.getOperation());
  if (op.getRhs().getType().getRank() != 2)
    return op.emitError("multiplies two activations; HLS code accepts a "
                        "constant matrix of weights");
  FailureOr<Numbers> weights =
      readWeights(interface, op.getRhsZeroPoint(), options.maxWeightBytes);
  if (failed(weights))
    return failure();
  Value lhs = op.getLhs();
  int64_t outputs = op.getRhs().getType().getDimSize(0),
          inputs = op.getRhs().getType().getDimSize(1),
          rows = op.getLhs().getType().getNumElements() / inputs;
  // A single row may come in any order: the weights follow it.
  StreamOrder order =
      rows == 1 ? getOrder(lhs) : StreamOrder::rowMajor(getShape(lhs));
  FailureOr<Stream *> input = getInOrder(lhs, order, op);
  if (failed(input))
    return failure();
  std::string name = nameStage(op);
  FoldingLimits limits{
      outputs, inputs,
      getChainBits(op.getResult(),
                   StreamOrder::rowMajor(op.getType().getShape()), outputs),
      getTypeBits((*input)->type)};
  HlsFolding folding = chooseFolding(name, rows, outputs, inputs, limits);
  if (failed(checkFolding(op, name, folding, limits)))
    return failure();
  Product product{op,     op.getResult(), rows, outputs, inputs,
                  inputs, nullptr,        {},   {}};
  product.weight = [&](int64_t n, int64_t k) {
    return weights->integers[n * inputs + (rows == 1 ? order.at(k) : k)];
  };
  product.bias = makeBias(interface, *weights, outputs);
  product.order = StreamOrder::rowMajor(op.getType().getShape());
  FailureOr<std::optional<AdderNetwork>> network = chooseNetwork(
      product, lhs, getValueBounds(lhs).getHull().min, folding, rows, name);
  if (failed(network))
    return failure();
  if (*network)
    return buildNetwork(product, **network, *input, name);
  return buildProduct(product, *input, folding, name);
}

LogicalResult StageBuilder::buildConv(lowbit::ConvOp op) {
  auto interface = cast<lowbit::ProductOp>(op.getOperation());
  FailureOr<ImageWindow> window =
      readWindow(op, op.getLhs(), op.getWindow(), op.getResult());
  if (failed(window))
    return failure();
  FailureOr<Numbers> weights =
      readWeights(interface, 0, options.maxWeightBytes);
  if (failed(weights))
    return failure();
  FailureOr<Stream *> input = getInOrder(
      op.getLhs(), StreamOrder::channelsLast(getShape(op.getLhs())), op);
  if (failed(input))
    return failure();
  int64_t outputs = op.getRhs().getType().getDimSize(0);
  int64_t channels = window->channels, taps = window->getTaps(),
          perGroup = op.getRhs().getType().getDimSize(1),
          groups = op.getGroups();
  std::string name = nameStage(op);
  bool isDepthwise = groups == channels && outputs == channels && groups > 1;
  int64_t outputGroup = isDepthwise ? outputs : outputs / groups;
  FoldingLimits limits{
      outputGroup, perGroup,
      getChainBits(op.getResult(),
                   StreamOrder::channelsLast(op.getType().getShape()), outputs),
      getCodeBits(op.getLhs(),
                  op.getWindow().isPadded()
                      ? op.getPaddingCode()
                      : getValueBounds(op.getLhs()).getHull().min)};
  // Channels by themselves come PE at a time.
  if (isDepthwise)
    limits.outputBits = std::max(limits.outputBits, limits.inputBits);
  HlsFolding folding = chooseFolding(name, window->getPlaces(), outputs,
                                     taps * perGroup, limits);
  if (failed(checkFolding(op, name, folding, limits)))
    return failure();
  Product product{op,
                  op.getResult(),
                  window->getPlaces(),
                  outputs,
                  taps * perGroup,
                  perGroup,
                  nullptr,
                  {},
                  {},
                  groups,
                  isDepthwise};
  // k = tap * perGroup + channel here, channel * taps + tap in the model.
  product.weight = [&](int64_t n, int64_t k) {
    return weights
        ->integers[(n * perGroup + k % perGroup) * taps + k / perGroup];
  };
  product.bias = makeBias(interface, *weights, outputs);
  product.order = StreamOrder::channelsLast(op.getType().getShape());
  bool isPadded = op.getWindow().isPadded();
  FailureOr<std::optional<AdderNetwork>> network = chooseNetwork(
      product, op.getLhs(),
      isPadded ? op.getPaddingCode()
               : getValueBounds(op.getLhs()).getHull().min,
      folding,
      window->isTrivial() ? window->getPlaces() : window->getBorderedPixels(),
      name);
  if (failed(network))
    return failure();
  FailureOr<Stream *> patches =
      addCodeWindow(op, name, *window, *input, op.getLhs(), op.getPaddingCode(),
                    *network      ? 0
                    : isDepthwise ? folding.pe
                                  : folding.simd);
  if (failed(patches))
    return failure();
  if (*network)
    return buildNetwork(makeWhole(product), **network, *patches, name);
  return buildProduct(product, *patches, folding, name);
}

} // namespace setun::hls
