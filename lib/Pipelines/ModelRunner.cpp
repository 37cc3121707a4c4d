//===- ModelRunner.cpp - Calling a compiled model -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What both backends share: checks of the inputs, buffers with guards, and
// conversion to arrays.
//===----------------------------------------------------------------------===//

#include "setun/Pipelines/ModelRunner.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Support/NpyType.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mlir;

namespace setun {

/// NumPy's name of an element of the model's border, which may be a code.
static std::string getArrayType(Type elementType) {
  if (isa<lowbit::BipolarType, lowbit::TernaryType>(elementType))
    return "int8";
  return getNpyType(elementType);
}

static llvm::Error checkInput(const EntryArgument &expected,
                              const NpyArray &given) {
  std::string dtype = getArrayType(expected.elementType);
  if (isNpyTypeCompatible(given.dtype, dtype) &&
      ArrayRef(given.shape) == ArrayRef(expected.shape))
    return llvm::Error::success();
  return llvm::createStringError(
      llvm::formatv("input '{0}' is {1}, but {2} is given", expected.name,
                    describeArray(dtype, expected.shape),
                    describeArray(given.dtype, given.shape)));
}

namespace {
/// Aligned memory between two guards. It starts out filled with a pattern, so
/// that code that reads what it never wrote gives visibly wrong results.
class GuardedBuffer {
public:
  /// Fails where there is not so much memory: the model decides how much.
  static llvm::Expected<GuardedBuffer> create(int64_t bytes) {
    // Not `new`, for which LLVM installs a handler that aborts.
    void *memory = std::aligned_alloc(
        alignment, llvm::alignTo(bytes + 2 * guardBytes, alignment));
    if (!memory)
      return llvm::createStringError(
          llvm::formatv("there is no memory for a buffer of {0} bytes", bytes));
    memset(memory, pattern, bytes + 2 * guardBytes);
    return GuardedBuffer(bytes, static_cast<char *>(memory));
  }
  GuardedBuffer(GuardedBuffer &&other)
      : size(other.size), memory(std::exchange(other.memory, nullptr)) {}
  GuardedBuffer &operator=(GuardedBuffer &&) = delete;
  ~GuardedBuffer() { std::free(memory); }

  char *data() { return memory + guardBytes; }

  bool isIntact() const {
    auto untouched = [](char byte) { return byte == pattern; };
    return std::all_of(memory, memory + guardBytes, untouched) &&
           std::all_of(memory + guardBytes + size,
                       memory + 2 * guardBytes + size, untouched);
  }

private:
  GuardedBuffer(int64_t bytes, char *memory) : size(bytes), memory(memory) {}

  static constexpr int64_t guardBytes = 128;
  static constexpr size_t alignment = 64;
  static constexpr char pattern = static_cast<char>(0xa5);

  int64_t size;
  char *memory;
};
} // namespace

ModelRunner::~ModelRunner() = default;

std::vector<const EntryArgument *>
ModelRunner::getArguments(EntryRole role) const {
  std::vector<const EntryArgument *> selected;
  for (const EntryArgument &argument : signature.arguments)
    if (argument.role == role)
      selected.push_back(&argument);
  return selected;
}

llvm::Error ModelRunner::checkInputs(ArrayRef<NpyArray> inputs) const {
  std::vector<const EntryArgument *> expected = getArguments(EntryRole::Input);
  if (inputs.size() != expected.size())
    return llvm::createStringError(
        llvm::formatv("the model has {0} inputs, but {1} are given",
                      expected.size(), inputs.size()));
  for (auto [argument, input] : llvm::zip(expected, inputs))
    if (llvm::Error error = checkInput(*argument, input))
      return error;
  return llvm::Error::success();
}

/// One buffer for each argument, with the inputs in theirs.
class ModelRunner::Buffers {
public:
  static llvm::Expected<Buffers> create(const ModelRunner &runner,
                                        ArrayRef<NpyArray> inputs);

  std::vector<GuardedBuffer> buffers;
  std::vector<void *> pointers;
};

llvm::Expected<ModelRunner::Buffers>
ModelRunner::Buffers::create(const ModelRunner &runner,
                             ArrayRef<NpyArray> inputs) {
  if (llvm::Error error = runner.checkInputs(inputs))
    return error;
  Buffers result;
  for (const EntryArgument &argument : runner.signature.arguments) {
    auto allocated = GuardedBuffer::create(argument.bytes);
    if (!allocated)
      return allocated.takeError();
    result.buffers.push_back(std::move(*allocated));
    result.pointers.push_back(result.buffers.back().data());
    if (argument.role != EntryRole::Input)
      continue;
    const NpyArray &input = inputs.front();
    inputs = inputs.drop_front();
    memcpy(result.buffers.back().data(), input.data.data(), input.data.size());
  }
  return result;
}

llvm::Expected<double> ModelRunner::time(ArrayRef<NpyArray> inputs,
                                         int64_t calls) {
  llvm::Expected<Buffers> buffers = Buffers::create(*this, inputs);
  if (!buffers)
    return buffers.takeError();
  if (llvm::Error error = invoke(buffers->pointers))
    return error;
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  for (int64_t i = 0; i < calls; ++i)
    if (llvm::Error error = invoke(buffers->pointers))
      return error;
  return std::chrono::duration<double>(Clock::now() - start).count() /
         double(calls);
}

llvm::Expected<std::vector<NpyArray>>
ModelRunner::run(ArrayRef<NpyArray> inputs) {
  llvm::Expected<Buffers> prepared = Buffers::create(*this, inputs);
  if (!prepared)
    return prepared.takeError();
  if (llvm::Error error = invoke(prepared->pointers))
    return error;

  std::vector<NpyArray> outputs;
  for (auto [argument, buffer] :
       llvm::zip(signature.arguments, prepared->buffers)) {
    if (!buffer.isIntact())
      return llvm::createStringError(llvm::formatv(
          "the code writes outside its buffer '{0}'",
          argument.role == EntryRole::Arena ? "arena" : argument.name));
    if (argument.role != EntryRole::Output)
      continue;
    NpyArray &output = outputs.emplace_back();
    output.dtype = getArrayType(argument.elementType);
    output.shape.assign(argument.shape.begin(), argument.shape.end());
    output.data.assign(buffer.data(), buffer.data() + argument.bytes);
  }
  return outputs;
}

NpyArray makeSample(Type elementType, Type storageType, ArrayRef<int64_t> shape,
                    unsigned seed) {
  NpyArray array;
  array.shape.assign(shape.begin(), shape.end());
  Type type = storageType;
  unsigned bits = type.getIntOrFloatBitWidth();
  array.data.resize(ShapedType::getNumElements(shape) * ((bits + 7) / 8));
  array.dtype = type.isF32()   ? "float32"
                : type.isF64() ? "float64"
                               : "int" + std::to_string(bits);
  if (auto integer = dyn_cast<IntegerType>(elementType);
      integer && integer.isUnsigned())
    array.dtype = "u" + array.dtype;
  if (type.isInteger(1))
    array.dtype = "bool";
  std::mt19937 random(seed);
  for (int64_t i = 0, e = array.size(); i < e; ++i) {
    unsigned bits = random();
    if (type.isF32() || type.isF64()) {
      double number = bits % 8 == 0 ? 0 : int(bits >> 8 & 0xffff) / 16384.0 - 2;
      float narrow = float(number);
      if (type.isF32())
        std::memcpy(&array.data[4 * i], &narrow, 4);
      else
        std::memcpy(&array.data[8 * i], &number, 8);
    } else if (type.isInteger(8)) {
      array.data[i] = static_cast<char>(bits);
    }
  }
  return array;
}

} // namespace setun
