//===- NpyTest.cpp - Reading and writing .npy -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files as NumPy writes them, and hostile ones: each ends in a clear error.
//===----------------------------------------------------------------------===//

#include "setun/Support/Npy.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include "gtest/gtest.h"

#include <cstring>

using namespace setun;

namespace {

/// A version 1 or 2 file with this header and data.
std::string makeFile(llvm::StringRef header, llvm::StringRef data,
                     char version = 1) {
  std::string file = "\x93NUMPY";
  file += {version, '\0'};
  for (unsigned i = 0; i < (version == 1 ? 2u : 4u); ++i)
    file += static_cast<char>(header.size() >> 8 * i & 0xff);
  return file + header.str() + data.str();
}

std::string getError(llvm::StringRef file) {
  llvm::Expected<NpyArray> array = parseNpy(file);
  return array ? "" : llvm::toString(array.takeError());
}

/// The error for a header alone.
std::string getHeaderError(llvm::StringRef header) {
  return getError(makeFile(header, ""));
}

TEST(Npy, ReadsWhatNumPyWrites) {
  // numpy.save of numpy.array([[1, 2, 3]], '<i2'), padded to 128 bytes.
  std::string header =
      "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), }";
  header.append(117 - header.size(), ' ');
  header += '\n';
  llvm::Expected<NpyArray> array =
      parseNpy(makeFile(header, llvm::StringRef("\1\0\2\0\3\0", 6)));
  ASSERT_TRUE(static_cast<bool>(array));
  EXPECT_EQ(array->dtype, "int16");
  EXPECT_EQ(array->shape, (llvm::SmallVector<int64_t>{1, 3}));
  EXPECT_EQ(array->size(), 3);
  EXPECT_EQ(std::string(array->data.begin(), array->data.end()),
            std::string("\1\0\2\0\3\0", 6));
}

TEST(Npy, ReadsOtherSpellings) {
  // Version 2, double quotes, another order of keys, Python 2's long, scalars.
  EXPECT_EQ(getError(makeFile("{\"shape\":(2L,),\"fortran_order\":False,"
                              "\"descr\":\"|u1\"}",
                              "ab", 2)),
            "");
  EXPECT_EQ(
      getError(makeFile(
          "{'descr': '=f4', 'fortran_order': False, 'shape': (), }\n", "abcd")),
      "");
  // One byte has no order.
  EXPECT_EQ(
      getError(makeFile(
          "{'descr': '>i1', 'fortran_order': False, 'shape': (0, 7)}", "")),
      "");
}

TEST(Npy, RoundTripsEveryType) {
  for (const char *dtype :
       {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
        "uint64", "float16", "float32", "float64"})
    for (llvm::SmallVector<int64_t> shape :
         {llvm::SmallVector<int64_t>{}, {3}, {2, 3}, {0}, {1, 1, 1, 5}}) {
      NpyArray array;
      array.dtype = dtype;
      array.shape = shape;
      array.data.resize(array.size() * getNpyElementBytes(dtype));
      for (size_t i = 0; i < array.data.size(); ++i)
        array.data[i] = static_cast<char>(i * 37 + 1);
      llvm::Expected<std::string> file = serializeNpy(array);
      ASSERT_TRUE(static_cast<bool>(file));
      EXPECT_EQ((file->size() - array.data.size()) % 64, 0u);
      llvm::Expected<NpyArray> again = parseNpy(*file);
      ASSERT_TRUE(static_cast<bool>(again));
      EXPECT_EQ(again->dtype, array.dtype);
      EXPECT_EQ(again->shape, array.shape);
      EXPECT_EQ(again->data, array.data);
    }
}

TEST(Npy, WritesTuplesAsPythonDoes) {
  NpyArray array{"uint8", {5}, std::vector<char>(5)};
  EXPECT_NE(llvm::cantFail(serializeNpy(array)).find("'shape': (5,), }"),
            std::string::npos);
  array = {"uint8", {2, 3}, std::vector<char>(6)};
  EXPECT_NE(llvm::cantFail(serializeNpy(array)).find("'shape': (2, 3), }"),
            std::string::npos);
  array = {"float32", {}, std::vector<char>(4)};
  EXPECT_NE(llvm::cantFail(serializeNpy(array)).find("'shape': (), }"),
            std::string::npos);
}

TEST(Npy, RefusesToWriteNonsense) {
  auto write = [](const NpyArray &array) {
    llvm::Expected<std::string> file = serializeNpy(array);
    return file ? "" : llvm::toString(file.takeError());
  };
  EXPECT_EQ(write({"complex64", {}, {}}),
            "'complex64' is no .npy element type");
  EXPECT_EQ(write({"int8", {2}, std::vector<char>(3)}),
            "the shape of the array does not fit its data");
  EXPECT_EQ(write({"int8", {-1}, {}}),
            "the shape of the array does not fit its data");
  EXPECT_EQ(write({"int8", {-1, -1}, std::vector<char>(1)}),
            "the shape of the array does not fit its data");
}

TEST(Npy, RefusesTruncatedFiles) {
  EXPECT_EQ(getError(""),
            "not a .npy file: it does not begin with \"\\x93NUMPY\"");
  EXPECT_EQ(getError("hello, world"),
            "not a .npy file: it does not begin with \"\\x93NUMPY\"");
  std::string whole =
      makeFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
               "abcdefgh");
  EXPECT_EQ(getError(whole), "");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(getError(llvm::StringRef(whole).take_front(size)), "") << size;
  EXPECT_EQ(getError(llvm::StringRef(whole).drop_back()),
            "the .npy file has 7 bytes of data, its shape and type need 8");
  EXPECT_EQ(getError(whole + "i"),
            "the .npy file has 9 bytes of data, its shape and type need 8");
}

TEST(Npy, RefusesHostileHeaders) {
  EXPECT_EQ(getError(std::string("\x93NUMPY\x03\0\0\0\0\0", 12)),
            "version 3 of the .npy format is not supported; 1 and 2 are");
  // Four gigabytes of header are promised.
  EXPECT_EQ(getError(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff{}", 14)),
            "the .npy header has 4294967295 bytes; at most 10000 are accepted");
  EXPECT_EQ(getHeaderError("[1, 2]"),
            "the .npy header does not begin with '{'");
  EXPECT_EQ(getHeaderError("{}"), "the .npy header lacks one of 'descr', "
                                  "'fortran_order', 'shape'");
  EXPECT_EQ(getHeaderError("{'descr': '<f4'"),
            "the .npy header has neither ',' nor '}' behind a value");
  EXPECT_EQ(getHeaderError("{'descr': '<f4"),
            "the .npy header has a 'descr' that is no string: structured types "
            "are not supported");
  EXPECT_EQ(getHeaderError("{'descr': [('a', '<f4')]}"),
            "the .npy header has a 'descr' that is no string: structured types "
            "are not supported");
  EXPECT_EQ(getHeaderError("{'evil\n': __import__('os')}"),
            "the .npy header has an unknown key 'evil '");
  EXPECT_EQ(getHeaderError("{'fortran_order': 0}"),
            "the .npy header has a 'fortran_order' that is neither True nor "
            "False");
  EXPECT_EQ(getHeaderError("{'shape': (-1,)}"),
            "the .npy header has a shape with something else than sizes");
  EXPECT_EQ(getHeaderError("{'shape': (99999999999999999999,)}"),
            "the .npy header has a shape with something else than sizes");
  EXPECT_EQ(getHeaderError("{'shape': (18446744073709551615,)}"),
            "the .npy header has a shape with something else than sizes");
  EXPECT_EQ(getHeaderError("{'shape': 3}"),
            "the .npy header has a 'shape' that is no tuple");
  EXPECT_EQ(getHeaderError("{'shape': (3 4)}"),
            "the .npy header has a shape that is no tuple of sizes");
  EXPECT_EQ(getHeaderError("{'shape': (3,"),
            "the .npy header has a shape with something else than sizes");
  std::string many = "{'shape': (";
  for (int i = 0; i < 65; ++i)
    many += "1,";
  EXPECT_EQ(getHeaderError(many + ")}"),
            "the .npy header has a shape of more than 64 dimensions");
  EXPECT_EQ(getHeaderError("{'descr': '<f4', 'fortran_order': False, "
                           "'shape': ()} import os"),
            "the .npy header goes on behind its '}'");
}

TEST(Npy, RefusesShapesThatOverflow) {
  auto getShapeError = [](const char *shape, llvm::StringRef data) {
    return getError(makeFile(
        std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") +
            shape + "}",
        data));
  };
  EXPECT_EQ(getShapeError("(4611686018427387904, 4)", ""),
            "the shape of the .npy file is too large");
  // 2^32 * 2^30 * 4 wraps to 0, which would fit no data at all.
  EXPECT_EQ(getShapeError("(4294967296, 1073741824)", ""),
            "the shape of the .npy file is too large");
  EXPECT_EQ(getShapeError("(0, 4294967296, 4294967296)", ""),
            "the shape of the .npy file is too large");
  EXPECT_EQ(getShapeError("(1000000000000,)", "abcd"),
            "the .npy file has 4 bytes of data, its shape and type need "
            "4000000000000");
}

TEST(Npy, RefusesTypesAndOrders) {
  auto getTypeError = [](const char *descr, const char *fortran) {
    return getHeaderError(std::string("{'descr': '") + descr +
                          "', 'fortran_order': " + fortran +
                          ", 'shape': (0,)}");
  };
  EXPECT_EQ(getTypeError("<c8", "False"),
            "element type '<c8' of the .npy file is not supported; bool, "
            "int8..64, uint8..64 and float16..64 are");
  EXPECT_EQ(getTypeError("|O", "False"),
            "element type '|O' of the .npy file is not supported; bool, "
            "int8..64, uint8..64 and float16..64 are");
  EXPECT_EQ(getTypeError(">f4", "False"),
            "big-endian .npy data is not supported; save with "
            "array.astype(array.dtype.newbyteorder('<'))");
  EXPECT_EQ(getTypeError("<f4", "True"),
            "the .npy file is in Fortran order; save with "
            "numpy.ascontiguousarray(array)");
}

TEST(Npy, FilesRoundTripAndErrorsNameThem) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("setun-npy", folder));
  std::string path = (folder + "/x.npy").str();
  NpyArray array{"float32", {2}, std::vector<char>(8, 'x')};
  EXPECT_EQ(llvm::toString(writeNpy(path, array)), "");
  llvm::Expected<NpyArray> again = readNpy(path);
  ASSERT_TRUE(static_cast<bool>(again));
  EXPECT_EQ(again->data, array.data);
  llvm::Expected<NpyArray> missing = readNpy(path + "z");
  EXPECT_EQ(llvm::toString(missing.takeError()),
            path + "z: No such file or directory");
  array.dtype = "string";
  EXPECT_EQ(llvm::toString(writeNpy(path, array)),
            path + ": 'string' is no .npy element type");
  llvm::sys::fs::remove_directories(folder);
}

} // namespace
