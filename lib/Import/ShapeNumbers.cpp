// Conversions between the numbers of shape arithmetic.
#include "ShapeNumbers.h"

#include "onnx/defs/tensor_proto_util.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Endian.h"
#include <cmath>
#include <limits>

using namespace setun::importer;
using Tensor = ::onnx::TensorProto;

bool setun::importer::isShapeInteger(int32_t elementType) {
  return elementType == Tensor::INT64 || elementType == Tensor::INT32 ||
         elementType == Tensor::BOOL;
}

bool setun::importer::isShapeFloat(int32_t elementType) {
  return elementType == Tensor::FLOAT || elementType == Tensor::DOUBLE ||
         elementType == Tensor::FLOAT16 || elementType == Tensor::BFLOAT16;
}

static const llvm::fltSemantics &getSemantics(int32_t elementType) {
  return elementType == Tensor::FLOAT16 ? llvm::APFloat::IEEEhalf()
                                        : llvm::APFloat::BFloat();
}

static double widen(llvm::APFloat value) {
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

double setun::importer::roundToType(double value, int32_t elementType) {
  if (elementType == Tensor::DOUBLE)
    return value;
  // In double precision +, -, * and / of two f32 are exact enough to be rounded
  // a second time. Smaller floats are computed in f32.
  float rounded = static_cast<float>(value);
  if (elementType == Tensor::FLOAT)
    return rounded;
  llvm::APFloat small(rounded);
  bool losesInfo;
  small.convert(getSemantics(elementType), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return widen(small);
}

/// A float cut off toward zero, or the nearest number of the integer type.
template <typename Int> static int64_t toInteger(double value) {
  using Limits = std::numeric_limits<Int>;
  if (std::isnan(value))
    return 0;
  if (value < static_cast<double>(Limits::min()))
    return Limits::min();
  // 2^31 and 2^63 are floats, the numbers before them need not be.
  if (value >= -static_cast<double>(Limits::min()))
    return Limits::max();
  return static_cast<Int>(value);
}

std::optional<int64_t> setun::importer::castNumber(int64_t number, int32_t from,
                                                   int32_t to) {
  if (isShapeInteger(from)) {
    if (isShapeFloat(to)) // straight to f32: by way of f64 it could round twice
      return encodeFloat(to == Tensor::DOUBLE
                             ? static_cast<double>(number)
                             : roundToType(static_cast<float>(number), to));
    if (to == Tensor::BOOL)
      return number != 0;
    return isShapeInteger(to) ? std::optional(number) : std::nullopt;
  }
  if (!isShapeFloat(from))
    return std::nullopt;
  double value = decodeFloat(number);
  switch (to) {
  case Tensor::BOOL:
    return value != 0;
  case Tensor::INT32:
    return toInteger<int32_t>(value);
  case Tensor::INT64:
    return toInteger<int64_t>(value);
  default:
    return isShapeFloat(to) ? std::optional(encodeFloat(roundToType(value, to)))
                            : std::nullopt;
  }
}

/// The bits of float16 and bfloat16, which ONNX keeps as integers.
static llvm::SmallVector<uint16_t> readHalves(const Tensor &tensor) {
  if (!tensor.has_raw_data())
    return llvm::SmallVector<uint16_t>(tensor.int32_data().begin(),
                                       tensor.int32_data().end());
  llvm::SmallVector<uint16_t> bits;
  const std::string &bytes = tensor.raw_data();
  for (size_t at = 0; at + 2 <= bytes.size(); at += 2)
    bits.push_back(llvm::support::endian::read16le(&bytes[at]));
  return bits;
}

std::optional<llvm::SmallVector<int64_t>>
setun::importer::readFloats(const Tensor &tensor) {
  int64_t count = tensor.dims_size() == 1 ? tensor.dims(0) : 1;
  if (!isShapeFloat(tensor.data_type()) || tensor.dims_size() > 1 ||
      count < 0 || count > kMaxShapeFloats ||
      tensor.data_location() == Tensor::EXTERNAL)
    return std::nullopt;
  llvm::SmallVector<int64_t> values;
  try {
    if (tensor.data_type() == Tensor::FLOAT)
      for (float value : ::onnx::ParseData<float>(&tensor))
        values.push_back(encodeFloat(value));
    else if (tensor.data_type() == Tensor::DOUBLE)
      for (double value : ::onnx::ParseData<double>(&tensor))
        values.push_back(encodeFloat(value));
    else
      for (uint16_t bits : readHalves(tensor))
        values.push_back(encodeFloat(widen(llvm::APFloat(
            getSemantics(tensor.data_type()), llvm::APInt(16, bits)))));
  } catch (const std::exception &) {
    return std::nullopt; // of another size than it says
  }
  if (static_cast<int64_t>(values.size()) != count)
    return std::nullopt;
  return values;
}
