//===- ForkDepths.cpp - How much the branches of a fork hold --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ForkDepths.h"

#include "Project.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace setun::hls {

/// A pipeline that waits may keep what it has computed until further rounds
/// have begun: at most as many as it has steps. No tool has said how many:
/// twice the estimate, and not less than this.
static constexpr int64_t pipelineSteps = 64;
/// Frames beyond so many beats are not followed.
static constexpr int64_t maxBeats = int64_t(1) << 20;

Pace Pace::even() {
  auto same = [](int64_t count, bool) { return count; };
  return {same, same};
}

namespace {
/// The stages from a fork to a join.
struct Branch {
  SmallVector<Stage *> stages;
  Stage *join = nullptr;
  const Stage::Port *port = nullptr;
  Stream *stream = nullptr;

  /// Beats of `stream` that are read when the join has `beats` of its own.
  int64_t getReads(int64_t beats, bool late) const;
};
} // namespace

int64_t Branch::getReads(int64_t beats, bool late) const {
  if (beats == 0 && !late)
    return 0;
  int64_t elements = beats * port->lanes;
  for (Stage *stage : reverse(stages)) {
    const Stage::Port &in = stage->inputs[0], &out = stage->outputs[0];
    int64_t wanted =
        late ? divideCeil(elements, out.lanes) : elements / out.lanes;
    int64_t rounds = stage->pace.roundOf(wanted, late);
    if (late)
      rounds += std::max(pipelineSteps, 2 * stage->depth);
    int64_t read = wanted == 0 && !late ? 0 : stage->pace.readBy(rounds, late);
    elements = std::min(read, in.stream->getBeats()) * in.lanes;
  }
  return late ? divideCeil(elements, stream->lanes) : elements / stream->lanes;
}

static std::pair<Stage *, const Stage::Port *> findReader(Design &design,
                                                          Stream *stream) {
  for (auto &stage : design.stages)
    for (const Stage::Port &port : stage->inputs)
      if (port.stream == stream)
        return {stage.get(), &port};
  return {nullptr, nullptr};
}

static Branch follow(Design &design, Stream *stream) {
  Branch branch;
  branch.stream = stream;
  for (Stream *at = stream; at;) {
    auto [stage, port] = findReader(design, at);
    if (!stage || stage->outputs.size() != 1 || !stage->pace)
      return branch;
    if (stage->inputs.size() == 2) {
      // One number that is read before the others come is no such join.
      int64_t a = stage->inputs[0].stream->getBeats(),
              b = stage->inputs[1].stream->getBeats();
      if (a != b && std::min(a, b) == 1)
        return branch;
      branch.join = stage;
      branch.port = port;
      return branch;
    }
    if (stage->inputs.size() != 1)
      return branch;
    branch.stages.push_back(stage);
    at = stage->outputs[0].stream;
  }
  return branch;
}

/// What `mine` has to hold while the join waits for `other`.
static int64_t findDepth(const Branch &mine, const Branch &other) {
  int64_t depth = 0;
  int64_t beats = mine.port->stream->getBeats();
  for (int64_t j = 1; j <= beats; ++j)
    depth =
        std::max(depth, other.getReads(j, true) - mine.getReads(j - 1, false));
  return depth;
}

void shortenForks(Design &design) {
  for (auto &fork : design.stages) {
    if (!fork->isFork)
      continue;
    Branch branches[] = {follow(design, fork->outputs[0].stream),
                         follow(design, fork->outputs[1].stream)};
    Stage *join = branches[0].join;
    if (!join || join != branches[1].join ||
        branches[0].port == branches[1].port ||
        branches[0].port->stream->getBeats() > maxBeats)
      continue;
    for (auto [mine, other] : {std::pair{0, 1}, std::pair{1, 0}}) {
      Stream *stream = branches[mine].stream;
      // Two more for the registers of the fork itself.
      int64_t depth = findDepth(branches[mine], branches[other]) + 2;
      if (depth >= stream->depth)
        continue;
      stream->depth = depth;
      stream->whyDepth = fmt::format(
          "what the other branch may read before {} gets as much of it",
          join->name);
    }
  }
}

} // namespace setun::hls
