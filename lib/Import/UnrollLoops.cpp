// Loop and Scan whose number of rounds is known become as many copies of their
// bodies: shapes that differ between rounds get types, positions computed from
// the round become constants, sequences that are carried along dissolve.
#include "CopyBody.h"
#include "ImportSteps.h"
#include "KnownValues.h"
#include "MakeNode.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

/// All copies of a model may have this many nodes.
constexpr int64_t kMaxUnrolledNodes = 10'000;

using Strings = std::vector<std::string>;

class LoopUnroller {
public:
  LoopUnroller(::onnx::ModelProto &model, ImportContext &context,
               const KnownValues &known)
      : model(model), context(context), known(known), used(model.graph()) {
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

  /// Appends the copies to `nodes`; false if the node has to stay.
  bool unroll(::onnx::NodeProto &node);
  bool unrollLoop(::onnx::NodeProto &node, ::onnx::GraphProto &body);
  bool unrollScan(::onnx::NodeProto &node, ::onnx::GraphProto &body);
  bool unrollBatchedScan(::onnx::NodeProto &node, ::onnx::GraphProto &body);

  std::optional<int64_t> countTrips(const ::onnx::NodeProto &node,
                                    const ::onnx::GraphProto &body) const;
  bool hasBudget(const ::onnx::GraphProto &body, int64_t trips);
  bool canStack(const ::onnx::GraphProto &body, int first, int64_t trips,
                bool needsRank) const;

  /// One round of the node `name`: the names of the body's outputs for these
  /// inputs.
  Strings copyBody(const std::string &name, const ::onnx::GraphProto &body,
                   const std::string &prefix, const Strings &inputs);
  /// Initializers of a body are the same in every round.
  void hoistInitializers(const std::string &name, ::onnx::GraphProto &body);

  // Pieces around the copies. Each returns the name of its result.
  std::string addConstant(const std::string &name, ::onnx::TensorProto tensor);
  std::string addSlice(const std::string &name, const std::string &tensor,
                       int64_t index, int64_t axis);
  void addIdentity(const std::string &name, const std::string &input,
                   const std::string &output);
  void addStack(const std::string &name, const Strings &parts, int64_t axis,
                const ::onnx::ValueInfoProto &part, const std::string &output);

  ::onnx::ModelProto &model;
  ImportContext &context;
  const KnownValues &known;
  UsedNames used;
  int64_t version = 1;
  bool changed = false;
  /// The graph in work, and its nodes so far.
  ::onnx::GraphProto *graph = nullptr;
  Nodes *nodes = nullptr;
  /// Names of hoisted initializers.
  llvm::StringMap<std::string> hoisted;
};

} // namespace

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// An initializer: Constant nodes of old opsets hold floats only.
std::string LoopUnroller::addConstant(const std::string &name,
                                      ::onnx::TensorProto tensor) {
  tensor.set_name(used.makeUnique(name));
  graph->mutable_initializer()->Add(std::move(tensor));
  return graph->initializer(graph->initializer_size() - 1).name();
}

/// Element `index` along `axis`, which goes away.
std::string LoopUnroller::addSlice(const std::string &name,
                                   const std::string &tensor, int64_t index,
                                   int64_t axis) {
  std::string at = addConstant(name + "/index", makeInts({}, {index}));
  std::string output = used.makeUnique(name);
  ::onnx::NodeProto gather = makeNode("Gather", name, {tensor, at}, {output});
  setInt(gather, "axis", axis);
  nodes->Add(std::move(gather));
  return output;
}

void LoopUnroller::addIdentity(const std::string &name,
                               const std::string &input,
                               const std::string &output) {
  if (!output.empty())
    nodes->Add(makeNode("Identity", name, {input}, {output}));
}

/// `output` has the parts along a new `axis`. `part` tells their type, for the
/// case that there is none.
void LoopUnroller::addStack(const std::string &name, const Strings &parts,
                            int64_t axis, const ::onnx::ValueInfoProto &part,
                            const std::string &output) {
  if (output.empty())
    return;
  if (axis < 0)
    axis += *known.getRank(part.name()) + 1;
  if (parts.empty()) {
    SmallVector<int64_t> shape = *known.getShape(part.name());
    shape.insert(shape.begin() + axis, 0);
    ::onnx::TensorProto empty = makeInts(shape, {});
    empty.set_data_type(known.getType(part.name())->tensor_type().elem_type());
    nodes->Add(makeConstant(name, output, std::move(empty)));
    return;
  }
  constexpr int64_t axesAreInput = 13;
  std::string axes;
  if (version >= axesAreInput)
    axes = addConstant(name + "/axes", makeInts({1}, {axis}));
  Strings raised;
  for (const std::string &input : parts) {
    raised.push_back(used.makeUnique(input + "/unsqueezed"));
    ::onnx::NodeProto unsqueeze =
        makeNode("Unsqueeze", name, {input}, {raised.back()});
    if (axes.empty())
      setInts(unsqueeze, "axes", {axis});
    else
      unsqueeze.add_input(axes);
    nodes->Add(std::move(unsqueeze));
  }
  ::onnx::NodeProto concat = makeNode("Concat", name, raised, {output});
  setInt(concat, "axis", axis);
  nodes->Add(std::move(concat));
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

void LoopUnroller::hoistInitializers(const std::string &name,
                                     ::onnx::GraphProto &body) {
  for (::onnx::TensorProto &tensor : *body.mutable_initializer()) {
    std::string unique = used.makeUnique(name + "/" + tensor.name());
    hoisted[tensor.name()] = unique;
    tensor.set_name(unique);
    graph->mutable_initializer()->Add(std::move(tensor));
  }
  body.clear_initializer();
}

Strings LoopUnroller::copyBody(const std::string &name,
                               const ::onnx::GraphProto &body,
                               const std::string &prefix,
                               const Strings &inputs) {
  BodyCopier copier(prefix, used, name + "/body/");
  for (const auto &entry : hoisted)
    copier.bind(entry.first().str(), entry.second);
  for (auto [formal, actual] : llvm::zip(body.input(), inputs))
    copier.bind(formal.name(), actual);
  copier.moveTo(*nodes, Nodes(body.node()));
  Strings outputs;
  for (const ::onnx::ValueInfoProto &output : body.output())
    outputs.push_back(copier.getName(output.name()));
  return outputs;
}

static int64_t countNodes(const ::onnx::GraphProto &graph) {
  int64_t count = graph.node_size();
  for (const ::onnx::NodeProto &node : graph.node())
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g())
        count += countNodes(attr.g());
  return count;
}

bool LoopUnroller::hasBudget(const ::onnx::GraphProto &body, int64_t trips) {
  int64_t count = countNodes(body) + 2;
  if (trips > (kMaxUnrolledNodes - context.numUnrolled) / count)
    return false;
  context.numUnrolled += count * trips;
  return true;
}

/// Is enough known of the outputs from `first` on to put them together? The
/// rank matters for axes that count from the end.
bool LoopUnroller::canStack(const ::onnx::GraphProto &body, int first,
                            int64_t trips, bool needsRank) const {
  for (int i = first; i < body.output_size(); ++i) {
    const std::string &name = body.output(i).name();
    if ((needsRank && !known.getRank(name)) ||
        (trips == 0 && (!known.getShape(name) || !known.getType(name))))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Loop
//===----------------------------------------------------------------------===//

/// Does the body hand on `true` if it gets it?
static bool staysTrue(const ::onnx::GraphProto &body,
                      const KnownValues &known) {
  std::string name = body.output(0).name();
  for (const ::onnx::NodeProto &node : llvm::reverse(body.node()))
    if (node.op_type() == "Identity" && node.domain().empty() &&
        node.output_size() == 1 && node.input_size() == 1 &&
        node.output(0) == name)
      name = node.input(0);
  return name == body.input(1).name() || known.getInt(name) == 1;
}

/// The number of rounds, if it is known and no round can be the last one early.
std::optional<int64_t>
LoopUnroller::countTrips(const ::onnx::NodeProto &node,
                         const ::onnx::GraphProto &body) const {
  bool hasCondition = node.input_size() > 1 && !node.input(1).empty();
  std::optional<int64_t> condition =
      hasCondition ? known.getInt(node.input(1)) : 1;
  if (condition == 0)
    return 0;
  std::optional<int64_t> trips =
      node.input(0).empty() ? std::nullopt : known.getInt(node.input(0));
  if (!trips || *trips <= 0)
    return trips ? std::optional<int64_t>(0) : std::nullopt;
  return condition && staysTrue(body, known) ? trips : std::nullopt;
}

bool LoopUnroller::unrollLoop(::onnx::NodeProto &node,
                              ::onnx::GraphProto &body) {
  int numCarried = node.input_size() - 2;
  if (numCarried < 0 || body.input_size() != numCarried + 2 ||
      body.output_size() < numCarried + 1 ||
      node.output_size() > body.output_size() - 1)
    return false;
  std::optional<int64_t> trips = countTrips(node, body);
  if (!trips || !canStack(body, numCarried + 1, *trips, /*needsRank=*/false) ||
      !hasBudget(body, *trips))
    return false;

  hoistInitializers(node.name(), body);
  Strings carried(node.input().begin() + 2, node.input().end());
  std::vector<Strings> stacked(body.output_size() - 1);
  std::string yes = addConstant(node.name() + "/condition", makeBool(true));
  // Some exporters declare the number of the round as a vector.
  bool isVector = known.getRank(body.input(0).name()) == 1;
  for (int64_t i = 0; i < *trips; ++i) {
    std::string prefix = node.name() + "/" + std::to_string(i);
    ::onnx::TensorProto round =
        isVector ? makeInts({1}, {i}) : makeInts({}, {i});
    Strings inputs = {addConstant(prefix + "/round", std::move(round)), yes};
    llvm::append_range(inputs, carried);
    Strings outputs = copyBody(node.name(), body, prefix, inputs);
    for (int k = 1; k < body.output_size(); ++k)
      if (k <= numCarried)
        carried[k - 1] = outputs[k];
      else
        stacked[k - 1].push_back(outputs[k]);
  }
  for (int k = 0; k < node.output_size(); ++k)
    if (k < numCarried)
      addIdentity(node.name(), carried[k], node.output(k));
    else
      addStack(node.name(), stacked[k], 0, body.output(k + 1), node.output(k));
  return true;
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// The size of `tensor` along `axis`, which is made positive; nothing if it is
/// not known.
static std::optional<int64_t>
getSize(const KnownValues &known, const std::string &tensor, int64_t &axis) {
  const ::onnx::TypeProto *type = known.getType(tensor);
  std::optional<SmallVector<int64_t>> shape = known.getShape(tensor);
  int64_t rank = type && type->tensor_type().has_shape()
                     ? type->tensor_type().shape().dim_size()
                     : (shape ? static_cast<int64_t>(shape->size()) : 0);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  if (shape)
    return (*shape)[axis];
  const auto &dim = type->tensor_type().shape().dim(static_cast<int>(axis));
  return dim.has_dim_value() ? std::optional<int64_t>(dim.dim_value())
                             : std::nullopt;
}

/// Element `index` of a list that may be left out, `otherwise` then.
static int64_t at(ArrayRef<int64_t> values, size_t index, int64_t otherwise) {
  return index < values.size() ? values[index] : otherwise;
}

bool LoopUnroller::unrollScan(::onnx::NodeProto &node,
                              ::onnx::GraphProto &body) {
  int64_t numScans = getInt(node, "num_scan_inputs", 0);
  int64_t numStates = node.input_size() - numScans;
  if (numScans < 1 || numStates < 0 || body.input_size() != node.input_size() ||
      body.output_size() < numStates || node.output_size() > body.output_size())
    return false;
  SmallVector<int64_t> axes;
  std::optional<int64_t> trips;
  for (int64_t k = 0; k < numScans; ++k) {
    axes.push_back(at(getInts(node, "scan_input_axes"), k, 0));
    auto size = getSize(known, node.input(numStates + k), axes.back());
    if (!size || (trips && *trips != *size))
      return false;
    trips = size;
  }
  if (!canStack(body, static_cast<int>(numStates), *trips,
                /*needsRank=*/true) ||
      !hasBudget(body, *trips))
    return false;

  hoistInitializers(node.name(), body);
  Strings states(node.input().begin(), node.input().begin() + numStates);
  std::vector<Strings> stacked(body.output_size() - numStates);
  ArrayRef<int64_t> inputDirections = getInts(node, "scan_input_directions");
  ArrayRef<int64_t> outputDirections = getInts(node, "scan_output_directions");
  for (int64_t i = 0; i < *trips; ++i) {
    std::string prefix = node.name() + "/" + std::to_string(i);
    Strings inputs = states;
    for (int64_t k = 0; k < numScans; ++k)
      inputs.push_back(addSlice(prefix + "/" + body.input(numStates + k).name(),
                                node.input(numStates + k),
                                at(inputDirections, k, 0) ? *trips - 1 - i : i,
                                axes[k]));
    Strings outputs = copyBody(node.name(), body, prefix, inputs);
    states.assign(outputs.begin(), outputs.begin() + numStates);
    for (size_t k = 0; k < stacked.size(); ++k)
      stacked[k].insert(at(outputDirections, k, 0) ? stacked[k].begin()
                                                   : stacked[k].end(),
                        outputs[numStates + k]);
  }
  for (int64_t k = 0; k < node.output_size(); ++k)
    if (k < numStates)
      addIdentity(node.name(), states[k], node.output(k));
    else
      addStack(node.name(), stacked[k - numStates],
               at(getInts(node, "scan_output_axes"), k - numStates, 0),
               body.output(k), node.output(k));
  return true;
}

/// Scan of opset 8 runs for each element of a batch on its own. Its first input
/// is a list of lengths, of which only the full length is understood.
bool LoopUnroller::unrollBatchedScan(::onnx::NodeProto &node,
                                     ::onnx::GraphProto &body) {
  int64_t numScans = getInt(node, "num_scan_inputs", 0);
  int64_t numStates = node.input_size() - 1 - numScans;
  if (numScans < 1 || numStates < 0 || body.output_size() < numStates ||
      body.input_size() != node.input_size() - 1 ||
      node.output_size() > body.output_size())
    return false;
  auto shape = known.getShape(node.input(1 + numStates));
  if (!shape || shape->size() < 2)
    return false;
  int64_t batch = (*shape)[0], trips = (*shape)[1];
  auto lengths = known.getInts(node.input(0));
  if (!node.input(0).empty() &&
      (!lengths ||
       llvm::any_of(*lengths, [&](int64_t n) { return n != trips; })))
    return false;
  if (batch == 0 || trips == 0 ||
      !canStack(body, 0, trips, /*needsRank=*/true) ||
      trips > kMaxUnrolledNodes / batch || !hasBudget(body, batch * trips))
    return false;

  hoistInitializers(node.name(), body);
  ArrayRef<int64_t> directions = getInts(node, "directions");
  std::vector<Strings> results(body.output_size());
  for (int64_t b = 0; b < batch; ++b) {
    std::string start = node.name() + "/" + std::to_string(b);
    Strings samples;
    for (int k = 1; k < node.input_size(); ++k)
      samples.push_back(addSlice(start + "/" + body.input(k - 1).name(),
                                 node.input(k), b, 0));
    Strings states(samples.begin(), samples.begin() + numStates);
    std::vector<Strings> stacked(body.output_size() - numStates);
    for (int64_t i = 0; i < trips; ++i) {
      std::string prefix = start + "/" + std::to_string(i);
      Strings inputs = states;
      for (int64_t k = 0; k < numScans; ++k)
        inputs.push_back(
            addSlice(prefix + "/" + body.input(numStates + k).name(),
                     samples[numStates + k],
                     at(directions, k, 0) ? trips - 1 - i : i, 0));
      Strings outputs = copyBody(node.name(), body, prefix, inputs);
      states.assign(outputs.begin(), outputs.begin() + numStates);
      for (size_t k = 0; k < stacked.size(); ++k)
        stacked[k].push_back(outputs[numStates + k]);
    }
    for (int64_t k = 0; k < numStates; ++k)
      results[k].push_back(states[k]);
    for (auto [k, parts] : llvm::enumerate(stacked)) {
      std::string name = start + "/" + body.output(numStates + k).name();
      results[numStates + k].push_back(used.makeUnique(name));
      addStack(name, parts, 0, body.output(numStates + k),
               results[numStates + k].back());
    }
  }
  for (int k = 0; k < node.output_size(); ++k)
    addStack(node.name(), results[k], 0, body.output(k), node.output(k));
  return true;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

bool LoopUnroller::unroll(::onnx::NodeProto &node) {
  ::onnx::GraphProto *body =
      node.domain().empty() ? getGraph(node, "body") : nullptr;
  if (!body)
    return false;
  hoisted.clear();
  if (node.op_type() == "Loop")
    return unrollLoop(node, *body);
  if (node.op_type() != "Scan")
    return false;
  return version < 9 ? unrollBatchedScan(node, *body) : unrollScan(node, *body);
}

void LoopUnroller::visit(::onnx::GraphProto &current) {
  Nodes result;
  for (::onnx::NodeProto &node : *current.mutable_node()) {
    graph = &current;
    nodes = &result;
    if (unroll(node)) {
      changed = true;
      continue;
    }
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        visit(*attr.mutable_g());
    result.Add(std::move(node));
  }
  current.mutable_node()->Swap(&result);
}

bool importer::unrollLoops(::onnx::ModelProto &model, ImportContext &context,
                           const KnownValues &known) {
  return LoopUnroller(model, context, known).run();
}
