// The dimensions of a constant in another order.
#ifndef SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H
#define SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H

#include "dialects/Onnx/ConstantData.h"

namespace setun::onnx {

/// Elements of `width` bytes in the order of `shape`, with dimension
/// permutation[i] as dimension i.
std::vector<char> permuteBytes(llvm::ArrayRef<char> bytes,
                               llvm::ArrayRef<int64_t> shape, int64_t width,
                               llvm::ArrayRef<int64_t> permutation);

/// The bytes of `data` with dimension permutation[i] as dimension i.
std::vector<char> permuteBytes(const ConstantData &data,
                               llvm::ArrayRef<int64_t> permutation);

} // namespace setun::onnx

#endif // SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H
