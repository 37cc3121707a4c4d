// Sequences and optionals exist at compile time only: where it is known which
// tensors are in one, the operators on it become operators on these tensors.
#include "CopyBody.h"
#include "ImportSteps.h"
#include "KnownValues.h"
#include "MakeNode.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

/// More elements than any model has; each use of a sequence copies the list.
constexpr size_t kMaxLength = 4096;

using Strings = std::vector<std::string>;

class SequenceResolver {
public:
  SequenceResolver(::onnx::ModelProto &model, const KnownValues &known)
      : model(model), known(known), used(model.graph()) {
    for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
      if (opset.domain().empty())
        version = opset.version();
  }

  bool run() {
    visit(*model.mutable_graph());
    return changed;
  }

private:
  void visit(::onnx::GraphProto &graph);

  // Each handles one operator: it notes what is in the sequence that the node
  // makes, and returns true if it put other nodes in its place.
  bool resolve(::onnx::NodeProto &node);
  bool resolveAt(const ::onnx::NodeProto &node);
  bool resolveLength(const ::onnx::NodeProto &node);
  bool resolveConcat(const ::onnx::NodeProto &node);
  bool resolveSplit(const ::onnx::NodeProto &node);
  bool resolveHasElement(const ::onnx::NodeProto &node);
  bool resolveGetElement(const ::onnx::NodeProto &node);
  void noteInsert(const ::onnx::NodeProto &node);
  void noteErase(const ::onnx::NodeProto &node);

  const Strings *getElements(const ::onnx::NodeProto &node);
  std::optional<int64_t> getPosition(const ::onnx::NodeProto &node, int index,
                                     int64_t size, int64_t otherwise) const;
  bool replaceByIdentity(const ::onnx::NodeProto &node,
                         const std::string &input);
  std::string addReshaped(const char *opType, const ::onnx::NodeProto &node,
                          const std::string &input, int64_t axis);

  ::onnx::ModelProto &model;
  const KnownValues &known;
  UsedNames used;
  int64_t version = 1;
  bool changed = false;
  Nodes *nodes = nullptr;
  /// The tensors in each sequence, and what each optional holds: a name, or
  /// nothing.
  llvm::StringMap<Strings> sequences;
  llvm::StringMap<std::optional<std::string>> optionals;
};

} // namespace

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

const Strings *SequenceResolver::getElements(const ::onnx::NodeProto &node) {
  auto it = node.input_size() ? sequences.find(node.input(0)) : sequences.end();
  return it == sequences.end() ? nullptr : &it->second;
}

/// Input `index` as a position among `size`, counted from the end if negative.
std::optional<int64_t>
SequenceResolver::getPosition(const ::onnx::NodeProto &node, int index,
                              int64_t size, int64_t otherwise) const {
  if (index >= node.input_size() || node.input(index).empty())
    return otherwise;
  std::optional<int64_t> position = known.getInt(node.input(index));
  if (position && *position < 0)
    *position += size;
  return position;
}

bool SequenceResolver::replaceByIdentity(const ::onnx::NodeProto &node,
                                         const std::string &input) {
  nodes->Add(makeNode("Identity", node.name(), {input}, {node.output(0)}));
  return true;
}

/// Squeeze or Unsqueeze of one axis, which has been an input since opset 13.
std::string SequenceResolver::addReshaped(const char *opType,
                                          const ::onnx::NodeProto &node,
                                          const std::string &input,
                                          int64_t axis) {
  std::string output = used.makeUnique(input + "/" + opType);
  ::onnx::NodeProto reshape = makeNode(opType, node.name(), {input}, {output});
  if (version < 13) {
    setInts(reshape, "axes", {axis});
  } else {
    std::string axes = used.makeUnique(output + "/axes");
    nodes->Add(makeConstant(node.name(), axes, makeInts({1}, {axis})));
    reshape.add_input(axes);
  }
  nodes->Add(std::move(reshape));
  return output;
}

//===----------------------------------------------------------------------===//
// Operators that make sequences
//===----------------------------------------------------------------------===//

void SequenceResolver::noteInsert(const ::onnx::NodeProto &node) {
  const Strings *elements = getElements(node);
  if (!elements || elements->size() >= kMaxLength || node.input_size() < 2)
    return;
  int64_t size = static_cast<int64_t>(elements->size());
  auto position = getPosition(node, 2, size, size);
  if (!position || *position < 0 || *position > size)
    return;
  Strings result = *elements;
  result.insert(result.begin() + *position, node.input(1));
  sequences[node.output(0)] = std::move(result);
}

void SequenceResolver::noteErase(const ::onnx::NodeProto &node) {
  const Strings *elements = getElements(node);
  if (!elements)
    return;
  int64_t size = static_cast<int64_t>(elements->size());
  auto position = getPosition(node, 1, size, size - 1);
  if (!position || *position < 0 || *position >= size)
    return;
  Strings result = *elements;
  result.erase(result.begin() + *position);
  sequences[node.output(0)] = std::move(result);
}

/// The sizes of the parts: given, or one that repeats (the last part may be
/// shorter), or 1.
static std::optional<SmallVector<int64_t>>
getSplitSizes(const ::onnx::NodeProto &node, const KnownValues &known,
              int64_t total) {
  int64_t step = 1;
  if (node.input_size() > 1 && !node.input(1).empty()) {
    auto sizes = known.getInts(node.input(1));
    if (!sizes)
      return std::nullopt;
    if (known.getRank(node.input(1)) != 0)
      return sizes;
    step = sizes->front();
  }
  if (step < 1)
    return std::nullopt;
  SmallVector<int64_t> sizes;
  for (int64_t at = 0; at < total && sizes.size() <= kMaxLength; at += step)
    sizes.push_back(std::min(step, total - at));
  return sizes;
}

/// Split and SequenceConstruct. Parts of size 1 that nobody asked for by size
/// lose the axis unless it is kept.
bool SequenceResolver::resolveSplit(const ::onnx::NodeProto &node) {
  auto shape = known.getShape(node.input(0));
  int64_t axis = getInt(node, "axis", 0);
  if (!shape)
    return false;
  axis = axis < 0 ? axis + static_cast<int64_t>(shape->size()) : axis;
  if (axis < 0 || axis >= static_cast<int64_t>(shape->size()))
    return false;
  auto sizes = getSplitSizes(node, known, (*shape)[axis]);
  if (!sizes || sizes->empty() || sizes->size() > kMaxLength)
    return false;
  bool isGiven = node.input_size() > 1 && !node.input(1).empty();
  bool keepsAxis = isGiven || getInt(node, "keepdims", 1) != 0;

  Strings parts;
  for (size_t i = 0; i < sizes->size(); ++i)
    parts.push_back(used.makeUnique(node.output(0) + "/" + std::to_string(i)));
  ::onnx::NodeProto split =
      makeNode("Split", node.name(), {node.input(0)}, parts);
  setInt(split, "axis", axis);
  if (version < 13) {
    setInts(split, "split", *sizes);
  } else {
    std::string name = used.makeUnique(node.output(0) + "/sizes");
    int64_t count = static_cast<int64_t>(sizes->size());
    nodes->Add(makeConstant(node.name(), name, makeInts({count}, *sizes)));
    split.add_input(name);
  }
  nodes->Add(std::move(split));
  if (!keepsAxis)
    for (std::string &part : parts)
      part = addReshaped("Squeeze", node, part, axis);
  nodes->Add(
      makeNode("SequenceConstruct", node.name(), parts, {node.output(0)}));
  sequences[node.output(0)] = std::move(parts);
  return true;
}

//===----------------------------------------------------------------------===//
// Operators that read sequences and optionals
//===----------------------------------------------------------------------===//

bool SequenceResolver::resolveAt(const ::onnx::NodeProto &node) {
  const Strings *elements = getElements(node);
  if (!elements)
    return false;
  int64_t size = static_cast<int64_t>(elements->size());
  auto position = getPosition(node, 1, size, 0);
  if (!position || *position < 0 || *position >= size)
    return false;
  return replaceByIdentity(node, (*elements)[*position]);
}

bool SequenceResolver::resolveLength(const ::onnx::NodeProto &node) {
  const Strings *elements = getElements(node);
  if (!elements)
    return false;
  int64_t size = static_cast<int64_t>(elements->size());
  nodes->Add(makeConstant(node.name(), node.output(0), makeInts({}, {size})));
  return true;
}

bool SequenceResolver::resolveConcat(const ::onnx::NodeProto &node) {
  const Strings *elements = getElements(node);
  if (!elements || elements->empty())
    return false;
  int64_t axis = getInt(node, "axis", 0);
  Strings parts = *elements;
  if (getInt(node, "new_axis", 0))
    for (std::string &part : parts)
      part = addReshaped("Unsqueeze", node, part, axis);
  ::onnx::NodeProto concat =
      makeNode("Concat", node.name(), parts, {node.output(0)});
  setInt(concat, "axis", axis);
  nodes->Add(std::move(concat));
  return true;
}

/// Is it a tensor or a sequence, which is always there?
static bool isNoOptional(const ::onnx::TypeProto *type) {
  return type && (type->has_tensor_type() || type->has_sequence_type());
}

bool SequenceResolver::resolveHasElement(const ::onnx::NodeProto &node) {
  std::optional<bool> answer;
  std::string input = node.input_size() ? node.input(0) : "";
  auto optional = optionals.find(input);
  if (input.empty())
    answer = false;
  else if (optional != optionals.end())
    answer = optional->second.has_value();
  else if (isNoOptional(known.getType(input)) || known.getTensor(input))
    answer = true;
  if (answer)
    nodes->Add(makeConstant(node.name(), node.output(0), makeBool(*answer)));
  return answer.has_value();
}

bool SequenceResolver::resolveGetElement(const ::onnx::NodeProto &node) {
  if (node.input_size() < 1)
    return false;
  auto optional = optionals.find(node.input(0));
  if (optional != optionals.end() && optional->second)
    return replaceByIdentity(node, *optional->second);
  if (isNoOptional(known.getType(node.input(0))))
    return replaceByIdentity(node, node.input(0));
  return false;
}

bool SequenceResolver::resolve(::onnx::NodeProto &node) {
  StringRef type = node.op_type();
  if (!node.domain().empty() || node.output_size() < 1)
    return false;
  if (type == "SequenceEmpty") {
    sequences[node.output(0)] = {};
  } else if (type == "SequenceConstruct") {
    sequences[node.output(0)] =
        Strings(node.input().begin(), node.input().end());
  } else if (type == "SequenceInsert") {
    noteInsert(node);
  } else if (type == "SequenceErase") {
    noteErase(node);
  } else if (type == "Optional") {
    optionals[node.output(0)] = node.input_size() && !node.input(0).empty()
                                    ? std::optional(node.input(0))
                                    : std::nullopt;
  } else if (type == "Identity" && node.input_size() == 1) {
    if (const Strings *elements = getElements(node)) {
      Strings copy = *elements;
      sequences[node.output(0)] = std::move(copy);
    }
    auto optional = optionals.find(node.input(0));
    if (optional != optionals.end()) {
      std::optional<std::string> copy = optional->second;
      optionals[node.output(0)] = std::move(copy);
    }
  } else if (type == "SplitToSequence") {
    return resolveSplit(node);
  } else if (type == "SequenceAt") {
    return resolveAt(node);
  } else if (type == "SequenceLength") {
    return resolveLength(node);
  } else if (type == "ConcatFromSequence") {
    return resolveConcat(node);
  } else if (type == "OptionalHasElement") {
    return resolveHasElement(node);
  } else if (type == "OptionalGetElement") {
    return resolveGetElement(node);
  }
  return false;
}

void SequenceResolver::visit(::onnx::GraphProto &graph) {
  Nodes result;
  for (::onnx::NodeProto &node : *graph.mutable_node()) {
    nodes = &result;
    if (resolve(node)) {
      changed = true;
      continue;
    }
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        visit(*attr.mutable_g());
    result.Add(std::move(node));
  }
  graph.mutable_node()->Swap(&result);
}

bool importer::resolveSequences(::onnx::ModelProto &model,
                                const KnownValues &known) {
  return SequenceResolver(model, known).run();
}
