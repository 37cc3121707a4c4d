// Reads and builds constants without caring how their bytes are kept: MLIR
// packs dense i1 into bits, stores a splat once, and keeps big tensors as
// resources. Here every element is whole bytes, little-endian, in row-major
// order.
#ifndef SETUN_DIALECTS_ONNX_CONSTANTDATA_H
#define SETUN_DIALECTS_ONNX_CONSTANTDATA_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <cassert>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace setun::onnx {

/// Bytes that one element of `type` takes in a constant: i1 and all types below
/// 8 bits take one. 0 for types without such a form, as strings.
int64_t getElementBytes(mlir::Type type);

/// The signless integer, f32 or f64 that keeps one element of `type` as a
/// constant does: small floats are kept as their bits. Null for types without
/// such a form.
mlir::Type getStorageType(mlir::Type type);

/// Bytes of a whole constant of `type`; nothing if the shape is dynamic, the
/// element type has no bytes, or the product overflows.
std::optional<int64_t> getStorageBytes(mlir::ShapedType type);

/// The value of a constant tensor. Copies are cheap; the bytes live as long as
/// the MLIR context.
class ConstantData {
public:
  /// Reads `attr`; nothing for strings, elided resources and other elements
  /// attributes that have no bytes.
  static std::optional<ConstantData> get(mlir::ElementsAttr attr);

  mlir::RankedTensorType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  int64_t size() const { return type.getNumElements(); }

  /// Are all elements known to be one value?
  bool isSplat() const { return splat; }

  /// All elements, a splat expanded.
  llvm::ArrayRef<char> getBytes() const;

  /// Element `index` as it is stored: `T` has the size of the element type.
  template <typename T> T at(int64_t index) const {
    assert(static_cast<int64_t>(sizeof(T)) == elementBytes && index < size());
    T value;
    std::memcpy(&value, elementAddress(index), sizeof(T));
    return value;
  }

  /// Element `index` as a number: exact for every integer and float type except
  /// 64-bit integers beyond 2^53.
  double asDouble(int64_t index) const;

  /// Element `index` of an integer tensor, extended by its sign; a float is cut
  /// off to an integer.
  int64_t asInt(int64_t index) const;

private:
  ConstantData(mlir::RankedTensorType type, llvm::ArrayRef<char> stored,
               bool splat);
  const char *elementAddress(int64_t index) const {
    return stored.data() + (splat ? 0 : index * elementBytes);
  }

  mlir::RankedTensorType type;
  llvm::ArrayRef<char> stored; // one element of a splat, else all of them
  int64_t elementBytes;
  bool splat;
  /// Bytes that exist nowhere in the context: narrow integers widened, and a
  /// splat expanded on demand.
  std::shared_ptr<std::vector<char>> widened;
  mutable std::shared_ptr<std::vector<char>> expanded;
};

/// The value of `value` if it is an `onnx.constant` (or another constant with
/// an elements attribute).
std::optional<ConstantData> getConstantData(mlir::Value value);

/// An elements attribute of `type` over `blob`: `dense<...>` up to 16 elements,
/// else a resource that owns the blob, called `name` or similar. The blob must
/// have `getStorageBytes(type)` bytes.
mlir::ElementsAttr createElements(mlir::RankedTensorType type,
                                  mlir::AsmResourceBlob blob,
                                  llvm::StringRef name);

/// An `onnx.constant` with a copy of `bytes`, laid out as `getBytes` gives
/// them.
mlir::Value createConstant(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::RankedTensorType type,
                           llvm::ArrayRef<char> bytes,
                           llvm::StringRef name = "constant");

} // namespace setun::onnx

#endif // SETUN_DIALECTS_ONNX_CONSTANTDATA_H
