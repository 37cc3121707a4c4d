// Which ONNX nodes compute the same on tensors whose dimensions are permuted,
// and what else of such a node has to change.
#ifndef SETUN_TRANSFORMS_PERMUTABLENODE_H
#define SETUN_TRANSFORMS_PERMUTABLENODE_H

#include "dialects/Onnx/Onnx.h"

namespace setun {

/// The permutation that takes dimension perm[i] of a tensor to dimension i.
using Permutation = llvm::SmallVector<int64_t, 6>;

Permutation invert(llvm::ArrayRef<int64_t> perm);
/// First `first`, then `second`.
Permutation compose(llvm::ArrayRef<int64_t> first,
                    llvm::ArrayRef<int64_t> second);
/// Does it leave all dimensions of more than one element in their order?
bool keepsOrder(llvm::ArrayRef<int64_t> perm, llvm::ArrayRef<int64_t> shape);
llvm::SmallVector<int64_t> permuteShape(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> perm);

/// The permutation of a Transpose of static shape; empty for other operations.
Permutation getTransposePermutation(mlir::Operation *op);

/// A node that can work on permuted tensors.
struct PermutableNode {
  onnx::NodeOp node;
  /// Of each input: is it permuted with the results? Others are single numbers
  /// or parameters.
  llvm::SmallVector<bool> isTensor;
  int64_t rank = 0;

  /// Nothing for nodes that depend on the order of their dimensions.
  static std::optional<PermutableNode> get(onnx::NodeOp node);

  /// Is the result the same number for number? Float sums must keep their
  /// order.
  bool accepts(llvm::ArrayRef<int64_t> perm) const;

  /// Changes attributes and constant parameters, not the tensors.
  void permuteParameters(llvm::ArrayRef<int64_t> perm) const;
};

} // namespace setun

#endif // SETUN_TRANSFORMS_PERMUTABLENODE_H
