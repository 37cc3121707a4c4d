//===- IndexPatterns.cpp - Elements chosen by where they stand ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// OneHot, Trilu, EyeLike, ReverseSequence: the position of an element decides
// what it is.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// out[i..., at axis d, ...] = d == indices[i...] ? values[1] : values[0].
/// Negative indices count from the end; one that is outside is nowhere hot.
static LogicalResult lowerOneHot(NodeLowering &node) {
  RankedTensorType indices = node.inputType(0), type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", -1), type.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> spread(indices.getShape());
  if (type.getRank() != indices.getRank() + 1)
    return node.error("the output does not fit the indices");
  spread.insert(spread.begin() + *axis, 1);
  if (node.inputType(2).getShape() != ArrayRef<int64_t>{2} ||
      node.inputType(2).getElementType() != type.getElementType())
    return node.error("expects two values of the output's type");
  Value values = node.input(2);
  int64_t depth = type.getDimSize(*axis);
  FailureOr<Value> result = makeElementwise(
      node, type, makeReshape(node, node.input(0), spread),
      [&](OpBuilder &builder, ValueRange x) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value index = x[0];
        Value here =
            toI64(builder, node.loc, loopIndex(builder, node.loc, *axis));
        // Float indices are compared as floats: 1.5 is no position.
        if (ScalarBuilder::isFloat(index))
          here =
              arith::SIToFPOp::create(builder, node.loc, index.getType(), here);
        else
          index = toI64(builder, node.loc, index, node.isUnsigned(0));
        Value fromEnd = s.add(index, s.numberLike(index, depth));
        index = s.select(s.less(index, s.numberLike(index, 0)), fromEnd, index);
        auto value = [&](int64_t i) -> Value {
          return tensor::ExtractOp::create(builder, node.loc, values,
                                           makeIndex(builder, node.loc, i));
        };
        return s.select(s.equal(index, here), value(1), value(0));
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// Keeps the elements with column - row >= k (upper) or <= k (lower), others
/// become 0.
static LogicalResult lowerTrilu(NodeLowering &node) {
  RankedTensorType type = node.outputType();
  int64_t rank = type.getRank();
  if (rank < 2 || type != node.inputType(0))
    return node.error("expects matrices of the output's type");
  if (node.has(1) && (node.inputType(1).getNumElements() != 1 ||
                      !node.inputType(1).getElementType().isInteger(64)))
    return node.error("k must be one 64-bit integer");
  bool isUpper = node.node.getInt("upper", 1) != 0;
  SmallVector<Value> inputs = {node.input(0)};
  if (node.has(1))
    inputs.push_back(makeReshape(node, node.input(1), {}));
  FailureOr<Value> result = makeElementwise(
      node, type, inputs, [&](OpBuilder &builder, ValueRange x) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        auto position = [&](int64_t dim) {
          return toI64(builder, node.loc, loopIndex(builder, node.loc, dim));
        };
        Value diagonal = s.sub(position(rank - 1), position(rank - 2));
        Value k = x.size() > 1 ? x[1] : s.numberLike(diagonal, 0);
        Value isKept =
            isUpper ? s.greaterEqual(diagonal, k) : s.lessEqual(diagonal, k);
        return s.select(isKept, x[0], s.numberLike(x[0], 0));
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// 1 where column - row = k, else 0.
static LogicalResult lowerEyeLike(NodeLowering &node) {
  RankedTensorType type = node.outputType();
  if (type.getRank() != 2 || type.getShape() != node.inputType(0).getShape())
    return node.error("expects a matrix of the output's shape");
  // Beyond the matrix there is no diagonal; the bound keeps the sum in range.
  int64_t beyond = std::max(type.getDimSize(0), type.getDimSize(1));
  int64_t k = std::clamp(node.node.getInt("k", 0), -beyond, beyond);
  return node.replaceWith(makeFromIndices(
      node, type, [&](OpBuilder &builder, ValueRange at) -> Value {
        Value wanted = arith::AddIOp::create(builder, node.loc, at[0],
                                             makeIndex(builder, node.loc, k));
        Value isOne = arith::CmpIOp::create(
            builder, node.loc, arith::CmpIPredicate::eq, at[1], wanted);
        auto number = [&](double value) -> Value {
          return arith::ConstantOp::create(
              builder, node.loc, getNumber(type.getElementType(), value));
        };
        return arith::SelectOp::create(builder, node.loc, isOne, number(1),
                                       number(0));
      }));
}

/// Of each batch b the first n = sequence_lens[b] elements along the time axis
/// in reverse: out[t] = data[t < n ? n - 1 - t : t].
static LogicalResult lowerReverseSequence(NodeLowering &node) {
  RankedTensorType type = node.outputType(), lengths = node.inputType(1);
  if (type.getRank() < 2 || type != node.inputType(0))
    return node.error("expects data of rank 2 or more");
  FailureOr<int64_t> batch =
      node.normalizeAxis(node.node.getInt("batch_axis", 1), type.getRank());
  FailureOr<int64_t> time =
      node.normalizeAxis(node.node.getInt("time_axis", 0), type.getRank());
  if (failed(batch) || failed(time))
    return failure();
  if (*batch == *time || lengths.getRank() != 1 ||
      lengths.getDimSize(0) != type.getDimSize(*batch))
    return node.error("expects one length per batch");
  if (type.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, type));
  int64_t size = type.getDimSize(*time);
  if (std::optional<ConstantData> constant = node.constant(1))
    for (int64_t i = 0; i < constant->size(); ++i)
      if (constant->asInt(i) < 0 || constant->asInt(i) > size)
        return node.error("length " + Twine(constant->asInt(i)) +
                          " is not within 0.." + Twine(size));
  Value source = node.input(0), counts = node.input(1);
  return node.replaceWith(makeFromIndices(
      node, type, [&](OpBuilder &builder, ValueRange loops) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value length = toI64(builder, node.loc,
                             tensor::ExtractOp::create(builder, node.loc,
                                                       counts, loops[*batch]));
        length = s.min(length, s.numberLike(length, size));
        Value t = toI64(builder, node.loc, loops[*time]);
        Value mirrored = s.sub(s.sub(length, s.numberLike(length, 1)), t);
        Value from = s.select(s.less(t, length), mirrored, t);
        SmallVector<Value> at(loops);
        at[*time] = arith::IndexCastOp::create(builder, node.loc,
                                               builder.getIndexType(), from);
        return tensor::ExtractOp::create(builder, node.loc, source, at);
      }));
}

void setun::onnx::registerIndexPatterns(HandlerTable &table) {
  table["OneHot"] = {lowerOneHot, 3};
  table["Trilu"] = {lowerTrilu, 1, Elements::Move}; // 0 is 0 in every type
  table["EyeLike"] = lowerEyeLike;
  table["ReverseSequence"] = {lowerReverseSequence, 2, Elements::Move};
}
