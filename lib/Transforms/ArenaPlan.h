// Offsets for buffers with lifetimes: plain data, no IR, so that it can be
// tested on its own.
#ifndef SETUN_LIB_TRANSFORMS_ARENAPLAN_H
#define SETUN_LIB_TRANSFORMS_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace setun {

/// The steps of the program during which a buffer is alive, both ends included.
/// A buffer that nothing touches has last < first.
struct Interval {
  int64_t first;
  int64_t last;
  bool overlaps(const Interval &other) const {
    return first <= other.last && other.first <= last;
  }
};

struct PlannedBuffer {
  int64_t bytes;
  Interval alive;
  /// Set by planArenaOffsets; a multiple of 64.
  int64_t offset;
};

struct ArenaPlan {
  /// Size of the arena.
  int64_t bytes;
  /// The largest sum of (64-byte rounded) sizes alive at one step: no plan can
  /// be smaller.
  int64_t lowerBound;
};

/// Gives each buffer an offset such that buffers alive at the same time do not
/// share bytes. Tries several orders of placement (by size, by size times
/// lifetime, by start), each at the lowest offset that is free, and keeps the
/// smallest arena. Deterministic.
ArenaPlan planArenaOffsets(llvm::MutableArrayRef<PlannedBuffer> buffers);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_ARENAPLAN_H
