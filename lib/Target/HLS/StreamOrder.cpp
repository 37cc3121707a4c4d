//===- StreamOrder.cpp - In which order elements flow ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StreamOrder.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace setun::hls {

StreamOrder::StreamOrder(ArrayRef<Loop> all) {
  loops.clear();
  for (Loop loop : all) {
    if (loop.extent == 1)
      continue;
    if (!loops.empty() && loops.back().stride == loop.extent * loop.stride)
      loops.back() = {loops.back().extent * loop.extent, loop.stride};
    else
      loops.push_back(loop);
  }
  if (loops.empty())
    loops.push_back({1, 1});
}

/// The row-major strides of a shape.
static SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

StreamOrder StreamOrder::rowMajor(ArrayRef<int64_t> shape) {
  SmallVector<Loop> loops;
  for (auto [extent, stride] : zip(shape, getStrides(shape)))
    loops.push_back({extent, stride});
  return StreamOrder(loops);
}

StreamOrder StreamOrder::channelsLast(ArrayRef<int64_t> shape) {
  SmallVector<Loop> loops;
  for (auto [extent, stride] : zip(shape, getStrides(shape)))
    loops.push_back({extent, stride});
  if (loops.size() > 2)
    std::rotate(loops.begin() + 1, loops.begin() + 2, loops.end());
  return StreamOrder(loops);
}

int64_t StreamOrder::size() const {
  int64_t size = 1;
  for (Loop loop : loops)
    size *= loop.extent;
  return size;
}

int64_t StreamOrder::at(int64_t position) const {
  int64_t index = 0;
  for (Loop loop : reverse(loops)) {
    index += position % loop.extent * loop.stride;
    position /= loop.extent;
  }
  return index;
}

std::optional<SmallVector<StreamOrder::Loop>>
StreamOrder::splitAt(ArrayRef<int64_t> bounds) const {
  SmallVector<int64_t> sorted(bounds);
  llvm::sort(sorted, std::greater<>());
  SmallVector<Loop> split;
  for (Loop loop : loops) {
    for (int64_t bound : sorted) {
      int64_t end = loop.extent * loop.stride;
      if (bound <= loop.stride || bound >= end)
        continue;
      if (bound % loop.stride != 0 || end % bound != 0)
        return std::nullopt;
      split.push_back({end / bound, bound});
      loop.extent = bound / loop.stride;
    }
    split.push_back(loop);
  }
  return split;
}

std::optional<StreamOrder>
StreamOrder::broadcast(ArrayRef<int64_t> shape,
                       ArrayRef<int64_t> newStrides) const {
  SmallVector<int64_t> strides = getStrides(shape);
  std::optional<SmallVector<Loop>> split = splitAt(strides);
  if (!split)
    return std::nullopt;
  for (Loop &loop : *split)
    for (size_t dim = 0; dim < shape.size(); ++dim)
      if (shape[dim] > 1 && loop.stride >= strides[dim] &&
          loop.stride < strides[dim] * shape[dim]) {
        loop.stride = loop.stride / strides[dim] * newStrides[dim];
        break;
      }
  return StreamOrder(*split);
}

std::optional<StreamOrder>
StreamOrder::transposed(ArrayRef<int64_t> shape,
                        ArrayRef<int64_t> permutation) const {
  SmallVector<int64_t> newShape, newStrideOf(shape.size());
  for (int64_t dim : permutation)
    newShape.push_back(shape[dim]);
  for (auto [dim, stride] : zip(permutation, getStrides(newShape)))
    newStrideOf[dim] = stride;
  return broadcast(shape, newStrideOf);
}

std::optional<StreamOrder>
StreamOrder::positionsOf(const StreamOrder &wanted) const {
  // Where a step of one order ends, one of the other may have to be cut.
  SmallVector<int64_t> ownBounds, otherBounds;
  for (Loop loop : loops)
    ownBounds.append({loop.stride, loop.stride * loop.extent});
  for (Loop loop : wanted.loops)
    otherBounds.append({loop.stride, loop.stride * loop.extent});
  std::optional<SmallVector<Loop>> own = splitAt(otherBounds),
                                   other = wanted.splitAt(ownBounds);
  if (!own || !other)
    return std::nullopt;
  SmallVector<Loop> result;
  for (Loop loop : *other) {
    int64_t positions = 1;
    const Loop *found = nullptr;
    for (const Loop &mine : reverse(*own)) {
      if (mine == loop)
        found = &mine;
      if (found)
        break;
      positions *= mine.extent;
    }
    if (!found && loop.extent != 1)
      return std::nullopt;
    result.push_back({loop.extent, positions});
  }
  return StreamOrder(result);
}

} // namespace setun::hls
