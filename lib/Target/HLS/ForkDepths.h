//===- ForkDepths.h - How much the branches of a fork hold ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where two branches of a fork meet again in a stage that reads an element of
// each at a time, the shorter one has to hold what the longer one must have
// read before it gives as much.
//
// Let a branch have read late(j) beats at most when its end has given j, and
// early(j) at least. The fork writes both branches alike, so while the join
// waits for its beat j, one branch has been given at most late(j) of the other,
// and has taken early(j - 1) of its own. With a depth of the largest difference
// there is an order of all reads and writes that goes through. Every stage is a
// sequential process that waits for what it reads and writes next, and bounded
// streams between such processes are streams in both directions: whether all of
// them end does not depend on the order (Kahn, 1974). So the hardware ends,
// too.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_FORKDEPTHS_H
#define SETUN_LIB_TARGET_HLS_FORKDEPTHS_H

#include <cstdint>
#include <functional>

namespace setun::hls {

struct Design;

/// When a stage with one input reads and writes, in rounds of its loops; empty
/// if that is not known. `late` asks for an upper bound, else for a lower one.
struct Pace {
  /// Rounds until so many beats are written.
  std::function<int64_t(int64_t beats, bool late)> roundOf;
  /// Beats that are read within so many rounds.
  std::function<int64_t(int64_t rounds, bool late)> readBy;

  explicit operator bool() const { return bool(roundOf); }

  /// A beat for a beat.
  static Pace even();
};

/// Makes the streams behind forks as short as that shows to be safe. Others
/// keep a whole frame.
void shortenForks(Design &design);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_FORKDEPTHS_H
