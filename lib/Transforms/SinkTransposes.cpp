// Convolutions give their sums with channels last and read codes that way. What
// stands between two of them works on either order, so the Transposes between
// them sink until they meet someone who reads with channels last.
#include "PermutableNode.h"
#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/PermuteConstant.h"
#include "setun/Support/Target.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_SINKTRANSPOSES
#include "setun/Transforms/Passes.h.inc"

namespace {

/// So many are copied faster than one by one.
constexpr int64_t kManyChannels = 16;

/// Dimension i of [N, C, inputs..] is dimension result[i] of [N, inputs.., C].
Permutation getChannelsSecond(int64_t rank) {
  Permutation perm = {0, rank - 1};
  for (int64_t dim = 1; dim + 1 < rank; ++dim)
    perm.push_back(dim);
  return perm;
}

/// The permutation of a transpose of codes or of nodes; empty for other ops.
Permutation getPermutation(Operation *op) {
  if (auto transpose = dyn_cast_or_null<lowbit::TransposeOp>(op))
    return Permutation(transpose.getPermutation());
  return getTransposePermutation(op);
}

/// The codes or sums with channels last whose transpose `value` is, or null.
Value getChannelsLast(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() < 3 ||
      !(lowbit::isCode(type.getElementType()) ||
        type.getElementType().isInteger(32)))
    return nullptr;
  Operation *source = value.getDefiningOp();
  return getPermutation(source) == getChannelsSecond(type.getRank())
             ? source->getOperand(0)
             : nullptr;
}

/// What has to happen to one op.
class Sinker {
public:
  explicit Sinker(Operation *op) : op(op) {}

  /// Makes `op` read channels last, if it can.
  void run() {
    TypeSwitch<Operation *>(op)
        .Case([&](lowbit::RequantizeOp step) {
          if (takeSources(step.getInputsMutable())) {
            step.setAxis(moveAxis(step.getAxis()));
            giveChannelsLast();
          }
        })
        .Case<lowbit::ThresholdOp, lowbit::LookupOp>([&](auto step) {
          if (takeSource(step.getInputMutable())) {
            step.setAxis(moveAxis(step.getAxis()));
            giveChannelsLast();
          }
        })
        .Case<lowbit::PoolOp, lowbit::SumPoolOp>([&](auto pool) {
          if (!pool.getChannelsLast() && takeSource(pool.getInputMutable())) {
            pool.setChannelsLast(true);
            giveChannelsLast();
          }
        })
        .Case([&](lowbit::PatchesOp patches) {
          if (!patches.getChannelsLast() &&
              takeSource(patches.getInputMutable()))
            patches.setChannelsLast(true);
        })
        .Case([&](lowbit::TransposeOp transpose) {
          cancel(transpose.getInput());
        })
        .Case([&](onnx::NodeOp node) { visitNode(node); });
  }

private:
  /// A transpose that undoes another.
  void cancel(Value input) {
    Permutation perm = getPermutation(op);
    Value source = getChannelsLast(input);
    if (source && perm == invert(getChannelsSecond(perm.size())))
      op->getResult(0).replaceAllUsesWith(source);
  }

  /// Of nodes, only Resize stands between the codes of two convolutions.
  void visitNode(onnx::NodeOp node) {
    if (!getTransposePermutation(node).empty())
      return cancel(node.getInputs()[0]);
    if (!node.isOp("", "Resize") ||
        node.getString("mode", "nearest") != "nearest" ||
        node.getInts("axes") || !getChannelsLast(node.getInputs()[0]))
      return;
    // One factor or size for each dimension; the region is for another mode.
    SmallVector<unsigned> parameters;
    for (unsigned i = 1; i < node.getInputs().size(); ++i)
      if (Value input = node.getInputOrNull(i);
          input && cast<RankedTensorType>(input.getType()).getNumElements() > 0)
        parameters.push_back(i);
    if (parameters.size() != 1 || !permuteNumbers(node, parameters[0]))
      return;
    node->setOperand(0, getChannelsLast(node.getInputs()[0]));
    giveChannelsLast();
  }

  /// Moves the numbers of constant `index` with the dimensions.
  bool permuteNumbers(onnx::NodeOp node, unsigned index) {
    Value numbers = node.getInputs()[index];
    std::optional<onnx::ConstantData> data = onnx::getConstantData(numbers);
    auto type = cast<RankedTensorType>(numbers.getType());
    int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
    if (!data || type.getNumElements() != rank)
      return false;
    ArrayRef<char> bytes = data->getBytes();
    size_t width = bytes.size() / rank;
    SmallVector<char> moved;
    for (int64_t dim : invert(getChannelsSecond(rank)))
      llvm::append_range(moved, bytes.slice(dim * width, width));
    OpBuilder builder(node);
    node->setOperand(index, onnx::createConstant(builder, node.getLoc(), type,
                                                 moved, "permuted"));
    return true;
  }

  bool takeSource(OpOperand &operand) {
    Value source = getChannelsLast(operand.get());
    if (source)
      operand.set(source);
    return source != nullptr;
  }
  /// All or none.
  bool takeSources(MutableOperandRange operands) {
    for (OpOperand &operand : operands)
      if (!getChannelsLast(operand.get()))
        return false;
    for (OpOperand &operand : operands)
      takeSource(operand);
    return true;
  }

  /// Where dimension `axis` lies with channels last.
  int64_t moveAxis(int64_t axis) const {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    return getChannelsSecond(type.getRank())[axis];
  }

  /// The result has channels last now; a transpose serves its users.
  void giveChannelsLast() {
    Value result = op->getResult(0);
    auto type = cast<RankedTensorType>(result.getType());
    Permutation perm = getChannelsSecond(type.getRank());
    result.setType(RankedTensorType::get(
        permuteShape(type.getShape(), invert(perm)), type.getElementType()));
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    Operation *transpose;
    if (lowbit::isCode(type.getElementType()))
      transpose = lowbit::TransposeOp::create(builder, op->getLoc(), type,
                                              result, perm);
    else
      transpose = onnx::NodeOp::create(
          builder, op->getLoc(), TypeRange(type), "Transpose", result,
          {builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm))},
          "", /*sinceVersion=*/13);
    result.replaceAllUsesExcept(transpose->getResult(0), transpose);
  }

  Operation *op;
};

/// Patches of an image with channels second are gathered byte by byte, each
/// line of the image once for each line of the window: where that is more than
/// one, moving the channels of all codes first costs less.
void moveChannelsOnce(lowbit::PatchesOp patches) {
  RankedTensorType type = patches.getInput().getType();
  ArrayRef<int64_t> size = patches.getWindow().getSize();
  if (patches.getChannelsLast() || !getTarget(patches).hasVectors ||
      type.getDimSize(1) < kManyChannels ||
      llvm::all_of(size.drop_back(), [](int64_t lines) { return lines == 1; }))
    return;
  OpBuilder builder(patches);
  Permutation perm = invert(getChannelsSecond(type.getRank()));
  auto last = RankedTensorType::get(permuteShape(type.getShape(), perm),
                                    type.getElementType());
  patches.getInputMutable().assign(lowbit::TransposeOp::create(
      builder, patches.getLoc(), last, patches.getInput(), perm));
  patches.setChannelsLast(true);
}

struct SinkTransposesPass
    : public impl::SinkTransposesBase<SinkTransposesPass> {
  void runOnOperation() override {
    // Uses follow definitions, so one walk takes a transpose all the way.
    SmallVector<Operation *> transposes;
    getOperation().walk([](Block *block) {
      for (Operation &op : *block)
        Sinker(&op).run();
    });
    getOperation().walk([&](Operation *op) {
      if (!getPermutation(op).empty())
        transposes.push_back(op);
    });
    for (Operation *op : llvm::reverse(transposes))
      if (op->use_empty())
        op->erase();
    getOperation().walk(moveChannelsOnce);
  }
};

} // namespace
} // namespace setun
