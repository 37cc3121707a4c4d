// Value sets and storage of the code types.
#include "dialects/LowBit/CodeType.h"
#include "dialects/LowBit/LowBit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun::lowbit {

bool isCode(Type type) {
  if (isa<BipolarType, TernaryType>(type))
    return true;
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() && integer.getWidth() >= 1 &&
         integer.getWidth() <= 16;
}

CodeRange getCodeRange(Type code, bool narrow) {
  if (isa<BipolarType, TernaryType>(code))
    return {-1, 1};
  auto integer = cast<IntegerType>(code);
  int64_t width = integer.getWidth();
  if (integer.isUnsigned())
    return {0, (int64_t(1) << width) - 1 - (narrow ? 1 : 0)};
  return {-(int64_t(1) << (width - 1)) + (narrow ? 1 : 0),
          (int64_t(1) << (width - 1)) - 1};
}

bool isCodeValue(Type code, int64_t value) {
  CodeRange range = getCodeRange(code);
  return value >= range.min && value <= range.max &&
         !(isa<BipolarType>(code) && value == 0);
}

unsigned getCodeBits(Type code) {
  if (isa<BipolarType>(code))
    return 1;
  if (isa<TernaryType>(code))
    return 2;
  return cast<IntegerType>(code).getWidth();
}

unsigned getStorageBits(Type code) { return getCodeBits(code) > 8 ? 16 : 8; }

bool isUnsignedCode(Type code) { return code.isUnsignedInteger(); }

int64_t getProductBound(Type lhs, Type rhs, int64_t terms) {
  int64_t product =
      getCodeRange(lhs).magnitude() * getCodeRange(rhs).magnitude();
  int64_t bound;
  return llvm::MulOverflow(product, terms, bound) ? INT64_MAX : bound;
}

} // namespace setun::lowbit
