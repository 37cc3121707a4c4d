//===- Reshape.cpp - The same elements under other indices ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that keep all elements in row-major order, and Transpose. Shapes
// are static here, so the type of the output says everything.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace setun::onnx;

static LogicalResult lowerReshape(NodeLowering &node) {
  return replaceByReshaped(node, node.input(0));
}

static LogicalResult lowerIdentity(NodeLowering &node) {
  return node.replaceWith(node.input(0));
}

/// Does training drop elements? With a ratio of 0 it does not.
static bool dropsElements(NodeLowering &node) {
  if (!node.has(2))
    return false;
  std::optional<ConstantData> training = node.constant(2);
  if (training && training->size() == 1 && training->asInt(0) == 0)
    return false;
  std::optional<ConstantData> ratio = node.constant(1);
  return !ratio || ratio->size() != 1 ||
         !isa<FloatType>(ratio->getElementType()) || ratio->asDouble(0) != 0;
}

/// The identity, and a mask that keeps everything.
static LogicalResult lowerDropout(NodeLowering &node) {
  if (dropsElements(node))
    return node.error("training mode is not supported; export the model for "
                      "inference");
  SmallVector<Value> outputs(node.node.getOutputs().size());
  outputs.front() = node.input(0);
  if (outputs.size() > 1 && !node.node.getOutputs()[1].use_empty()) {
    RankedTensorType mask = node.outputType(1);
    if (!mask.getElementType().isInteger(1) ||
        mask.getShape() != node.inputType(0).getShape())
      return node.error("the mask must be bool, one for each element");
    outputs[1] = makeFilled(node, mask, getNumber(mask.getElementType(), 1));
  }
  return node.replaceWith(outputs);
}

static LogicalResult lowerTranspose(NodeLowering &node) {
  int64_t rank = node.inputType(0).getRank();
  SmallVector<int64_t> permutation;
  if (std::optional<ArrayRef<int64_t>> perm = node.node.getInts("perm"))
    permutation.assign(perm->begin(), perm->end());
  else
    for (int64_t dim = rank - 1; dim >= 0; --dim)
      permutation.push_back(dim);
  if (static_cast<int64_t>(permutation.size()) != rank ||
      !isPermutationVector(permutation))
    return node.error("'perm' is no permutation of the " + Twine(rank) +
                      " dimensions");
  return node.replaceWith(makeTranspose(node, node.input(0), permutation));
}

/// [N, C, H, W] with the rows, columns and perhaps channels of a block brought
/// to other places: reshape to `apart`, transpose, reshape to the output.
static LogicalResult moveBlocks(NodeLowering &node, ArrayRef<int64_t> apart,
                                ArrayRef<int64_t> permutation) {
  Value blocks = makeReshape(node, node.input(0), apart);
  return replaceByReshaped(node, makeTranspose(node, blocks, permutation));
}

/// The block size b, if [N, C, H, W] can be divided by it: C by b * b where
/// `fromDepth`, else H and W by b.
static FailureOr<int64_t> getBlockSize(NodeLowering &node, bool fromDepth) {
  RankedTensorType type = node.inputType(0);
  int64_t block = node.node.getInt("blocksize", 0);
  if (type.getRank() != 4)
    return node.error("expects an input of rank 4");
  if (block < 1 || block > (int64_t(1) << 31) ||
      (fromDepth ? type.getDimSize(1) % (block * block) != 0
                 : type.getDimSize(2) % block != 0 ||
                       type.getDimSize(3) % block != 0))
    return node.error("the blocksize " + Twine(block) +
                      " does not divide the input");
  return block;
}

/// DCR: channel = (row, column, c); CRD: channel = (c, row, column).
static LogicalResult lowerDepthToSpace(NodeLowering &node) {
  FailureOr<int64_t> b = getBlockSize(node, /*fromDepth=*/true);
  if (failed(b))
    return failure();
  ArrayRef<int64_t> in = node.inputType(0).getShape();
  int64_t channels = in[1] / (*b * *b);
  StringRef mode = node.node.getString("mode", "DCR");
  if (mode == "DCR")
    return moveBlocks(node, {in[0], *b, *b, channels, in[2], in[3]},
                      {0, 3, 4, 1, 5, 2});
  if (mode == "CRD")
    return moveBlocks(node, {in[0], channels, *b, *b, in[2], in[3]},
                      {0, 1, 4, 2, 5, 3});
  return node.error("mode '" + mode + "' is neither DCR nor CRD");
}

static LogicalResult lowerSpaceToDepth(NodeLowering &node) {
  FailureOr<int64_t> b = getBlockSize(node, /*fromDepth=*/false);
  if (failed(b))
    return failure();
  ArrayRef<int64_t> in = node.inputType(0).getShape();
  return moveBlocks(node, {in[0], in[1], in[2] / *b, *b, in[3] / *b, *b},
                    {0, 3, 5, 1, 2, 4});
}

void setun::onnx::registerReshape(HandlerTable &table) {
  for (StringRef name : {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})
    table[name] = {lowerReshape, 1, Elements::Move};
  table["Identity"] = {lowerIdentity, 1, Elements::Move};
  table["Dropout"] = {lowerDropout, 1, Elements::Move};
  table["Transpose"] = {lowerTranspose, 1, Elements::Move};
  table["DepthToSpace"] = {lowerDepthToSpace, 1, Elements::Move};
  table["SpaceToDepth"] = {lowerSpaceToDepth, 1, Elements::Move};
}
