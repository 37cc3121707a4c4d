//===- Npy.h - Reading and writing .npy files -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors on disk are NumPy's .npy, versions 1 and 2, C order, little-endian.
// Files may come from anywhere: every size is checked before it is used.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_NPY_H
#define SETUN_SUPPORT_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace setun {

/// A dense tensor: element type by NumPy's name, shape, row-major bytes.
struct NpyArray {
  /// One of bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
  /// float16, float32, float64; or bfloat16, float8_e4m3fn, float8_e4m3fnuz,
  /// float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu, float4_e2m1fn, which files
  /// do not tell apart: they are read as void16 or void8, bits of any meaning.
  std::string dtype;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> data;

  /// Number of elements.
  int64_t size() const;
};

/// May data of type `given` stand for `wanted`? Yes for equal names, and for
/// bits without a meaning where small floats are wanted.
bool isNpyTypeCompatible(llvm::StringRef given, llvm::StringRef wanted);

/// Is a dtype one of floats?
bool isNpyFloat(llvm::StringRef dtype);

/// The number that element `index` is.
double getNpyElement(const NpyArray &array, int64_t index);

/// Bytes of one element of a dtype, or 0 for an unknown name.
unsigned getNpyElementBytes(llvm::StringRef dtype);

/// Parses a whole .npy file in memory.
llvm::Expected<NpyArray> parseNpy(llvm::StringRef buffer);

/// Reads a file; errors begin with the path.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// The bytes of a .npy file (version 1.0) of this array.
llvm::Expected<std::string> serializeNpy(const NpyArray &array);

/// Writes a file, complete or not at all.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace setun

#endif // SETUN_SUPPORT_NPY_H
