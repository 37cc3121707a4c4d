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

/// In inference Dropout is the identity; the mask is not computed.
static LogicalResult lowerDropout(NodeLowering &node) {
  if (node.has(2)) {
    std::optional<ConstantData> training = node.constant(2);
    if (!training || training->size() != 1 || training->asInt(0) != 0)
      return node.error("training mode is not supported; export the model for "
                        "inference");
  }
  SmallVector<Value> outputs(node.node.getOutputs().size());
  outputs.front() = node.input(0);
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

void setun::onnx::registerReshape(HandlerTable &table) {
  for (StringRef name : {"Reshape", "Flatten", "Squeeze", "Unsqueeze"})
    table[name] = {lowerReshape, 1, Elements::Move};
  table["Identity"] = {lowerIdentity, 1, Elements::Move};
  table["Dropout"] = {lowerDropout, 1, Elements::Move};
  table["Transpose"] = {lowerTranspose, 1, Elements::Move};
}
