// Walks over the elements of tensors that are broadcast to each other, at
// compile time.
#ifndef SETUN_DIALECTS_LOWBIT_BROADCASTINDEX_H
#define SETUN_DIALECTS_LOWBIT_BROADCASTINDEX_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace setun::lowbit {

/// Index into a tensor of `shape` that is broadcast (numpy rules) to `index` of
/// a bigger shape.
inline int64_t getBroadcastIndex(llvm::ArrayRef<int64_t> shape,
                                 llvm::ArrayRef<int64_t> index) {
  int64_t flat = 0;
  llvm::ArrayRef<int64_t> last = index.take_back(shape.size());
  for (auto [size, i] : llvm::zip(shape, last))
    flat = flat * size + (size == 1 ? 0 : i);
  return flat;
}

/// Steps `index` to the next element of `shape`, row-major.
inline void advance(llvm::SmallVectorImpl<int64_t> &index,
                    llvm::ArrayRef<int64_t> shape) {
  for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
    if (++index[dim] < shape[dim])
      return;
    index[dim] = 0;
  }
}

} // namespace setun::lowbit

#endif // SETUN_DIALECTS_LOWBIT_BROADCASTINDEX_H
