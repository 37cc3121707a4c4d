//===- NpyType.cpp - MLIR types as NumPy names them -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Support/NpyType.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun {

std::string getNpyType(Type elementType) {
  if (elementType.isSignlessInteger(1)) // ui1 and si1 are codes
    return "bool";
  if (auto integer = dyn_cast<IntegerType>(elementType)) {
    uint64_t bits = llvm::PowerOf2Ceil(std::max(integer.getWidth(), 8u));
    if (bits > 64)
      return "";
    return (integer.isUnsigned() ? "uint" : "int") + std::to_string(bits);
  }
  if (elementType.isF16() || elementType.isF32() || elementType.isF64())
    return "float" + std::to_string(elementType.getIntOrFloatBitWidth());
  return llvm::TypeSwitch<Type, std::string>(elementType)
      .Case([](BFloat16Type) { return "bfloat16"; })
      .Case([](Float8E4M3FNType) { return "float8_e4m3fn"; })
      .Case([](Float8E4M3FNUZType) { return "float8_e4m3fnuz"; })
      .Case([](Float8E5M2Type) { return "float8_e5m2"; })
      .Case([](Float8E5M2FNUZType) { return "float8_e5m2fnuz"; })
      .Case([](Float8E8M0FNUType) { return "float8_e8m0fnu"; })
      .Case([](Float4E2M1FNType) { return "float4_e2m1fn"; })
      .Default([](Type) { return ""; });
}

std::string describeArray(StringRef dtype, ArrayRef<int64_t> shape) {
  std::string text = dtype.str() + "[";
  for (auto [axis, extent] : llvm::enumerate(shape))
    text += (axis == 0 ? "" : "x") +
            (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent));
  return text + "]";
}

} // namespace setun
