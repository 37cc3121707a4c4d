//===- GatherBlockQuantized.cpp - Rows of a table of packed codes ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Embeddings with a scale a block, as onnxruntime has them. Only what the
// indices ask for is unpacked.
//===----------------------------------------------------------------------===//

#include "PackedRows.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

/// Table of codes: uint8 packs 8 / bits of them in a byte along the last axis;
/// int4, uint4 have one an element.
class CodeTable {
public:
  explicit CodeTable(NodeLowering &node)
      : node(node), data(node.input(0)), scales(node.input(2)),
        zeroPoints(node.has(3) ? node.input(3) : Value()) {}

  LogicalResult read();
  LogicalResult lower();

private:
  LogicalResult checkTypes();
  LogicalResult checkShapes();
  /// The element at `at` of a tensor that is packed along its last axis.
  Value makeCode(OpBuilder &builder, Value tensor, ArrayRef<Value> at);
  /// (code - zero point) * scale at `at`.
  Value makeElement(OpBuilder &builder, ArrayRef<Value> at);

  NodeLowering &node;
  Value data, scales, zeroPoints;
  int64_t bits = 4, blockSize = 0, gatherAxis = 0, quantizeAxis = 0;
  int64_t each = 1; // codes of a byte
  bool isSigned = false;
  SmallVector<int64_t> shape; // in codes
};

} // namespace

LogicalResult CodeTable::checkTypes() {
  Type element = node.onnxInputElementType(0);
  bool isPacked = element.isUnsignedInteger(8);
  isSigned = element.isSignedInteger(4);
  if (!isPacked && !isSigned && !element.isUnsignedInteger(4))
    return node.error("data has elements of type ")
           << element << "; accepted are uint8, int4 and uint4";
  bits = node.node.getInt("bits", 4);
  if (bits != 4 && (!isPacked || (bits != 2 && bits != 8)))
    return node.error("bits = " + Twine(bits) +
                      " is not supported; accepted are 4 and, for uint8 data, "
                      "2 and 8");
  each = isPacked ? 8 / bits : 1;
  if (!isa<FloatType>(node.inputType(2).getElementType()) ||
      node.inputType(2).getElementType() != node.outputType().getElementType())
    return node.error("scales must be floats of the type of the output");
  if (node.has(3) && node.onnxInputElementType(3) != element)
    return node.error("zero_points must have the type of data");
  return success();
}

/// Scales and zero points have the shape of the data, with one block in place
/// of the blockSize codes of it; packed zero points share bytes.
LogicalResult CodeTable::checkShapes() {
  RankedTensorType data = node.inputType(0);
  int64_t rank = data.getRank();
  auto axisOf = [&](StringRef name, int64_t otherwise) {
    return node.normalizeAxis(node.node.getInt(name, otherwise), rank);
  };
  FailureOr<int64_t> gather = axisOf("gather_axis", 0),
                     quantize = axisOf("quantize_axis", 1);
  if (failed(gather) || failed(quantize))
    return failure();
  gatherAxis = *gather;
  quantizeAxis = *quantize;
  shape.assign(data.getShape().begin(), data.getShape().end());
  if (each > 1 && (gatherAxis == rank - 1 || quantizeAxis != rank - 1))
    return node.error("packed data must be quantised along its last axis and "
                      "gathered along another one");
  shape.back() *= each;

  SmallVector<int64_t> blocks(shape);
  blocks[quantizeAxis] = llvm::divideCeil(blocks[quantizeAxis], blockSize);
  if (node.inputType(2).getShape() != ArrayRef(blocks))
    return node.error("scales of shape [")
           << node.inputType(2).getShape() << "] must be [" << blocks << "]";
  blocks.back() = llvm::divideCeil(blocks.back(), each);
  if (node.has(3) && node.inputType(3).getShape() != ArrayRef(blocks))
    return node.error("zero_points of shape [")
           << node.inputType(3).getShape() << "] must be [" << blocks << "]";

  SmallVector<int64_t> result(shape);
  result.erase(result.begin() + gatherAxis);
  ArrayRef<int64_t> indices = node.inputType(1).getShape();
  result.insert(result.begin() + gatherAxis, indices.begin(), indices.end());
  if (node.outputType().getShape() != ArrayRef(result))
    return node.error("the output does not fit data and indices");
  return success();
}

LogicalResult CodeTable::read() {
  FailureOr<int64_t> size = getBlockSize(node, 128);
  if (failed(size) || failed(checkTypes()))
    return failure();
  blockSize = *size;
  if (!isa<IntegerType>(node.inputType(1).getElementType()))
    return node.error("indices must be integers");
  return checkShapes();
}

Value CodeTable::makeCode(OpBuilder &builder, Value tensor,
                          ArrayRef<Value> at) {
  Location loc = node.loc;
  SmallVector<Value> position(at);
  Value inByte;
  if (each > 1) {
    Value width = arith::ConstantIndexOp::create(builder, loc, each);
    inByte = arith::RemUIOp::create(builder, loc, at.back(), width);
    position.back() = arith::DivUIOp::create(builder, loc, at.back(), width);
  }
  Value stored = tensor::ExtractOp::create(builder, loc, tensor, position);
  if (each > 1)
    return unpackCode(builder, loc, stored, inByte, bits);
  if (isSigned)
    return arith::ExtSIOp::create(builder, loc, builder.getI32Type(), stored);
  return arith::ExtUIOp::create(builder, loc, builder.getI32Type(), stored);
}

Value CodeTable::makeElement(OpBuilder &builder, ArrayRef<Value> at) {
  Location loc = node.loc;
  ScalarBuilder s(builder, loc, /*isUnsigned=*/true);
  SmallVector<Value> block(at);
  block[quantizeAxis] = arith::DivUIOp::create(
      builder, loc, at[quantizeAxis],
      arith::ConstantIndexOp::create(builder, loc, blockSize));
  Value code = makeCode(builder, data, at);
  // Bytes without zero points count from the middle, int4 and uint4 from 0.
  Value zero =
      zeroPoints
          ? makeCode(builder, zeroPoints, block)
          : s.numberLike(code, node.onnxInputElementType(0).isUnsignedInteger(8)
                                   ? 1 << (bits - 1)
                                   : 0);
  Value scale = tensor::ExtractOp::create(builder, loc, scales, block);
  return s.mul(toF32(builder, loc, s.sub(code, zero)),
               toF32(builder, loc, scale));
}

/// out[before.., i.., after..] = element[before.., indices[i..], after..]; 0
/// for an index that is outside.
LogicalResult CodeTable::lower() {
  RankedTensorType type = node.outputType(), indices = node.inputType(1);
  if (type.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, type));
  MLIRContext *context = type.getContext();
  SmallVector<AffineExpr> indexDims;
  for (int64_t i = 0; i < indices.getRank(); ++i)
    indexDims.push_back(getAffineDimExpr(gatherAxis + i, context));
  SmallVector<AffineMap> maps = {
      AffineMap::get(type.getRank(), 0, indexDims, context),
      AffineMap::getMultiDimIdentityMap(type.getRank(), context)};
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  int64_t size = shape[gatherAxis], rank = shape.size();
  auto body = [&](OpBuilder &builder, Location loc, ValueRange x) {
    ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
    Value index = x[0];
    if (!index.getType().isInteger(64))
      index = arith::ExtSIOp::create(builder, loc, builder.getI64Type(), index);
    Value zero = s.numberLike(index, 0);
    index = s.select(s.less(index, zero),
                     s.add(index, s.numberLike(index, size)), index);
    Value last = s.numberLike(index, size - 1);
    Value inside = s.min(s.max(index, zero), last);
    Value isInside = s.equal(index, inside);
    SmallVector<Value> at;
    for (int64_t dim = 0; dim < rank; ++dim) {
      if (dim == gatherAxis) {
        at.push_back(arith::IndexCastOp::create(
            builder, loc, builder.getIndexType(), inside));
        continue;
      }
      int64_t loop = dim < gatherAxis ? dim : dim + indices.getRank() - 1;
      at.push_back(linalg::IndexOp::create(builder, loc, loop));
    }
    Value element = makeElement(builder, at);
    element = s.select(isInside, element, s.numberLike(element, 0));
    if (!type.getElementType().isF32())
      element =
          arith::TruncFOp::create(builder, loc, type.getElementType(), element);
    linalg::YieldOp::create(builder, loc, element);
  };
  return node.replaceWith(
      linalg::GenericOp::create(node.builder, node.loc, type, node.input(1),
                                makeEmpty(node, type), maps, loops, body)
          .getResult(0));
}

static LogicalResult lowerGatherBlockQuantized(NodeLowering &node) {
  CodeTable table(node);
  if (failed(table.read()))
    return failure();
  return table.lower();
}

void setun::onnx::registerGatherBlockQuantized(HandlerTable &microsoft) {
  microsoft["GatherBlockQuantized"] = {lowerGatherBlockQuantized, 3};
}
