// One `onnx.node` for each node, with its attributes and subgraphs, and an
// `onnx.constant` for each Constant node.
#include "ModuleBuilder.h"
#include "TensorData.h"
#include "Types.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

using Kind = ::onnx::AttributeProto;

FailureOr<Attribute>
ModuleBuilder::convertAttribute(::onnx::NodeProto &node,
                                ::onnx::AttributeProto &attr) {
  auto emitError = [&] {
    return context.error(node) << "attribute " << quoted(attr.name()) << ' ';
  };
  switch (attr.type()) {
  case Kind::INT:
    return Attribute(builder.getI64IntegerAttr(attr.i()));
  case Kind::FLOAT:
    return Attribute(builder.getF32FloatAttr(attr.f()));
  case Kind::STRING:
    return Attribute(builder.getStringAttr(attr.s()));
  case Kind::INTS:
    return Attribute(builder.getDenseI64ArrayAttr(
        SmallVector<int64_t>(attr.ints().begin(), attr.ints().end())));
  case Kind::FLOATS:
    return Attribute(builder.getDenseF32ArrayAttr(
        SmallVector<float>(attr.floats().begin(), attr.floats().end())));
  case Kind::STRINGS:
    return Attribute(builder.getStrArrayAttr(
        SmallVector<StringRef>(attr.strings().begin(), attr.strings().end())));
  case Kind::TENSOR: {
    auto elements =
        takeTensor(*attr.mutable_t(), node.name(), context, emitError);
    if (failed(elements))
      return failure();
    return Attribute(*elements);
  }
  case Kind::TYPE_PROTO: {
    auto type = convertType(attr.tp(), context.context, emitError);
    if (failed(type))
      return failure();
    return Attribute(TypeAttr::get(*type));
  }
  default:
    emitError() << "is of kind " << Kind::AttributeType_Name(attr.type())
                << "; accepted are numbers, strings, lists of them, dense "
                   "tensors, types and graphs";
    return failure();
  }
}

/// The one attribute of a Constant node: a tensor, or the numbers of one.
FailureOr<ElementsAttr>
ModuleBuilder::convertConstant(::onnx::NodeProto &node,
                               ::onnx::AttributeProto &attr) {
  auto elementsOf = [](ArrayRef<int64_t> shape, Type element, auto values) {
    return ElementsAttr(
        DenseElementsAttr::get(RankedTensorType::get(shape, element), values));
  };
  Type string = setun::onnx::StringType::get(context.context);
  switch (attr.type()) {
  case Kind::TENSOR:
    return takeTensor(*attr.mutable_t(), node.output(0), context,
                      [&] { return context.error(node) << "value "; });
  case Kind::INT:
    return elementsOf({}, builder.getI64Type(), ArrayRef<int64_t>(attr.i()));
  case Kind::FLOAT:
    return elementsOf({}, builder.getF32Type(), ArrayRef<float>(attr.f()));
  case Kind::STRING:
    return elementsOf({}, string, ArrayRef<StringRef>(StringRef(attr.s())));
  case Kind::INTS:
    return elementsOf({attr.ints_size()}, builder.getI64Type(),
                      ArrayRef<int64_t>(attr.ints().data(), attr.ints_size()));
  case Kind::FLOATS:
    return elementsOf(
        {attr.floats_size()}, builder.getF32Type(),
        ArrayRef<float>(attr.floats().data(), attr.floats_size()));
  case Kind::STRINGS: {
    SmallVector<StringRef> strings(attr.strings().begin(),
                                   attr.strings().end());
    return elementsOf({attr.strings_size()}, string, ArrayRef(strings));
  }
  default:
    context.error(node) << "has a sparse value; accepted are dense ones";
    return failure();
  }
}

LogicalResult ModuleBuilder::buildConstantNode(::onnx::NodeProto &node) {
  if (node.attribute_size() != 1 || node.output_size() != 1)
    return context.error(node) << "must have exactly one value and one output";
  auto value = convertConstant(node, *node.mutable_attribute(0));
  if (failed(value))
    return failure();
  scope->values[node.output(0)] = setun::onnx::ConstantOp::create(
      builder, context.locationOf(node), *value);
  return success();
}

/// Outputs that nobody names go away at the end, and are `none` before it.
LogicalResult ModuleBuilder::collectResultTypes(const ::onnx::NodeProto &node,
                                                SmallVectorImpl<Type> &types) {
  int numOutputs = node.output_size();
  while (numOutputs > 0 && node.output(numOutputs - 1).empty())
    --numOutputs;
  for (int i = 0; i < numOutputs; ++i) {
    const std::string &output = node.output(i);
    if (output.empty()) {
      types.push_back(builder.getNoneType());
      continue;
    }
    auto type = typeOf(output, [&] {
      return context.error(node)
             << "output " << quoted(output) << " of operator "
             << quoted(node.op_type()) << " of domain " << quoted(node.domain())
             << ' ';
    });
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  return success();
}

LogicalResult ModuleBuilder::buildNode(::onnx::NodeProto &node) {
  if (node.domain().empty() && node.op_type() == "Constant")
    return buildConstantNode(node);

  SmallVector<Value> inputs;
  for (const std::string &input : node.input())
    inputs.push_back(input.empty() ? getNone() : lookup(input));
  SmallVector<Type> types;
  if (failed(collectResultTypes(node, types)))
    return failure();

  SmallVector<NamedAttribute> attributes;
  SmallVector<StringRef> regionNames;
  SmallVector<::onnx::AttributeProto *> graphs;
  for (::onnx::AttributeProto &attr : *node.mutable_attribute()) {
    if (attr.type() == Kind::GRAPH) {
      regionNames.push_back(attr.name());
      graphs.push_back(&attr);
      continue;
    }
    auto value = convertAttribute(node, attr);
    if (failed(value))
      return failure();
    attributes.push_back(builder.getNamedAttr(attr.name(), *value));
  }

  const ::onnx::OpSchema *schema = context.operators.GetSchema(
      node.op_type(), static_cast<int>(versions[node.domain()]), node.domain());
  auto op = setun::onnx::NodeOp::create(
      builder, context.locationOf(node), types, node.op_type(), inputs,
      attributes, node.domain(), schema ? schema->since_version() : 0,
      regionNames);
  for (auto [graph, body] : llvm::zip(graphs, op.getBodies()))
    if (failed(buildSubgraph(node, *graph, body)))
      return failure();
  for (auto [output, result] : llvm::zip(node.output(), op.getResults()))
    if (!output.empty())
      scope->values[output] = result;
  return success();
}
