// Lookup of operators, and the guard around ONNX's shape inference.
#include "OperatorRegistry.h"
#include "ShapeArithmetic.h"

#include "onnx/defs/shape_inference.h"
#include "onnx/defs/tensor_proto_util.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <optional>

using namespace setun;
using namespace setun::importer;
using llvm::StringRef;

OperatorRegistry::OperatorRegistry() {
  addQonnxOperators(*this);
  addMicrosoftOperators(*this);
}

void OperatorRegistry::add(::onnx::OpSchema schema) {
  auto &versions = own[{schema.domain(), schema.Name()}];
  versions.push_back(std::make_unique<::onnx::OpSchema>(std::move(schema)));
  std::sort(versions.begin(), versions.end(), [](auto &left, auto &right) {
    return left->since_version() > right->since_version();
  });
}

bool OperatorRegistry::isOwn(StringRef domain, StringRef name) const {
  return own.count({domain.str(), name.str()}) != 0;
}

const ::onnx::OpSchema *
OperatorRegistry::GetSchema(const std::string &name, int version,
                            const std::string &domain) const {
  auto it = own.find({domain, name});
  if (it == own.end())
    return guard(
        ::onnx::OpSchemaRegistry::Instance()->GetSchema(name, version, domain));
  for (const auto &schema : it->second)
    if (schema->since_version() <= version)
      return guard(schema.get());
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The guard
//===----------------------------------------------------------------------===//

/// Is this a tensor that can exist? A negative size only means that the library
/// did not look: it comes out in branches of If that are never taken.
static void checkDimensions(::onnx::TypeProto &type) {
  if (!type.tensor_type().has_shape())
    return;
  int64_t product = 16; // bytes of the largest element
  for (auto &dim :
       *type.mutable_tensor_type()->mutable_shape()->mutable_dim()) {
    if (dim.dim_value() < 0)
      dim.clear_dim_value();
    if (!dim.has_dim_value())
      continue;
    if (dim.dim_value() > kMaxDimension)
      fail_shape_inference("a dimension of ", dim.dim_value(),
                           " follows for the output");
    if (llvm::MulOverflow(product, dim.dim_value(), product))
      fail_shape_inference("the output follows to be too large");
  }
}

/// The library adds the lengths in 32 bits.
static void checkConcat(::onnx::InferenceContext &context) {
  int64_t axis = ::onnx::getAttribute(context, "axis", int64_t(1)), sum = 0;
  for (size_t i = 0, e = context.getNumInputs(); i < e; ++i) {
    if (!::onnx::hasInputShape(context, i))
      return;
    const auto &shape = ::onnx::getInputShape(context, i);
    int64_t along = axis < 0 ? axis + shape.dim_size() : axis;
    if (along >= 0 && along < shape.dim_size())
      sum += shape.dim(static_cast<int>(along)).dim_value();
  }
  if (sum > kMaxDimension)
    fail_shape_inference("a dimension of ", sum, " follows for the output");
}

/// The library adds the pads to the sizes in 64 bits.
static void checkPads(::onnx::InferenceContext &context) {
  const ::onnx::TensorProto *pads =
      context.getNumInputs() > 1 ? context.getInputData(1) : nullptr;
  if (!pads || pads->data_type() != ::onnx::TensorProto::INT64)
    return;
  for (int64_t pad : ::onnx::ParseData<int64_t>(pads))
    if (pad < -kMaxDimension || pad > kMaxDimension)
      fail_shape_inference("a pad of ", pad, " is out of range");
}

static std::optional<double> readScalar(const ::onnx::TensorProto *tensor) {
  auto first = [&](auto type) -> std::optional<double> {
    auto data = ::onnx::ParseData<decltype(type)>(tensor);
    return data.size() == 1 ? std::optional<double>(data[0]) : std::nullopt;
  };
  switch (tensor ? tensor->data_type() : 0) {
  case ::onnx::TensorProto::FLOAT:
    return first(float());
  case ::onnx::TensorProto::DOUBLE:
    return first(double());
  case ::onnx::TensorProto::INT32:
    return first(int32_t());
  case ::onnx::TensorProto::INT64:
    return first(int64_t());
  default:
    return std::nullopt;
  }
}

/// The library converts ceil((limit - start) / delta) to an integer, whatever
/// it is.
static void checkRange(::onnx::InferenceContext &context) {
  if (context.getNumInputs() != 3)
    return;
  auto start = readScalar(context.getInputData(0)),
       limit = readScalar(context.getInputData(1)),
       delta = readScalar(context.getInputData(2));
  if (delta && (*delta == 0 || !std::isfinite(*delta)))
    fail_shape_inference("a delta of ", *delta, " leads nowhere");
  if (!start || !limit || !delta)
    return;
  double count = (*limit - *start) / *delta;
  if (std::isnan(count) || count > kMaxDimension)
    fail_shape_inference("a dimension of ", count, " follows for the output");
}

/// What the library's inference of this operator does not check itself.
static void (*getCheck(StringRef name))(::onnx::InferenceContext &) {
  using Check = void (*)(::onnx::InferenceContext &);
  return llvm::StringSwitch<Check>(name)
      .Case("Concat", checkConcat)
      .Case("Pad", checkPads)
      .Case("Range", checkRange)
      .Default(nullptr);
}

/// Could the library spend its time on expanding this value?
static bool isTooLongForShape(const ::onnx::TypeProto *type) {
  if (!type || !type->has_tensor_type())
    return false;
  const auto &shape = type->tensor_type().shape();
  return shape.dim_size() == 1 && shape.dim(0).dim_value() > kMaxShapeElements;
}

/// The library's inference of types, with known inputs and checked outputs.
static ::onnx::InferenceFunction
guardInference(const ::onnx::OpSchema &schema) {
  // The library infers this one through a function that lacks a default value.
  if (schema.Name() == "MeanVarianceNormalization")
    return inferSameAsFirst;
  if (!schema.has_type_and_shape_inference_function())
    return nullptr;
  // Models pass vectors of one element to Range, and runtimes take them.
  bool asScalars = schema.Name() == "Range";
  ::onnx::InferenceFunction checked =
      [check = getCheck(schema.Name()),
       infer = schema.GetTypeAndShapeInferenceFunction()](
          ::onnx::InferenceContext &context) {
        if (check)
          check(context);
        infer(context);
      };
  return [infer = withKnownInputs(std::move(checked), asScalars)](
             ::onnx::InferenceContext &context) {
    infer(context);
    for (size_t i = 0, e = context.getNumOutputs(); i < e; ++i)
      if (::onnx::TypeProto *type = context.getOutputType(i))
        checkDimensions(*type);
  };
}

/// Our shape arithmetic, or the library's where we have none.
static ::onnx::DataPropagationFunction
guardPropagation(const ::onnx::OpSchema &schema) {
  ::onnx::DataPropagationFunction propagate;
  if (schema.domain().empty())
    propagate = getShapeArithmetic(schema.Name());
  if (!propagate && schema.has_data_propagation_function())
    propagate = schema.GetDataPropagationFunction();
  if (!propagate)
    return nullptr;
  return [propagate =
              std::move(propagate)](::onnx::DataPropagationContext &context) {
    for (size_t i = 0, e = context.getNumInputs(); i < e; ++i)
      if (isTooLongForShape(context.getInputType(i)))
        return;
    // What does not work out is not known; what is wrong about it, the
    // inference of types finds.
    try {
      propagate(context);
    } catch (const ::onnx::InferenceError &) {
    }
  };
}

const ::onnx::OpSchema *
OperatorRegistry::guard(const ::onnx::OpSchema *schema) const {
  if (!schema)
    return nullptr;
  std::unique_ptr<::onnx::OpSchema> &copy = guarded[schema];
  if (copy)
    return copy.get();
  copy = std::make_unique<::onnx::OpSchema>(*schema);
  if (auto infer = guardInference(*schema))
    copy->TypeAndShapeInferenceFunction(std::move(infer));
  if (auto propagate = guardPropagation(*schema))
    copy->PartialDataPropagationFunction(std::move(propagate));
  return copy.get();
}

//===----------------------------------------------------------------------===//
// Schemas of our own
//===----------------------------------------------------------------------===//

::onnx::OpSchema importer::makeSchema(StringRef domain, StringRef name,
                                      int sinceVersion, StringRef inputs,
                                      StringRef outputs,
                                      ::onnx::InferenceFunction infer) {
  ::onnx::OpSchema schema(name.str(), "", 0);
  schema.SetDomain(domain.str())
      .SinceVersion(sinceVersion)
      .AllowUncheckedAttributes()
      .TypeAndShapeInferenceFunction(std::move(infer));

  // Every parameter gets a type variable of its own.
  auto declare = [&](StringRef names, bool isInput) {
    llvm::SmallVector<StringRef> list;
    names.split(list, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    for (auto [index, item] : llvm::enumerate(list)) {
      auto option = ::onnx::OpSchema::Single;
      if (item.consume_back("?"))
        option = ::onnx::OpSchema::Optional;
      else if (item.consume_back("*"))
        option = ::onnx::OpSchema::Variadic;
      std::string type = (isInput ? "In" : "Out") + std::to_string(index);
      int number = static_cast<int>(index);
      if (isInput)
        schema.Input(number, item.str(), "", type, option,
                     /*is_homogeneous=*/false);
      else
        schema.Output(number, item.str(), "", type, option,
                      /*is_homogeneous=*/false);
      schema.TypeConstraint(type, ::onnx::OpSchema::all_tensor_types_ir13(),
                            "");
    }
  };
  declare(inputs, /*isInput=*/true);
  declare(outputs, /*isInput=*/false);
  schema.Finalize();
  return schema;
}

void importer::inferSameAsFirst(::onnx::InferenceContext &context) {
  ::onnx::propagateShapeAndTypeFromFirstInput(context);
}
