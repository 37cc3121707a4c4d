//===- Npy.cpp - Reading and writing .npy files ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A .npy file is "\x93NUMPY", a version, the length of a header, the header (a
// Python dictionary literal with descr, fortran_order and shape) and raw data.
// Only that small subset of Python is parsed.
//===----------------------------------------------------------------------===//

#include "setun/Support/Npy.h"

#include "setun/Support/FileSystem.h"
#include "setun/Support/Names.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>
#include <limits>
#include <optional>

using namespace llvm;

namespace setun {

static constexpr StringLiteral magic("\x93NUMPY");
/// NumPy itself writes headers of 128 bytes; its readers refuse above 10,000.
static constexpr size_t maxHeaderLength = 10000;
/// NumPy arrays have at most this many dimensions.
static constexpr size_t maxRank = 64;

namespace {
struct DtypeEntry {
  StringLiteral name;
  /// Kind and size, as in a descr behind its byte order mark.
  StringLiteral code;
  unsigned bytes;
};
} // namespace

static constexpr DtypeEntry dtypes[] = {
    {"bool", "b1", 1},    {"int8", "i1", 1},    {"int16", "i2", 2},
    {"int32", "i4", 4},   {"int64", "i8", 8},   {"uint8", "u1", 1},
    {"uint16", "u2", 2},  {"uint32", "u4", 4},  {"uint64", "u8", 8},
    {"float16", "f2", 2}, {"float32", "f4", 4}, {"float64", "f8", 8},
    {"void8", "V1", 1},   {"void16", "V2", 2}};

namespace {
/// Floats that NumPy has through the package ml_dtypes, whose arrays it writes
/// as void16 or void8.
struct SmallFloat {
  StringLiteral name;
  unsigned bytes;
  const fltSemantics &(*semantics)();
};
} // namespace

static constexpr SmallFloat smallFloats[] = {
    {"bfloat16", 2, APFloat::BFloat},
    {"float8_e4m3fn", 1, APFloat::Float8E4M3FN},
    {"float8_e4m3fnuz", 1, APFloat::Float8E4M3FNUZ},
    {"float8_e5m2", 1, APFloat::Float8E5M2},
    {"float8_e5m2fnuz", 1, APFloat::Float8E5M2FNUZ},
    {"float8_e8m0fnu", 1, APFloat::Float8E8M0FNU},
    {"float4_e2m1fn", 1, APFloat::Float4E2M1FN}};

static const SmallFloat *findSmallFloat(StringRef name) {
  for (const SmallFloat &type : smallFloats)
    if (type.name == name)
      return &type;
  return nullptr;
}

static const DtypeEntry *findDtype(StringRef name) {
  if (const SmallFloat *type = findSmallFloat(name))
    return findDtype(type->bytes == 1 ? "void8" : "void16");
  for (const DtypeEntry &entry : dtypes)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

unsigned getNpyElementBytes(StringRef dtype) {
  const DtypeEntry *entry = findDtype(dtype);
  return entry ? entry->bytes : 0;
}

bool isNpyTypeCompatible(StringRef given, StringRef wanted) {
  const SmallFloat *type = findSmallFloat(wanted);
  return given == wanted ||
         (type && given == (type->bytes == 1 ? "void8" : "void16"));
}

bool isNpyFloat(StringRef dtype) { return dtype.contains("float"); }

/// Element `index` as a `T`.
template <typename T> static T load(const NpyArray &array, int64_t index) {
  T value;
  std::memcpy(&value, array.data.data() + index * sizeof(T), sizeof(T));
  return value;
}

static double decode(uint64_t bits, const fltSemantics &semantics) {
  APFloat value(semantics, APInt(APFloat::semanticsSizeInBits(semantics), bits,
                                 /*isSigned=*/false, /*implicitTrunc=*/true));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

double getNpyElement(const NpyArray &array, int64_t index) {
  StringRef dtype = array.dtype;
  if (const SmallFloat *type = findSmallFloat(dtype))
    return decode(type->bytes == 1 ? load<uint8_t>(array, index)
                                   : load<uint16_t>(array, index),
                  type->semantics());
  if (dtype == "float32")
    return load<float>(array, index);
  if (dtype == "float64")
    return load<double>(array, index);
  if (dtype == "float16")
    return decode(load<uint16_t>(array, index), APFloat::IEEEhalf());
  if (dtype == "int8")
    return load<int8_t>(array, index);
  if (dtype == "int16")
    return load<int16_t>(array, index);
  if (dtype == "int32")
    return load<int32_t>(array, index);
  if (dtype == "int64")
    return static_cast<double>(load<int64_t>(array, index));
  if (dtype == "uint16" || dtype == "void16")
    return load<uint16_t>(array, index);
  if (dtype == "uint32")
    return load<uint32_t>(array, index);
  if (dtype == "uint64")
    return static_cast<double>(load<uint64_t>(array, index));
  return load<uint8_t>(array, index); // uint8, bool, void8
}

int64_t NpyArray::size() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

namespace {
/// What the header of a file says.
struct Header {
  std::optional<StringRef> descr;
  std::optional<bool> fortranOrder;
  std::optional<SmallVector<int64_t>> shape;
};

/// Reads the dictionary literal of a header.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse() {
    Header header;
    if (!consume("{"))
      return fail("does not begin with '{'");
    while (!consume("}")) {
      std::optional<StringRef> key = parseString();
      if (!key || !consume(":"))
        return fail("has no \"'key': value\" where one is expected");
      if (Error error = parseValue(*key, header))
        return Expected<Header>(std::move(error));
      if (!consume(",") && !peek("}"))
        return fail("has neither ',' nor '}' behind a value");
    }
    if (!rest.ltrim().empty())
      return fail("goes on behind its '}'");
    if (!header.descr || !header.fortranOrder || !header.shape)
      return fail("lacks one of 'descr', 'fortran_order', 'shape'");
    return header;
  }

private:
  Error fail(const Twine &what) {
    return createStringError("the .npy header " + what);
  }

  bool peek(StringRef token) { return rest.ltrim().starts_with(token); }

  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  /// 'text' or "text", without escapes.
  std::optional<StringRef> parseString() {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return std::nullopt;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return std::nullopt;
    StringRef text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return text;
  }

  Error parseValue(StringRef key, Header &header) {
    if (key == "descr") {
      header.descr = parseString();
      if (!header.descr)
        return fail("has a 'descr' that is no string: structured types are not "
                    "supported");
    } else if (key == "fortran_order") {
      if (consume("True"))
        header.fortranOrder = true;
      else if (consume("False"))
        header.fortranOrder = false;
      else
        return fail("has a 'fortran_order' that is neither True nor False");
    } else if (key == "shape") {
      return parseShape(header);
    } else {
      return fail("has an unknown key '" + escapeForComment(key, 40) + "'");
    }
    return Error::success();
  }

  Error parseShape(Header &header) {
    header.shape.emplace();
    if (!consume("("))
      return fail("has a 'shape' that is no tuple");
    while (!consume(")")) {
      rest = rest.ltrim();
      uint64_t extent;
      if (rest.empty() || !isDigit(rest[0]) ||
          rest.consumeInteger(10, extent) ||
          extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return fail("has a shape with something else than sizes");
      // Python 2 wrote 3L.
      (void)rest.consume_front("L");
      if (header.shape->size() == maxRank)
        return fail("has a shape of more than " + Twine(maxRank) +
                    " dimensions");
      header.shape->push_back(static_cast<int64_t>(extent));
      if (!consume(",") && !peek(")"))
        return fail("has a shape that is no tuple of sizes");
    }
    return Error::success();
  }

  StringRef rest;
};
} // namespace

/// The dtype of a descr such as "<f4".
static Expected<const DtypeEntry *> parseDescr(StringRef descr) {
  StringRef code = descr;
  bool bigEndian = code.consume_front(">");
  if (!bigEndian && !code.consume_front("<") && !code.consume_front("|"))
    (void)code.consume_front("=");
  for (const DtypeEntry &entry : dtypes) {
    if (entry.code != code)
      continue;
    if (bigEndian && entry.bytes > 1)
      return createStringError("big-endian .npy data is not supported; save "
                               "with array.astype(array.dtype.newbyteorder("
                               "'<'))");
    return &entry;
  }
  return createStringError(
      "element type '" + escapeForComment(descr, 40) +
      "' of the .npy file is not supported; bool, int8..64, uint8..64 and "
      "float16..64 are");
}

/// Bytes of a tensor, or nothing if that overflows or an extent is negative.
static std::optional<uint64_t> getDataBytes(ArrayRef<int64_t> shape,
                                            unsigned elementBytes) {
  // An extent of 0 empties the tensor but must not hide an overflow beside it.
  int64_t bytes = elementBytes;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent == 0)
      empty = true;
    else if (extent < 0 || MulOverflow<int64_t>(bytes, extent, bytes))
      return std::nullopt;
  }
  return empty ? 0 : bytes;
}

Expected<NpyArray> parseNpy(StringRef buffer) {
  if (!buffer.consume_front(magic))
    return createStringError("not a .npy file: it does not begin with "
                             "\"\\x93NUMPY\"");
  if (buffer.size() < 2)
    return createStringError("the .npy file ends inside its header");
  unsigned major = static_cast<uint8_t>(buffer[0]);
  if (major < 1 || major > 2)
    return createStringError("version " + Twine(major) +
                             " of the .npy format is not supported; 1 and 2 "
                             "are");
  buffer = buffer.drop_front(2);

  // Version 1 has two bytes for the length of the header, version 2 has four.
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (buffer.size() < lengthBytes)
    return createStringError("the .npy file ends inside its header");
  size_t headerLength = major == 1 ? support::endian::read16le(buffer.data())
                                   : support::endian::read32le(buffer.data());
  buffer = buffer.drop_front(lengthBytes);
  if (headerLength > maxHeaderLength)
    return createStringError("the .npy header has " + Twine(headerLength) +
                             " bytes; at most " + Twine(maxHeaderLength) +
                             " are accepted");
  if (headerLength > buffer.size())
    return createStringError("the .npy file ends inside its header");

  Expected<Header> header =
      HeaderParser(buffer.take_front(headerLength)).parse();
  if (!header)
    return header.takeError();
  buffer = buffer.drop_front(headerLength);
  Expected<const DtypeEntry *> dtype = parseDescr(*header->descr);
  if (!dtype)
    return dtype.takeError();
  if (*header->fortranOrder)
    return createStringError("the .npy file is in Fortran order; save with "
                             "numpy.ascontiguousarray(array)");

  std::optional<uint64_t> bytes = getDataBytes(*header->shape, (*dtype)->bytes);
  if (!bytes)
    return createStringError("the shape of the .npy file is too large");
  if (*bytes != buffer.size())
    return createStringError("the .npy file has " + Twine(buffer.size()) +
                             " bytes of data, its shape and type need " +
                             Twine(*bytes));
  NpyArray array;
  array.dtype = (*dtype)->name.str();
  array.shape = std::move(*header->shape);
  array.data.assign(buffer.begin(), buffer.end());
  return array;
}

Expected<NpyArray> readNpy(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (std::error_code error = file.getError())
    return createStringError(error, path + ": " + error.message());
  Expected<NpyArray> array = parseNpy((*file)->getBuffer());
  if (!array)
    return createStringError(path + ": " + toString(array.takeError()));
  return array;
}

Expected<std::string> serializeNpy(const NpyArray &array) {
  const DtypeEntry *dtype = findDtype(array.dtype);
  if (!dtype)
    return createStringError("'" + array.dtype + "' is no .npy element type");
  std::optional<uint64_t> bytes = getDataBytes(array.shape, dtype->bytes);
  if (!bytes || *bytes != array.data.size())
    return createStringError("the shape of the array does not fit its data");

  std::string header = "{'descr': '";
  header += dtype->bytes == 1 && !dtype->code.starts_with("V") ? "|" : "<";
  header += dtype->code.str() + "', 'fortran_order': False, 'shape': (";
  // (), (3,), (3, 4): as NumPy writes them, so that equal arrays are equal
  // files.
  ListSeparator comma;
  for (int64_t extent : array.shape)
    header += StringRef(comma).str() + std::to_string(extent);
  header += array.shape.size() == 1 ? ",), }" : "), }";
  // The data begins at a multiple of 64 bytes, behind a newline.
  size_t prefix = magic.size() + 4;
  header.append(alignTo(prefix + header.size() + 1, 64) - prefix -
                    header.size() - 1,
                ' ');
  header += '\n';
  if (header.size() > maxHeaderLength)
    return createStringError("the shape of the array has too many dimensions");

  std::string file = magic.str();
  file += {'\1', '\0', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(array.data.begin(), array.data.end());
  return file;
}

Error writeNpy(StringRef path, const NpyArray &array) {
  Expected<std::string> bytes = serializeNpy(array);
  if (!bytes)
    return createStringError(path + ": " + toString(bytes.takeError()));
  return writeFileAtomically(path, *bytes);
}

} // namespace setun
