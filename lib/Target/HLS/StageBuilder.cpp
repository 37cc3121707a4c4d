//===- StageBuilder.cpp - From ops to stages ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/NodeLocation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun::hls {

bool isReshape(Operation *op) {
  if (isa<lowbit::ReshapeOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
          op))
    return true;
  auto node = dyn_cast<onnx::NodeOp>(op);
  return node && node.getDomain().empty() &&
         llvm::is_contained({"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                             "Identity", "Dropout"},
                            node.getOpType());
}

std::optional<SmallVector<int64_t>> getPermutation(Operation *op) {
  if (auto transpose = dyn_cast<lowbit::TransposeOp>(op))
    return SmallVector<int64_t>(transpose.getPermutation());
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return SmallVector<int64_t>(transpose.getPermutation());
  auto node = dyn_cast<onnx::NodeOp>(op);
  if (!node || !node.isOp("", "Transpose"))
    return std::nullopt;
  if (auto permutation = node.getInts("perm"))
    return SmallVector<int64_t>(*permutation);
  // Without the attribute, dimensions are reversed.
  SmallVector<int64_t> reversed;
  int64_t rank = getShape(node.getInputs()[0]).size();
  for (int64_t i = rank; i-- > 0;)
    reversed.push_back(i);
  return reversed;
}

/// Where a transposition leads back.
static SmallVector<int64_t> invert(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    inverse[dim] = i;
  return inverse;
}

int64_t getElements(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Names and orders
//===----------------------------------------------------------------------===//

/// What a node is called, or what it does.
static std::string getName(Operation *op) {
  std::string name = getLayerName(op->getLoc());
  if (!name.empty())
    return name;
  auto node = dyn_cast<onnx::NodeOp>(op);
  return (node ? node.getOpType() : op->getName().stripDialect()).str();
}

std::string getTitle(Operation *op) {
  return escapeForComment(getName(op), 60);
}

std::string StageBuilder::nameStage(Operation *op) {
  return design.names.unique(getName(op), "stage");
}

StreamOrder StageBuilder::getWantedOrder(Value value) {
  for (Operation *user : value.getUsers()) {
    if (user->getNumResults() == 0 || user->getOperand(0) != value)
      continue;
    Value result = user->getResult(0);
    if (isReshape(user) || isElementwise(user)) {
      StreamOrder order = getWantedOrder(result);
      if (order != StreamOrder::rowMajor(getShape(result)))
        return order;
      continue;
    }
    if (auto permutation = getPermutation(user)) {
      StreamOrder order = getWantedOrder(result);
      if (auto before =
              order.transposed(getShape(result), invert(*permutation)))
        return *before;
    }
    auto node = dyn_cast<onnx::NodeOp>(user);
    if (isa<lowbit::ConvOp, lowbit::PoolOp, lowbit::SumPoolOp>(user) ||
        (node && llvm::is_contained({"Conv", "MaxPool", "AveragePool", "Resize",
                                     "DepthToSpace", "Pad"},
                                    node.getOpType())))
      return StreamOrder::channelsLast(getShape(value));
  }
  return StreamOrder::rowMajor(getShape(value));
}

std::string printSixLoops(const StreamOrder &order) {
  std::string text;
  size_t skipped = 6 - order.getLoops().size();
  for (size_t i = 0; i < 6; ++i) {
    StreamOrder::Loop loop =
        i < skipped ? StreamOrder::Loop{1, 0} : order.getLoops()[i - skipped];
    text += fmt::format(", {}, {}", loop.extent, loop.stride);
  }
  return text;
}

LogicalResult StageBuilder::buildConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || getStream(value) || !isElementwise(op) || isConstant(value) ||
      !getStreamedOperands(op).empty())
    return success();
  return buildMap(op);
}

FailureOr<Stream *> StageBuilder::getInOrder(Value value,
                                             const StreamOrder &wanted,
                                             Operation *reader) {
  if (failed(buildConstant(value)))
    return failure();
  Flow flow = flows.lookup(value);
  if (!flow.stream) {
    InFlightDiagnostic error = reader->emitError(
        "reads a constant or a value that no stage makes, where HLS code needs "
        "a stream");
    return error;
  }
  if (flow.order == wanted)
    return flow.stream;
  std::optional<StreamOrder> positions = flow.order.positionsOf(wanted);
  if (!positions || positions->getLoops().size() > 6)
    return reader->emitError("needs its input in an order that no six loops "
                             "make of the stream");
  Stage *stage =
      design.addStage(design.names.unique(flow.stream->name + "_reordered"));
  stage->comment = "Keeps a frame and sends it in the order that is wanted "
                   "next.";
  int64_t elements = wanted.size();
  stage->inputs.push_back({flow.stream, "in", 1});
  Stream *stream = design.addStream(stage->name, flow.stream->type, wanted, 1);
  stage->outputs.push_back({stream, "out", 1});
  stage->statements.push_back(fmt::format("setun_hls::reorder<{}{}>(in, out);",
                                          elements, printSixLoops(*positions)));
  stage->cycles = 2 * elements;
  stage->delay = stage->tail = elements;
  addPart(*stage, "memory",
          fpga::ram(elements, getTypeBits(flow.stream->type)));
  flows[value] = {stream, wanted};
  return stream;
}

//===----------------------------------------------------------------------===//
// Chains
//===----------------------------------------------------------------------===//

Operation *StageBuilder::getOnlyReader(Value value) {
  return value.hasOneUse() ? *value.getUsers().begin() : nullptr;
}

std::optional<SmallVector<Value>> StageBuilder::joinsChain(Functor &functor,
                                                           Operation *next,
                                                           Value result,
                                                           int64_t row) {
  // What is broadcast has more elements.
  if (!isElementwise(next) ||
      getElements(next->getResult(0)) != getElements(result) ||
      functor.getNeededRow(next) > row || row % functor.getNeededRow(next) != 0)
    return std::nullopt;
  // One number a frame is read before the elements come.
  SmallVector<Value> scalars;
  for (Value operand : getStreamedOperands(next)) {
    if (operand == result || functor.knows(operand))
      continue;
    if (getElements(operand) != 1 ||
        getScalarType(getElementTypeOrSelf(operand.getType())).empty())
      return std::nullopt;
    scalars.push_back(operand);
  }
  return scalars;
}

int64_t StageBuilder::getChainBits(Value result, const StreamOrder &order,
                                   int64_t row) {
  Functor probe(design, "", order, row);
  // A reshape keeps the type.
  Value last = result;
  while (Operation *next = getOnlyReader(result)) {
    bool isAlias = isReshape(next) && next->getOperand(0) == result &&
                   next->getNumResults() == 1;
    if (!isAlias && !joinsChain(probe, next, result, row))
      break;
    result = next->getResult(0);
    if (!isAlias)
      last = result;
  }
  return getTypeBits(getElementType(last));
}

FailureOr<StageBuilder::Chain> StageBuilder::buildChain(Functor &functor,
                                                        Value result,
                                                        int64_t row,
                                                        StringRef stage) {
  Chain chain;
  Value first = result;
  SmallVector<std::string> nodes;
  while (Operation *next = getOnlyReader(result)) {
    if (isReshape(next) && next->getOperand(0) == result &&
        next->getNumResults() == 1) {
      functor.addAlias(next->getResult(0), result);
      done.insert(next);
      result = next->getResult(0);
      continue;
    }
    auto scalars = joinsChain(functor, next, result, row);
    if (!scalars)
      break;
    for (Value scalar : *scalars)
      functor.addMember(scalar, getElementType(scalar));
    if (failed(functor.add(next)))
      return failure();
    done.insert(next);
    for (const NodeName &node : getNodeNames(next->getLoc()))
      if (std::string name = escapeForComment(node.name, 60);
          !name.empty() && !llvm::is_contained(nodes, name))
        nodes.push_back(name);
    result = next->getResult(0);
  }
  chain.result = result;
  chain.type = functor.getType(result);
  chain.estimate = functor.getEstimate();
  chain.members.assign(functor.getMembers().begin(),
                       functor.getMembers().end());
  std::string name = design.names.unique((stage + "_step").str());
  chain.functor = functor.print(name, result);
  chain.instance = name;
  // The stage is called after its first node anyway.
  llvm::erase(nodes, escapeForComment(getLayerName(first.getLoc()), 60));
  if (nodes.size() > 8)
    nodes.resize(8);
  for (const std::string &node : nodes)
    chain.nodes += " + " + node;
  return chain;
}

std::string StageBuilder::addMembers(Stage &stage, const Chain &chain) {
  std::string values;
  for (const Functor::Member &member : chain.members) {
    std::string port = member.name + "_in";
    stage.inputs.push_back({nullptr, port, 1});
    pendingMembers.push_back({&stage, stage.inputs.size() - 1, member.value});
    values += (values.empty() ? "" : ", ") + fmt::format("{}.read()[0]", port);
  }
  stage.statements.push_back(
      fmt::format("const {} step = {{{}}};", chain.instance, values));
  return "step";
}

std::string StageBuilder::commentOf(Operation *op, const Chain &chain) {
  return getTitle(op) + chain.nodes;
}

void StageBuilder::finishStage(Stage &stage, const Chain &chain,
                               const StreamOrder &order, int64_t lanes) {
  stage.declarations = chain.functor;
  addPart(stage, "steps", chain.estimate.getOperators(lanes));
  addPart(stage, "tables", chain.estimate.getTables(lanes));
  stage.depth += chain.estimate.getDepth();
  Stream *stream =
      design.addStream(stage.name + "_out", chain.type, order, lanes);
  stage.outputs.push_back({stream, "out", lanes});
  flows[chain.result] = {stream, order};
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

LogicalResult StageBuilder::buildInput(BlockArgument argument,
                                       func::FuncOp entry) {
  auto name =
      entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
  std::string modelName = name ? name.str() : "";
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  std::string element =
      type && type.hasStaticShape() ? getElementType(argument) : "";
  if (element.empty() || element == "double" || element == "bool" ||
      type.getNumElements() == 0)
    return entry.emitError()
           << "input '" << escapeForComment(modelName) << "' has type "
           << argument.getType()
           << "; HLS code accepts static tensors of f32, integers or codes";
  Border border;
  border.modelName = modelName;
  border.name = design.names.unique(modelName, "input");
  border.shape.assign(type.getShape().begin(), type.getShape().end());
  border.element = type.getElementType();
  border.stream = design.addStream(border.name + "_frame", element,
                                   getWantedOrder(argument), 1);
  border.order = border.stream->order;
  flows[argument] = {border.stream, border.stream->order};
  Stage *stage = design.addStage(design.names.unique("read_" + border.name));
  stage->comment =
      "Takes a frame of input '" + escapeForComment(modelName) + "' in.";
  stage->outputs.push_back({border.stream, "out", 1});
  stage->cycles = border.stream->getElements();
  bool isStream = options.interface == HlsEmitOptions::Interface::Stream;
  stage->borderParameter = fmt::format(isStream ? "hls::stream<{0}_word> &{0}"
                                                : "const {0}_word *{0}",
                                       border.name);
  stage->border = border.name;
  stage->statements.push_back(fmt::format(
      "setun_hls::{}<{}, {}>({}, out);", isStream ? "read_axis" : "read_memory",
      stage->cycles, element, border.name));
  design.inputs.push_back(border);
  return success();
}

LogicalResult StageBuilder::buildOutput(OpOperand &operand,
                                        func::FuncOp entry) {
  Value value = operand.get();
  auto name = entry.getResultAttrOfType<StringAttr>(operand.getOperandNumber(),
                                                    "onnx.name");
  std::string modelName = name ? name.str() : "";
  Flow flow = flows.lookup(value);
  if (!flow.stream || flow.stream->type == "bool" ||
      flow.stream->type == "double")
    return entry.emitError()
           << "output '" << escapeForComment(modelName)
           << "' is not computed from an input, or is no tensor of f32, "
              "integers or codes, which is what HLS code can return";
  Border border;
  border.modelName = modelName;
  border.name = design.names.unique(modelName, "output");
  border.shape.assign(getShape(value).begin(), getShape(value).end());
  border.element = getElementTypeOrSelf(value.getType());
  border.stream = flow.stream;
  border.order = flow.order;
  Stage *stage = design.addStage(design.names.unique("write_" + border.name));
  stage->comment =
      "Sends a frame of output '" + escapeForComment(modelName) + "' out.";
  stage->inputs.push_back({flow.stream, "in", 1});
  stage->cycles = flow.stream->getElements();
  bool isStream = options.interface == HlsEmitOptions::Interface::Stream;
  stage->borderParameter = fmt::format(
      isStream ? "hls::stream<{0}_word> &{0}" : "{0}_word *{0}", border.name);
  stage->border = border.name;
  stage->statements.push_back(
      fmt::format("setun_hls::{}<{}, {}>(in, {});",
                  isStream ? "write_axis" : "write_memory", stage->cycles,
                  flow.stream->type, border.name));
  design.outputs.push_back(border);
  return success();
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

LogicalResult StageBuilder::buildAlias(Operation *op) {
  Value input = op->getOperand(0), result = op->getResult(0);
  if (failed(buildConstant(input)))
    return failure();
  Flow flow = flows.lookup(input);
  if (!flow.stream)
    return op->emitError("reshapes a constant, where HLS code needs a stream");
  if (auto permutation = getPermutation(op)) {
    auto order = flow.order.transposed(getShape(input), *permutation);
    if (!order)
      return op->emitError("transposes in a way that is not supported in HLS "
                           "code");
    flow.order = *order;
  }
  flows[result] = flow;
  return success();
}

LogicalResult StageBuilder::buildDynamicQuantize(lowbit::DynamicQuantizeOp op) {
  Value input = op.getInput();
  ArrayRef<int64_t> shape = getShape(input);
  int64_t k = shape.back(), rows = op.getInput().getType().getNumElements() / k;
  // The elements of one row may come in any order.
  StreamOrder order = getOrder(input);
  if (rows != 1)
    order = StreamOrder::rowMajor(shape);
  FailureOr<Stream *> stream = getInOrder(input, order, op);
  if (failed(stream))
    return failure();
  Stage *stage = design.addStage(nameStage(op));
  std::string code = getElementType(op.getCodes());
  stage->comment = getTitle(op) + ": a scale for each row, then its codes.";
  stage->inputs.push_back({*stream, "in", 1});
  Stream *codes = design.addStream(stage->name + "_codes", code, order, 1);
  Stream *scales = design.addStream(stage->name + "_scale", "float",
                                    StreamOrder::rowMajor(rows), 1);
  stage->outputs.push_back({codes, "codes", 1});
  stage->outputs.push_back({scales, "scales", 1});
  // The only scale goes out before the codes. Of several, one reader may want
  // all before it takes a code, or the other way round.
  if (rows > 1)
    for (Stream *stream : {codes, scales})
      stream->holdFrame("a frame: the other result may be wanted whole first");
  int64_t limit = op.getLimit();
  stage->statements.push_back(fmt::format(
      "setun_hls::dynamic_quantize<{}, {}, {}, {}, {}>(in, codes, scales, {});",
      rows, k, limit, op.getNarrow() ? -limit : -limit - 1,
      op.getReciprocal() ? "true" : "false",
      formatLiteral(op.getEpsilon().convertToFloat())));
  stage->cycles = 2 * rows * k;
  stage->delay = stage->tail = k;
  estimateDynamicQuantize(*stage, k, op.getReciprocal());
  flows[op.getCodes()] = {codes, order};
  flows[op.getScales()] = {scales, scales->order};
  return success();
}

LogicalResult StageBuilder::buildConcat(onnx::NodeOp op) {
  ArrayRef<int64_t> shape = getShape(op.getOutputs()[0]);
  int64_t axis = op.getInt("axis", 1);
  axis += axis < 0 ? shape.size() : 0;
  // Rows of the innermost loop are put behind each other.
  auto getWanted = [&](Value value) {
    ArrayRef<int64_t> shape = getShape(value);
    return axis == 1 ? StreamOrder::channelsLast(shape)
                     : StreamOrder::rowMajor(shape);
  };
  if (axis != 1 && axis + 1 != static_cast<int64_t>(shape.size()))
    return op.emitError("joins axis ")
           << axis << "; HLS code accepts axis 1 and the last one";
  std::string element = getElementType(op.getOutputs()[0]);
  Stream *sum = nullptr;
  int64_t width = 0, rows = 1;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    rows *= i == axis ? 1 : shape[i];
  for (Value input : op.getInputs()) {
    FailureOr<Stream *> next = getInOrder(input, getWanted(input), op);
    if (failed(next))
      return failure();
    int64_t more = getShape(input)[axis];
    if (!sum) {
      sum = *next;
      width = more;
      continue;
    }
    Stage *stage = design.addStage(nameStage(op));
    stage->comment = getTitle(op) + ": channels behind each other.";
    stage->inputs.push_back({sum, "in", 1});
    stage->inputs.push_back({*next, "in2", 1});
    stage->statements.push_back(
        fmt::format("setun_hls::concatenate<{}, {}, {}>(in, in2, out);", rows,
                    width, more));
    width += more;
    stage->cycles = rows * width;
    SmallVector<StreamOrder::Loop> loops = {{rows, width}, {width, 1}};
    sum =
        design.addStream(stage->name + "_out", element, StreamOrder(loops), 1);
    stage->outputs.push_back({sum, "out", 1});
  }
  if (!sum)
    return op.emitError("has no inputs");
  sum->order = getWanted(op.getOutputs()[0]);
  flows[op.getOutputs()[0]] = {sum, sum->order};
  return success();
}

LogicalResult StageBuilder::buildDepthToSpace(onnx::NodeOp op) {
  Value input = op.getInputs()[0], result = op.getOutputs()[0];
  ArrayRef<int64_t> in = getShape(input);
  int64_t b = op.getInt("blocksize", 0);
  if (in.size() != 4 || b < 1 || in[1] % (b * b) != 0)
    return op.emitError("expected an image of 4 dimensions and a blocksize");
  bool columnsFirst = op.getString("mode", "DCR") == "CRD";
  // The input as [n, .., h, w] with its channels taken apart, transposed.
  int64_t c = in[1] / (b * b);
  SmallVector<int64_t> shape, permutation;
  if (columnsFirst) {
    shape = {in[0], c, b, b, in[2], in[3]};
    permutation = {0, 1, 4, 2, 5, 3};
  } else {
    shape = {in[0], b, b, c, in[2], in[3]};
    permutation = {0, 3, 4, 1, 5, 2};
  }
  auto order = getOrder(input).transposed(shape, permutation);
  if (!getStream(input) || !order)
    return op.emitError("rearranges in a way that is not supported in HLS "
                        "code");
  flows[result] = {getStream(input), *order};
  return success();
}

LogicalResult StageBuilder::buildNode(onnx::NodeOp op) {
  StringRef type = op.getOpType();
  if (op.getDomain().empty()) {
    if (type == "Conv")
      return buildFloatConv(op);
    if (type == "MaxPool" || type == "AveragePool")
      return buildFloatPool(op);
    if (type == "Resize" || type == "Upsample")
      return buildResize(op);
    if (type == "ArgMax" || type == "ArgMin" || type == "TopK")
      return buildSelection(op);
    if (type == "Pad")
      return buildPadNode(op);
    if (type == "Concat")
      return buildConcat(op);
    if (type == "DepthToSpace")
      return buildDepthToSpace(op);
  }
  return op.emitError()
         << "operator '" << type
         << "' is not supported in HLS code where it is not low-bit; supported "
            "are products and pools of codes, elementwise operators, "
            "reshapes, Transpose, Concat, Resize (nearest), DepthToSpace, "
            "ArgMax, ArgMin, TopK, reductions, Softmax, normalisations, and "
            "Conv, MatMul, Pad, MaxPool and AveragePool of floats";
}

LogicalResult StageBuilder::buildOp(Operation *op) {
  if (done.contains(op) || op->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::EmptyOp, linalg::FillOp, onnx::NoneOp>(op) || op->use_empty())
    return success();
  // Weights of a float product.
  if (isa<lowbit::DequantizeOp, linalg::TransposeOp>(op) &&
      isConstant(op->getResult(0)))
    return success();
  for (Value result : op->getResults())
    if (auto type = dyn_cast<RankedTensorType>(result.getType());
        !type || !type.hasStaticShape() || type.getNumElements() == 0)
      return op->emitError()
             << "makes a value of type " << result.getType()
             << "; HLS code needs tensors of known, positive sizes";
  if (isReshape(op) || getPermutation(op))
    return buildAlias(op);
  if (isElementwise(op))
    return getStreamedOperands(op).empty() ? success() : buildMap(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](lowbit::MatmulOp op) { return buildMatmul(op); })
      .Case([&](lowbit::ConvOp op) { return buildConv(op); })
      .Case([&](lowbit::PoolOp op) { return buildPool(op); })
      .Case([&](lowbit::SumPoolOp op) { return buildSumPool(op); })
      .Case([&](lowbit::PadOp op) { return buildPad(op); })
      .Case([&](lowbit::DynamicQuantizeOp op) {
        return buildDynamicQuantize(op);
      })
      .Case([&](lowbit::FloatSumOp op) { return buildFloatSum(op); })
      .Case([&](lowbit::FloatMatmulOp op) { return buildFloatMatmul(op); })
      .Case([&](linalg::GenericOp op) { return buildFold(op); })
      .Case([&](onnx::NodeOp op) { return buildNode(op); })
      .Default([](Operation *op) {
        return op->emitError()
               << "'" << op->getName() << "' is not supported in HLS code";
      });
}

LogicalResult StageBuilder::build(func::FuncOp entry) {
  for (BlockArgument argument : entry.getArguments())
    if (failed(buildInput(argument, entry)))
      return failure();
  bool failedAny = false;
  for (Operation &op : entry.getBody().front().without_terminator()) {
    // What reads the result of a failed op is not its fault.
    bool isReady = llvm::all_of(op.getOperands(), [&](Value operand) {
      return !failedAny || isConstant(operand) || flows.contains(operand) ||
             !isa_and_present<RankedTensorType>(operand.getType());
    });
    if (isReady)
      failedAny |= failed(buildOp(&op));
  }
  if (failedAny)
    return failure();
  for (OpOperand &operand :
       entry.getBody().front().getTerminator()->getOpOperands())
    if (failed(buildOutput(operand, entry)))
      return failure();
  for (PendingMember &member : pendingMembers) {
    Stream *stream = getStream(member.value);
    if (!stream)
      return entry.emitError("a number that a stage needs is computed by none; "
                             "this is a limitation of HLS code");
    member.stage->inputs[member.port].stream = stream;
  }
  for (const auto &stream : design.streams)
    if (int64_t bits = stream->lanes * getTypeBits(stream->type);
        bits > maxBeatBits)
      return entry.emitError()
             << "stream '" << stream->name << "' has beats of " << bits
             << " bits; synthesis tools accept " << maxBeatBits;
  return success();
}

} // namespace setun::hls
