// count-adders [--max-depth=N] [--effort=N] MATRIX.npy...: builds and proves an
// add/sub network for each matrix [outputs][inputs] of int16 and prints a line
//   name plain adders negations depth processor-seconds
#include "setun/Analysis/AddSubNetwork.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>

using namespace llvm;

namespace {

struct Matrix {
  int64_t outputs, inputs;
  std::vector<int16_t> codes;
};

/// What numpy.save writes for a two-dimensional, C-contiguous array of <i2.
Expected<Matrix> readMatrix(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(buffer.getError(), path);
  StringRef bytes = (*buffer)->getBuffer();
  if (!bytes.consume_front(StringRef("\x93NUMPY\x01\x00", 8)) ||
      bytes.size() < 2)
    return createStringError(path + ": no .npy file of version 1");
  size_t size = uint8_t(bytes[0]) | size_t(uint8_t(bytes[1])) << 8;
  StringRef header = bytes.substr(2, size), data = bytes.drop_front(2 + size);
  StringRef shape = header.split("'shape': (").second.split(')').first;
  auto [rows, columns] = shape.split(", ");
  Matrix matrix;
  if (!header.contains("'<i2'") || !header.contains("'fortran_order': False") ||
      rows.getAsInteger(10, matrix.outputs) ||
      columns.getAsInteger(10, matrix.inputs) ||
      data.size() != size_t(2 * matrix.outputs * matrix.inputs))
    return createStringError(path + ": expected a C-ordered matrix of int16");
  for (size_t i = 0; i < data.size(); i += 2)
    matrix.codes.push_back(
        int16_t(uint8_t(data[i]) | uint16_t(uint8_t(data[i + 1])) << 8));
  return matrix;
}

Error count(StringRef path, setun::AddSubOptions options) {
  Expected<Matrix> read = readMatrix(path);
  if (!read)
    return read.takeError();
  setun::IntegerMatrix matrix{read->outputs, read->inputs, read->codes};
  std::clock_t start = std::clock();
  setun::AddSubNetwork network = setun::buildAddSubNetwork(matrix, options);
  double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  if (Error error = network.prove(matrix, /*maxInput=*/128, INT32_MAX))
    return error;
  int64_t negations = network.countNegations();
  outs() << formatv("{0} {1} {2} {3} {4} {5:F3}\n", sys::path::stem(path),
                    matrix.countPlainAdders(),
                    network.countAdders() - negations, negations,
                    network.getDepth(), seconds);
  outs().flush();
  return Error::success();
}

} // namespace

int main(int argc, char **argv) {
  setun::AddSubOptions options;
  for (StringRef argument : ArrayRef(argv + 1, argc - 1)) {
    bool isDepth = argument.consume_front("--max-depth=");
    if (isDepth || argument.consume_front("--effort=")) {
      if (argument.getAsInteger(10,
                                isDepth ? options.maxDepth : options.effort)) {
        errs() << "count-adders: error: '" << argument << "' is no number\n";
        return 1;
      }
    } else if (Error error = count(argument, options)) {
      errs() << "count-adders: error: " << toString(std::move(error)) << "\n";
      return 1;
    }
  }
}
