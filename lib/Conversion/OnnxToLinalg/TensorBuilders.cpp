//===- TensorBuilders.cpp - Tensor pieces that handlers share -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TensorBuilders.h"

#include "ScalarBuilder.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/PermuteConstant.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/AsmState.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

Value setun::onnx::makeEmpty(NodeLowering &node, RankedTensorType type) {
  return tensor::EmptyOp::create(node.builder, node.loc, type.getShape(),
                                 type.getElementType());
}

Value setun::onnx::makeFilled(NodeLowering &node, RankedTensorType type,
                              TypedAttr value) {
  Value scalar = arith::ConstantOp::create(node.builder, node.loc, value);
  return linalg::FillOp::create(node.builder, node.loc, scalar,
                                makeEmpty(node, type))
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

Value setun::onnx::makeReshape(NodeLowering &node, Value tensor,
                               ArrayRef<int64_t> shape) {
  auto source = cast<RankedTensorType>(tensor.getType());
  auto target = RankedTensorType::get(shape, source.getElementType());
  if (source == target)
    return tensor;
  if (target.getNumElements() == 0)
    return makeEmpty(node, target);
  std::optional<SmallVector<ReassociationIndices>> groups;
  if (source.getRank() != target.getRank())
    groups = getReassociationIndicesForReshape(source, target);
  if (groups && source.getRank() > target.getRank())
    return tensor::CollapseShapeOp::create(node.builder, node.loc, target,
                                           tensor, *groups);
  if (groups)
    return tensor::ExpandShapeOp::create(node.builder, node.loc, target, tensor,
                                         *groups);
  // No dimension of one side is a run of dimensions of the other: go flat.
  Value flat = makeReshape(node, tensor, {source.getNumElements()});
  return makeReshape(node, flat, shape);
}

LogicalResult setun::onnx::replaceByReshaped(NodeLowering &node, Value tensor) {
  int64_t count = cast<RankedTensorType>(tensor.getType()).getNumElements();
  RankedTensorType type = node.outputType();
  if (count != type.getNumElements())
    return node.error("computes " + Twine(count) +
                      " elements, but the output is declared as [")
           << type.getShape() << "]";
  return node.replaceWith(makeReshape(node, tensor, type.getShape()));
}

Value setun::onnx::makeTranspose(NodeLowering &node, Value tensor,
                                 ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return tensor;
  auto source = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(source.getDimSize(dim));
  auto target = RankedTensorType::get(shape, source.getElementType());

  std::optional<ConstantData> data = getConstantData(tensor);
  if (data && !data->isSplat()) {
    std::vector<char> bytes = permuteBytes(*data, permutation);
    return createConstant(node.builder, tensor.getLoc(), target, bytes,
                          "transposed");
  }
  return linalg::TransposeOp::create(node.builder, node.loc, tensor,
                                     makeEmpty(node, target), permutation)
      ->getResult(0);
}

/// The same numbers as static offsets, sizes or steps.
static SmallVector<OpFoldResult> asAttributes(NodeLowering &node,
                                              ArrayRef<int64_t> values) {
  return getAsIndexOpFoldResult(node.builder.getContext(), values);
}

Value setun::onnx::makeSlice(NodeLowering &node, Value tensor,
                             ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                             ArrayRef<int64_t> steps) {
  RankedTensorType type = cast<RankedTensorType>(tensor.getType()).clone(sizes);
  // Nothing may start behind the last element, but an empty part does.
  if (type.getNumElements() == 0)
    return makeEmpty(node, type);
  return tensor::ExtractSliceOp::create(
      node.builder, node.loc, type, tensor, asAttributes(node, offsets),
      asAttributes(node, sizes), asAttributes(node, steps));
}

Value setun::onnx::makeInsert(NodeLowering &node, Value part, Value whole,
                              ArrayRef<int64_t> offsets) {
  auto type = cast<RankedTensorType>(part.getType());
  if (type.getNumElements() == 0)
    return whole;
  ArrayRef<int64_t> sizes = type.getShape();
  SmallVector<int64_t> steps(sizes.size(), 1);
  return tensor::InsertSliceOp::create(
      node.builder, node.loc, part, whole, asAttributes(node, offsets),
      asAttributes(node, sizes), asAttributes(node, steps));
}

Value setun::onnx::makePadded(NodeLowering &node, Value tensor,
                              ArrayRef<int64_t> before, ArrayRef<int64_t> after,
                              TypedAttr value) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> offsets(type.getRank(), 0), shape(type.getShape());
  // The last dimensions are those that the pads speak of.
  size_t first = shape.size() - before.size();
  for (size_t dim = 0; dim < before.size(); ++dim) {
    offsets[first + dim] = before[dim];
    shape[first + dim] += before[dim] + after[dim];
  }
  if (type.getShape() == ArrayRef(shape))
    return tensor;
  Value filled = makeFilled(
      node, RankedTensorType::get(shape, type.getElementType()), value);
  return makeInsert(node, tensor, filled, offsets);
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

/// Indices of `input` as a function of the loops over `type`, numpy's rules:
/// the last dimensions stand under each other, size 1 stays at index 0.
static FailureOr<AffineMap> getBroadcastMap(RankedTensorType input,
                                            RankedTensorType type) {
  MLIRContext *context = type.getContext();
  int64_t lead = type.getRank() - input.getRank();
  if (lead < 0)
    return failure();
  SmallVector<AffineExpr> indices;
  for (int64_t dim = 0; dim < input.getRank(); ++dim) {
    int64_t size = input.getDimSize(dim), wanted = type.getDimSize(lead + dim);
    if (size != wanted && size != 1)
      return failure();
    indices.push_back(size == wanted ? getAffineDimExpr(lead + dim, context)
                                     : getAffineConstantExpr(0, context));
  }
  return AffineMap::get(type.getRank(), 0, indices, context);
}

/// The one value of a constant, as an attribute of the signless element type.
static TypedAttr getSplatValue(Value tensor) {
  Type type = getElementTypeOrSelf(tensor.getType());
  if (auto cast = tensor.getDefiningOp<UnrealizedConversionCastOp>())
    tensor = cast.getOperand(0);
  std::optional<ConstantData> data = getConstantData(tensor);
  if (!data || data->size() == 0 || !(data->isSplat() || data->size() == 1))
    return nullptr;
  if (type.isF32())
    return FloatAttr::get(type, APFloat(data->at<float>(0)));
  if (type.isF64())
    return FloatAttr::get(type, APFloat(data->at<double>(0)));
  return IntegerAttr::get(type, APInt(type.getIntOrFloatBitWidth(),
                                      data->asInt(0), /*isSigned=*/true,
                                      /*implicitTrunc=*/true));
}

FailureOr<Value> setun::onnx::makeElementwise(NodeLowering &node,
                                              RankedTensorType type,
                                              ValueRange inputs,
                                              ScalarFunction function) {
  SmallVector<Value> operands;
  SmallVector<TypedAttr> inlined; // one per input, null if it is an operand
  SmallVector<AffineMap> maps;
  for (Value input : inputs) {
    auto inputType = cast<RankedTensorType>(input.getType());
    FailureOr<AffineMap> map = getBroadcastMap(inputType, type);
    if (failed(map))
      return node.error("input of shape [")
             << inputType.getShape() << "] does not broadcast to ["
             << type.getShape() << "]";
    inlined.push_back(getSplatValue(input));
    if (inlined.back())
      continue;
    operands.push_back(input);
    maps.push_back(*map);
  }
  maps.push_back(node.builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto body = [&](OpBuilder &builder, Location loc, ValueRange elements) {
    SmallVector<Value> scalars;
    unsigned next = 0;
    for (TypedAttr constant : inlined)
      scalars.push_back(
          constant
              ? arith::ConstantOp::create(builder, loc, constant).getResult()
              : elements[next++]);
    linalg::YieldOp::create(builder, loc, function(builder, scalars));
  };
  return linalg::GenericOp::create(node.builder, node.loc, type, operands,
                                   makeEmpty(node, type), maps, loops, body)
      .getResult(0);
}

FailureOr<Value> setun::onnx::makeBroadcast(NodeLowering &node, Value tensor,
                                            ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getShape() == shape)
    return tensor;
  return makeElementwise(node, type.clone(shape), tensor,
                         [](OpBuilder &, ValueRange x) { return x[0]; });
}

//===----------------------------------------------------------------------===//
// Folds along the last dimension
//===----------------------------------------------------------------------===//

Value setun::onnx::makeFold(
    NodeLowering &node, Value input, TypedAttr init,
    llvm::function_ref<Value(OpBuilder &, Value, Value)> function) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t rank = type.getRank();
  auto resultType =
      RankedTensorType::get(type.getShape().drop_back(), init.getType());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  AffineMap all = node.builder.getMultiDimIdentityMap(rank);
  return linalg::GenericOp::create(
             node.builder, node.loc, resultType, input,
             makeFilled(node, resultType, init),
             ArrayRef<AffineMap>{all, all.dropResult(rank - 1)}, loops,
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               linalg::YieldOp::create(
                   builder, loc, function(builder, elements[0], elements[1]));
             })
      .getResult(0);
}

Value setun::onnx::makeSum(NodeLowering &node, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  Type element = type.getElementType();
  if (element.isF32() && !node.options.reduceInF64) {
    auto resultType =
        RankedTensorType::get(type.getShape().drop_back(), element);
    return lowbit::FloatSumOp::create(node.builder, node.loc,
                                      TypeRange(resultType), input,
                                      makeEmpty(node, resultType))
        ->getResult(0);
  }
  bool isFloat = isa<FloatType>(element);
  TypedAttr zero =
      getNumber(isFloat ? node.builder.getF64Type() : element, 0.0);
  return makeFold(
      node, input, zero,
      [&](OpBuilder &builder, Value value, Value sum) -> Value {
        if (!isFloat)
          return arith::AddIOp::create(builder, node.loc, sum, value);
        if (element.isF32())
          value =
              arith::ExtFOp::create(builder, node.loc, sum.getType(), value);
        return arith::AddFOp::create(builder, node.loc, sum, value);
      });
}

Type setun::onnx::getSumType(NodeLowering &node, Type element) {
  if (!isa<FloatType>(element))
    return element;
  if (node.options.reduceInF64)
    return node.builder.getF64Type();
  return element.getIntOrFloatBitWidth() < 32 ? node.builder.getF32Type()
                                              : element;
}

Value setun::onnx::makeFloatCast(NodeLowering &node, Value tensor,
                                 Type element) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType() == element)
    return tensor;
  return *makeElementwise(node, type.clone(element), tensor,
                          [&](OpBuilder &builder, ValueRange x) {
                            ScalarBuilder s(builder, node.loc, false);
                            return s.cast(x[0], element);
                          });
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TypedAttr setun::onnx::getNumber(Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(floatType, value);
  if (type.isIndex())
    return IntegerAttr::get(type, static_cast<int64_t>(value));
  return IntegerAttr::get(type, APInt(type.getIntOrFloatBitWidth(),
                                      static_cast<int64_t>(value),
                                      /*isSigned=*/true,
                                      /*implicitTrunc=*/true));
}

TypedAttr setun::onnx::getLowest(Type type, bool isUnsigned) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(floatType,
                          APFloat::getInf(floatType.getFloatSemantics(),
                                          /*Negative=*/true));
  unsigned width = type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, isUnsigned || width == 1
                                    ? APInt::getMinValue(width)
                                    : APInt::getSignedMinValue(width));
}

TypedAttr setun::onnx::getHighest(Type type, bool isUnsigned) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(floatType,
                          APFloat::getInf(floatType.getFloatSemantics()));
  unsigned width = type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, isUnsigned || width == 1
                                    ? APInt::getMaxValue(width)
                                    : APInt::getSignedMaxValue(width));
}
