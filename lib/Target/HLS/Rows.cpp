//===- Rows.cpp - Folds along rows, float products, the largest -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StageBuilder.h"

#include "setun/Analysis/LayerFacts.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace setun::hls {

//===----------------------------------------------------------------------===//
// Folds
//===----------------------------------------------------------------------===//

FailureOr<StageBuilder::Rows> StageBuilder::getRows(Value value,
                                                    Operation *reader) {
  ArrayRef<int64_t> shape = getShape(value);
  int64_t count = shape.back(), rows = getElements(value) / count;
  Rows result = {getStream(value), rows, count, 1};
  // The pixels of an image come with all their channels, which are rows.
  if (result.stream) {
    const StreamOrder &order = getOrder(value);
    int64_t inner = order.getInnermost();
    if (rows % inner == 0 &&
        order ==
            StreamOrder(
                {{rows / inner, inner * count}, {count, 1}, {inner, count}})) {
      result.outer = rows / inner;
      result.inner = inner;
      return result;
    }
  }
  FailureOr<Stream *> stream =
      getInOrder(value, StreamOrder::rowMajor(shape), reader);
  if (failed(stream))
    return failure();
  result.stream = *stream;
  return result;
}

FailureOr<Stage *> StageBuilder::addFold(Operation *op, const Rows &rows,
                                         Value result, std::string type,
                                         StringRef name, StringRef declarations,
                                         StringRef function,
                                         StringRef arguments) {
  StreamOrder order = StreamOrder::rowMajor(getShape(result));
  Functor functor(design, name, order, rows.outer * rows.inner);
  functor.addParameter(result, "x", type);
  FailureOr<Chain> chain =
      buildChain(functor, result, rows.outer * rows.inner, name);
  if (failed(chain))
    return failure();
  Stage *stage = design.addStage(name);
  stage->comment = fmt::format("{}: {} rows of {}.", commentOf(op, *chain),
                               rows.outer * rows.inner, rows.count);
  stage->inputs.push_back({rows.stream, "in", 1});
  addMembers(*stage, *chain);
  stage->statements.push_back(fmt::format("setun_hls::{}<{}, {}, {}>(in, out, "
                                          "{}step);",
                                          function, rows.outer, rows.count,
                                          rows.inner, arguments));
  stage->cycles = rows.outer * rows.count * rows.inner;
  stage->delay = rows.count * rows.inner;
  finishStage(*stage, *chain, order, 1);
  stage->declarations = declarations.str() + stage->declarations;
  return stage;
}

/// What a fold starts from, as C++ writes it; empty if that is no constant.
static std::string printStart(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  Attribute number;
  if (!fill || !matchPattern(fill.getInputs()[0], m_Constant(&number)))
    return "";
  if (auto real = dyn_cast<FloatAttr>(number); real && real.getType().isF32()) {
    // Infinities have no literal.
    if (real.getValue().isFinite())
      return formatLiteral(real.getValue().convertToFloat());
    return fmt::format("setun_hls::bits_to_float({:#x}u)",
                       real.getValue().bitcastToAPInt().getZExtValue());
  }
  if (auto integer = dyn_cast<IntegerAttr>(number);
      integer && !getScalarType(integer.getType()).empty()) {
    Numbers one;
    one.integers = {integer.getType().isInteger(1)
                        ? int64_t(integer.getValue().getZExtValue())
                        : integer.getValue().getSExtValue()};
    return fmt::format("{}({})", getScalarType(integer.getType()),
                       printNumber(one, 0));
  }
  return "";
}

LogicalResult StageBuilder::buildFold(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops();
  if (op.getNumResults() != 1 || op.getNumDpsInputs() != 1 ||
      op.getNumReductionLoops() != 1 || loops == 0 ||
      op.getIteratorTypesArray().back() != utils::IteratorType::reduction ||
      !op.getIndexingMapsArray()[0].isIdentity() ||
      op.getIndexingMapsArray()[1] !=
          op.getIndexingMapsArray()[0].dropResult(loops - 1))
    return op.emitError("is neither elementwise nor a fold of rows, which is "
                        "what HLS code is printed for");
  Value input = op.getDpsInputs()[0], result = op.getResult(0);
  std::string start = printStart(op.getDpsInits()[0]);
  if (start.empty())
    return op.emitError("folds from a start that is no number");
  FailureOr<Rows> rows = getRows(input, op);
  if (failed(rows))
    return failure();
  std::string name = nameStage(op);
  std::string type =
      getScalarType(getElementTypeOrSelf(op.getDpsInits()[0].getType()));
  Functor fold(design, name, StreamOrder(), 1);
  fold.addParameter(input, "x", rows->stream->type);
  fold.addParameter(op.getDpsInits()[0], "y", type);
  if (failed(fold.addFold(op)))
    return failure();
  std::string functor = design.names.unique(name + "_fold");
  FailureOr<Stage *> stage =
      addFold(op, *rows, result, type, name, fold.print(functor, result) + "\n",
              "fold_rows", fmt::format("{}, {}(), ", start, functor));
  if (failed(stage))
    return failure();
  if (type == "float")
    (*stage)->cycles *= llvm::divideCeil(
        std::max<int64_t>(fold.getEstimate().getDepth() - 2, 1), rows->inner);
  addPart(**stage, "fold", fold.getEstimate().getOperators(1));
  addPart(**stage, "memory", fpga::ram(rows->inner, getTypeBits(type)));
  return success();
}

LogicalResult StageBuilder::buildFloatSum(lowbit::FloatSumOp op) {
  FailureOr<Rows> rows = getRows(op.getInput(), op);
  if (failed(rows))
    return failure();
  FailureOr<Stage *> stage = addFold(op, *rows, op->getResult(0), "float",
                                     nameStage(op), "", "sum_rows", "");
  if (failed(stage))
    return failure();
  // Of a single row the lanes move through registers, and 16 terms lie between
  // two of a lane; rows side by side go through memory.
  if (rows->inner > 1)
    (*stage)->cycles *= fpga::getSumInterval(rows->inner);
  estimateFloatSum(**stage, rows->inner);
  return success();
}

LogicalResult StageBuilder::buildFloatMatmul(lowbit::FloatMatmulOp op) {
  std::optional<Numbers> weights = getNumbers(op.getRhs());
  ArrayRef<int64_t> shape = getShape(op.getRhs());
  if (!weights || !weights->isFloat || shape.size() != 2)
    return op.emitError("multiplies two activations; HLS code accepts a "
                        "constant matrix of weights");
  if (4 * getElements(op.getRhs()) > options.maxWeightBytes)
    return op.emitError() << "has " << getElements(op.getRhs())
                          << " weights, more than fit into a design; accepted "
                             "are "
                          << options.maxWeightBytes / 4;
  int64_t inputs = shape[0], outputs = shape[1],
          rows = getElements(op.getLhs()) / inputs;
  FailureOr<Stream *> input =
      getInOrder(op.getLhs(), StreamOrder::rowMajor(getShape(op.getLhs())), op);
  if (failed(input))
    return failure();
  std::string name = nameStage(op);
  StreamOrder order = StreamOrder::rowMajor(getShape(op->getResult(0)));
  Functor functor(design, name, order, outputs);
  functor.addParameter(op->getResult(0), "x", "float");
  FailureOr<Chain> chain = buildChain(functor, op->getResult(0), outputs, name);
  if (failed(chain))
    return failure();
  Stage *stage = design.addStage(name);
  stage->comment = fmt::format("{}: {} x {} floats -> {}.",
                               commentOf(op, *chain), rows, inputs, outputs);
  // [output][input], as each sum takes its terms.
  Numbers table;
  table.isFloat = true;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      table.floats.push_back(weights->floats[k * outputs + n]);
  std::string tableName = design.names.unique(name + "_weights");
  addTable(design, "Weights of " + getLayerName(op.getLoc()) + ".", tableName,
           table, {outputs, inputs});
  stage->inputs.push_back({*input, "in", 1});
  addMembers(*stage, *chain);
  stage->statements.push_back(
      fmt::format("setun_hls::float_matmul<{}, {}, {}>(in, out, {}, step);",
                  rows, inputs, outputs, tableName));
  stage->cycles = rows * inputs * outputs;
  stage->delay = inputs;
  stage->tail = inputs * (outputs - 1);
  estimateFloatSum(*stage, 1, inputs * outputs);
  addPart(*stage, "row", fpga::ram(inputs, 32));
  finishStage(*stage, *chain, order, 1);
  return success();
}

//===----------------------------------------------------------------------===//
// The largest
//===----------------------------------------------------------------------===//

/// [outer, count, inner] with the elements of a row next to each other.
static StreamOrder rowsTogether(ArrayRef<int64_t> shape, int64_t axis) {
  int64_t inner = 1;
  for (int64_t extent : shape.drop_front(axis + 1))
    inner *= extent;
  int64_t count = shape[axis], outer = 1;
  for (int64_t extent : shape.take_front(axis))
    outer *= extent;
  return StreamOrder({{outer, count * inner}, {inner, 1}, {count, inner}});
}

LogicalResult StageBuilder::buildSelection(onnx::NodeOp op) {
  Value input = op.getInputs()[0];
  ArrayRef<int64_t> shape = getShape(input);
  bool isTopK = op.getOpType() == "TopK", isMin = op.getOpType() == "ArgMin";
  int64_t rank = shape.size(), axis = op.getInt("axis", isTopK ? -1 : 0);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank || getElementType(input).empty() ||
      isa<lowbit::BipolarType>(getElementTypeOrSelf(input.getType())))
    return op.emitError() << "HLS code accepts " << op.getOpType()
                          << " of f32, integers or codes along an axis of "
                             "their tensor";
  FailureOr<Stream *> source = getInOrder(input, rowsTogether(shape, axis), op);
  if (failed(source))
    return failure();
  int64_t elements = (*source)->getElements(), count = shape[axis];
  Stage *stage = design.addStage(nameStage(op));
  stage->inputs.push_back({*source, "in", 1});
  stage->cycles = elements;
  stage->delay = count;
  auto addOutput = [&](Value result, StringRef name, const std::string &type,
                       const StreamOrder &order) {
    Stream *stream =
        design.addStream((stage->name + "_" + name).str(), type, order, 1);
    stage->outputs.push_back({stream, name.str(), 1});
    flows[result] = {stream, order};
  };
  std::string comment = getTitle(op);
  estimateSelection(*stage, (*source)->type,
                    isTopK ? getShape(op.getOutputs()[0])[axis] : 1);
  if (!isTopK) {
    stage->comment = fmt::format("{}: which of {} is the {}.", comment, count,
                                 isMin ? "smallest" : "largest");
    addOutput(op.getOutputs()[0], "out", "int64_t",
              StreamOrder::rowMajor(getShape(op.getOutputs()[0])));
    stage->statements.push_back(fmt::format(
        "setun_hls::argmax<{}, {}, {}, {}>(in, out);", elements / count, count,
        !isMin, op.getInt("select_last_index", 0) != 0));
    return success();
  }
  if (op.getOutputs().size() != 2)
    return op.emitError("expected two outputs");
  ArrayRef<int64_t> chosen = getShape(op.getOutputs()[0]);
  int64_t k = chosen[axis];
  bool isLargest = op.getInt("largest", 1) != 0;
  stage->comment =
      fmt::format("{}: the {} {} of {}, and which they are.", comment, k,
                  isLargest ? "largest" : "smallest", count);
  addOutput(op.getOutputs()[0], "values", (*source)->type,
            rowsTogether(chosen, axis));
  addOutput(op.getOutputs()[1], "indices", "int64_t",
            rowsTogether(chosen, axis));
  for (const Stage::Port &port : stage->outputs)
    port.stream->holdFrame("a frame: the other result may be wanted whole "
                           "first");
  stage->cycles += elements / count * k;
  stage->statements.push_back(
      fmt::format("setun_hls::top_k<{}, {}, {}, {}>(in, values, indices);",
                  elements / count, count, k, isLargest));
  return success();
}

} // namespace setun::hls
