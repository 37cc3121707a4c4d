// Windows of convolutions and pools as ONNX spells them.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_WINDOWMATCHERS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_WINDOWMATCHERS_H

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"

namespace setun {

/// The window of a node from `input` to `output`, both [N, C, ..]; null if they
/// do not fit together. SAME_* and ceil_mode become pads: as many as the
/// outputs need, the odd one of SAME at the end (UPPER) or at the begin
/// (LOWER).
lowbit::WindowAttr matchWindow(onnx::NodeOp node, llvm::ArrayRef<int64_t> input,
                               llvm::ArrayRef<int64_t> size,
                               llvm::ArrayRef<int64_t> output);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_WINDOWMATCHERS_H
