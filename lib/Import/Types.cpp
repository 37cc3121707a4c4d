// Conversion of types.
#include "Types.h"

#include "OperatorRegistry.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

Type importer::getElementType(MLIRContext *context, int32_t dataType) {
  using Tensor = ::onnx::TensorProto;
  auto integer = [&](unsigned width, IntegerType::SignednessSemantics sign) {
    return IntegerType::get(context, width, sign);
  };
  switch (dataType) {
  case Tensor::FLOAT:
    return Float32Type::get(context);
  case Tensor::DOUBLE:
    return Float64Type::get(context);
  case Tensor::FLOAT16:
    return Float16Type::get(context);
  case Tensor::BFLOAT16:
    return BFloat16Type::get(context);
  case Tensor::FLOAT8E4M3FN:
    return Float8E4M3FNType::get(context);
  case Tensor::FLOAT8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case Tensor::FLOAT8E5M2:
    return Float8E5M2Type::get(context);
  case Tensor::FLOAT8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case Tensor::FLOAT8E8M0:
    return Float8E8M0FNUType::get(context);
  case Tensor::FLOAT4E2M1:
    return Float4E2M1FNType::get(context);
  case Tensor::COMPLEX64:
    return ComplexType::get(Float32Type::get(context));
  case Tensor::COMPLEX128:
    return ComplexType::get(Float64Type::get(context));
  case Tensor::BOOL:
    return integer(1, IntegerType::Signless);
  case Tensor::INT32:
    return integer(32, IntegerType::Signless);
  case Tensor::INT64:
    return integer(64, IntegerType::Signless);
  case Tensor::UINT32:
    return integer(32, IntegerType::Unsigned);
  case Tensor::UINT64:
    return integer(64, IntegerType::Unsigned);
  case Tensor::INT16:
    return integer(16, IntegerType::Signed);
  case Tensor::INT8:
    return integer(8, IntegerType::Signed);
  case Tensor::INT4:
    return integer(4, IntegerType::Signed);
  case Tensor::INT2:
    return integer(2, IntegerType::Signed);
  case Tensor::UINT16:
    return integer(16, IntegerType::Unsigned);
  case Tensor::UINT8:
    return integer(8, IntegerType::Unsigned);
  case Tensor::UINT4:
    return integer(4, IntegerType::Unsigned);
  case Tensor::UINT2:
    return integer(2, IntegerType::Unsigned);
  case Tensor::STRING:
    return setun::onnx::StringType::get(context);
  default:
    return nullptr;
  }
}

LogicalResult importer::checkShape(ArrayRef<int64_t> shape,
                                   EmitError emitError) {
  constexpr size_t maxRank = 64;
  if (shape.size() > maxRank)
    return emitError() << "has " << shape.size() << " dimensions; accepted are "
                       << maxRank;
  int64_t product = 16; // bytes of the largest element
  for (int64_t dim : shape) {
    if (dim == ShapedType::kDynamic)
      continue;
    if (dim < 0 || dim > kMaxDimension ||
        llvm::MulOverflow(product, dim, product))
      return emitError() << "has dimension " << dim
                         << ", which is negative or makes it too large";
  }
  return success();
}

static FailureOr<Type> convertTensorType(const ::onnx::TypeProto::Tensor &type,
                                         MLIRContext *context,
                                         EmitError emitError) {
  Type element = getElementType(context, type.elem_type());
  if (!element) {
    emitError() << "has element type number " << type.elem_type()
                << ", which is none that ONNX defines";
    return failure();
  }
  if (!type.has_shape())
    return Type(UnrankedTensorType::get(element));
  SmallVector<int64_t> shape;
  for (const auto &dim : type.shape().dim())
    shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0
                        ? dim.dim_value()
                        : ShapedType::kDynamic);
  if (failed(checkShape(shape, emitError)))
    return failure();
  return Type(RankedTensorType::get(shape, element));
}

FailureOr<Type> importer::convertType(const ::onnx::TypeProto &type,
                                      MLIRContext *context,
                                      EmitError emitError) {
  using Proto = ::onnx::TypeProto;
  switch (type.value_case()) {
  case Proto::kTensorType:
    return convertTensorType(type.tensor_type(), context, emitError);
  case Proto::kSequenceType: {
    auto element =
        convertType(type.sequence_type().elem_type(), context, emitError);
    if (failed(element))
      return failure();
    return Type(setun::onnx::SequenceType::get(context, *element));
  }
  case Proto::kOptionalType: {
    auto element =
        convertType(type.optional_type().elem_type(), context, emitError);
    if (failed(element))
      return failure();
    return Type(setun::onnx::OptionalType::get(context, *element));
  }
  case Proto::kMapType: {
    Type key = getElementType(context, type.map_type().key_type());
    auto value = convertType(type.map_type().value_type(), context, emitError);
    if (failed(value))
      return failure();
    if (!key)
      return emitError() << "is a map without a key type";
    return Type(setun::onnx::MapType::get(context, key, *value));
  }
  case Proto::kSparseTensorType:
    return emitError() << "is a sparse tensor; accepted are dense ones";
  default:
    return emitError() << "has no type that the importer knows";
  }
}
