//===- IndexBuilders.cpp - Positions computed at run time -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "IndexBuilders.h"

#include "ScalarBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

Value setun::onnx::makeIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value setun::onnx::loopIndex(OpBuilder &builder, Location loc, int64_t dim) {
  return linalg::IndexOp::create(builder, loc, dim);
}

SmallVector<Value> setun::onnx::loopIndices(OpBuilder &builder, Location loc,
                                            int64_t first, int64_t count) {
  SmallVector<Value> indices;
  for (int64_t dim = first; dim < first + count; ++dim)
    indices.push_back(loopIndex(builder, loc, dim));
  return indices;
}

Value setun::onnx::toI64(OpBuilder &builder, Location loc, Value value,
                         bool isUnsigned) {
  Type i64 = builder.getI64Type();
  if (value.getType() == i64)
    return value;
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, i64, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(builder, loc, i64, value);
  return arith::ExtSIOp::create(builder, loc, i64, value);
}

Value setun::onnx::clampIndex(OpBuilder &builder, Location loc, Value index,
                              int64_t size) {
  ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
  index = toI64(builder, loc, index);
  Value zero = s.numberLike(index, 0);
  Value fromEnd = s.add(index, s.numberLike(index, size));
  index = s.select(s.less(index, zero), fromEnd, index);
  index = s.min(s.max(index, zero), s.numberLike(index, size - 1));
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    index);
}

LogicalResult setun::onnx::checkConstantIndices(NodeLowering &node,
                                                unsigned index, int64_t size,
                                                int64_t axis) {
  std::optional<ConstantData> constant = node.constant(index);
  if (!constant)
    return success();
  for (int64_t i = 0; i < constant->size(); ++i)
    if (constant->asInt(i) < -size || constant->asInt(i) >= size)
      return node.error("index " + Twine(constant->asInt(i)) +
                        " is out of range for axis " + Twine(axis) +
                        " of size " + Twine(size));
  return success();
}

Value setun::onnx::makeFromIndices(NodeLowering &node, RankedTensorType type,
                                   ScalarFunction function) {
  return *makeElementwise(node, type, {}, [&](OpBuilder &builder, ValueRange) {
    return function(builder, loopIndices(builder, node.loc, 0, type.getRank()));
  });
}

Value setun::onnx::makeUpdates(
    NodeLowering &node, ArrayRef<int64_t> sizes, Value init,
    llvm::function_ref<Value(OpBuilder &, ValueRange, Value)> update) {
  if (llvm::is_contained(sizes, 0))
    return init;
  SmallVector<Value> starts, ends, steps;
  for (int64_t size : sizes) {
    starts.push_back(makeIndex(node.builder, node.loc, 0));
    ends.push_back(makeIndex(node.builder, node.loc, size));
    steps.push_back(makeIndex(node.builder, node.loc, 1));
  }
  scf::LoopNest nest = scf::buildLoopNest(
      node.builder, node.loc, starts, ends, steps, init,
      [&](OpBuilder &builder, Location, ValueRange at, ValueRange tensors) {
        return scf::ValueVector{update(builder, at, tensors[0])};
      });
  return nest.results[0];
}

LogicalResult setun::onnx::checkTableSize(NodeLowering &node, int64_t size) {
  constexpr int64_t kMaxEntries = 1 << 24;
  if (size > kMaxEntries)
    return node.error("needs a table of " + Twine(size) +
                      " entries; supported are up to " + Twine(kMaxEntries));
  return success();
}

template <typename T>
static Value makeVector(NodeLowering &node, Type element, ArrayRef<T> values,
                        StringRef name) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                       values.size() * sizeof(T));
  auto type = RankedTensorType::get(values.size(), element);
  return createConstant(node.builder, node.loc, type, bytes, name);
}

Value setun::onnx::makePositionTable(NodeLowering &node,
                                     ArrayRef<int32_t> positions) {
  return makeVector(node, node.builder.getI32Type(), positions, "positions");
}

Value setun::onnx::makeFloatTable(NodeLowering &node, Type element,
                                  ArrayRef<double> values, StringRef name) {
  if (element.isF64())
    return makeVector(node, element, values, name);
  SmallVector<float> rounded(values.begin(), values.end());
  return makeVector(node, element, ArrayRef<float>(rounded), name);
}

Value setun::onnx::makeGathered(NodeLowering &node, Value tensor,
                                ArrayRef<int64_t> shape,
                                ArrayRef<PositionTable> tables) {
  MLIRContext *context = node.builder.getContext();
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (auto [dim, table] : llvm::enumerate(tables)) {
    if (table.empty())
      continue;
    operands.push_back(makePositionTable(node, table));
    maps.push_back(AffineMap::get(shape.size(), 0,
                                  getAffineDimExpr(dim, context), context));
  }
  if (operands.empty())
    return tensor;
  maps.push_back(AffineMap::getMultiDimIdentityMap(shape.size(), context));
  auto type = RankedTensorType::get(shape, getElementTypeOrSelf(tensor));
  SmallVector<utils::IteratorType> loops(shape.size(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             node.builder, node.loc, type, operands, makeEmpty(node, type),
             maps, loops,
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               SmallVector<Value> at;
               unsigned next = 0;
               for (auto [dim, table] : llvm::enumerate(tables))
                 at.push_back(table.empty()
                                  ? loopIndex(builder, loc, dim)
                                  : arith::IndexCastOp::create(
                                        builder, loc, builder.getIndexType(),
                                        elements[next++])
                                        .getResult());
               Value element =
                   tensor::ExtractOp::create(builder, loc, tensor, at);
               linalg::YieldOp::create(builder, loc, element);
             })
      .getResult(0);
}
