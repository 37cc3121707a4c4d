// Walks the result in order and the source by strides.
#include "dialects/Onnx/PermuteConstant.h"

using namespace mlir;
using namespace setun::onnx;

std::vector<char> setun::onnx::permuteBytes(const ConstantData &data,
                                            ArrayRef<int64_t> permutation) {
  ArrayRef<char> bytes = data.getBytes();
  ArrayRef<int64_t> shape = data.getType().getShape();
  int64_t rank = shape.size();
  int64_t width = getElementBytes(data.getElementType());
  SmallVector<int64_t> strides(rank, width);
  for (int64_t dim = rank - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];

  std::vector<char> result(bytes.size());
  SmallVector<int64_t> index(rank, 0);
  int64_t from = 0;
  for (size_t to = 0; to < result.size(); to += width) {
    std::memcpy(&result[to], &bytes[from], width);
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      int64_t stride = strides[permutation[dim]];
      from += stride;
      if (++index[dim] < shape[permutation[dim]])
        break;
      from -= stride * index[dim];
      index[dim] = 0;
    }
  }
  return result;
}
