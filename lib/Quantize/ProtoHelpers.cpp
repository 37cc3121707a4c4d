// Tensors and nodes of the protobuf.
#include "ProtoHelpers.h"

#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace llvm;

namespace setun::quantize {

using Tensor = ::onnx::TensorProto;

std::optional<std::vector<float>> readFloats(const Tensor &tensor) {
  if (tensor.data_type() != Tensor::FLOAT ||
      tensor.data_location() == Tensor::EXTERNAL)
    return std::nullopt;
  uint64_t count = 1;
  for (int64_t extent : tensor.dims()) {
    if (extent < 0 || (extent > 0 && count > (uint64_t(1) << 40) / extent))
      return std::nullopt;
    count *= extent;
  }
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != count * sizeof(float))
      return std::nullopt;
    std::vector<float> values(count);
    if (count > 0)
      std::memcpy(values.data(), tensor.raw_data().data(),
                  count * sizeof(float));
    return values;
  }
  if (static_cast<uint64_t>(tensor.float_data_size()) != count)
    return std::nullopt;
  return std::vector<float>(tensor.float_data().begin(),
                            tensor.float_data().end());
}

static Tensor startTensor(const std::string &name, int32_t type,
                          ArrayRef<int64_t> shape) {
  Tensor tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t extent : shape)
    tensor.add_dims(extent);
  return tensor;
}

Tensor makeFloats(const std::string &name, ArrayRef<int64_t> shape,
                  ArrayRef<float> values) {
  Tensor tensor = startTensor(name, Tensor::FLOAT, shape);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

Tensor makeCodes(const std::string &name, int32_t type, ArrayRef<int64_t> shape,
                 ArrayRef<int8_t> codes) {
  Tensor tensor = startTensor(name, type, shape);
  std::string bytes;
  if (type == Tensor::INT4) // two a byte, the first in the low bits
    for (size_t i = 0; i < codes.size(); i += 2)
      bytes += static_cast<char>(
          (codes[i] & 15) | (i + 1 < codes.size() ? codes[i + 1] << 4 : 0));
  else
    bytes.assign(codes.begin(), codes.end());
  tensor.set_raw_data(std::move(bytes));
  return tensor;
}

Tensor makeIntegers(const std::string &name, ArrayRef<int32_t> values) {
  Tensor tensor =
      startTensor(name, Tensor::INT32, static_cast<int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(int32_t));
  return tensor;
}

::onnx::NodeProto makeNode(const std::string &opType, const std::string &name,
                           ArrayRef<std::string> inputs,
                           const std::string &output) {
  ::onnx::NodeProto node;
  node.set_op_type(opType);
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output);
  return node;
}

static ::onnx::AttributeProto &addAttribute(::onnx::NodeProto &node,
                                            const std::string &name) {
  for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.name() == name)
      return attribute;
  ::onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  return attribute;
}

void setInt(::onnx::NodeProto &node, const std::string &name, int64_t value) {
  ::onnx::AttributeProto &attribute = addAttribute(node, name);
  attribute.set_type(::onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void setString(::onnx::NodeProto &node, const std::string &name,
               const std::string &value) {
  ::onnx::AttributeProto &attribute = addAttribute(node, name);
  attribute.set_type(::onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void removeAttribute(::onnx::NodeProto &node, StringRef name) {
  auto *attributes = node.mutable_attribute();
  for (auto it = attributes->begin(); it != attributes->end();)
    it = it->name() == name ? attributes->erase(it) : it + 1;
}

const ::onnx::AttributeProto *findAttribute(const ::onnx::NodeProto &node,
                                            StringRef name) {
  for (const ::onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t getInt(const ::onnx::NodeProto &node, StringRef name,
               int64_t otherwise) {
  const ::onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute ? attribute->i() : otherwise;
}

float getFloat(const ::onnx::NodeProto &node, StringRef name, float otherwise) {
  const ::onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute ? attribute->f() : otherwise;
}

/// Same values in every run, if the inputs are constants?
static bool isPure(const ::onnx::NodeProto &node) {
  static const StringSet<> random = {
      "Bernoulli",     "Multinomial",       "RandomNormal", "RandomNormalLike",
      "RandomUniform", "RandomUniformLike", "Dropout"};
  return node.domain().empty() && !random.contains(node.op_type()) &&
         none_of(node.attribute(), [](const ::onnx::AttributeProto &attribute) {
           return attribute.has_g() || attribute.graphs_size() > 0;
         });
}

StringSet<> findConstants(const ::onnx::GraphProto &graph) {
  StringSet<> constants;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    constants.insert(tensor.name());
  for (const ::onnx::NodeProto &node : graph.node())
    if (isPure(node) && all_of(node.input(), [&](const std::string &input) {
          return input.empty() || constants.contains(input);
        }))
      for (const std::string &output : node.output())
        constants.insert(output);
  return constants;
}

static void countInGraph(const ::onnx::GraphProto &graph,
                         StringMap<int> &uses) {
  for (const ::onnx::NodeProto &node : graph.node()) {
    for (const std::string &input : node.input())
      ++uses[input];
    for (const ::onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        countInGraph(attribute.g(), uses);
      for (const ::onnx::GraphProto &inner : attribute.graphs())
        countInGraph(inner, uses);
    }
  }
  for (const ::onnx::ValueInfoProto &output : graph.output())
    ++uses[output.name()];
}

StringMap<int> countUses(const ::onnx::GraphProto &graph) {
  StringMap<int> uses;
  countInGraph(graph, uses);
  return uses;
}

} // namespace setun::quantize
