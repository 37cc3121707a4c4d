//===- BlockQuantized.cpp - Weights of few bits with a scale a block ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MatMulNBits and MatMulBnb4 of onnxruntime. The weights stay packed in the
// program.
//===----------------------------------------------------------------------===//

#include "PackedRows.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// MatMulNBits
//===----------------------------------------------------------------------===//

namespace {

/// The packed matrix [N][blocks][bytes of a block]; see semantics in
/// docs/supported-operators.md.
class BlockMatrix {
public:
  BlockMatrix(NodeLowering &node, int64_t outputs, int64_t inputs)
      : node(node), outputs(outputs), inputs(inputs) {}

  LogicalResult read();

  /// Weights of one output: (code - zero point) * scale.
  Value makeWeights(Value output);

private:
  LogicalResult checkGroupIndex();
  LogicalResult readZeroPoints();
  /// Input `index` must have `count` elements, in any shape.
  LogicalResult expectCount(unsigned index, StringRef name, int64_t count);
  /// The zero points of one output as f32; null if all are the default.
  Value makeZeroPoints(Value output);

  NodeLowering &node;
  int64_t outputs, inputs;
  int64_t bits = 4, blockSize = 0, blocks = 0, blockBytes = 0;
  Value codes, scales, zeroPoints;
};

} // namespace

LogicalResult BlockMatrix::expectCount(unsigned index, StringRef name,
                                       int64_t count) {
  RankedTensorType type = node.inputType(index);
  if (type.getNumElements() == count)
    return success();
  return node.error(name + " of shape [")
         << type.getShape() << "] must have " << count
         << " elements for N = " << outputs << ", K = " << inputs
         << ", bits = " << bits << " and block_size = " << blockSize;
}

/// The deprecated g_idx names the block of each input: only the order that the
/// layout has anyway is accepted.
LogicalResult BlockMatrix::checkGroupIndex() {
  if (!node.has(4))
    return success();
  std::optional<ConstantData> index = node.constant(4);
  bool trivial = index && index->size() >= inputs &&
                 isa<IntegerType>(index->getElementType());
  for (int64_t k = 0; trivial && k < inputs; ++k)
    trivial = index->asInt(k) == k / blockSize;
  if (trivial)
    return success();
  return node.error("g_idx reorders the inputs, which is not supported; "
                    "accepted: none, or the constant k / block_size");
}

LogicalResult BlockMatrix::readZeroPoints() {
  if (!node.has(3))
    return success();
  Type element = node.inputType(3).getElementType();
  if (isa<FloatType>(element)) {
    if (failed(expectCount(3, "zero_points", outputs * blocks)))
      return failure();
    zeroPoints = makeReshape(node, node.input(3), {outputs, blocks});
    return success();
  }
  // Packed like the codes; each row starts at a whole byte.
  int64_t rowBytes = llvm::divideCeil(blocks * bits, 8);
  if (!node.onnxInputElementType(3).isUnsignedInteger(8))
    return node.error("zero_points has elements of type ")
           << node.onnxInputElementType(3)
           << "; accepted are packed uint8 and floats";
  if (failed(expectCount(3, "zero_points", outputs * rowBytes)))
    return failure();
  zeroPoints = makeReshape(node, node.input(3), {outputs, rowBytes});
  return success();
}

LogicalResult BlockMatrix::read() {
  bits = node.node.getInt("bits", 4);
  if (bits != 2 && bits != 4 && bits != 8)
    return node.error("bits = " + Twine(bits) +
                      " is not supported; accepted are 2, 4 and 8");
  if (int64_t layout = node.node.getInt("weight_prepacked", 0))
    return node.error("weight_prepacked = " + Twine(layout) +
                      " is a layout of one GPU; accepted is 0");
  FailureOr<int64_t> size = getBlockSize(node, 0);
  if (failed(size))
    return failure();
  blockSize = *size;
  blocks = llvm::divideCeil(inputs, blockSize);
  blockBytes = blockSize * bits / 8;
  if (!node.onnxInputElementType(1).isUnsignedInteger(8))
    return node.error("B has elements of type ")
           << node.onnxInputElementType(1) << "; accepted is uint8";
  if (!isa<FloatType>(node.inputType(2).getElementType()))
    return node.error("scales must be floats");
  if (failed(expectCount(1, "B", outputs * blocks * blockBytes)) ||
      failed(expectCount(2, "scales", outputs * blocks)) ||
      failed(checkGroupIndex()) || failed(readZeroPoints()))
    return failure();
  if (node.has(5) && failed(expectCount(5, "bias", outputs)))
    return failure();
  codes = makeReshape(node, node.input(1), {outputs, blocks, blockBytes});
  scales = makeReshape(node, node.input(2), {outputs, blocks});
  return success();
}

Value BlockMatrix::makeZeroPoints(Value output) {
  if (!zeroPoints)
    return nullptr;
  Value row = makeRow(node, zeroPoints, output);
  auto type = RankedTensorType::get({blocks}, node.builder.getF32Type());
  auto rowType = cast<RankedTensorType>(row.getType());
  if (rowType == type)
    return row;
  if (isa<FloatType>(rowType.getElementType()))
    return *makeElementwise(node, type, row,
                            [&](OpBuilder &builder, ValueRange x) {
                              return toF32(builder, node.loc, x[0]);
                            });
  return *makeElementwise(
      node, type, {}, [&](OpBuilder &builder, ValueRange) -> Value {
        Location loc = node.loc;
        Value block = linalg::IndexOp::create(builder, loc, 0);
        Value each = arith::ConstantIndexOp::create(builder, loc, 8 / bits);
        Value byte = tensor::ExtractOp::create(
            builder, loc, row,
            ValueRange{arith::DivUIOp::create(builder, loc, block, each)});
        Value position = arith::RemUIOp::create(builder, loc, block, each);
        return toF32(builder, loc,
                     unpackCode(builder, loc, byte, position, bits));
      });
}

Value BlockMatrix::makeWeights(Value output) {
  // Loops over blocks, bytes of a block, codes of a byte.
  Value zeroPoint = makeZeroPoints(output);
  SmallVector<Value> operands = {makeRow(node, codes, output),
                                 makeRow(node, scales, output)};
  if (zeroPoint)
    operands.push_back(zeroPoint);
  MLIRContext *context = node.builder.getContext();
  AffineMap all = AffineMap::getMultiDimIdentityMap(3, context);
  SmallVector<AffineMap> maps = {all.dropResult(2),
                                 all.dropResult(2).dropResult(1)};
  if (zeroPoint)
    maps.push_back(maps.back());
  maps.push_back(all);
  auto type = RankedTensorType::get({blocks, blockBytes, 8 / bits},
                                    node.builder.getF32Type());
  SmallVector<utils::IteratorType> loops(3, utils::IteratorType::parallel);
  auto body = [&](OpBuilder &builder, Location loc, ValueRange x) {
    ScalarBuilder s(builder, loc, false);
    Value position = linalg::IndexOp::create(builder, loc, 2);
    Value code =
        toF32(builder, loc, unpackCode(builder, loc, x[0], position, bits));
    Value zero = zeroPoint ? x[2] : s.numberLike(code, 1 << (bits - 1));
    Value scale = toF32(builder, loc, x[1]);
    linalg::YieldOp::create(builder, loc, s.mul(s.sub(code, zero), scale));
  };
  Value weights =
      linalg::GenericOp::create(node.builder, node.loc, type, operands,
                                makeEmpty(node, type), maps, loops, body)
          .getResult(0);
  return makeReshape(node, weights, {blocks * blockSize});
}

/// Y = A * ((B - zero_points) * scales)^T + bias
static LogicalResult lowerMatMulNBits(NodeLowering &node) {
  PackedProduct product{node, node.node.getInt("N", 0),
                        node.node.getInt("K", 0)};
  if (failed(product.check("N", "K")))
    return failure();
  BlockMatrix matrix(node, product.outputs, product.terms);
  if (failed(matrix.read()))
    return failure();
  Value bias;
  if (node.has(5))
    bias = makeReshape(node, node.input(5), {product.outputs});
  return product.replace(
      [&](Value output) { return matrix.makeWeights(output); }, bias);
}

//===----------------------------------------------------------------------===//
// MatMulBnb4
//===----------------------------------------------------------------------===//

/// The values of the 16 codes of bitsandbytes, as multiples of the largest
/// magnitude of a block.
static Value makeBnb4Table(NodeLowering &node, bool isNormalFloat) {
  static const float fp4[] = {0.0f,      1.0f / 192, 8.0f / 12, 1.0f,
                              4.0f / 12, 6.0f / 12,  2.0f / 12, 3.0f / 12};
  static const float nf4[] = {
      -1.0f,        -0.6961928f,  -0.52507305f,  -0.3949175f,
      -0.28444138f, -0.18477343f, -0.091050036f, 0.0f,
      0.0795803f,   0.1609302f,   0.2461123f,    0.33791524f,
      0.44070983f,  0.562617f,    0.72295684f,   1.0f};
  SmallVector<float> values(std::begin(nf4), std::end(nf4));
  if (!isNormalFloat) {
    values.assign(std::begin(fp4), std::end(fp4));
    for (float value : fp4)
      values.push_back(-value);
  }
  auto type = RankedTensorType::get({16}, node.builder.getF32Type());
  return arith::ConstantOp::create(
      node.builder, node.loc,
      DenseElementsAttr::get(type, ArrayRef<float>(values)));
}

/// B is [N, K] flat: element e is the high half of byte e / 2 if e is even, and
/// its scale is absmax[e / block_size]. transB = 1: Y = A * B^T, else A * B.
static LogicalResult lowerMatMulBnb4(NodeLowering &node) {
  int64_t n = node.node.getInt("N", 0), k = node.node.getInt("K", 0);
  bool transposed = node.node.getInt("transB", 1) != 0;
  PackedProduct product{node, transposed ? n : k, transposed ? k : n};
  FailureOr<int64_t> blockSize = getBlockSize(node, 0);
  if (failed(product.check(transposed ? "N" : "K", transposed ? "K" : "N")) ||
      failed(blockSize))
    return failure();
  int64_t quantType = node.node.getInt("quant_type", -1);
  if (quantType != 0 && quantType != 1)
    return node.error("quant_type must be 0 (FP4) or 1 (NF4)");
  int64_t bytes = llvm::divideCeil(n * k, 2);
  int64_t blocks = llvm::divideCeil(n * k, *blockSize);
  if (!node.onnxInputElementType(1).isUnsignedInteger(8) ||
      node.inputType(1).getNumElements() != bytes)
    return node.error("B must be " + Twine(bytes) + " values of type uint8");
  if (!isa<FloatType>(node.inputType(2).getElementType()) ||
      node.inputType(2).getNumElements() != blocks)
    return node.error("absmax must be " + Twine(blocks) + " floats");

  Value codes = makeReshape(node, node.input(1), {bytes});
  Value scales = makeReshape(node, node.input(2), {blocks});
  Value table = makeBnb4Table(node, quantType == 1);
  auto rowType =
      RankedTensorType::get({product.terms}, node.builder.getF32Type());
  auto makeWeights = [&](Value output) -> Value {
    return *makeElementwise(
        node, rowType, {}, [&](OpBuilder &builder, ValueRange) -> Value {
          Location loc = node.loc;
          ScalarBuilder s(builder, loc, /*isUnsigned=*/true);
          auto index = [&](int64_t value) -> Value {
            return arith::ConstantIndexOp::create(builder, loc, value);
          };
          Value term = linalg::IndexOp::create(builder, loc, 0);
          Value row = transposed ? output : term;
          Value column = transposed ? term : output;
          Value element = s.add(s.mul(row, index(k)), column);
          auto at = [&](Value tensor, Value i) -> Value {
            return tensor::ExtractOp::create(builder, loc, tensor, i);
          };
          Value byte = at(codes, s.div(element, index(2)));
          Value odd = arith::RemUIOp::create(builder, loc, element, index(2));
          Value code = unpackCode(builder, loc, byte, s.sub(index(1), odd), 4);
          code = arith::IndexCastUIOp::create(builder, loc,
                                              builder.getIndexType(), code);
          Value scale = at(scales, s.div(element, index(*blockSize)));
          return s.mul(at(table, code), toF32(builder, loc, scale));
        });
  };
  return product.replace(makeWeights, /*bias=*/nullptr);
}

void setun::onnx::registerBlockQuantized(HandlerTable &microsoft) {
  microsoft["MatMulNBits"] = {lowerMatMulNBits, 3};
  microsoft["MatMulBnb4"] = {lowerMatMulBnb4, 3};
}
