// Nodes that work on any order of dimensions form regions between Transposes,
// convolutions and other nodes that do not. The dimensions of a whole region
// are permuted where that moves fewer bytes at its border.
#include "PermutableNode.h"
#include "dialects/Onnx/PermuteConstant.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_CANCELTRANSPOSES
#include "setun/Transforms/Passes.h.inc"

namespace {

/// More candidates than networks have layouts.
constexpr size_t kMaxCandidates = 4;
/// One region may give another something to cancel; each round costs a walk.
constexpr int kMaxRounds = 8;

int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return onnx::getStorageBytes(type).value_or(type.getNumElements());
}

/// What it costs to permute a value: nothing for constants and what is computed
/// from them alone.
int64_t getCost(Value value, ArrayRef<int64_t> perm) {
  if (keepsOrder(perm, cast<RankedTensorType>(value.getType()).getShape()))
    return 0;
  Operation *source = value.getDefiningOp();
  bool isConstant =
      source && (onnx::getConstantData(value) ||
                 (isa<onnx::NodeOp>(source) && source->getNumOperands() > 0 &&
                  llvm::all_of(source->getOperands(), [](Value operand) {
                    return onnx::getConstantData(operand).has_value();
                  })));
  return isConstant ? 0 : getBytes(value);
}

/// A Transpose is welcome in front of a Reshape: the weights of a product
/// behind it can take its order. The difference of one byte decides between
/// equals.
bool isFlattened(Operation *user) {
  auto node = dyn_cast<onnx::NodeOp>(user);
  return node && (node.isOp("", "Reshape") || node.isOp("", "Flatten"));
}

/// What a Transpose of this cost is counted for one of its users.
int64_t weigh(int64_t cost, Operation *user) {
  bool isLast = getTransposePermutation(user).empty()
                    ? isFlattened(user)
                    : llvm::any_of(user->getUsers(), isFlattened);
  return cost > 0 && isLast ? cost - 1 : cost;
}

/// `value` with its dimensions permuted: a constant of its own, the source of a
/// Transpose, a Reshape where no element moves, or a Transpose.
Value createPermuted(OpBuilder &builder, Location loc, Value value,
                     Permutation perm) {
  for (Operation *op = value.getDefiningOp();
       !getTransposePermutation(op).empty(); op = value.getDefiningOp()) {
    perm = compose(getTransposePermutation(op), perm);
    value = op->getOperand(0);
  }
  if (llvm::is_sorted(perm))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  auto target = type.clone(permuteShape(type.getShape(), perm));
  if (std::optional<onnx::ConstantData> data = onnx::getConstantData(value))
    return onnx::createConstant(builder, value.getLoc(), target,
                                onnx::permuteBytes(*data, perm), "permuted");
  // A size of 0 would mean something else to Reshape.
  if (type.getNumElements() != 0 && keepsOrder(perm, type.getShape())) {
    ArrayRef<int64_t> shape = target.getShape();
    Value sizes = onnx::createConstant(
        builder, loc,
        RankedTensorType::get({target.getRank()}, builder.getI64Type()),
        ArrayRef(reinterpret_cast<const char *>(shape.data()),
                 shape.size() * sizeof(int64_t)),
        "shape");
    return onnx::NodeOp::create(builder, loc, TypeRange(target), "Reshape",
                                {value, sizes}, {}, "", 14)
        .getResult(0);
  }
  return onnx::NodeOp::create(
             builder, loc, TypeRange(target), "Transpose", value,
             {builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm))},
             "", 13)
      .getResult(0);
}

/// A constant with leading ones up to `rank`.
Value extendRank(OpBuilder &builder, Value value, int64_t rank) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == rank)
    return value;
  SmallVector<int64_t> shape(rank - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  return onnx::createConstant(builder, value.getLoc(), type.clone(shape),
                              onnx::getConstantData(value)->getBytes(),
                              "permuted");
}

/// Nodes that are permuted together.
class Region {
public:
  SmallVector<PermutableNode> nodes;

  /// Finds what lies at the border.
  void close();
  /// The best permutation, if it makes the border cheaper.
  std::optional<Permutation> findPermutation() const;
  void permute(ArrayRef<int64_t> perm);

private:
  bool contains(Operation *op) const { return members.contains(op); }
  int64_t getPresentCost() const;
  int64_t getCostOf(ArrayRef<int64_t> perm) const;
  /// Does any other node read the result of this Transpose?
  bool isUsedOutside(Operation *transpose) const {
    return !llvm::all_of(transpose->getUsers(),
                         [&](Operation *user) { return contains(user); });
  }
  void permuteUses(Value result, ArrayRef<int64_t> perm);

  DenseSet<Operation *> members;
  /// Tensors that come from outside, and results that are used there.
  llvm::SetVector<Value> inputs, outputs;
};

void Region::close() {
  for (PermutableNode &member : nodes)
    members.insert(member.node);
  for (PermutableNode &member : nodes) {
    for (auto [input, isTensor] :
         llvm::zip(member.node.getInputs(), member.isTensor))
      if (isTensor && !onnx::getConstantData(input) &&
          !contains(input.getDefiningOp()))
        inputs.insert(input);
    for (Value result : member.node.getResults())
      if (!llvm::all_of(result.getUsers(),
                        [&](Operation *user) { return contains(user); }))
        outputs.insert(result);
  }
}

int64_t Region::getPresentCost() const {
  int64_t cost = 0;
  for (Value input : inputs)
    if (Permutation perm = getTransposePermutation(input.getDefiningOp());
        !perm.empty())
      cost += getCost(input.getDefiningOp()->getOperand(0), perm);
  for (Value output : outputs) {
    llvm::SetVector<Permutation> seen;
    for (Operation *user : output.getUsers())
      if (Permutation perm = getTransposePermutation(user);
          !perm.empty() && seen.insert(perm))
        cost += weigh(getCost(output, perm), user);
  }
  return cost;
}

int64_t Region::getCostOf(ArrayRef<int64_t> perm) const {
  int64_t cost = 0;
  for (Value input : inputs) {
    Permutation before = getTransposePermutation(input.getDefiningOp());
    if (before.empty()) {
      cost += getCost(input, perm);
      continue;
    }
    Value source = input.getDefiningOp()->getOperand(0);
    cost += getCost(source, compose(before, perm));
    if (isUsedOutside(input.getDefiningOp()))
      cost += getCost(source, before);
  }
  Permutation inverse = invert(perm);
  for (Value output : outputs) {
    auto type = cast<RankedTensorType>(output.getType());
    SmallVector<int64_t> shape = permuteShape(type.getShape(), perm);
    llvm::SetVector<Permutation> seen;
    for (Operation *user : output.getUsers()) {
      if (contains(user))
        continue;
      Permutation behind = getTransposePermutation(user);
      Permutation needed = behind.empty() ? inverse : compose(inverse, behind);
      if (seen.insert(needed) && !keepsOrder(needed, shape))
        cost += weigh(getBytes(output), user);
    }
  }
  return cost;
}

std::optional<Permutation> Region::findPermutation() const {
  llvm::SetVector<Permutation> candidates;
  auto add = [&](Permutation perm) {
    if (int64_t(perm.size()) == nodes.front().rank && !llvm::is_sorted(perm) &&
        candidates.size() < kMaxCandidates)
      candidates.insert(perm);
  };
  for (Value input : inputs)
    add(invert(getTransposePermutation(input.getDefiningOp())));
  for (Value output : outputs)
    for (Operation *user : output.getUsers())
      add(getTransposePermutation(user));

  int64_t least = getPresentCost();
  std::optional<Permutation> best;
  for (const Permutation &perm : candidates) {
    if (!llvm::all_of(nodes, [&](const PermutableNode &member) {
          return member.accepts(perm);
        }))
      continue;
    if (int64_t cost = getCostOf(perm); cost < least) {
      least = cost;
      best = perm;
    }
  }
  return best;
}

/// What uses `result`, whose type has changed, outside: each gets the order
/// that it wants.
void Region::permuteUses(Value result, ArrayRef<int64_t> perm) {
  Permutation inverse = invert(perm);
  Operation *source = result.getDefiningOp();
  OpBuilder builder(source->getContext());
  builder.setInsertionPointAfter(source);
  SmallVector<Operation *> users;
  for (Operation *user : result.getUsers())
    if (!contains(user) && !llvm::is_contained(users, user))
      users.push_back(user);
  llvm::MapVector<Permutation, Value> made;
  for (Operation *user : users) {
    Permutation behind = getTransposePermutation(user);
    if (behind.empty()) {
      Value &old = made[inverse];
      if (!old)
        old = createPermuted(builder, source->getLoc(), result, inverse);
      user->replaceUsesOfWith(result, old);
      continue;
    }
    Permutation needed = compose(inverse, behind);
    Value &wanted = made[needed];
    if (!wanted)
      wanted = createPermuted(builder, user->getLoc(), result, needed);
    user->getResult(0).replaceAllUsesWith(wanted);
    user->erase();
  }
}

void Region::permute(ArrayRef<int64_t> perm) {
  DenseMap<Value, Value> made;
  for (PermutableNode &member : nodes) {
    onnx::NodeOp node = member.node;
    OpBuilder builder(node);
    for (unsigned i = 0; i < node.getInputs().size(); ++i) {
      Value input = node.getInputs()[i];
      if (!member.isTensor[i] || contains(input.getDefiningOp()))
        continue;
      Value &permuted = made[input];
      if (!permuted) {
        builder.setInsertionPointAfterValue(input);
        Value extended = extendRank(builder, input, member.rank);
        permuted =
            createPermuted(builder, node.getLoc(), extended, Permutation(perm));
      }
      node->setOperand(i, permuted);
    }
    member.permuteParameters(perm);
  }
  for (PermutableNode &member : nodes)
    for (Value result : member.node.getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      result.setType(type.clone(permuteShape(type.getShape(), perm)));
    }
  for (Value output : outputs)
    permuteUses(output, perm);
}

/// The regions of a block, in order.
std::vector<Region> findRegions(Block &block) {
  llvm::MapVector<Operation *, PermutableNode> permutable;
  llvm::EquivalenceClasses<Operation *> classes;
  for (auto node : block.getOps<onnx::NodeOp>()) {
    std::optional<PermutableNode> found = PermutableNode::get(node);
    if (!found)
      continue;
    classes.insert(node);
    for (auto [input, isTensor] : llvm::zip(node.getInputs(), found->isTensor))
      if (Operation *source = input.getDefiningOp();
          isTensor && permutable.contains(source))
        classes.unionSets(node, source);
    permutable.insert({node, *found});
  }
  llvm::MapVector<Operation *, Region> regions;
  for (auto &[op, member] : permutable)
    regions[classes.getLeaderValue(op)].nodes.push_back(member);
  std::vector<Region> result;
  for (auto &[leader, region] : regions)
    result.push_back(std::move(region));
  return result;
}

struct CancelTransposesPass
    : public impl::CancelTransposesBase<CancelTransposesPass> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation().walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks) {
      mergeTransposes(*block);
      for (int round = 0; round < kMaxRounds && improve(*block); ++round)
        mergeTransposes(*block);
    }
  }

  /// Transposes of Transposes and constants.
  static void mergeTransposes(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      Permutation perm = getTransposePermutation(&op);
      if (perm.empty())
        continue;
      Value input = op.getOperand(0);
      auto type = cast<RankedTensorType>(input.getType());
      if (getTransposePermutation(input.getDefiningOp()).empty() &&
          !keepsOrder(perm, type.getShape()) && !op.use_empty())
        continue;
      OpBuilder builder(&op);
      if (!op.use_empty())
        op.getResult(0).replaceAllUsesWith(
            createPermuted(builder, op.getLoc(), input, perm));
      op.erase();
    }
  }

  static bool improve(Block &block) {
    bool changed = false;
    for (Region &region : findRegions(block)) {
      region.close();
      if (std::optional<Permutation> perm = region.findPermutation()) {
        region.permute(*perm);
        changed = true;
      }
    }
    return changed;
  }
};

} // namespace
} // namespace setun
