//===- Reduction.cpp - Folds over some of the axes ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ReduceSum and its relatives, ReduceMax, ReduceMin, the global pools. The
// reduced axes are brought to the end and folded as one dimension: sums have
// one order on every target.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"
#include "Window.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// What stands before and after the fold.
enum class Kind { Sum, Mean, SumSquare, L1, L2, Max, Min };
} // namespace

/// The reduced axes in rising order, from attribute or input `axes`.
static FailureOr<SmallVector<int64_t>> getAxes(NodeLowering &node,
                                               int64_t rank) {
  auto given = node.intsAttributeOrInput("axes", 1);
  if (failed(given))
    return failure();
  SmallVector<int64_t> axes;
  if (*given)
    for (int64_t axis : **given) {
      FailureOr<int64_t> normalized = node.normalizeAxis(axis, rank);
      if (failed(normalized))
        return failure();
      axes.push_back(*normalized);
    }
  if (axes.empty() && node.node.getInt("noop_with_empty_axes", 0) == 0)
    llvm::append_range(axes, llvm::seq<int64_t>(0, rank));
  llvm::sort(axes);
  axes.erase(llvm::unique(axes), axes.end());
  return axes;
}

/// The input as [kept..., K], K the product of the reduced sizes.
static Value moveAxesToEnd(NodeLowering &node, Value input,
                           ArrayRef<int64_t> axes) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> permutation, shape;
  int64_t reduced = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (!llvm::is_contained(axes, dim)) {
      permutation.push_back(dim);
      shape.push_back(type.getDimSize(dim));
    }
  for (int64_t axis : axes) {
    permutation.push_back(axis);
    reduced *= type.getDimSize(axis);
  }
  shape.push_back(reduced);
  return makeReshape(node, makeTranspose(node, input, permutation), shape);
}

/// One formula on every element; the shape stays.
static Value applyFormula(NodeLowering &node, Value tensor, Type elementType,
                          llvm::function_ref<Value(ScalarBuilder &, Value)> f) {
  auto type = cast<RankedTensorType>(tensor.getType()).clone(elementType);
  return *makeElementwise(
      node, type, tensor, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
        return f(s, x[0]);
      });
}

static Value foldSum(NodeLowering &node, Kind kind, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t count = type.getShape().back();
  if (kind == Kind::SumSquare || kind == Kind::L2)
    input = applyFormula(node, input, type.getElementType(),
                         [](ScalarBuilder &s, Value x) { return s.mul(x, x); });
  if (kind == Kind::L1)
    input = applyFormula(
        node, input, type.getElementType(), [](ScalarBuilder &s, Value x) {
          if (ScalarBuilder::isFloat(x))
            return s.unary<math::AbsFOp>(x);
          return s.select(s.less(x, s.numberLike(x, 0)), s.neg(x), x);
        });
  Value sum = makeSum(node, input);
  Type sumType = getElementTypeOrSelf(sum.getType());
  if (kind != Kind::Mean && kind != Kind::L2 &&
      sumType == type.getElementType())
    return sum;
  // A sum in double precision is rounded here, after the division.
  return applyFormula(node, sum, type.getElementType(),
                      [&](ScalarBuilder &s, Value x) {
                        if (kind == Kind::Mean)
                          x = s.div(x, s.numberLike(x, count));
                        if (kind == Kind::L2)
                          x = s.unary<math::SqrtOp>(x);
                        if (sumType != type.getElementType())
                          x = arith::TruncFOp::create(s.builder, s.loc,
                                                      type.getElementType(), x);
                        return x;
                      });
}

static Value foldExtremum(NodeLowering &node, Kind kind, Value input) {
  Type element = getElementTypeOrSelf(input.getType());
  bool isUnsigned = node.isUnsigned(0) || element.isInteger(1);
  TypedAttr init = kind == Kind::Max ? getLowest(element, isUnsigned)
                                     : getHighest(element, isUnsigned);
  return makeFold(
      node, input, init, [&](OpBuilder &builder, Value value, Value best) {
        ScalarBuilder s(builder, node.loc, isUnsigned);
        return kind == Kind::Max ? s.max(best, value) : s.min(best, value);
      });
}

template <Kind kind> static LogicalResult lowerReduce(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  FailureOr<SmallVector<int64_t>> axes = getAxes(node, type.getRank());
  if (failed(axes))
    return failure();
  bool needsFloat = kind == Kind::Mean || kind == Kind::L2;
  if (needsFloat && !isa<FloatType>(type.getElementType()))
    return node.error("only floats are supported, not ")
           << node.onnxInputElementType(0);
  bool isExtremum = kind == Kind::Max || kind == Kind::Min;
  if (axes->empty() && (isExtremum || kind == Kind::Sum || kind == Kind::Mean))
    return node.replaceWith(node.input(0));
  Value moved = moveAxesToEnd(node, node.input(0), *axes);
  Value folded =
      isExtremum ? foldExtremum(node, kind, moved) : foldSum(node, kind, moved);
  return replaceByReshaped(node, folded);
}

/// A fold over all dimensions after the channels.
template <Kind kind> static LogicalResult lowerGlobalPool(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  if (type.getRank() < 3 || !isa<FloatType>(type.getElementType()))
    return node.error("expects a float input of rank 3 or more");
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, type.getRank()));
  Value moved = moveAxesToEnd(node, node.input(0), axes);
  return replaceByReshaped(node, kind == Kind::Max
                                     ? foldExtremum(node, kind, moved)
                                     : foldSum(node, kind, moved));
}

/// (sum |x|^p)^(1/p)
static LogicalResult lowerGlobalLpPool(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  Type element = type.getElementType();
  FailureOr<int64_t> p = readNorm(node);
  if (failed(p))
    return failure();
  if (type.getRank() < 3 || !isa<FloatType>(element))
    return node.error("expects a float input of rank 3 or more");
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, type.getRank()));
  double exponent = static_cast<double>(*p);
  Value powers =
      applyFormula(node, moveAxesToEnd(node, node.input(0), axes), element,
                   [&](ScalarBuilder &s, Value x) {
                     return s.power(s.unary<math::AbsFOp>(x), exponent);
                   });
  return replaceByReshaped(
      node, applyFormula(node, makeSum(node, powers), element,
                         [&](ScalarBuilder &s, Value x) {
                           return s.cast(s.power(x, 1 / exponent), element);
                         }));
}

void setun::onnx::registerReduction(HandlerTable &table) {
  table["ReduceSum"] = lowerReduce<Kind::Sum>;
  table["ReduceMean"] = lowerReduce<Kind::Mean>;
  table["ReduceSumSquare"] = lowerReduce<Kind::SumSquare>;
  table["ReduceL1"] = lowerReduce<Kind::L1>;
  table["ReduceL2"] = lowerReduce<Kind::L2>;
  table["ReduceMax"] = lowerReduce<Kind::Max>;
  table["ReduceMin"] = lowerReduce<Kind::Min>;
  table["GlobalAveragePool"] = lowerGlobalPool<Kind::Mean>;
  table["GlobalMaxPool"] = lowerGlobalPool<Kind::Max>;
  table["GlobalLpPool"] = lowerGlobalLpPool;
}
