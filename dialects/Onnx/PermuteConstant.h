// The dimensions of a constant in another order.
#ifndef SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H
#define SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H

#include "dialects/Onnx/ConstantData.h"

namespace setun::onnx {

/// The bytes of `data` with dimension permutation[i] as dimension i.
std::vector<char> permuteBytes(const ConstantData &data,
                               llvm::ArrayRef<int64_t> permutation);

} // namespace setun::onnx

#endif // SETUN_DIALECTS_ONNX_PERMUTECONSTANT_H
