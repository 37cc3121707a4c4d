// Graphs of the module: the function of the main graph and the regions of its
// nodes, with inputs, outputs and initializers.
#include "ImportSteps.h"
#include "ModuleBuilder.h"
#include "TensorData.h"
#include "Types.h"

#include "dialects/Onnx/Onnx.h"
#include "setun/Support/Names.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

ModuleBuilder::ModuleBuilder(::onnx::ModelProto &model, ImportContext &context)
    : model(model), context(context), builder(context.context) {
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    versions[opset.domain()] = opset.version();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

ModuleBuilder::Scope::Scope(ModuleBuilder &builder,
                            const ::onnx::GraphProto &graph)
    : builder(builder), outer(builder.scope) {
  for (auto *infos : {&graph.value_info(), &graph.output(), &graph.input()})
    for (const ::onnx::ValueInfoProto &info : *infos)
      if (info.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET)
        types[info.name()] = &info.type();
  builder.scope = this;
}

Value ModuleBuilder::lookup(StringRef name) const {
  for (Scope *s = scope; s; s = s->outer)
    if (Value value = s->values.lookup(name))
      return value;
  return nullptr;
}

FailureOr<Type> ModuleBuilder::typeOf(StringRef name,
                                      EmitError emitError) const {
  const ::onnx::TypeProto *type = scope->types.lookup(name);
  if (!type) {
    emitError() << "has no type: neither the model nor the operator tells it";
    return failure();
  }
  return convertType(*type, context.context, emitError);
}

Location ModuleBuilder::locationOf(StringRef valueName) {
  return NameLoc::get(builder.getStringAttr(valueName));
}

/// One `onnx.none` at the start of the function serves all omitted inputs.
Value ModuleBuilder::getNone() {
  if (!none) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    none = setun::onnx::NoneOp::create(builder, context.file,
                                       builder.getNoneType());
  }
  return none;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

LogicalResult ModuleBuilder::buildInitializers(::onnx::GraphProto &graph) {
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer()) {
    auto elements = takeTensor(tensor, tensor.name(), context, [&] {
      return context.error() << "initializer " << quoted(tensor.name()) << ' ';
    });
    if (failed(elements))
      return failure();
    scope->values[tensor.name()] = setun::onnx::ConstantOp::create(
        builder, locationOf(tensor.name()), *elements);
  }
  return success();
}

LogicalResult ModuleBuilder::buildBody(::onnx::GraphProto &graph) {
  if (failed(buildInitializers(graph)))
    return failure();
  for (::onnx::NodeProto &node : *graph.mutable_node())
    if (failed(buildNode(node)))
      return failure();
  return success();
}

LogicalResult ModuleBuilder::addArguments(const ::onnx::GraphProto &graph,
                                          Block *block, EmitError emitError) {
  for (const ::onnx::ValueInfoProto &input : graph.input()) {
    auto type = typeOf(input.name(), [&] {
      return emitError() << "input " << quoted(input.name()) << ' ';
    });
    if (failed(type))
      return failure();
    scope->values[input.name()] =
        block->addArgument(*type, locationOf(input.name()));
  }
  return success();
}

LogicalResult ModuleBuilder::buildSubgraph(::onnx::NodeProto &node,
                                           ::onnx::AttributeProto &attr,
                                           Region &region) {
  OpBuilder::InsertionGuard guard(builder);
  ::onnx::GraphProto &graph = *attr.mutable_g();
  Block *block = builder.createBlock(&region);
  Scope inner(*this, graph);
  auto emitError = [&] {
    return context.error(node) << quoted(attr.name()) << ": ";
  };
  if (failed(addArguments(graph, block, emitError)) || failed(buildBody(graph)))
    return failure();
  SmallVector<Value> outputs;
  for (const ::onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(lookup(output.name()));
  setun::onnx::YieldOp::create(builder, context.locationOf(node), outputs);
  return success();
}

/// The model's outputs, then those that the options ask for.
LogicalResult ModuleBuilder::collectOutputs(const ::onnx::GraphProto &graph,
                                            SmallVectorImpl<Value> &values,
                                            SmallVectorImpl<Attribute> &names) {
  llvm::StringSet<> seen;
  auto add = [&](StringRef name) {
    seen.insert(name);
    names.push_back(builder.getStringAttr(name));
    values.push_back(lookup(name));
  };
  for (const ::onnx::ValueInfoProto &output : graph.output())
    add(output.name());
  auto addNew = [&](StringRef name) {
    if (!name.empty() && !seen.contains(name))
      add(name);
  };
  for (const std::string &name : context.options.extraOutputs) {
    if (lookup(name)) {
      addNew(name);
      continue;
    }
    auto node = llvm::find_if(
        graph.node(), [&](const auto &node) { return node.name() == name; });
    if (node == graph.node().end())
      return context.error()
             << "the model has no tensor or node " << quoted(name);
    for (const std::string &output : node->output())
      addNew(output);
  }
  if (!context.options.allTensorsAsOutputs)
    return success();
  for (const ::onnx::NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      if (!output.empty() &&
          !lookup(output).getDefiningOp<setun::onnx::ConstantOp>())
        addNew(output);
  return success();
}

/// The names of an input's open dimensions, "" where a size or no name is
/// given; null if no dimension is open.
static ArrayAttr getOpenDims(OpBuilder &builder,
                             const ::onnx::TypeProto_Tensor &type) {
  SmallVector<StringRef> names;
  bool isOpen = false;
  for (const auto &dim : type.shape().dim()) {
    isOpen |= !dim.has_dim_value();
    names.push_back(dim.dim_param());
  }
  return isOpen ? builder.getStrArrayAttr(names) : nullptr;
}

LogicalResult ModuleBuilder::buildMain(::onnx::GraphProto &graph) {
  Scope main(*this, graph);
  function = func::FuncOp::create(builder, context.file, "main",
                                  builder.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  if (failed(addArguments(graph, block, [&] { return context.error(); })) ||
      failed(buildBody(graph)))
    return failure();

  SmallVector<Value> outputs;
  SmallVector<Attribute> outputNames;
  if (failed(collectOutputs(graph, outputs, outputNames)))
    return failure();
  func::ReturnOp::create(builder, context.file, outputs);

  function.setType(builder.getFunctionType(block->getArgumentTypes(),
                                           ValueRange(outputs).getTypes()));
  StringAttr key = builder.getStringAttr("onnx.name");
  for (BlockArgument argument : block->getArguments())
    function.setArgAttr(argument.getArgNumber(), key,
                        cast<NameLoc>(argument.getLoc()).getName());
  for (auto [index, name] : llvm::enumerate(outputNames))
    function.setResultAttr(index, key, name);

  for (const ::onnx::ValueInfoProto &input : graph.input()) {
    ArrayAttr dims = getOpenDims(builder, input.type().tensor_type());
    if (!dims)
      continue;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (function.getArgAttrOfType<StringAttr>(i, key) == input.name())
        function.setArgAttr(i, "onnx.dims", dims);
  }
  return success();
}

DictionaryAttr ModuleBuilder::describeModel(StringRef fileName,
                                            StringRef sha256) {
  std::string producer = model.producer_name();
  if (!model.producer_version().empty())
    producer += (producer.empty() ? "" : " ") + model.producer_version();
  auto string = [&](StringRef key, StringRef value) {
    return builder.getNamedAttr(key, builder.getStringAttr(value));
  };
  auto integer = [&](StringRef key, int64_t value) {
    return builder.getNamedAttr(key, builder.getI64IntegerAttr(value));
  };
  StringRef stem = llvm::sys::path::stem(fileName);
  return builder.getDictionaryAttr(
      {string("name", makeIdentifier(stem, "model")), string("file", fileName),
       string("sha256", sha256), string("producer", producer),
       integer("ir_version", model.ir_version()),
       integer("opset", versions[""])});
}

OwningOpRef<ModuleOp> ModuleBuilder::build(StringRef fileName,
                                           StringRef sha256) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(context.file);
  (*module)->setAttr("setun.model", describeModel(fileName, sha256));
  builder.setInsertionPointToStart(module->getBody());
  if (failed(buildMain(*model.mutable_graph())))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> importer::buildModule(::onnx::ModelProto &model,
                                            StringRef fileName,
                                            StringRef sha256,
                                            ImportContext &context) {
  return ModuleBuilder(model, context).build(fileName, sha256);
}
