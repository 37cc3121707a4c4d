// Greedy placement of buffers by lifetime.
#include "ArenaPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"
#include <functional>
#include <map>

namespace setun {
namespace {

constexpr int64_t kAlignment = 64;

int64_t getRoundedBytes(const PlannedBuffer &buffer) {
  if (buffer.alive.last < buffer.alive.first)
    return 0;
  return llvm::alignTo(buffer.bytes, kAlignment);
}

/// Places the buffers in `order`, each at the lowest offset free of those that
/// live beside it.
int64_t place(llvm::ArrayRef<size_t> order,
              llvm::ArrayRef<PlannedBuffer> buffers,
              llvm::SmallVectorImpl<int64_t> &offsets) {
  offsets.assign(buffers.size(), 0);
  llvm::SmallVector<size_t> placed;
  int64_t bytes = 0;
  for (size_t current : order) {
    int64_t size = getRoundedBytes(buffers[current]);
    llvm::SmallVector<std::pair<int64_t, int64_t>> taken;
    for (size_t other : placed)
      if (buffers[other].alive.overlaps(buffers[current].alive))
        taken.push_back(
            {offsets[other], offsets[other] + getRoundedBytes(buffers[other])});
    llvm::sort(taken);
    int64_t offset = 0;
    for (auto [begin, end] : taken) {
      if (begin >= offset + size)
        break;
      offset = std::max(offset, end);
    }
    offsets[current] = offset;
    bytes = std::max(bytes, offset + size);
    placed.push_back(current);
  }
  return bytes;
}

int64_t getLowerBound(llvm::ArrayRef<PlannedBuffer> buffers) {
  std::map<int64_t, int64_t> changes;
  for (const PlannedBuffer &buffer : buffers) {
    if (buffer.alive.last < buffer.alive.first)
      continue;
    changes[buffer.alive.first] += getRoundedBytes(buffer);
    changes[buffer.alive.last + 1] -= getRoundedBytes(buffer);
  }
  int64_t alive = 0, most = 0;
  for (auto [step, change] : changes)
    most = std::max(most, alive += change);
  return most;
}

} // namespace

ArenaPlan planArenaOffsets(llvm::MutableArrayRef<PlannedBuffer> buffers) {
  using Key = std::function<int64_t(const PlannedBuffer &)>;
  const Key keys[] = {
      [](const PlannedBuffer &b) { return -getRoundedBytes(b); },
      [](const PlannedBuffer &b) {
        return -getRoundedBytes(b) * (b.alive.last - b.alive.first + 1);
      },
      [](const PlannedBuffer &b) { return b.alive.first; },
      [](const PlannedBuffer &b) { return -b.alive.last; }};

  llvm::SmallVector<int64_t> best, offsets;
  int64_t bestBytes = INT64_MAX;
  for (const Key &key : keys) {
    auto order = llvm::to_vector(llvm::seq<size_t>(0, buffers.size()));
    llvm::sort(order, [&](size_t a, size_t b) {
      return std::make_pair(key(buffers[a]), a) <
             std::make_pair(key(buffers[b]), b);
    });
    int64_t bytes = place(order, buffers, offsets);
    if (bytes < bestBytes) {
      bestBytes = bytes;
      best = offsets;
    }
  }
  for (auto [buffer, offset] : llvm::zip(buffers, best))
    buffer.offset = offset;
  return {bestBytes, getLowerBound(buffers)};
}

} // namespace setun
