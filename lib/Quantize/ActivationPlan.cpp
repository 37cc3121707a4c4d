// Goes from the layers towards the inputs. A layer wants codes; an operator
// that can give them from codes wants them, too.
#include "setun/Quantize/ActivationPlan.h"

#include "ProtoHelpers.h"

#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>
#include <limits>

using namespace llvm;

namespace setun::quantize {

namespace {
/// What an operator is to codes.
enum class Role {
  Other,
  /// Bounds: a quantiser behind it can have them in its own range.
  Clamp,
  /// A monotone function of each value, which a quantiser behind it takes in.
  Function,
  /// The sum of two branches: each has codes, of its own scale.
  Sum,
  /// A mean of codes.
  Mean,
  /// Values under another shape.
  Shape,
  /// A choice of values: the same codes before and after.
  Choice
};

/// How the codes behind a tensor are reached: directly, or through operators.
enum class Reach { Codes, Clamped, Function };

class Planner {
public:
  explicit Planner(const ::onnx::GraphProto &graph)
      : graph(graph), constants(findConstants(graph)) {}
  ActivationPlan run(ArrayRef<int> layers, bool quantizeOutputs);

private:
  Role getRole(const ::onnx::NodeProto &node) const;
  SmallVector<std::string> getValues(const ::onnx::NodeProto &node) const;
  void want(const std::string &tensor);
  void reach(const std::string &tensor, Reach how);
  void reachThrough(const ::onnx::NodeProto &node, const std::string &value,
                    Reach how);
  std::optional<Reach> getReach(const ::onnx::NodeProto &node) const;
  void visit(const ::onnx::NodeProto &node, Role role, Reach how);
  void share(const ::onnx::NodeProto &node);
  ActivationPlan makePlan();

  const ::onnx::GraphProto &graph;
  StringSet<> constants;
  /// Tensors from which codes are reached.
  StringMap<Reach> reached;
  /// Those that are reached through clamps only.
  StringMap<SmallVector<std::string>> codesBehind;
  /// Operands and results of sums.
  std::vector<SmallVector<std::string>> sums;
  /// Numbers of the tensors that become codes, and those that share a scale.
  StringMap<int> numberOf;
  std::vector<std::string> wanted;
  IntEqClasses classes;
  std::set<int> readers;
};
} // namespace

/// Inputs that are neither constant nor left out.
SmallVector<std::string>
Planner::getValues(const ::onnx::NodeProto &node) const {
  SmallVector<std::string> values;
  for (const std::string &input : node.input())
    if (!input.empty() && !constants.contains(input))
      values.push_back(input);
  return values;
}

/// Does ReduceMean go over the axes behind [N, C]? They may be an input.
static bool isSpatialMean(const ::onnx::NodeProto &node) {
  const ::onnx::AttributeProto *axes = findAttribute(node, "axes");
  return node.input_size() == 2 || (axes && !is_contained(axes->ints(), 0) &&
                                    !is_contained(axes->ints(), 1));
}

/// Pads divide by fewer values at the border than inside.
static bool hasPads(const ::onnx::NodeProto &node) {
  const ::onnx::AttributeProto *pads = findAttribute(node, "pads");
  return pads && any_of(pads->ints(), [](int64_t pad) { return pad != 0; });
}

/// Zeros have a code whatever the scale is; other borders may have none.
static bool padsWithValues(const ::onnx::NodeProto &node) {
  const ::onnx::AttributeProto *mode = findAttribute(node, "mode");
  return (mode && mode->s() != "constant") || node.input_size() < 3 ||
         node.input(2).empty();
}

static bool isNearest(const ::onnx::NodeProto &node) {
  const ::onnx::AttributeProto *mode = findAttribute(node, "mode");
  return !mode || mode->s() == "nearest";
}

Role Planner::getRole(const ::onnx::NodeProto &node) const {
  if (!node.domain().empty() || node.output_size() == 0)
    return Role::Other;
  const std::string &type = node.op_type();
  size_t values = getValues(node).size();
  if (values == 2 && (type == "Add" || type == "Sub"))
    return Role::Sum;
  if (type == "Concat")
    return values == static_cast<size_t>(node.input_size()) ? Role::Choice
                                                            : Role::Other;
  if (values != 1 || constants.contains(node.input(0)))
    return values == 1 && type == "Add" ? Role::Function : Role::Other;
  if ((type == "AveragePool" && hasPads(node)) ||
      (type == "ReduceMean" && !isSpatialMean(node)) ||
      (type == "Pad" && !padsWithValues(node)) ||
      (type == "Resize" && !isNearest(node)))
    return Role::Other;
  return StringSwitch<Role>(type)
      .Cases({"Relu", "Clip"}, Role::Clamp)
      .Cases({"Add", "Sub", "Mul", "Div", "LeakyRelu", "PRelu",
              "BatchNormalization"},
             Role::Function)
      .Cases({"AveragePool", "GlobalAveragePool", "ReduceMean"}, Role::Mean)
      .Cases({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose",
              "Identity", "Dropout"},
             Role::Shape)
      .Cases({"MaxPool", "Pad", "Slice", "Split", "DepthToSpace",
              "SpaceToDepth", "Resize"},
             Role::Choice)
      .Default(Role::Other);
}

void Planner::reach(const std::string &tensor, Reach how) {
  auto [entry, isNew] = reached.try_emplace(tensor, how);
  if (!isNew)
    entry->second = std::min(entry->second, how);
}

/// From what the node reads, codes are behind as from its results.
void Planner::reachThrough(const ::onnx::NodeProto &node,
                           const std::string &value, Reach how) {
  reach(value, how);
  for (const std::string &output : node.output())
    append_range(codesBehind[value],
                 SmallVector<std::string>(codesBehind.lookup(output)));
}

void Planner::want(const std::string &tensor) {
  reach(tensor, Reach::Codes);
  if (numberOf.try_emplace(tensor, wanted.size()).second) {
    wanted.push_back(tensor);
    codesBehind[tensor].push_back(tensor);
    classes.grow(wanted.size());
  }
}

std::optional<Reach> Planner::getReach(const ::onnx::NodeProto &node) const {
  std::optional<Reach> nearest;
  for (const std::string &output : node.output()) {
    auto found = reached.find(output);
    if (found != reached.end() && (!nearest || found->second < *nearest))
      nearest = found->second;
  }
  return nearest;
}

/// What the node reads, and those of its results that are codes, get one scale.
void Planner::share(const ::onnx::NodeProto &node) {
  SmallVector<std::string> values = getValues(node);
  for (const std::string &value : values) {
    want(value);
    classes.join(numberOf[value], numberOf[values.front()]);
  }
  for (const std::string &output : node.output())
    if (auto number = numberOf.find(output); number != numberOf.end())
      classes.join(number->second, numberOf[values.front()]);
}

void Planner::visit(const ::onnx::NodeProto &node, Role role, Reach how) {
  SmallVector<std::string> values = getValues(node);
  switch (role) {
  case Role::Other:
    return;
  case Role::Clamp:
    return reachThrough(node, values[0], std::max(how, Reach::Clamped));
  case Role::Function:
    return reach(values[0], Reach::Function);
  case Role::Sum:
    // A sum of two scales has codes of its own before any function of it.
    if (how == Reach::Function)
      want(node.output(0));
    sums.emplace_back(codesBehind.lookup(node.output(0)));
    append_range(sums.back(), values);
    [[fallthrough]];
  case Role::Mean:
    for (const std::string &value : values)
      want(value);
    return;
  case Role::Shape:
    if (how != Reach::Codes)
      return reachThrough(node, values[0], how);
    [[fallthrough]];
  case Role::Choice:
    return share(node);
  }
}

ActivationPlan Planner::makePlan() {
  ActivationPlan plan;
  classes.compress();
  plan.groups.resize(classes.getNumClasses());
  for (auto [number, tensor] : enumerate(wanted)) {
    plan.groups[classes[number]].push_back(tensor);
    plan.groupOf[tensor] = static_cast<int>(classes[number]);
  }
  plan.readers = std::move(readers);
  IntEqClasses meeting(plan.groups.size());
  for (const SmallVector<std::string> &sum : sums)
    for (const std::string &tensor : sum)
      meeting.join(plan.groupOf[sum.front()], plan.groupOf[tensor]);
  meeting.compress();
  std::vector<std::vector<int>> together(meeting.getNumClasses());
  for (int group = 0; group < static_cast<int>(plan.groups.size()); ++group)
    together[meeting[group]].push_back(group);
  for (std::vector<int> &groups : together)
    if (groups.size() > 1)
      plan.sums.push_back(std::move(groups));
  return plan;
}

ActivationPlan Planner::run(ArrayRef<int> layers, bool quantizeOutputs) {
  std::vector<std::string> outputs;
  StringSet<> computed;
  for (const ::onnx::NodeProto &node : graph.node())
    computed.insert(node.output().begin(), node.output().end());
  for (const ::onnx::ValueInfoProto &output : graph.output())
    if (quantizeOutputs && computed.contains(output.name()) &&
        output.type().tensor_type().elem_type() == ::onnx::TensorProto::FLOAT)
      outputs.push_back(output.name());
  for_each(outputs, [&](const std::string &output) { want(output); });
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const ::onnx::NodeProto &node = graph.node(i);
    if (is_contained(layers, i)) {
      want(node.input(0));
      readers.insert(i);
      continue;
    }
    Role role = getRole(node);
    std::optional<Reach> how = getReach(node);
    if (role == Role::Other || !how)
      continue;
    visit(node, role, *how);
    readers.insert(i);
  }
  ActivationPlan plan = makePlan();
  plan.outputs = std::move(outputs);
  return plan;
}

ActivationPlan planActivations(const ::onnx::GraphProto &graph,
                               ArrayRef<int> layers, bool quantizeOutputs) {
  return Planner(graph).run(layers, quantizeOutputs);
}

void alignSums(ActivationPlan &plan) {
  for (const std::vector<int> &groups : plan.sums) {
    float least = std::numeric_limits<float>::max();
    for (int group : groups)
      least = std::min(least, plan.quantizers[group].scale);
    // 10 bits for the smallest scale, so that it grows by 1/256 at most; codes
    // times scales and their sums need no more than 24 bits if the largest is
    // below 32 times as large.
    float unit = std::ldexp(1.0f, std::ilogb(least) - 9);
    for (int group : groups) {
      ActivationQuantizer &quantizer = plan.quantizers[group];
      float steps = std::ceil(quantizer.scale / unit);
      float scale = (std::fmod(steps, 2.0f) == 0 ? steps + 1 : steps) * unit;
      if (!std::isnormal(scale) || !std::isnormal(unit))
        continue;
      // The lowest value stays the code -128.
      if (quantizer.isSigned)
        quantizer.zeroPoint = static_cast<int>(std::nearbyint(
            (quantizer.zeroPoint + 128.0) * quantizer.scale / scale - 128));
      quantizer.scale = scale;
    }
  }
}

} // namespace setun::quantize
