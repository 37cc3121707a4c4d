// Reading of tensors. ONNX packs elements below 8 bits, first element in the
// low bits, rows not aligned; MLIR wants a byte each, so those are unpacked and
// extended. All other raw data is taken as it is.
#include "TensorData.h"

#include "Types.h"
#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/Onnx.h"
#include "setun/Support/FileSystem.h"
#include "setun/Support/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

using Tensor = ::onnx::TensorProto;

static bool isExternal(const Tensor &tensor) {
  return tensor.data_location() == Tensor::EXTERNAL;
}

/// Bits of one element in the file.
static int64_t getFileBits(Type elementType) {
  if (elementType.isIntOrFloat() && elementType.getIntOrFloatBitWidth() < 8)
    return elementType.isInteger(1) ? 8 : elementType.getIntOrFloatBitWidth();
  return 8 * setun::onnx::getElementBytes(elementType);
}

/// Bytes of the whole tensor in the file.
static int64_t getFileBytes(RankedTensorType type) {
  int64_t perByte =
      8 / std::min<int64_t>(8, getFileBits(type.getElementType()));
  return perByte > 1 ? static_cast<int64_t>(
                           llvm::divideCeil(type.getNumElements(), perByte))
                     : *setun::onnx::getStorageBytes(type);
}

FailureOr<RankedTensorType>
importer::getTensorType(const Tensor &tensor, const ImportContext &context,
                        EmitTensorError emitError) {
  Type element = getElementType(context.context, tensor.data_type());
  if (!element) {
    emitError() << "has element type number " << tensor.data_type()
                << ", which is none that ONNX defines";
    return failure();
  }
  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  // -1 is an open dimension elsewhere, but not in a value.
  if (llvm::any_of(shape, [](int64_t dim) { return dim < 0; })) {
    emitError() << "has a negative dimension";
    return failure();
  }
  if (failed(checkShape(shape, emitError)))
    return failure();
  return RankedTensorType::get(shape, element);
}

//===----------------------------------------------------------------------===//
// Side files
//===----------------------------------------------------------------------===//

static FailureOr<std::unique_ptr<llvm::MemoryBuffer>>
openExternal(const Tensor &tensor, RankedTensorType type,
             const ImportContext &context, EmitTensorError emitError) {
  StringRef location, offsetText = "0", lengthText;
  for (const ::onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offsetText = entry.value();
    else if (entry.key() == "length")
      lengthText = entry.value();
  }
  uint64_t expected = getFileBytes(type), offset = 0, length = expected;
  if (location.empty())
    return emitError() << "lies in a side file without a name";
  if (offsetText.getAsInteger(10, offset) || offset > (uint64_t(1) << 62))
    return emitError() << "has offset " << quoted(offsetText)
                       << " in its side file, which is no position";
  if (!lengthText.empty() &&
      (lengthText.getAsInteger(10, length) || length != expected))
    return emitError() << "has " << quoted(lengthText)
                       << " bytes in its side file, but its type asks for "
                       << expected;
  if (context.folder.empty())
    return emitError() << "lies in a side file, which is not accepted here";
  if (expected == 0)
    return std::unique_ptr<llvm::MemoryBuffer>();
  auto buffer = openInside(context.folder, location, offset, expected);
  if (!buffer)
    return emitError() << "cannot be read from " << quoted(location) << ": "
                       << cleaned(llvm::toString(buffer.takeError()));
  return std::move(*buffer);
}

LogicalResult importer::loadIfSmall(Tensor &tensor,
                                    const ImportContext &context,
                                    EmitTensorError emitError, int64_t most) {
  if (!isExternal(tensor))
    return success();
  auto type = getTensorType(tensor, context, emitError);
  if (failed(type))
    return failure();
  if (isa<setun::onnx::StringType>(type->getElementType()))
    return emitError()
           << "has strings in a side file, which ONNX does not have";
  if (getFileBytes(*type) > most)
    return success();
  auto buffer = openExternal(tensor, *type, context, emitError);
  if (failed(buffer))
    return failure();
  tensor.set_raw_data(*buffer ? (*buffer)->getBuffer().str() : std::string());
  tensor.clear_external_data();
  tensor.set_data_location(Tensor::DEFAULT);
  return success();
}

//===----------------------------------------------------------------------===//
// Typed fields
//===----------------------------------------------------------------------===//

/// The values of a typed field as `To`, each cut to its width.
template <typename To, typename Field>
static std::string copyField(const Field &field) {
  std::string bytes(field.size() * sizeof(To), '\0');
  char *out = bytes.data();
  for (auto value : field) {
    To narrow = static_cast<To>(value);
    std::memcpy(out, &narrow, sizeof(To));
    out += sizeof(To);
  }
  return bytes;
}

/// The bytes of a tensor in the form of raw data.
static std::string copyTypedData(const Tensor &tensor) {
  switch (tensor.data_type()) {
  case Tensor::FLOAT:
  case Tensor::COMPLEX64:
    return copyField<float>(tensor.float_data());
  case Tensor::DOUBLE:
  case Tensor::COMPLEX128:
    return copyField<double>(tensor.double_data());
  case Tensor::INT64:
    return copyField<int64_t>(tensor.int64_data());
  case Tensor::UINT64:
    return copyField<uint64_t>(tensor.uint64_data());
  case Tensor::UINT32:
    return copyField<uint32_t>(tensor.uint64_data());
  case Tensor::INT32:
    return copyField<int32_t>(tensor.int32_data());
  case Tensor::INT16:
  case Tensor::UINT16:
  case Tensor::FLOAT16:
  case Tensor::BFLOAT16:
    return copyField<uint16_t>(tensor.int32_data());
  default: // one byte, or one byte of packed elements, an entry
    return copyField<uint8_t>(tensor.int32_data());
  }
}

static FailureOr<ElementsAttr>
takeStrings(Tensor &tensor, RankedTensorType type, EmitTensorError emitError) {
  if (tensor.string_data_size() != type.getNumElements()) {
    emitError() << "has " << tensor.string_data_size()
                << " strings, but its type asks for " << type.getNumElements();
    return failure();
  }
  SmallVector<StringRef> strings(tensor.string_data().begin(),
                                 tensor.string_data().end());
  return ElementsAttr(DenseStringElementsAttr::get(type, strings));
}

//===----------------------------------------------------------------------===//
// Blobs
//===----------------------------------------------------------------------===//

/// Wraps bytes that `owner` keeps alive. Their alignment is whatever it is, and
/// claiming one would make the printed module depend on it.
template <typename Owner>
static AsmResourceBlob makeBlob(ArrayRef<char> bytes, Owner owner) {
  return AsmResourceBlob(
      bytes, /*dataAlignment=*/1,
      [owner = std::move(owner)](void *, size_t, size_t) mutable {
        owner.reset();
      },
      /*dataIsMutable=*/false);
}

/// One byte for each packed element, extended by its sign.
static std::unique_ptr<std::string> unpack(StringRef packed,
                                           RankedTensorType type) {
  int64_t bits = getFileBits(type.getElementType());
  int64_t perByte = 8 / bits;
  bool isSigned = type.getElementType().isSignedInteger();
  auto result = std::make_unique<std::string>(type.getNumElements(), '\0');
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    uint8_t code =
        static_cast<uint8_t>(packed[i / perByte]) >> (bits * (i % perByte));
    code &= (1 << bits) - 1;
    if (isSigned && (code >> (bits - 1)))
      code |= 0xff << bits;
    (*result)[i] = static_cast<char>(code);
  }
  return result;
}

FailureOr<ElementsAttr> importer::takeTensor(Tensor &tensor, StringRef name,
                                             const ImportContext &context,
                                             EmitTensorError emitError) {
  auto type = getTensorType(tensor, context, emitError);
  if (failed(type))
    return failure();
  if (isa<setun::onnx::StringType>(type->getElementType()))
    return takeStrings(tensor, *type, emitError);

  std::unique_ptr<llvm::MemoryBuffer> file;
  std::unique_ptr<std::string> owned;
  if (isExternal(tensor)) {
    auto opened = openExternal(tensor, *type, context, emitError);
    if (failed(opened))
      return failure();
    file = std::move(*opened);
  } else if (tensor.has_raw_data()) {
    owned.reset(tensor.release_raw_data());
  } else {
    owned = std::make_unique<std::string>(copyTypedData(tensor));
    tensor.clear_float_data();
    tensor.clear_double_data();
    tensor.clear_int32_data();
    tensor.clear_int64_data();
    tensor.clear_uint64_data();
  }

  StringRef bytes = file ? file->getBuffer() : owned ? *owned : StringRef();
  if (static_cast<int64_t>(bytes.size()) != getFileBytes(*type)) {
    emitError() << "has " << bytes.size()
                << " bytes of data, but its type asks for "
                << getFileBytes(*type);
    return failure();
  }
  Type element = type->getElementType();
  if (getFileBits(element) < 8) {
    owned = unpack(bytes, *type);
    file.reset();
  } else if (element.isInteger(1) &&
             llvm::any_of(bytes, [](char c) { return (c & ~1) != 0; })) {
    emitError() << "has booleans that are neither 0 nor 1";
    return failure();
  }
  if (!file && owned)
    bytes = *owned;
  ArrayRef<char> data(bytes.data(), bytes.size());
  AsmResourceBlob blob =
      file ? makeBlob(data, std::move(file)) : makeBlob(data, std::move(owned));
  return setun::onnx::createElements(*type, std::move(blob),
                                     makeIdentifier(name, "tensor_"));
}
