//===- MatMul.cpp - Products of matrices that stayed float ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MatMul and Gemm. f32 products become lowbit.float_matmul, whose order of
// additions is the same on every target; other types are plain loops over
// rising k.
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "dialects/LowBit/LowBit.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

/// The loops of a product: accumulates in `sumType` and rounds once at the end.
static Value makePlainProduct(NodeLowering &node, Value lhs, Value rhs,
                              RankedTensorType type, Type sumType) {
  MLIRContext *context = type.getContext();
  int64_t rank = type.getRank(),
          rhsRank = cast<RankedTensorType>(rhs.getType()).getRank();
  // Loops: leading dimensions, m, n, k.
  SmallVector<AffineExpr> d;
  for (int64_t i = 0; i <= rank; ++i)
    d.push_back(getAffineDimExpr(i, context));
  AffineExpr m = d[rank - 2], n = d[rank - 1], k = d[rank];
  ArrayRef<AffineExpr> lead = ArrayRef(d).take_front(rank - 2);
  auto mapOf = [&](ArrayRef<AffineExpr> leading, AffineExpr row,
                   AffineExpr column) {
    SmallVector<AffineExpr> indices(leading);
    indices.append({row, column});
    return AffineMap::get(rank + 1, 0, indices, context);
  };
  ArrayRef<AffineExpr> rhsLead = lead;
  if (rhsRank == 2)
    rhsLead = {};
  SmallVector<utils::IteratorType> loops(rank + 1,
                                         utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  RankedTensorType accumulated = type.clone(sumType);
  Value sum =
      linalg::GenericOp::create(
          node.builder, node.loc, accumulated, ValueRange{lhs, rhs},
          makeFilled(node, accumulated, getNumber(sumType, 0)),
          ArrayRef<AffineMap>{mapOf(lead, m, k), mapOf(rhsLead, k, n),
                              mapOf(lead, m, n)},
          loops,
          [&](OpBuilder &builder, Location loc, ValueRange x) {
            ScalarBuilder s(builder, loc, false);
            Value a = x[0], b = x[1];
            if (a.getType() != sumType) {
              a = arith::ExtFOp::create(builder, loc, sumType, a);
              b = arith::ExtFOp::create(builder, loc, sumType, b);
            }
            linalg::YieldOp::create(builder, loc, s.add(x[2], s.mul(a, b)));
          })
          .getResult(0);
  if (accumulated == type)
    return sum;
  return *makeElementwise(node, type, sum,
                          [&](OpBuilder &builder, ValueRange x) -> Value {
                            return arith::TruncFOp::create(
                                builder, node.loc, type.getElementType(), x[0]);
                          });
}

/// lhs [..., M, K] times rhs [..., K, N] or [K, N].
static Value makeProduct(NodeLowering &node, Value lhs, Value rhs) {
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  SmallVector<int64_t> shape(lhsType.getShape());
  shape.back() = cast<RankedTensorType>(rhs.getType()).getShape().back();
  Type element = lhsType.getElementType();
  auto type = RankedTensorType::get(shape, element);
  if (element.isF32() && !node.options.reduceInF64)
    return lowbit::FloatMatmulOp::create(node.builder, node.loc,
                                         TypeRange(type), lhs, rhs,
                                         makeEmpty(node, type))
        ->getResult(0);
  Type sumType = element.isF32() ? Type(node.builder.getF64Type()) : element;
  return makePlainProduct(node, lhs, rhs, type, sumType);
}

/// `tensor` with the leading dimensions `lead` before its last two.
static FailureOr<Value> broadcastLeading(NodeLowering &node, Value tensor,
                                         ArrayRef<int64_t> lead) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(lead);
  llvm::append_range(shape, type.getShape().take_back(2));
  return makeBroadcast(node, tensor, shape);
}

FailureOr<Value> setun::onnx::makeMatMul(NodeLowering &node, Value lhs,
                                         Value rhs, ArrayRef<int64_t> shape) {
  auto a = cast<RankedTensorType>(lhs.getType());
  auto b = cast<RankedTensorType>(rhs.getType());
  if (a.getRank() == 0 || b.getRank() == 0)
    return node.error("expects two tensors of rank 1 or more");
  // A vector on the left is a row, on the right a column.
  if (a.getRank() == 1)
    lhs = makeReshape(node, lhs, {1, a.getDimSize(0)});
  if (b.getRank() == 1)
    rhs = makeReshape(node, rhs, {b.getDimSize(0), 1});
  a = cast<RankedTensorType>(lhs.getType());
  b = cast<RankedTensorType>(rhs.getType());
  int64_t k = a.getShape().back();
  if (b.getDimSize(b.getRank() - 2) != k)
    return node.error("shapes [")
           << a.getShape() << "] and [" << b.getShape() << "] do not fit";

  if (b.getRank() > 2) {
    // The result has all leading dimensions, and M and N unless the operand was
    // a vector.
    size_t leadRank = std::max(a.getRank(), b.getRank()) - 2;
    if (shape.size() < leadRank)
      return node.error("the output does not fit the inputs");
    ArrayRef<int64_t> lead = shape.take_front(leadRank);
    FailureOr<Value> left = broadcastLeading(node, lhs, lead);
    FailureOr<Value> right = broadcastLeading(node, rhs, lead);
    if (failed(left) || failed(right))
      return failure();
    lhs = *left;
    rhs = *right;
  } else {
    // One matrix for all rows: the leading dimensions are just more rows.
    int64_t rows = 1;
    for (int64_t size : a.getShape().drop_back())
      rows *= size;
    lhs = makeReshape(node, lhs, {rows, k});
  }
  Value product = makeProduct(node, lhs, rhs);
  if (cast<RankedTensorType>(product.getType()).getNumElements() !=
      ShapedType::getNumElements(shape))
    return node.error("the output does not fit the inputs");
  return makeReshape(node, product, shape);
}

static LogicalResult lowerMatMul(NodeLowering &node) {
  Type element = node.inputType(0).getElementType();
  if (element != node.inputType(1).getElementType() || element.isInteger(1))
    return node.error("expects two tensors of one type");
  FailureOr<Value> product = makeMatMul(node, node.input(0), node.input(1),
                                        node.outputType().getShape());
  return failed(product) ? failure() : node.replaceWith(*product);
}

/// alpha * (A * B) + beta * C, A and B transposed if so asked. Factors of 1 are
/// left out.
static LogicalResult lowerGemm(NodeLowering &node) {
  if (node.inputType(0).getRank() != 2 || node.inputType(1).getRank() != 2 ||
      node.inputType(0).getElementType() != node.inputType(1).getElementType())
    return node.error("expects two matrices of one type");
  auto operand = [&](unsigned index, StringRef name) {
    Value value = node.input(index);
    return node.node.getInt(name, 0) ? makeTranspose(node, value, {1, 0})
                                     : value;
  };
  Value lhs = operand(0, "transA"), rhs = operand(1, "transB");
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  if (lhsType.getDimSize(1) !=
      cast<RankedTensorType>(rhs.getType()).getDimSize(0))
    return node.error("the inner dimensions of the matrices differ");
  float alpha = node.node.getFloat("alpha", 1.0f);
  float beta = node.node.getFloat("beta", 1.0f);
  if (!isa<FloatType>(lhsType.getElementType()) && (alpha != 1 || beta != 1))
    return node.error("alpha and beta of an integer product must be 1");
  Value product = makeProduct(node, lhs, rhs);
  bool hasBias = node.has(2) && beta != 0;
  if (!hasBias && alpha == 1)
    return node.replaceWith(product);

  SmallVector<Value> inputs = {product};
  if (hasBias)
    inputs.push_back(node.input(2));
  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), inputs, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, false);
        Value value = x[0];
        if (alpha != 1)
          value = s.mul(value, s.numberLike(value, alpha));
        if (!hasBias)
          return value;
        Value bias = x[1];
        if (beta != 1)
          bias = s.mul(bias, s.numberLike(bias, beta));
        return s.add(value, bias);
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

void setun::onnx::registerMatMul(HandlerTable &table) {
  table["MatMul"] = {lowerMatMul, 2};
  table["Gemm"] = {lowerGemm, 2};
}
