// Lets type inference see the results of shape arithmetic: an input that is
// known element by element looks like an initializer, which is what most
// operators ask for.
#include "ShapeArithmetic.h"
#include "ShapeNumbers.h"

#include "onnx/defs/shape_inference.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"
#include <optional>
#include <vector>

using namespace setun;
using namespace setun::importer;
using Tensor = ::onnx::TensorProto;

namespace {

/// Passes everything through, except that a known input has data.
class KnownInputs final : public ::onnx::InferenceContext {
public:
  KnownInputs(::onnx::InferenceContext &inner, bool asScalars)
      : inner(inner), asScalars(asScalars), known(inner.getNumInputs()) {}

  const Tensor *getInputData(size_t index) const override {
    if (const Tensor *data = inner.getInputData(index))
      return data;
    if (!known[index])
      known[index] = makeTensor(index);
    return known[index]->has_data_type() ? &*known[index] : nullptr;
  }

  const ::onnx::AttributeProto *
  getAttribute(const std::string &name) const override {
    const ::onnx::AttributeProto *attr = inner.getAttribute(name);
    if (attr && !mayBeLarge(name) &&
        (!llvm::isInt<32>(attr->i()) ||
         !llvm::all_of(attr->ints(), llvm::isInt<32>)))
      fail_shape_inference("attribute '", name, "' is out of range");
    return attr;
  }
  size_t getNumInputs() const override { return inner.getNumInputs(); }
  const ::onnx::TypeProto *getInputType(size_t index) const override {
    return inner.getInputType(index);
  }
  bool hasInput(size_t index) const override { return inner.hasInput(index); }
  size_t getNumOutputs() const override { return inner.getNumOutputs(); }
  ::onnx::TypeProto *getOutputType(size_t index) override {
    return inner.getOutputType(index);
  }
  bool hasOutput(size_t index) override { return inner.hasOutput(index); }
  ::onnx::GraphInferencer *
  getGraphAttributeInferencer(const std::string &name) override {
    return inner.getGraphAttributeInferencer(name);
  }
  const ::onnx::SparseTensorProto *
  getInputSparseData(size_t index) const override {
    return inner.getInputSparseData(index);
  }
  const ::onnx::TensorShapeProto *
  getSymbolicInput(size_t index) const override {
    return inner.getSymbolicInput(index);
  }
  std::string getDisplayName() const override { return inner.getDisplayName(); }

private:
  /// Positions can be "as far as there is", and values are not counted by.
  static bool mayBeLarge(llvm::StringRef name) {
    return name.starts_with("start") || name.starts_with("end") ||
           name.starts_with("value") || name.ends_with("ints") ||
           name.ends_with("int64s");
  }

  /// The input as a tensor; one without a type if it is not known.
  Tensor makeTensor(size_t index) const {
    const ::onnx::TypeProto *type = inner.getInputType(index);
    const ::onnx::TensorShapeProto *values = inner.getSymbolicInput(index);
    if (!type || !values || !type->tensor_type().has_shape() ||
        llvm::any_of(values->dim(),
                     [](auto &dim) { return !dim.has_dim_value(); }))
      return {};
    const ::onnx::TensorShapeProto &shape = type->tensor_type().shape();
    int32_t elementType = type->tensor_type().elem_type();
    bool isScalar = shape.dim_size() == 0 && values->dim_size() == 1;
    bool isVector =
        shape.dim_size() == 1 && shape.dim(0).dim_value() == values->dim_size();
    if (!isScalar && !isVector)
      return {};
    Tensor tensor;
    if (elementType == Tensor::INT64)
      for (const auto &dim : values->dim())
        tensor.add_int64_data(dim.dim_value());
    else if (elementType == Tensor::INT32)
      for (const auto &dim : values->dim())
        tensor.add_int32_data(static_cast<int32_t>(dim.dim_value()));
    else if (elementType == Tensor::FLOAT)
      for (const auto &dim : values->dim())
        tensor.add_float_data(static_cast<float>(decodeFloat(dim.dim_value())));
    else if (elementType == Tensor::DOUBLE)
      for (const auto &dim : values->dim())
        tensor.add_double_data(decodeFloat(dim.dim_value()));
    else
      return {};
    if (isVector && !(asScalars && values->dim_size() == 1))
      tensor.add_dims(values->dim_size());
    tensor.set_data_type(elementType);
    return tensor;
  }

  ::onnx::InferenceContext &inner;
  bool asScalars;
  mutable std::vector<std::optional<Tensor>> known;
};

} // namespace

::onnx::InferenceFunction
importer::withKnownInputs(::onnx::InferenceFunction inferenceFunction,
                          bool asScalars) {
  return [infer = std::move(inferenceFunction),
          asScalars](::onnx::InferenceContext &context) {
    KnownInputs known(context, asScalars);
    infer(known);
  };
}
