// Walks the result in order and the source by strides, in squares where the two
// orders differ in the innermost dimension: rows of a big matrix are far apart.
#include "dialects/Onnx/PermuteConstant.h"

using namespace mlir;
using namespace setun::onnx;

/// Rows and columns of a square that caches hold on both sides.
static constexpr int64_t kSquare = 64;

namespace {
/// One dimension: how many steps, and how far apart they are on both sides.
struct Steps {
  int64_t size = 1, from = 0, to = 0;
};
} // namespace

/// Two dimensions of elements of `Width` bytes, or of `width` if that is 0.
template <int64_t Width>
static void copyPlane(const char *from, char *to, Steps row, Steps column,
                      int64_t width) {
  for (int64_t i0 = 0; i0 < row.size; i0 += kSquare)
    for (int64_t j0 = 0; j0 < column.size; j0 += kSquare)
      for (int64_t i = i0, ie = std::min(row.size, i0 + kSquare); i < ie; ++i)
        for (int64_t j = j0, je = std::min(column.size, j0 + kSquare); j < je;
             ++j)
          std::memcpy(to + i * row.to + j * column.to,
                      from + i * row.from + j * column.from,
                      Width ? Width : width);
}

static void copyPlane(const char *from, char *to, Steps row, Steps column,
                      int64_t width) {
  switch (width) {
  case 1:
    return copyPlane<1>(from, to, row, column, width);
  case 4:
    return copyPlane<4>(from, to, row, column, width);
  default:
    return copyPlane<0>(from, to, row, column, width);
  }
}

std::vector<char> setun::onnx::permuteBytes(ArrayRef<char> bytes,
                                            ArrayRef<int64_t> shape,
                                            int64_t width,
                                            ArrayRef<int64_t> permutation) {
  std::vector<char> result(bytes.size());
  if (bytes.empty())
    return result;
  int64_t rank = shape.size();
  // The dimensions of the result, without those of one step; a last one that
  // is the last of the source, too, is a longer element.
  SmallVector<int64_t> strides(rank, width);
  for (int64_t dim = rank - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  SmallVector<Steps> steps;
  for (int64_t dim : permutation)
    if (shape[dim] != 1)
      steps.push_back({shape[dim], strides[dim]});
  while (!steps.empty() && steps.back().from == width)
    width *= steps.pop_back_val().size;
  int64_t stride = width;
  for (Steps &step : llvm::reverse(steps)) {
    step.to = stride;
    stride *= step.size;
  }

  // The innermost of both sides are walked in squares.
  Steps row, column;
  if (!steps.empty())
    column = steps.pop_back_val();
  if (!steps.empty()) {
    auto *inner = llvm::min_element(
        steps, [](const Steps &a, const Steps &b) { return a.from < b.from; });
    row = *inner;
    steps.erase(inner);
  }
  SmallVector<int64_t> index(steps.size(), 0);
  const char *from = bytes.data();
  char *to = result.data();
  while (true) {
    copyPlane(from, to, row, column, width);
    int64_t dim = int64_t(steps.size()) - 1;
    for (; dim >= 0; --dim) {
      const Steps &step = steps[dim];
      from += step.from;
      to += step.to;
      if (++index[dim] < step.size)
        break;
      from -= step.from * step.size;
      to -= step.to * step.size;
      index[dim] = 0;
    }
    if (dim < 0)
      return result;
  }
}

std::vector<char> setun::onnx::permuteBytes(const ConstantData &data,
                                            ArrayRef<int64_t> permutation) {
  return permuteBytes(data.getBytes(), data.getType().getShape(),
                      getElementBytes(data.getElementType()), permutation);
}
