// Numbers of shape arithmetic. ONNX's inference hands values on as 64-bit
// integers; a float among them travels as the bits of a double, and the type of
// the tensor says which of the two a value is.
#ifndef SETUN_LIB_IMPORT_SHAPENUMBERS_H
#define SETUN_LIB_IMPORT_SHAPENUMBERS_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/bit.h"
#include <optional>

namespace setun::importer {

/// Longer vectors of floats are data.
inline constexpr int64_t kMaxShapeFloats = 64;

/// Types whose values are known as integers (booleans as 0 and 1), and those
/// whose values are known as floats. Others are not known.
bool isShapeInteger(int32_t elementType);
bool isShapeFloat(int32_t elementType);

inline int64_t encodeFloat(double value) {
  return llvm::bit_cast<int64_t>(value);
}
inline double decodeFloat(int64_t bits) { return llvm::bit_cast<double>(bits); }

/// `value`, which was computed from numbers of `elementType`, as the generated
/// code would round it.
double roundToType(double value, int32_t elementType);

/// What Cast makes of a number; nothing for types of other kinds.
std::optional<int64_t> castNumber(int64_t number, int32_t from, int32_t to);

/// The elements of a tensor of floats, encoded, if it is a scalar or a
/// short vector.
std::optional<llvm::SmallVector<int64_t>>
readFloats(const ::onnx::TensorProto &tensor);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_SHAPENUMBERS_H
