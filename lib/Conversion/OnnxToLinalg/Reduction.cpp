//===- Reduction.cpp - Folds over some of the axes ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ReduceSum and its relatives, ReduceProd, ReduceMax, ReduceMin, the global
// pools. The reduced axes are brought to the end and folded as one dimension:
// sums have one order on every target.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"
#include "Window.h"

#include <limits>

using namespace mlir;
using namespace setun::onnx;

namespace {
/// What stands before and after the fold.
enum class Kind {
  Sum,
  Mean,
  SumSquare,
  L1,
  L2,
  LogSum,
  LogSumExp,
  Prod,
  Max,
  Min
};
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
          if (s.isUnsigned)
            return x;
          return s.select(s.less(x, s.numberLike(x, 0)), s.neg(x), x);
        });
  Value sum = makeSum(node, input);
  Type sumType = getElementTypeOrSelf(sum.getType());
  bool isPlain =
      kind == Kind::Sum || kind == Kind::SumSquare || kind == Kind::L1;
  if (isPlain && sumType == type.getElementType())
    return sum;
  // A sum in double precision is rounded here, after the division.
  return applyFormula(
      node, sum, type.getElementType(), [&](ScalarBuilder &s, Value x) {
        if (kind == Kind::Mean)
          x = s.div(x, s.numberLike(x, count));
        if (kind == Kind::L2)
          x = s.unary<math::SqrtOp>(x);
        if (kind == Kind::LogSum)
          x = s.unary<math::LogOp>(x);
        return ScalarBuilder::isFloat(x) ? s.cast(x, type.getElementType()) : x;
      });
}

/// The product, k rising from 1; integers wrap.
static Value foldProduct(NodeLowering &node, Value input) {
  TypedAttr one = getNumber(getElementTypeOrSelf(input.getType()), 1.0);
  return makeFold(node, input, one,
                  [&](OpBuilder &builder, Value value, Value product) {
                    ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
                    return s.mul(product, value);
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

/// log(sum exp(x - m)) + m with m the maximum, or 0 where that is infinite.
static FailureOr<Value> foldLogSumExp(NodeLowering &node, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  Type element = type.getElementType();
  double infinity = std::numeric_limits<double>::infinity();
  auto finite = [&](ScalarBuilder &s, Value x) {
    Value magnitude = s.unary<math::AbsFOp>(x);
    Value isFinite = s.less(magnitude, s.numberLike(x, infinity));
    return s.select(isFinite, x, s.numberLike(x, 0));
  };
  Value shift =
      applyFormula(node, foldExtremum(node, Kind::Max, input), element, finite);
  SmallVector<int64_t> keptShape(type.getShape());
  keptShape.back() = 1;
  FailureOr<Value> powers = makeElementwise(
      node, type, {input, makeReshape(node, shift, keptShape)},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return s.unary<math::ExpOp>(s.sub(x[0], x[1]));
      });
  if (failed(powers))
    return failure();
  Value logarithm = foldSum(node, Kind::LogSum, *powers);
  return makeElementwise(node, cast<RankedTensorType>(logarithm.getType()),
                         {logarithm, shift},
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc, false);
                           return s.add(x[0], x[1]);
                         });
}

static FailureOr<Value> fold(NodeLowering &node, Kind kind, Value input) {
  switch (kind) {
  case Kind::Max:
  case Kind::Min:
    return foldExtremum(node, kind, input);
  case Kind::Prod:
    return foldProduct(node, input);
  case Kind::LogSumExp:
    return foldLogSumExp(node, input);
  default:
    return foldSum(node, kind, input);
  }
}

/// Roots and logarithms of integers are taken in f64 and cut off.
static bool needsFloat(Kind kind) {
  return kind == Kind::L2 || kind == Kind::LogSum || kind == Kind::LogSumExp;
}

template <Kind kind> static LogicalResult lowerReduce(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  FailureOr<SmallVector<int64_t>> axes = getAxes(node, type.getRank());
  if (failed(axes))
    return failure();
  Value input = node.input(0);
  bool keepsElements = kind == Kind::Max || kind == Kind::Min ||
                       kind == Kind::Prod || kind == Kind::Sum ||
                       kind == Kind::Mean;
  if (axes->empty() && keepsElements)
    return node.replaceWith(input);
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (integer && integer.getWidth() == 1 && kind != Kind::Max &&
      kind != Kind::Min)
    return node.error("only numbers are supported, not ")
           << node.onnxInputElementType(0);
  if (integer && needsFloat(kind))
    input = applyFormula(node, input, node.builder.getF64Type(),
                         [&](ScalarBuilder &s, Value x) {
                           return s.toFloat(x, s.builder.getF64Type());
                         });
  Value moved = moveAxesToEnd(node, input, *axes);
  if (integer && kind == Kind::Mean &&
      cast<RankedTensorType>(moved.getType()).getShape().back() == 0)
    return node.error("the mean of no integers does not exist");
  FailureOr<Value> folded = fold(node, kind, moved);
  if (failed(folded))
    return failure();
  Value result = *folded;
  if (integer && needsFloat(kind))
    result =
        applyFormula(node, result, integer, [&](ScalarBuilder &s, Value x) {
          return s.toInteger(x, integer, s.isUnsigned);
        });
  return replaceByReshaped(node, result);
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
  table["ReduceLogSum"] = lowerReduce<Kind::LogSum>;
  table["ReduceLogSumExp"] = lowerReduce<Kind::LogSumExp>;
  table["ReduceProd"] = lowerReduce<Kind::Prod>;
  table["ReduceMax"] = lowerReduce<Kind::Max>;
  table["ReduceMin"] = lowerReduce<Kind::Min>;
  table["GlobalAveragePool"] = lowerGlobalPool<Kind::Mean>;
  table["GlobalMaxPool"] = lowerGlobalPool<Kind::Max>;
  table["GlobalLpPool"] = lowerGlobalLpPool;
}
