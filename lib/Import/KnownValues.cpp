// Types and constants by name.
#include "KnownValues.h"
#include "ShapeNumbers.h"

#include "llvm/Support/Endian.h"

using namespace setun::importer;
using llvm::SmallVector;
using llvm::StringRef;
using Tensor = ::onnx::TensorProto;

/// What has more elements is data, not a shape or a position.
static constexpr int64_t kMaxElements = 1 << 16;

void KnownValues::collect(const ::onnx::GraphProto &graph) {
  for (auto *infos : {&graph.value_info(), &graph.output(), &graph.input()})
    for (const ::onnx::ValueInfoProto &info : *infos)
      if (info.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET)
        types[info.name()] = &info.type();
  for (const Tensor &tensor : graph.initializer())
    tensors[tensor.name()] = &tensor;
  for (const ::onnx::NodeProto &node : graph.node()) {
    bool isConstant = node.domain().empty() && node.op_type() == "Constant";
    for (const ::onnx::AttributeProto &attr : node.attribute()) {
      if (attr.has_g())
        collect(attr.g());
      if (isConstant && attr.has_t() && node.output_size() == 1)
        tensors[node.output(0)] = &attr.t();
    }
  }
}

std::optional<SmallVector<int64_t>>
KnownValues::getShape(StringRef name) const {
  if (const Tensor *tensor = getTensor(name))
    return SmallVector<int64_t>(tensor->dims().begin(), tensor->dims().end());
  const ::onnx::TypeProto *type = getType(name);
  if (!type || !type->has_tensor_type() || !type->tensor_type().has_shape())
    return std::nullopt;
  SmallVector<int64_t> shape;
  for (const auto &dim : type->tensor_type().shape().dim()) {
    if (!dim.has_dim_value() || dim.dim_value() < 0)
      return std::nullopt;
    shape.push_back(dim.dim_value());
  }
  return shape;
}

std::optional<int64_t> KnownValues::getRank(StringRef name) const {
  if (const Tensor *tensor = getTensor(name))
    return tensor->dims_size();
  const ::onnx::TypeProto *type = getType(name);
  if (!type || !type->has_tensor_type() || !type->tensor_type().has_shape())
    return std::nullopt;
  return type->tensor_type().shape().dim_size();
}

template <typename T>
static SmallVector<int64_t> readRaw(const std::string &bytes) {
  SmallVector<int64_t> values;
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T))
    values.push_back(
        llvm::support::endian::read<T, llvm::endianness::little>(&bytes[at]));
  return values;
}

std::optional<SmallVector<int64_t>>
setun::importer::readInts(const Tensor &tensor) {
  int64_t count = 1;
  for (int64_t size : tensor.dims()) {
    if (size < 0 || size > kMaxElements || count * size > kMaxElements)
      return std::nullopt;
    count *= size;
  }
  if (tensor.data_location() == Tensor::EXTERNAL)
    return std::nullopt;
  SmallVector<int64_t> values;
  bool isRaw = tensor.has_raw_data();
  switch (tensor.data_type()) {
  case Tensor::INT64:
    values = isRaw ? readRaw<int64_t>(tensor.raw_data())
                   : SmallVector<int64_t>(tensor.int64_data().begin(),
                                          tensor.int64_data().end());
    break;
  case Tensor::INT32:
  case Tensor::BOOL:
    values = !isRaw ? SmallVector<int64_t>(tensor.int32_data().begin(),
                                           tensor.int32_data().end())
             : tensor.data_type() == Tensor::BOOL
                 ? readRaw<uint8_t>(tensor.raw_data())
                 : readRaw<int32_t>(tensor.raw_data());
    break;
  default:
    return std::nullopt;
  }
  if (static_cast<int64_t>(values.size()) != count)
    return std::nullopt;
  return values;
}

std::optional<SmallVector<int64_t>> KnownValues::getInts(StringRef name) const {
  if (const Tensor *tensor = getTensor(name))
    return readInts(*tensor);
  auto it = values.find(name.str());
  const ::onnx::TypeProto *type = getType(name);
  if (it == values.end() || !type ||
      !isShapeInteger(type->tensor_type().elem_type()))
    return std::nullopt;
  SmallVector<int64_t> ints;
  for (const auto &dim : it->second.dim()) {
    if (!dim.has_dim_value())
      return std::nullopt;
    ints.push_back(dim.dim_value());
  }
  return ints;
}

std::optional<int64_t> KnownValues::getInt(StringRef name) const {
  std::optional<SmallVector<int64_t>> ints = getInts(name);
  if (!ints || ints->size() != 1)
    return std::nullopt;
  return ints->front();
}
