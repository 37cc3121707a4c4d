// Elementwise operators broadcast, so every tensor of theirs has the rank of
// the result once leading ones are written out. Operators along axes change the
// numbers of these axes.
#include "PermutableNode.h"
#include "dialects/Onnx/ConstantData.h"
#include "llvm/ADT/StringSet.h"
#include <optional>

using namespace mlir;

namespace setun {

Permutation invert(ArrayRef<int64_t> perm) {
  Permutation inverse(perm.size());
  for (auto [i, dim] : llvm::enumerate(perm))
    inverse[dim] = i;
  return inverse;
}

Permutation compose(ArrayRef<int64_t> first, ArrayRef<int64_t> second) {
  Permutation result;
  for (int64_t dim : second)
    result.push_back(first[dim]);
  return result;
}

bool keepsOrder(ArrayRef<int64_t> perm, ArrayRef<int64_t> shape) {
  int64_t last = -1;
  for (int64_t dim : perm) {
    if (shape[dim] == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

SmallVector<int64_t> permuteShape(ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> perm) {
  SmallVector<int64_t> result;
  for (int64_t dim : perm)
    result.push_back(shape[dim]);
  return result;
}

static RankedTensorType getStaticType(Value value) {
  auto type =
      value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  return type && type.hasStaticShape() ? type : RankedTensorType();
}

Permutation getTransposePermutation(Operation *op) {
  auto node = dyn_cast_or_null<onnx::NodeOp>(op);
  RankedTensorType type = node && node.isOp("", "Transpose")
                              ? getStaticType(node.getInputOrNull(0))
                              : RankedTensorType();
  if (!type || !getStaticType(node.getResult(0)))
    return {};
  Permutation perm;
  if (std::optional<ArrayRef<int64_t>> given = node.getInts("perm"))
    perm.assign(given->begin(), given->end());
  else
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim)
      perm.push_back(dim);
  Permutation sorted(perm);
  llvm::sort(sorted);
  bool isPermutation = int64_t(perm.size()) == type.getRank() &&
                       llvm::all_of(llvm::enumerate(sorted), [](auto entry) {
                         return int64_t(entry.index()) == entry.value();
                       });
  return isPermutation ? perm : Permutation();
}

//===----------------------------------------------------------------------===//
// The kinds of nodes
//===----------------------------------------------------------------------===//

static bool isElementwise(onnx::NodeOp node) {
  static const llvm::StringSet<> standard = {"Abs",
                                             "Acos",
                                             "Acosh",
                                             "Add",
                                             "And",
                                             "Asin",
                                             "Asinh",
                                             "Atan",
                                             "Atanh",
                                             "BitShift",
                                             "BitwiseAnd",
                                             "BitwiseNot",
                                             "BitwiseOr",
                                             "BitwiseXor",
                                             "Cast",
                                             "Ceil",
                                             "Celu",
                                             "Clip",
                                             "Cos",
                                             "Cosh",
                                             "Div",
                                             "Elu",
                                             "Equal",
                                             "Erf",
                                             "Exp",
                                             "Floor",
                                             "Gelu",
                                             "Greater",
                                             "GreaterOrEqual",
                                             "HardSigmoid",
                                             "HardSwish",
                                             "Identity",
                                             "IsInf",
                                             "IsNaN",
                                             "LeakyRelu",
                                             "Less",
                                             "Log",
                                             "LessOrEqual",
                                             "Max",
                                             "Mean",
                                             "Min",
                                             "Mish",
                                             "Mod",
                                             "Mul",
                                             "Neg",
                                             "Not",
                                             "Or",
                                             "PRelu",
                                             "Pow",
                                             "Reciprocal",
                                             "Relu",
                                             "Round",
                                             "Selu",
                                             "Shrink",
                                             "Sigmoid",
                                             "Sign",
                                             "Sin",
                                             "Sinh",
                                             "Softplus",
                                             "Softsign",
                                             "Sqrt",
                                             "Sub",
                                             "Sum",
                                             "Swish",
                                             "Tan",
                                             "Tanh",
                                             "Where",
                                             "Xor",
                                             "ThresholdedRelu"};
  static const llvm::StringSet<> quantizers = {"Quant", "IntQuant",
                                               "BipolarQuant", "FloatQuant"};
  return node.getDomain() == onnx::kQonnxDomain
             ? quantizers.contains(node.getOpType())
             : standard.contains(node.getOpType());
}

static bool isReduction(onnx::NodeOp node) {
  return node.getOpType().starts_with("Reduce");
}

/// Operators with an attribute `axis` besides their tensors, and its default.
static std::optional<int64_t> getDefaultAxis(onnx::NodeOp node) {
  StringRef type = node.getOpType();
  if (type == "Concat" || type == "Split" || type == "ArgMax" ||
      type == "ArgMin")
    return 0;
  if (type == "QuantizeLinear" || type == "DequantizeLinear")
    return 1;
  // Before opset 13 these worked on matrices.
  bool isSoftmax =
      type == "Softmax" || type == "LogSoftmax" || type == "Hardmax";
  if (isSoftmax && node.getSinceVersion() >= 13)
    return -1;
  return std::nullopt;
}

static std::optional<SmallVector<int64_t>> readInts(Value value) {
  auto data = value ? onnx::getConstantData(value) : std::nullopt;
  if (!data || !isa<IntegerType>(data->getElementType()))
    return std::nullopt;
  SmallVector<int64_t> ints;
  for (int64_t i = 0; i < data->size(); ++i)
    ints.push_back(data->asInt(i));
  return ints;
}

/// The axes of a Slice or a reduction, not negative; nothing if they are not
/// known or left out.
static std::optional<SmallVector<int64_t>> getAxes(onnx::NodeOp node,
                                                   int64_t rank) {
  std::optional<SmallVector<int64_t>> axes;
  if (std::optional<ArrayRef<int64_t>> given = node.getInts("axes"))
    axes = SmallVector<int64_t>(*given);
  else
    axes = readInts(node.getInputOrNull(node.getOpType() == "Slice" ? 3 : 1));
  if (!axes || axes->empty())
    return std::nullopt;
  for (int64_t &axis : *axes) {
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
      return std::nullopt;
  }
  return axes;
}

/// The pads of a Pad node for all dimensions: input 1 or an attribute.
static std::optional<SmallVector<int64_t>> getPads(onnx::NodeOp node,
                                                   int64_t rank) {
  std::optional<SmallVector<int64_t>> pads;
  if (std::optional<ArrayRef<int64_t>> given = node.getInts("pads"))
    pads = SmallVector<int64_t>(*given);
  else if (!node.getInputOrNull(3))
    pads = readInts(node.getInputOrNull(1));
  return pads && int64_t(pads->size()) == 2 * rank ? pads : std::nullopt;
}

/// Marks the tensors among the inputs of an elementwise node.
static bool markTensors(onnx::NodeOp node, PermutableNode &result) {
  for (Value input : node.getInputs()) {
    RankedTensorType type = getStaticType(input);
    if (!type || type.getRank() > result.rank)
      return false;
    bool isNumber = type.getNumElements() == 1;
    if (!isNumber && type.getRank() != result.rank &&
        !onnx::getConstantData(input))
      return false;
    result.isTensor.push_back(!isNumber);
  }
  return true;
}

std::optional<PermutableNode> PermutableNode::get(onnx::NodeOp node) {
  if (node->getNumRegions() != 0 || node.getInputs().empty() ||
      (!node.getDomain().empty() && node.getDomain() != onnx::kQonnxDomain))
    return std::nullopt;
  RankedTensorType type = getStaticType(node.getResult(0));
  if (!type || type.getRank() < 2)
    return std::nullopt;
  PermutableNode result{node, {}, type.getRank()};
  for (Value output : node.getResults())
    if (RankedTensorType other = getStaticType(output);
        !other || other.getRank() != result.rank)
      return std::nullopt;
  if (isElementwise(node))
    return markTensors(node, result) ? std::optional(result) : std::nullopt;
  if (!node.getDomain().empty())
    return std::nullopt;

  // All others have one tensor, or only tensors.
  StringRef op = node.getOpType();
  for (auto [i, input] : llvm::enumerate(node.getInputs())) {
    RankedTensorType inputType = getStaticType(input);
    result.isTensor.push_back(i == 0 || op == "Concat");
    if (result.isTensor.back() &&
        (!inputType || inputType.getRank() != result.rank))
      return std::nullopt;
  }
  bool isKnown = false;
  if (op == "Pad")
    isKnown = getPads(node, result.rank).has_value();
  else if (op == "Slice" && node.getSinceVersion() >= 10)
    isKnown = getAxes(node, result.rank).has_value();
  else if (isReduction(node))
    isKnown = node.getInt("keepdims", 1) == 1 &&
              getAxes(node, result.rank).has_value();
  else if (getDefaultAxis(node))
    isKnown =
        node.getInt("block_size", 0) == 0 && node.getInt("keepdims", 1) == 1;
  return isKnown ? std::optional(result) : std::nullopt;
}

bool PermutableNode::accepts(ArrayRef<int64_t> perm) const {
  onnx::NodeOp op = node;
  if (!op.getDomain().empty() || !isReduction(op))
    return true;
  SmallVector<int64_t> axes = *getAxes(op, rank);
  int64_t last = -1;
  for (int64_t dim : perm) {
    if (!llvm::is_contained(axes, dim))
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

static void setAttribute(onnx::NodeOp node, StringRef name, Attribute value) {
  NamedAttrList attributes(node.getNodeAttributes());
  attributes.set(name, value);
  node.setNodeAttributesAttr(attributes.getDictionary(node.getContext()));
}

/// An attribute where the node has it, else its input `index`.
static void setInts(onnx::NodeOp node, StringRef name, unsigned index,
                    ArrayRef<int64_t> values) {
  OpBuilder builder(node);
  if (node.getInts(name))
    return setAttribute(node, name, builder.getDenseI64ArrayAttr(values));
  node->setOperand(
      index,
      onnx::createConstant(
          builder, node.getLoc(),
          RankedTensorType::get({int64_t(values.size())}, builder.getI64Type()),
          ArrayRef(reinterpret_cast<const char *>(values.data()),
                   values.size() * sizeof(int64_t)),
          name));
}

void PermutableNode::permuteParameters(ArrayRef<int64_t> perm) const {
  onnx::NodeOp op = node;
  Permutation inverse = invert(perm);
  if (isElementwise(op))
    return;
  if (op.getOpType() == "Pad") {
    SmallVector<int64_t> pads = *getPads(op, rank), moved;
    for (int64_t end : {0, 1})
      for (int64_t dim : perm)
        moved.push_back(pads[end * rank + dim]);
    return setInts(op, "pads", 1, moved);
  }
  if (std::optional<int64_t> defaultAxis = getDefaultAxis(op)) {
    int64_t axis = op.getInt("axis", *defaultAxis);
    axis += axis < 0 ? rank : 0;
    if (axis >= 0 && axis < rank) // else it does not matter
      setAttribute(op, "axis",
                   Builder(op.getContext()).getI64IntegerAttr(inverse[axis]));
    return;
  }
  SmallVector<int64_t> axes = *getAxes(op, rank);
  for (int64_t &axis : axes)
    axis = inverse[axis];
  setInts(op, "axes", op.getOpType() == "Slice" ? 3 : 1, axes);
}

} // namespace setun
