//===- Tables.cpp - Constants as tables in C++ ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Tables.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun::hls {

unsigned getSignedBits(int64_t lo, int64_t hi) {
  unsigned bits = 1;
  while (bits < 64 && (!llvm::isIntN(bits, lo) || !llvm::isIntN(bits, hi)))
    ++bits;
  return bits;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static std::optional<Numbers> readCodes(lowbit::ConstantOp op) {
  if (lowbit::getLayout(op.getType()))
    return std::nullopt;
  Numbers numbers;
  numbers.shape.assign(op.getType().getShape().begin(),
                       op.getType().getShape().end());
  for (int64_t code : op.getCodes())
    numbers.integers.push_back(code);
  return numbers;
}

/// f32(code - zero point) * scale, broadcast from a scalar or an equal shape.
static std::optional<Numbers> readDequantized(lowbit::DequantizeOp op) {
  std::optional<Numbers> codes = getNumbers(op.getInput());
  std::optional<Numbers> scale = getNumbers(op.getScale());
  std::optional<Numbers> zero;
  if (op.getZeroPoint() && !(zero = getNumbers(op.getZeroPoint())))
    return std::nullopt;
  if (!codes || !scale || codes->isFloat)
    return std::nullopt;
  // Index of the element of `from` that numpy's broadcasting takes.
  auto locate = [&](const Numbers &from, int64_t index) {
    int64_t at = 0, stride = 1;
    for (int64_t i = codes->shape.size() - 1,
                 j = static_cast<int64_t>(from.shape.size()) - 1;
         j >= 0; --i, --j) {
      int64_t coordinate = index % codes->shape[i];
      index /= codes->shape[i];
      at += (from.shape[j] == 1 ? 0 : coordinate) * stride;
      stride *= from.shape[j];
    }
    return at;
  };
  Numbers real;
  real.isFloat = true;
  real.shape = codes->shape;
  for (size_t i = 0; i < codes->size(); ++i) {
    volatile float value = static_cast<float>(codes->integers[i]);
    if (zero)
      value = value - zero->floats[locate(*zero, i)];
    real.floats.push_back(value * scale->floats[locate(*scale, i)]);
  }
  return real;
}

/// A transposed constant: dimension d is dimension permutation[d] of `from`.
static std::optional<Numbers> readTransposed(linalg::TransposeOp op) {
  std::optional<Numbers> from = getNumbers(op.getInput());
  if (!from)
    return std::nullopt;
  ArrayRef<int64_t> permutation = op.getPermutation();
  int64_t rank = permutation.size();
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t d = rank - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * from->shape[d + 1];
  Numbers numbers;
  numbers.isFloat = from->isFloat;
  for (int64_t dim : permutation)
    numbers.shape.push_back(from->shape[dim]);
  for (int64_t i = 0, e = static_cast<int64_t>(from->size()); i < e; ++i) {
    int64_t at = 0, rest = i;
    for (int64_t d = rank - 1; d >= 0; --d) {
      at += rest % numbers.shape[d] * strides[permutation[d]];
      rest /= numbers.shape[d];
    }
    if (numbers.isFloat)
      numbers.floats.push_back(from->floats[at]);
    else
      numbers.integers.push_back(from->integers[at]);
  }
  return numbers;
}

std::optional<Numbers> getNumbers(Value value) {
  if (auto op = value.getDefiningOp<linalg::TransposeOp>())
    return readTransposed(op);
  if (auto op = value.getDefiningOp<lowbit::ConstantOp>())
    return readCodes(op);
  if (auto op = value.getDefiningOp<lowbit::DequantizeOp>())
    return readDequantized(op);
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return std::nullopt;
  Numbers numbers;
  Type element = data->getElementType();
  numbers.isFloat = element.isF32();
  if (!numbers.isFloat && !isa<IntegerType>(element))
    return std::nullopt;
  numbers.shape.assign(data->getType().getShape().begin(),
                       data->getType().getShape().end());
  for (int64_t i = 0; i < data->size(); ++i) {
    if (numbers.isFloat)
      numbers.floats.push_back(data->at<float>(i));
    else
      numbers.integers.push_back(data->asInt(i));
  }
  return numbers;
}

bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (auto dequantize = dyn_cast<lowbit::DequantizeOp>(op))
    return llvm::all_of(dequantize->getOperands(), isConstant);
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return isConstant(transpose.getInput());
  return isa<lowbit::ConstantOp>(op) ||
         onnx::getConstantData(value).has_value();
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

std::string printNumber(const Numbers &numbers, size_t index) {
  if (numbers.isFloat)
    return formatLiteral(numbers.floats[index]);
  int64_t value = numbers.integers[index];
  if (llvm::isInt<32>(value) && value != INT32_MIN)
    return std::to_string(value);
  if (value == INT64_MIN)
    return "(-9223372036854775807LL - 1)";
  return std::to_string(value) + "LL";
}

unsigned getBits(const Numbers &numbers) {
  int64_t lo = 0, hi = 0;
  for (int64_t value : numbers.integers) {
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  return getSignedBits(lo, hi);
}

/// Tables are of C's own types, which need no constructors to run; whoever
/// reads one says how many bits there are.
static std::string getTableType(const Numbers &numbers) {
  if (numbers.isFloat)
    return "float";
  return fmt::format(
      "int{}_t", std::max<uint64_t>(8, llvm::PowerOf2Ceil(getBits(numbers))));
}

/// Nested braces around `texts`, a line at most 100 columns.
static void printNested(llvm::raw_ostream &os, ArrayRef<std::string> texts,
                        ArrayRef<int64_t> shape, unsigned depth) {
  if (shape.size() > 1) {
    int64_t part = texts.size() / shape.front();
    os << "{";
    for (int64_t i = 0; i < shape.front(); ++i) {
      os << (i == 0 ? "" : ",\n");
      if (i > 0)
        os.indent(4 + depth);
      printNested(os, texts.slice(i * part, part), shape.drop_front(),
                  depth + 1);
    }
    os << "}";
    return;
  }
  os << "{";
  size_t column = 5 + depth;
  for (auto [i, text] : llvm::enumerate(texts)) {
    if (i > 0) {
      os << ",";
      bool breaks = column + text.size() + 3 > SourceWriter::maxColumns;
      if (breaks) {
        os << "\n";
        os.indent(5 + depth);
        column = 5 + depth;
      } else {
        os << " ";
      }
      column += breaks ? 0 : 2;
    }
    os << text;
    column += text.size();
  }
  os << "}";
}

static void addArray(Design &design, StringRef comment, StringRef type,
                     StringRef name, std::vector<std::string> texts,
                     ArrayRef<int64_t> shape) {
  if (design.isSketch)
    return;
  llvm::raw_string_ostream os(design.tables);
  os << "\n// " << escapeForComment(comment, 400) << "\nstatic const " << type
     << " " << name;
  for (int64_t extent : shape)
    os << "[" << extent << "]";
  os << " =\n    ";
  // Rows of one number share a line.
  for (; shape.size() > 1 && shape.back() == 1; shape = shape.drop_back())
    for (std::string &text : texts)
      text = "{" + text + "}";
  printNested(os, texts, shape, 0);
  os << ";\n";
}

void addTable(Design &design, StringRef comment, StringRef name,
              const Numbers &numbers, ArrayRef<int64_t> shape) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < numbers.size(); ++i)
    texts.push_back(printNumber(numbers, i));
  addArray(design, comment, getTableType(numbers), name, std::move(texts),
           shape);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

WeightFacts
describeWeights(int64_t outputs, int64_t inputs,
                llvm::function_ref<int64_t(int64_t, int64_t)> weight) {
  int64_t lo = INT64_MAX, hi = INT64_MIN;
  bool hasZero = false;
  WeightFacts facts;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k) {
      int64_t w = weight(n, k);
      // In the form without neighbours: where 3 w and w differ.
      facts.digits += llvm::popcount(uint64_t(3 * w ^ w));
      lo = std::min(lo, w);
      hi = std::max(hi, w);
      hasZero |= w == 0;
    }
  if (lo >= -1 && hi <= 1) {
    facts.bits = hasZero ? 2 : 1;
    facts.code =
        hasZero ? "setun_hls::ternary_weight" : "setun_hls::bipolar_weight";
    return facts;
  }
  facts.bits = getSignedBits(lo, hi);
  facts.code = fmt::format("setun_hls::integer_weight<{}>", facts.bits);
  return facts;
}

PackedWeights addWeights(Design &design, StringRef comment, StringRef name,
                         int64_t outputs, int64_t inputs, int64_t pe,
                         int64_t simd,
                         llvm::function_ref<int64_t(int64_t, int64_t)> weight) {
  WeightFacts code = describeWeights(outputs, inputs, weight);
  int64_t wordBits = 8;
  while (wordBits < 64 && wordBits / code.bits < simd)
    wordBits *= 2;
  int64_t perWord = wordBits / code.bits;
  PackedWeights packed;
  packed.code = code.code;
  packed.word = fmt::format("uint{}_t", wordBits);
  packed.words = llvm::divideCeil(simd, perWord);

  if (design.isSketch)
    return packed;
  int64_t steps = inputs / simd;
  uint64_t mask = (uint64_t(1) << code.bits) - 1;
  std::vector<std::string> texts;
  for (int64_t p = 0; p < pe; ++p)
    for (int64_t n = p; n < outputs; n += pe)
      for (int64_t step = 0; step < steps; ++step)
        for (int64_t word = 0; word < packed.words; ++word) {
          uint64_t bits = 0;
          for (int64_t i = 0; i < perWord && word * perWord + i < simd; ++i) {
            int64_t w = weight(n, step * simd + word * perWord + i);
            uint64_t stored = code.bits == 1 ? w > 0 : uint64_t(w) & mask;
            bits |= stored << (i * code.bits);
          }
          texts.push_back(
              fmt::format("0x{:x}{}", bits, wordBits == 64 ? "ull" : ""));
        }
  addArray(design, comment, packed.word, name, std::move(texts),
           {pe, outputs / pe * steps, packed.words});
  return packed;
}

} // namespace setun::hls
