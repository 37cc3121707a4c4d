// Value sets and storage of the code types.
#include "dialects/LowBit/CodeType.h"
#include "dialects/LowBit/LowBit.h"
#include "llvm/Support/MathExtras.h"
#include <array>

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

bool isZeroPointOf(Type code, int64_t zeroPoint) {
  CodeRange storage = getCodeRange(IntegerType::get(
      code.getContext(), getStorageBits(code),
      isUnsignedCode(code) ? IntegerType::Unsigned : IntegerType::Signed));
  return zeroPoint >= storage.min && zeroPoint <= storage.max;
}

int64_t ShiftedCode::magnitude() const {
  CodeRange range = getCodeRange(code);
  int64_t min = std::min(range.min, padding.value_or(range.min));
  int64_t max = std::max(range.max, padding.value_or(range.max));
  return CodeRange{min - zeroPoint, max - zeroPoint}.magnitude();
}

int64_t getProductBound(ShiftedCode lhs, ShiftedCode rhs, int64_t terms,
                        ArrayRef<int64_t> bias) {
  int64_t product = lhs.magnitude() * rhs.magnitude();
  int64_t bound;
  if (llvm::MulOverflow(product, terms, bound))
    return INT64_MAX;
  int64_t largest = 0;
  for (int64_t value : bias)
    largest =
        std::max(largest, value == INT64_MIN ? INT64_MAX : std::abs(value));
  return llvm::AddOverflow(bound, largest, bound) ? INT64_MAX : bound;
}

CodeArray::CodeArray(ArrayRef<char> bytes, Type code)
    : data(reinterpret_cast<const unsigned char *>(bytes.data())),
      count(bytes.size() / (getStorageBits(code) / 8)),
      isWide(getStorageBits(code) == 16), isUnsigned(isUnsignedCode(code)) {}

CodeArray CodeArray::slice(int64_t first, int64_t length) const {
  assert(first >= 0 && length >= 0 && first + length <= count);
  CodeArray part = *this;
  part.data += first * (isWide ? 2 : 1);
  part.count = length;
  return part;
}

CodeSet CodeArray::getSet() const {
  CodeSet set;
  if (isWide) {
    for (int64_t code : *this)
      set.insert(code);
    return set;
  }
  // One store for each code is less than comparisons.
  std::array<bool, 256> occurs{};
  for (int64_t i = 0; i < count; ++i)
    occurs[data[i]] = true;
  for (int byte = 0; byte < 256; ++byte)
    if (occurs[byte])
      set.insert(isUnsigned ? byte : int8_t(byte));
  return set;
}

Type getNarrowestCode(MLIRContext *context, ArrayRef<int64_t> codes) {
  CodeSet set;
  for (int64_t code : codes)
    set.insert(code);
  return getNarrowestCode(context, set);
}

Type getNarrowestCode(MLIRContext *context, const CodeSet &codes) {
  if (codes.min >= -1 && codes.max <= 1)
    return codes.hasZero || codes.min > codes.max
               ? Type(TernaryType::get(context))
               : Type(BipolarType::get(context));
  for (unsigned bits = 2; bits <= 16; ++bits) {
    for (auto sign : {IntegerType::Signed, IntegerType::Unsigned}) {
      Type code = IntegerType::get(context, bits, sign);
      if (isCodeValue(code, codes.min) && isCodeValue(code, codes.max))
        return code;
    }
  }
  return nullptr;
}

} // namespace setun::lowbit
