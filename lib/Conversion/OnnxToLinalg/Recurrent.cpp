//===- Recurrent.cpp - RNN, GRU, LSTM -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One loop over time for each direction. It carries the state in place, so the
// code does not grow with the length of the sequence, and memory only by what
// the outputs hold.
//===----------------------------------------------------------------------===//

#include "Recurrent.h"
#include "IndexBuilders.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

/// What tells the three operators apart.
struct Kind {
  int64_t gates;
  SmallVector<StringRef> activations;
  FailureOr<CellState> (*makeStep)(NodeLowering &, const Cell &, Value x,
                                   const CellState &);
  bool isLstm = false, isGru = false;
};

class RecurrentLowering {
public:
  RecurrentLowering(NodeLowering &node, const Kind &kind)
      : node(node), kind(kind) {}

  LogicalResult run();

private:
  // Inputs after X, W, R, B.
  enum : unsigned { kLengths = 4, kInitialH, kInitialC, kPeepholes };

  LogicalResult readShapes();
  LogicalResult checkShape(unsigned index, ArrayRef<int64_t> shape);
  FailureOr<Cell> makeCell(int64_t direction);
  Value takeWeights(unsigned index, int64_t direction, int64_t gate,
                    int64_t count);
  Value takeVector(unsigned index, int64_t direction, int64_t first,
                   int64_t count);
  Value makeInitial(unsigned index, int64_t direction);
  LogicalResult runDirection(int64_t direction);
  LogicalResult makeBody(scf::ForOp loop, const Cell &cell, int64_t direction);
  FailureOr<Value> maskStep(Value time, Value value, Value otherwise);
  Value insertStep(Value sequence, Value hidden, Value time, int64_t direction);
  Value insertState(Value whole, Value state, int64_t direction);
  bool isWanted(unsigned output) {
    return output < node.node.getOutputs().size() &&
           !isa<NoneType>(node.node.getOutputs()[output].getType()) &&
           !node.node.getOutputs()[output].use_empty();
  }

  NodeLowering &node;
  const Kind &kind;
  SmallVector<Activation> activations;
  /// X as [steps, batch, inputs].
  Value sequence;
  int64_t steps, batch, inputs, hidden, directions;
  bool isReverse = false, batchFirst = false;
  Type element;
  /// Y, Y_h, Y_c so far; null if nobody wants them.
  SmallVector<Value> outputs;
};

} // namespace

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

LogicalResult RecurrentLowering::checkShape(unsigned index,
                                            ArrayRef<int64_t> shape) {
  if (!node.has(index) || node.inputType(index).getShape() == shape)
    return success();
  return node.error("input " + Twine(index) + " has shape [")
         << node.inputType(index).getShape() << "] instead of [" << shape
         << "]";
}

LogicalResult RecurrentLowering::readShapes() {
  StringRef direction = node.node.getString("direction", "forward");
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return node.error("direction '" + direction +
                      "' is not one of forward, reverse, bidirectional");
  isReverse = direction == "reverse";
  directions = direction == "bidirectional" ? 2 : 1;
  batchFirst = node.node.getInt("layout", 0) != 0;

  RankedTensorType x = node.inputType(0), r = node.inputType(2);
  element = x.getElementType();
  if (x.getRank() != 3 || r.getRank() != 3 || !isa<FloatType>(element))
    return node.error("expects floats of rank 3");
  steps = x.getDimSize(batchFirst ? 1 : 0);
  batch = x.getDimSize(batchFirst ? 0 : 1);
  inputs = x.getDimSize(2);
  hidden = r.getDimSize(2);
  if (hidden <= 0 || batch <= 0 || inputs <= 0)
    return node.error("the sequence, its elements and the state must not be "
                      "empty");
  int64_t rows = kind.gates * hidden;
  SmallVector<int64_t> state = {directions, batch, hidden};
  if (batchFirst)
    std::swap(state[0], state[1]);
  if (failed(checkShape(1, {directions, rows, inputs})) ||
      failed(checkShape(2, {directions, rows, hidden})) ||
      failed(checkShape(3, {directions, 2 * rows})) ||
      failed(checkShape(kLengths, {batch})) ||
      failed(checkShape(kInitialH, state)))
    return failure();
  if (kind.isLstm && (failed(checkShape(kInitialC, state)) ||
                      failed(checkShape(kPeepholes, {directions, 3 * hidden}))))
    return failure();
  for (unsigned i = 1; i < node.numInputs(); ++i)
    if (i != kLengths && node.has(i) &&
        node.inputType(i).getElementType() != element)
      return node.error("the inputs differ in type");
  return success();
}

/// Elements first..first+count of the constant or tensor `index` at
/// `direction`, [directions, n].
Value RecurrentLowering::takeVector(unsigned index, int64_t direction,
                                    int64_t first, int64_t count) {
  Value part = makeSlice(node, node.input(index), {direction, first},
                         {1, count}, {1, 1});
  return makeReshape(node, part, {count});
}

/// The weights of `count` gates from `gate` on, [directions, gates * hidden,
/// n], as the right side of a product: [n, count * hidden]. Those of a constant
/// are put into this order now.
Value RecurrentLowering::takeWeights(unsigned index, int64_t direction,
                                     int64_t gate, int64_t count) {
  RankedTensorType type = node.inputType(index);
  int64_t columns = type.getDimSize(2), rows = count * hidden;
  int64_t first = direction * type.getDimSize(1) + gate * hidden;
  Value part;
  if (std::optional<ConstantData> data = node.constant(index);
      data && data->getElementType() == element) {
    int64_t width = columns * getElementBytes(element);
    ArrayRef<char> bytes = data->getBytes().slice(first * width, rows * width);
    part = createConstant(node.builder, node.node.getInputs()[index].getLoc(),
                          RankedTensorType::get({rows, columns}, element),
                          bytes, "weights");
  } else {
    part = makeSlice(node, node.input(index), {direction, gate * hidden, 0},
                     {1, rows, columns}, {1, 1, 1});
    part = makeReshape(node, part, {rows, columns});
  }
  return makeTranspose(node, part, {1, 0});
}

FailureOr<Cell> RecurrentLowering::makeCell(int64_t direction) {
  Cell cell;
  int64_t rows = kind.gates * hidden;
  cell.isLinearBeforeReset =
      kind.isGru && node.node.getInt("linear_before_reset", 0) != 0;
  cell.couplesForget = kind.isLstm && node.node.getInt("input_forget", 0) != 0;
  cell.activations =
      ArrayRef(activations)
          .slice(direction * kind.activations.size(), kind.activations.size());
  bool isSplit = kind.isGru && !cell.isLinearBeforeReset;
  cell.weights = takeWeights(1, direction, 0, kind.gates);
  cell.recurrence = takeWeights(2, direction, 0, isSplit ? 2 : kind.gates);
  if (isSplit)
    cell.hiddenRecurrence = takeWeights(2, direction, 2, 1);
  if (kind.isLstm && node.has(kPeepholes))
    for (int i = 0; i < 3; ++i)
      cell.peepholes[i] = takeVector(kPeepholes, direction, i * hidden, hidden);
  if (!node.has(3))
    return cell;

  auto add = [&](Value a, Value b) {
    return makeElementwise(node, cast<RankedTensorType>(a.getType()), {a, b},
                           [&](OpBuilder &builder, ValueRange x) {
                             ScalarBuilder s(builder, node.loc, false);
                             return s.add(x[0], x[1]);
                           });
  };
  if (!cell.isLinearBeforeReset) {
    FailureOr<Value> bias = add(takeVector(3, direction, 0, rows),
                                takeVector(3, direction, rows, rows));
    if (failed(bias))
      return failure();
    cell.bias = *bias;
    return cell;
  }
  // The recurrent bias of the hidden gate stays out of the sum.
  FailureOr<Value> gates = add(takeVector(3, direction, 0, 2 * hidden),
                               takeVector(3, direction, rows, 2 * hidden));
  if (failed(gates))
    return failure();
  Value whole = makeEmpty(node, RankedTensorType::get({rows}, element));
  whole = makeInsert(node, *gates, whole, {0});
  cell.bias = makeInsert(node, takeVector(3, direction, 2 * hidden, hidden),
                         whole, {2 * hidden});
  cell.hiddenBias = takeVector(3, direction, rows + 2 * hidden, hidden);
  return cell;
}

/// The state [batch, hidden] before the first step: a copy of an input, which
/// the steps may write over, or zeros.
Value RecurrentLowering::makeInitial(unsigned index, int64_t direction) {
  auto type = RankedTensorType::get({batch, hidden}, element);
  if (!node.has(index))
    return makeFilled(node, type, getNumber(element, 0));
  SmallVector<int64_t> offsets = {direction, 0, 0};
  SmallVector<int64_t> sizes = {1, batch, hidden};
  if (batchFirst) {
    std::swap(offsets[0], offsets[1]);
    std::swap(sizes[0], sizes[1]);
  }
  Value part = makeSlice(node, node.input(index), offsets, sizes, {1, 1, 1});
  part = makeReshape(node, part, {batch, hidden});
  return bufferization::AllocTensorOp::create(node.builder, node.loc, type,
                                              /*dynamicSizes=*/ValueRange(),
                                              /*copy=*/part);
}

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

/// `value` for the elements of the batch that still run at `time`, `otherwise`
/// for the others. Without lengths all run.
FailureOr<Value> RecurrentLowering::maskStep(Value time, Value value,
                                             Value otherwise) {
  if (!node.has(kLengths))
    return value;
  Value lengths = makeReshape(node, node.input(kLengths), {batch, 1});
  return makeElementwise(node, cast<RankedTensorType>(value.getType()),
                         {value, otherwise, lengths},
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc, false);
                           Value length = toI64(builder, node.loc, x[2]);
                           Value here = toI64(builder, node.loc, time);
                           return s.select(s.less(here, length), x[0], x[1]);
                         });
}

/// Y with `hidden` at `time`: [steps, directions, batch, hidden], or with the
/// batch first.
Value RecurrentLowering::insertStep(Value whole, Value step, Value time,
                                    int64_t direction) {
  OpBuilder &b = node.builder;
  SmallVector<OpFoldResult> offsets, sizes, strides(4, b.getIndexAttr(1));
  auto add = [&](OpFoldResult offset, int64_t size) {
    offsets.push_back(offset);
    sizes.push_back(b.getIndexAttr(size));
  };
  if (batchFirst)
    add(b.getIndexAttr(0), batch);
  add(time, 1);
  add(b.getIndexAttr(direction), 1);
  if (!batchFirst)
    add(b.getIndexAttr(0), batch);
  add(b.getIndexAttr(0), hidden);
  return tensor::InsertSliceOp::create(b, node.loc, step, whole, offsets, sizes,
                                       strides);
}

/// Y_h or Y_c with the last state of `direction`.
Value RecurrentLowering::insertState(Value whole, Value state,
                                     int64_t direction) {
  if (!whole)
    return whole;
  SmallVector<int64_t> shape = {1, batch, hidden}, offsets = {direction, 0, 0};
  if (batchFirst) {
    std::swap(shape[0], shape[1]);
    std::swap(offsets[0], offsets[1]);
  }
  return makeInsert(node, makeReshape(node, state, shape), whole, offsets);
}

/// One step. The loop carries h, c (in an LSTM) and Y (if it is wanted).
LogicalResult RecurrentLowering::makeBody(scf::ForOp loop, const Cell &cell,
                                          int64_t direction) {
  OpBuilder &b = node.builder;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value time = loop.getInductionVar();
  if (isReverse || direction == 1)
    time = arith::SubIOp::create(b, node.loc, makeIndex(b, node.loc, steps - 1),
                                 time);
  auto type = RankedTensorType::get({batch, inputs}, element);
  Value x = tensor::ExtractSliceOp::create(
      b, node.loc, type, sequence,
      ArrayRef<OpFoldResult>{time, b.getIndexAttr(0), b.getIndexAttr(0)},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1), b.getIndexAttr(batch),
                             b.getIndexAttr(inputs)},
      SmallVector<OpFoldResult>(3, b.getIndexAttr(1)));

  auto carried = loop.getRegionIterArgs();
  CellState state{carried[0], kind.isLstm ? Value(carried[1]) : Value()};
  FailureOr<CellState> next = kind.makeStep(node, cell, x, state);
  if (failed(next))
    return failure();
  // Written over the old state, so that one buffer serves all steps.
  auto replace = [&](Value value, Value old) -> FailureOr<Value> {
    FailureOr<Value> masked = maskStep(time, value, old);
    if (failed(masked) || steps == 1) // one step is no loop in the end
      return masked;
    return bufferization::MaterializeInDestinationOp::create(b, node.loc,
                                                             *masked, old)
        .getResult();
  };
  SmallVector<Value> results;
  Value output;
  if (outputs[0]) {
    Value zeros =
        node.has(kLengths)
            ? makeFilled(node, RankedTensorType::get({batch, hidden}, element),
                         getNumber(element, 0))
            : Value();
    FailureOr<Value> masked = maskStep(time, next->hidden, zeros);
    if (failed(masked))
      return failure();
    output = insertStep(carried.back(), *masked, time, direction);
  }
  FailureOr<Value> hiddenState = replace(next->hidden, state.hidden);
  if (failed(hiddenState))
    return failure();
  results.push_back(*hiddenState);
  if (kind.isLstm) {
    FailureOr<Value> cellState = replace(next->cell, state.cell);
    if (failed(cellState))
      return failure();
    results.push_back(*cellState);
  }
  if (output)
    results.push_back(output);
  scf::YieldOp::create(b, node.loc, results);
  return success();
}

LogicalResult RecurrentLowering::runDirection(int64_t direction) {
  FailureOr<Cell> cell = makeCell(direction);
  if (failed(cell))
    return failure();
  SmallVector<Value> carried = {makeInitial(kInitialH, direction)};
  if (kind.isLstm)
    carried.push_back(makeInitial(kInitialC, direction));
  if (outputs[0])
    carried.push_back(outputs[0]);
  OpBuilder &b = node.builder;
  auto loop = scf::ForOp::create(b, node.loc, makeIndex(b, node.loc, 0),
                                 makeIndex(b, node.loc, steps),
                                 makeIndex(b, node.loc, 1), carried);
  if (failed(makeBody(loop, *cell, direction)))
    return failure();
  if (outputs[0])
    outputs[0] = loop.getResults().back();
  outputs[1] = insertState(outputs[1], loop.getResult(0), direction);
  if (kind.isLstm)
    outputs[2] = insertState(outputs[2], loop.getResult(1), direction);
  return success();
}

LogicalResult RecurrentLowering::run() {
  if (failed(readShapes()))
    return failure();
  auto read = readActivations(node, kind.activations, directions);
  if (failed(read))
    return failure();
  activations = *read;
  sequence = node.input(0);
  if (batchFirst)
    sequence = batch == 1 ? makeReshape(node, sequence, {steps, batch, inputs})
                          : makeTranspose(node, sequence, {1, 0, 2});
  for (unsigned i = 0; i < 3; ++i)
    outputs.push_back(isWanted(i) ? makeEmpty(node, node.outputType(i))
                                  : Value());
  for (int64_t direction = 0; direction < directions; ++direction)
    if (failed(runDirection(direction)))
      return failure();
  outputs.resize(node.node.getOutputs().size());
  return node.replaceWith(outputs);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static LogicalResult lowerRnn(NodeLowering &node) {
  static const Kind kind = {1, {"Tanh"}, makeRnnStep};
  return RecurrentLowering(node, kind).run();
}

static LogicalResult lowerGru(NodeLowering &node) {
  static const Kind kind = {3,
                            {"Sigmoid", "Tanh"},
                            makeGruStep,
                            /*isLstm=*/false,
                            /*isGru=*/true};
  return RecurrentLowering(node, kind).run();
}

static LogicalResult lowerLstm(NodeLowering &node) {
  static const Kind kind = {
      4, {"Sigmoid", "Tanh", "Tanh"}, makeLstmStep, /*isLstm=*/true};
  return RecurrentLowering(node, kind).run();
}

void setun::onnx::registerRecurrent(HandlerTable &table) {
  table["RNN"] = {lowerRnn, 3};
  table["GRU"] = {lowerGru, 3};
  table["LSTM"] = {lowerLstm, 3};
}
