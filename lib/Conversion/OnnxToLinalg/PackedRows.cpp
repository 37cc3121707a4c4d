//===- PackedRows.cpp - Products with rows that are unpacked first --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row of a packed matrix at a time is unpacked to f32 and multiplied with
// all rows of A, in the order of lowbit.float_matmul: the result is the same,
// bit by bit, as if the whole matrix had been dequantised for a MatMul.
//===----------------------------------------------------------------------===//

#include "PackedRows.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun::onnx;

/// Partial sums of the fixed order of float sums.
static constexpr int64_t kLanes = 16;
/// Larger blocks exist nowhere; a limit keeps products of sizes in range.
static constexpr int64_t kMaxBlockSize = 1 << 20;

//===----------------------------------------------------------------------===//
// PackedRows.h
//===----------------------------------------------------------------------===//

FailureOr<int64_t> setun::onnx::getBlockSize(NodeLowering &node,
                                             int64_t defaultSize) {
  int64_t size = node.node.getInt("block_size", defaultSize);
  if (size < 16 || size > kMaxBlockSize || !llvm::isPowerOf2_64(size))
    return node.error("block_size " + Twine(size) +
                      " is not supported; accepted are powers of two of 16.." +
                      Twine(kMaxBlockSize));
  return size;
}

Value setun::onnx::unpackCode(OpBuilder &builder, Location loc, Value byte,
                              Value position, int64_t bits) {
  Type i32 = builder.getI32Type();
  Value word = arith::ExtUIOp::create(builder, loc, i32, byte);
  if (bits == 8)
    return word;
  ScalarBuilder s(builder, loc, /*isUnsigned=*/true);
  Value shift = s.mul(arith::IndexCastUIOp::create(builder, loc, i32, position),
                      s.numberLike(word, bits));
  word = arith::ShRUIOp::create(builder, loc, word, shift);
  return arith::AndIOp::create(builder, loc, word,
                               s.numberLike(word, (1 << bits) - 1));
}

Value setun::onnx::toF32(OpBuilder &builder, Location loc, Value x) {
  Type f32 = builder.getF32Type();
  if (x.getType() == f32)
    return x;
  if (isa<FloatType>(x.getType()))
    return arith::ExtFOp::create(builder, loc, f32, x);
  return arith::SIToFPOp::create(builder, loc, f32, x);
}

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

/// `size` elements of `tensor` from `offset` on along its last dimension, at
/// `leading` of the others.
static Value makePart(NodeLowering &node, Value tensor, ValueRange leading,
                      int64_t offset, int64_t size) {
  auto type = cast<RankedTensorType>(tensor.getType());
  OpBuilder &b = node.builder;
  SmallVector<OpFoldResult> offsets(leading.begin(), leading.end());
  SmallVector<OpFoldResult> sizes(leading.size(), b.getIndexAttr(1));
  for (int64_t dim = leading.size(); dim < type.getRank() - 1; ++dim) {
    offsets.push_back(b.getIndexAttr(0));
    sizes.push_back(b.getIndexAttr(type.getDimSize(dim)));
  }
  offsets.push_back(b.getIndexAttr(offset));
  sizes.push_back(b.getIndexAttr(size));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<int64_t> shape(type.getShape().drop_front(leading.size()));
  shape.back() = size;
  return tensor::ExtractSliceOp::create(b, node.loc, type.clone(shape), tensor,
                                        offsets, sizes, strides);
}

Value setun::onnx::makeRow(NodeLowering &node, Value matrix, Value row) {
  auto type = cast<RankedTensorType>(matrix.getType());
  return makePart(node, matrix, row, 0, type.getShape().back());
}

/// lanes[l] += x[k, l] * w[k, l] for rising k; x and w are [terms].
static Value addToLanes(NodeLowering &node, Value x, Value w, Value lanes) {
  int64_t terms = cast<RankedTensorType>(x.getType()).getDimSize(0);
  int64_t width = std::min(terms, kLanes), steps = terms / width;
  MLIRContext *context = node.builder.getContext();
  AffineExpr lane = getAffineDimExpr(1, context);
  SmallVector<AffineMap> maps = {AffineMap::getMultiDimIdentityMap(2, context),
                                 AffineMap::getMultiDimIdentityMap(2, context),
                                 AffineMap::get(2, 0, lane, context)};
  Value sums = makePart(node, lanes, {}, 0, width);
  Value added =
      linalg::GenericOp::create(
          node.builder, node.loc, sums.getType(),
          ValueRange{makeReshape(node, x, {steps, width}),
                     makeReshape(node, w, {steps, width})},
          sums, maps,
          ArrayRef{utils::IteratorType::reduction,
                   utils::IteratorType::parallel},
          [](OpBuilder &builder, Location loc, ValueRange v) {
            ScalarBuilder s(builder, loc, false);
            Value a = v[0], b = v[1];
            if (a.getType() != v[2].getType()) {
              a = arith::ExtFOp::create(builder, loc, v[2].getType(), a);
              b = arith::ExtFOp::create(builder, loc, v[2].getType(), b);
            }
            linalg::YieldOp::create(builder, loc, s.add(v[2], s.mul(a, b)));
          })
          .getResult(0);
  SmallVector<OpFoldResult> zero = {node.builder.getIndexAttr(0)},
                            size = {node.builder.getIndexAttr(width)},
                            one = {node.builder.getIndexAttr(1)};
  return tensor::InsertSliceOp::create(node.builder, node.loc, added, lanes,
                                       zero, size, one);
}

/// sum_k x[k] * w[k] in the order of lowbit.float_matmul: 16 interleaved sums,
/// then halves 8, 4, 2, 1. w may be longer than x.
static Value makeDotProduct(NodeLowering &node, Value x, Value w, Type sum) {
  int64_t terms = cast<RankedTensorType>(x.getType()).getDimSize(0);
  int64_t whole = terms - terms % kLanes;
  Value lanes =
      makeFilled(node, RankedTensorType::get({kLanes}, sum), getNumber(sum, 0));
  for (auto [offset, size] :
       {std::pair(int64_t(0), whole), std::pair(whole, terms - whole)})
    if (size > 0)
      lanes = addToLanes(node, makePart(node, x, {}, offset, size),
                         makePart(node, w, {}, offset, size), lanes);
  SmallVector<Value> sums;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    Value index = arith::ConstantIndexOp::create(node.builder, node.loc, lane);
    sums.push_back(
        tensor::ExtractOp::create(node.builder, node.loc, lanes, index));
  }
  ScalarBuilder s(node.builder, node.loc, false);
  for (int64_t half = kLanes / 2; half > 0; half /= 2)
    for (int64_t lane = 0; lane < half; ++lane)
      sums[lane] = s.add(sums[lane], sums[lane + half]);
  if (sums[0].getType().isF64())
    return arith::TruncFOp::create(node.builder, node.loc,
                                   node.builder.getF32Type(), sums[0]);
  return sums[0];
}

/// for (i = 0; i < count; ++i) tensor = body(i, tensor)
static Value
makeLoop(NodeLowering &node, int64_t count, Value tensor,
         llvm::function_ref<Value(Value index, Value tensor)> body) {
  OpBuilder &b = node.builder;
  Value zero = arith::ConstantIndexOp::create(b, node.loc, 0);
  Value one = arith::ConstantIndexOp::create(b, node.loc, 1);
  Value end = arith::ConstantIndexOp::create(b, node.loc, count);
  auto loop = scf::ForOp::create(b, node.loc, zero, end, one, tensor);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value result = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(b, node.loc, result);
  return loop.getResult(0);
}

/// result[m, n] = sum_k x[m, k] * w[k], w = makeWeights(n).
static Value
makeRowwiseProduct(NodeLowering &node, Value x, int64_t outputs,
                   llvm::function_ref<Value(Value output)> makeWeights) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rows = type.getDimSize(0);
  Type f32 = node.builder.getF32Type();
  Type sum = node.options.reduceInF64 ? Type(node.builder.getF64Type()) : f32;
  Value result = makeEmpty(node, RankedTensorType::get({rows, outputs}, f32));
  return makeLoop(node, outputs, result, [&](Value output, Value tensor) {
    Value weights = makeWeights(output);
    return makeLoop(node, rows, tensor, [&](Value row, Value inner) -> Value {
      Value dot = makeDotProduct(node, makeRow(node, x, row), weights, sum);
      return tensor::InsertOp::create(node.builder, node.loc, dot, inner,
                                      ValueRange{row, output});
    });
  });
}

LogicalResult PackedProduct::check(StringRef outputsName, StringRef termsName) {
  RankedTensorType a = node.inputType(0);
  if (!isa<FloatType>(a.getElementType()) || a.getElementType().isF64())
    return node.error("A has elements of type ")
           << a.getElementType() << "; accepted are float32 and float16";
  if (outputs < 1 || terms < 1)
    return node.error("attributes N and K must be at least 1");
  if (a.getRank() < 1 || a.getShape().back() != terms)
    return node.error("A of shape [")
           << a.getShape() << "] must have " << termsName << " = " << terms
           << " columns";
  SmallVector<int64_t> shape(a.getShape());
  shape.back() = outputs;
  if (node.outputType() != a.clone(shape))
    return node.error("the output must be A's shape with ")
           << outputsName << " = " << outputs << " columns";
  return success();
}

/// Input 0 as [rows, terms] of f32.
static Value makeInput(NodeLowering &node, int64_t terms) {
  RankedTensorType type = node.inputType(0);
  int64_t rows = type.getNumElements() / terms;
  Value x = makeReshape(node, node.input(0), {rows, terms});
  if (type.getElementType().isF32())
    return x;
  return *makeElementwise(
      node, RankedTensorType::get({rows, terms}, node.builder.getF32Type()), x,
      [&](OpBuilder &builder, ValueRange v) {
        return toF32(builder, node.loc, v[0]);
      });
}

LogicalResult
PackedProduct::replace(llvm::function_ref<Value(Value output)> makeWeights,
                       Value bias) {
  if (node.outputType().getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, node.outputType()));
  Value product =
      makeRowwiseProduct(node, makeInput(node, terms), outputs, makeWeights);
  Type element = node.outputType().getElementType();
  SmallVector<Value> inputs = {product};
  if (bias)
    inputs.push_back(bias);
  if (bias || !element.isF32()) {
    auto type = cast<RankedTensorType>(product.getType()).clone(element);
    FailureOr<Value> result = makeElementwise(
        node, type, inputs, [&](OpBuilder &builder, ValueRange v) -> Value {
          ScalarBuilder s(builder, node.loc, false);
          Value sum = v[0];
          if (bias)
            sum = s.add(sum, toF32(builder, node.loc, v[1]));
          if (element.isF32())
            return sum;
          return arith::TruncFOp::create(builder, node.loc, element, sum);
        });
    if (failed(result))
      return failure();
    product = *result;
  }
  return replaceByReshaped(node, product);
}
