// QONNX's operators on channels-last tensors become ONNX's own between two
// transposes; where those of neighbours meet, they cancel.
#include "NodeMatchers.h"
#include "Patterns.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace setun {
namespace {

/// Transposes a tensor from channels last to channels second, or back.
Value moveChannels(PatternRewriter &rewriter, Location loc, Value value,
                   bool toLast) {
  auto type = cast<RankedTensorType>(value.getType());
  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  if (toLast)
    std::rotate(permutation.begin() + 1, permutation.begin() + 2,
                permutation.end());
  else
    std::rotate(permutation.begin() + 1, permutation.end() - 1,
                permutation.end());
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(type.getDimSize(dim));
  return onnx::NodeOp::create(
             rewriter, loc, TypeRange(type.clone(shape)), "Transpose", value,
             {rewriter.getNamedAttr(
                 "perm", rewriter.getDenseI64ArrayAttr(permutation))},
             "", 13)
      .getResult(0);
}

/// Conv and MaxPool and BatchNormalization: the first input, and the weights of
/// Conv, have channels last.
LogicalResult convertChannelsLast(onnx::NodeOp node,
                                  PatternRewriter &rewriter) {
  bool isConv = node.getOpType() == "Conv";
  SmallVector<Value> inputs(node.getInputs());
  for (unsigned i = 0; i < (isConv ? 2u : 1u); ++i) {
    auto type = dyn_cast<RankedTensorType>(inputs[i].getType());
    if (!type || type.getRank() < 3)
      return node.emitError()
             << "input " << i << " must be a tensor of rank 3 or more";
    inputs[i] = moveChannels(rewriter, node.getLoc(), inputs[i], false);
  }
  auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
  if (!type || type.getRank() < 3 || node.getNumResults() != 1)
    return node.emitError("must have one output of rank 3 or more");
  SmallVector<int64_t> shape(type.getShape());
  std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  int64_t version = isConv ? 11 : node.getOpType() == "MaxPool" ? 12 : 9;
  auto inner = onnx::NodeOp::create(
      rewriter, node.getLoc(), TypeRange(type.clone(shape)), node.getOpType(),
      inputs, node.getNodeAttributes().getValue(), "", version);
  rewriter.replaceOp(
      node, moveChannels(rewriter, node.getLoc(), inner.getResult(0), true));
  return success();
}

} // namespace

NodeHandler getChannelsLastHandler(StringRef opType) {
  return llvm::StringSwitch<NodeHandler>(opType)
      .Cases({"Conv", "MaxPool", "BatchNormalization"}, convertChannelsLast)
      .Default(nullptr);
}

} // namespace setun
