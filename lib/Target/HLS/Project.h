//===- Project.h - Stages and streams of a project --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A design is a graph: stages are functions, streams connect them. It is built
// from the ops in order, completed by forks and adapters, then printed.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_PROJECT_H
#define SETUN_LIB_TARGET_HLS_PROJECT_H

#include "ForkDepths.h"
#include "Networks.h"
#include "StreamOrder.h"

#include "setun/Support/Names.h"
#include "setun/Support/SourceWriter.h"
#include "setun/Target/HLS/EmitHls.h"

#include "mlir/IR/Value.h"

#include <memory>
#include <string>
#include <vector>

namespace setun::hls {

struct Stage;

/// Streams of structs are one word a beat, and Vitis HLS accepts words of so
/// many bits.
constexpr int64_t maxBeatBits = 4096;

/// The most lanes that divide `lanes` and make no wider beat of `bits` each.
int64_t limitLanes(int64_t lanes, int64_t bits);

/// What one stage writes and others read.
struct Stream {
  /// As C++ calls it.
  std::string name;
  /// Type of an element in C++.
  std::string type;
  StreamOrder order;
  /// Elements of a beat.
  int64_t lanes = 1;
  /// Beats that fit between writer and reader, and why as many.
  int64_t depth = 2;
  std::string whyDepth;

  int64_t getElements() const { return order.size(); }
  int64_t getBeats() const { return getElements() / lanes; }
  /// `setun_hls::vec<ap_int<4>, 8>`
  std::string getBeatType() const;
  /// Makes it hold a frame, so its writer never waits for this reader.
  void holdFrame(llvm::StringRef why);
};

/// One process of the design.
struct Stage {
  /// A parameter of the function.
  struct Port {
    Stream *stream;
    std::string name;
    /// Beats of this many elements are wanted.
    int64_t lanes = 1;
  };

  /// C++ name of the function.
  std::string name;
  /// What it does, for the comment above it.
  std::string comment;
  std::vector<Port> inputs, outputs;
  /// Of the stages at the border: the parameter that leads outside, and its
  /// name.
  std::string borderParameter, border;
  /// Declarations that stand before the function.
  std::string declarations;
  /// The body.
  std::vector<std::string> statements;
  /// Clock cycles for a frame, if nothing makes it wait.
  int64_t cycles = 0;
  /// Of a product: how it is folded.
  int64_t simd = 0, pe = 0;
  /// Of a product: rows of a frame, and what PE and SIMD divide.
  int64_t rows = 0;
  int64_t outputsOfRow = 0, group = 0;
  /// It is a network of additions.
  bool isNetwork = false;
  /// Cannot run before it has seen so many elements of its first input.
  int64_t delay = 0;
  /// Cycles that are left once the last input has come.
  int64_t tail = 0;
  /// Cycles from what a round of its loops reads to what it writes.
  int64_t depth = 1;
  /// It writes what it reads to both of its outputs.
  bool isFork = false;
  /// Of a stage with one output, and of one that joins two streams.
  Pace pace;
  /// What it is built of, as far as it is estimated.
  std::vector<HlsPart> parts;
};

/// An input or output of the model.
struct Border {
  Stream *stream;
  /// Of the model's tensor; that of the stream if it is not transposed.
  StreamOrder order;
  /// As the model calls it, and its C++ name.
  std::string modelName, name;
  llvm::SmallVector<int64_t> shape;
  mlir::Type element;
};

/// All of the design.
struct Design {
  std::vector<std::unique_ptr<Stage>> stages;
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<Border> inputs, outputs;
  /// Tables of weights, thresholds and scales.
  std::string tables;
  std::shared_ptr<NetworkCache> networks = std::make_shared<NetworkCache>();
  /// Only for an estimate: tables are left out.
  bool isSketch = false;
  NameScope names;

  Stream *addStream(llvm::StringRef name, std::string type, StreamOrder order,
                    int64_t lanes);
  Stage *addStage(llvm::StringRef name);
};

/// Adds forks, adapters of widths and readers for what nobody reads; brings the
/// stages into an order in which each finds its input; computes depths.
void completeDesign(Design &design);

/// The files of the project.
std::vector<HlsFile> printProject(const Design &design,
                                  const HlsEstimate &estimate,
                                  const HlsEmitOptions &options);

/// What drivers in host/ read of the design.
std::vector<HlsFile> printHostFiles(const Design &design,
                                    const HlsEmitOptions &options);

/// Bytes of an element as the model has it, and whether it has a sign.
int64_t getModelBytes(mlir::Type element);
bool isSignedElement(mlir::Type element);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_PROJECT_H
