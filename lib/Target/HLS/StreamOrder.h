//===- StreamOrder.h - In which order elements flow -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stream carries the elements of a tensor one after the other. Images go
// pixel by pixel, so that is not the order of memory. An order is a nest of
// loops over the tensor; a reshape leaves it as it is.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_STREAMORDER_H
#define SETUN_LIB_TARGET_HLS_STREAMORDER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace setun::hls {

/// The order of a tensor's elements in a stream.
class StreamOrder {
public:
  /// A loop: how often, and by how many elements of the tensor it steps.
  struct Loop {
    int64_t extent, stride;
    bool operator==(const Loop &other) const {
      return extent == other.extent && stride == other.stride;
    }
  };

  StreamOrder() = default;
  /// The loops from the outermost to the innermost; merged where one goes on
  /// where the other ends.
  explicit StreamOrder(llvm::ArrayRef<Loop> loops);

  static StreamOrder rowMajor(llvm::ArrayRef<int64_t> shape);
  /// Of [N, C, spatial..]: the channels of a pixel together.
  static StreamOrder channelsLast(llvm::ArrayRef<int64_t> shape);

  llvm::ArrayRef<Loop> getLoops() const { return loops; }
  int64_t size() const;
  /// The row-major index of the element at `position`.
  int64_t at(int64_t position) const;
  /// The stretch in which neighbours of the innermost loop lie.
  int64_t getInnermost() const { return loops.back().extent; }

  /// The order in which the same elements come after a transposition of a
  /// tensor of `shape`: dimension d of the result is dimension permutation[d].
  /// Nothing if a loop runs across dimensions in a way that has no such form.
  std::optional<StreamOrder>
  transposed(llvm::ArrayRef<int64_t> shape,
             llvm::ArrayRef<int64_t> permutation) const;

  /// Loops over the positions of this order that visit its elements in the
  /// order `wanted`; nothing if there are none of this form.
  std::optional<StreamOrder> positionsOf(const StreamOrder &wanted) const;

  /// Where another tensor is read that is broadcast to this one of `shape`: an
  /// index of dimension d steps by strides[d] there, 0 where it is repeated.
  std::optional<StreamOrder> broadcast(llvm::ArrayRef<int64_t> shape,
                                       llvm::ArrayRef<int64_t> strides) const;

  bool operator==(const StreamOrder &other) const {
    return loops == other.loops;
  }
  bool operator!=(const StreamOrder &other) const { return !(*this == other); }

private:
  /// The same loops, split so that none crosses a multiple of a stride of
  /// `bounds`; nothing if extents do not divide.
  std::optional<llvm::SmallVector<Loop>>
  splitAt(llvm::ArrayRef<int64_t> bounds) const;

  llvm::SmallVector<Loop> loops = {{1, 1}};
};

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_STREAMORDER_H
