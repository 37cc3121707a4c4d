//===- CompleteDesign.cpp - Forks, adapters, depths -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Project.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace llvm;

namespace setun::hls {

std::string Stream::getBeatType() const {
  return fmt::format("setun_hls::vec<{}, {}>", type, lanes);
}

int64_t limitLanes(int64_t lanes, int64_t bits) {
  int64_t limited = std::min(lanes, std::max<int64_t>(maxBeatBits / bits, 1));
  while (lanes % limited != 0)
    --limited;
  return limited;
}

void Stream::holdFrame(StringRef why) {
  depth = std::max<int64_t>(2, getBeats());
  whyDepth = why.str();
}

Stream *Design::addStream(StringRef name, std::string type, StreamOrder order,
                          int64_t lanes) {
  streams.push_back(std::make_unique<Stream>());
  Stream &stream = *streams.back();
  stream.name = names.unique(name, "stream");
  stream.type = std::move(type);
  stream.order = std::move(order);
  stream.lanes = lanes;
  return &stream;
}

Stage *Design::addStage(StringRef name) {
  stages.push_back(std::make_unique<Stage>());
  stages.back()->name = name.str();
  return stages.back().get();
}

namespace {
class Completion {
public:
  explicit Completion(Design &design) : design(design) {}

  void run() {
    // Stages that are added here are complete.
    size_t count = design.streams.size();
    for (size_t i = 0; i < count; ++i)
      connect(*design.streams[i]);
    sort();
  }

private:
  using Port = Stage::Port;

  void connect(Stream &stream);
  Stream *fork(Stream &stream, Port &first);
  Stream *adapt(Stream &stream, int64_t lanes);
  void discard(Stream &stream);
  SmallVector<Port *> getReaders(const Stream &stream);
  Stream *addLike(const Stream &stream, StringRef suffix, int64_t lanes);
  void sort();

  Design &design;
};
} // namespace

SmallVector<Stage::Port *> Completion::getReaders(const Stream &stream) {
  SmallVector<Port *> readers;
  for (auto &stage : design.stages)
    for (Port &port : stage->inputs)
      if (port.stream == &stream)
        readers.push_back(&port);
  return readers;
}

Stream *Completion::addLike(const Stream &stream, StringRef suffix,
                            int64_t lanes) {
  return design.addStream((stream.name + suffix).str(), stream.type,
                          stream.order, lanes);
}

void Completion::discard(Stream &stream) {
  Stage *stage = design.addStage(design.names.unique(stream.name + "_unread"));
  stage->comment = "Nobody reads this.";
  stage->inputs.push_back({&stream, "in", stream.lanes});
  stage->statements.push_back(
      fmt::format("setun_hls::discard<{}>(in);", stream.getBeats()));
  stage->cycles = stream.getBeats();
}

/// A width that the reader wants, in one step or in two.
Stream *Completion::adapt(Stream &stream, int64_t lanes) {
  if (lanes == stream.lanes)
    return &stream;
  Stream *source = &stream;
  if (lanes % stream.lanes != 0 && stream.lanes % lanes != 0)
    source = adapt(stream, std::gcd(lanes, stream.lanes));
  Stage *stage = design.addStage(
      design.names.unique(fmt::format("{}_by_{}", stream.name, lanes)));
  stage->comment =
      fmt::format("Beats of {} elements instead of {}.", lanes, source->lanes);
  stage->inputs.push_back({source, "in", source->lanes});
  Stream *result = addLike(stream, fmt::format("_x{}", lanes), lanes);
  stage->outputs.push_back({result, "out", lanes});
  stage->statements.push_back(fmt::format(
      "setun_hls::change_lanes<{}>(in, out);", stream.getElements()));
  int64_t from = source->lanes, least = std::min(lanes, from);
  stage->cycles = stream.getElements() / least;
  stage->pace = {
      [=](int64_t beats, bool) { return beats * lanes / least; },
      [=](int64_t rounds, bool) { return (rounds * least + from - 1) / from; }};
  return result;
}

/// Splits the stream; `first` gets one half, the other is returned.
Stream *Completion::fork(Stream &stream, Port &first) {
  Stage *stage = design.addStage(design.names.unique(stream.name + "_fork"));
  stage->comment = "The same for two readers.";
  stage->isFork = true;
  stage->inputs.push_back({&stream, "in", stream.lanes});
  Stream *left = addLike(stream, "_a", stream.lanes);
  Stream *right = addLike(stream, "_b", stream.lanes);
  // Where branches meet again, the shorter one waits for the longer one. A
  // whole frame always fits, so the fork never blocks for good;
  // shortenForks() finds less where it can.
  for (Stream *half : {left, right})
    half->holdFrame("a frame: the other branch may need all of it first");
  stage->outputs.push_back({left, "first", stream.lanes});
  stage->outputs.push_back({right, "second", stream.lanes});
  stage->statements.push_back(fmt::format(
      "setun_hls::fork<{}>(in, first, second);", stream.getBeats()));
  stage->cycles = stream.getBeats();
  first.stream = adapt(*left, first.lanes);
  return right;
}

void Completion::connect(Stream &stream) {
  // Adding a stage moves no port: stages are allocated one by one.
  SmallVector<Port *> readers = getReaders(stream);
  if (readers.empty())
    return discard(stream);
  Stream *rest = &stream;
  for (Port *reader : ArrayRef(readers).drop_back())
    rest = fork(*rest, *reader);
  readers.back()->stream = adapt(*rest, readers.back()->lanes);
}

/// Each stage behind those that it reads from, otherwise as they were made.
void Completion::sort() {
  DenseMap<const Stream *, Stage *> writers;
  for (auto &stage : design.stages)
    for (Port &port : stage->outputs)
      writers[port.stream] = stage.get();
  DenseMap<const Stage *, bool> placed;
  std::vector<std::unique_ptr<Stage>> sorted;
  // A stage is placed once all of its writers are; there are no cycles.
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto &stage : design.stages) {
      if (!stage || !all_of(stage->inputs, [&](Port &port) {
            auto it = writers.find(port.stream);
            return it == writers.end() || placed.lookup(it->second);
          }))
        continue;
      placed[stage.get()] = true;
      sorted.push_back(std::move(stage));
      changed = true;
    }
  }
  design.stages = std::move(sorted);
}

void completeDesign(Design &design) {
  Completion(design).run();
  shortenForks(design);
}

} // namespace setun::hls
