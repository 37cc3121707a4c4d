//===- MemoryFacts.h - What each step of a model touches --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of a model as the compiler planned it, read off the entry point in
// the "buffers" stage: which buffers each step reads and writes, where in the
// arena they lie, and from when to when they are alive.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_MEMORYFACTS_H
#define SETUN_ANALYSIS_MEMORYFACTS_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace setun {

/// A value between steps: a part of the arena, or an input or output of the
/// model in the caller's memory.
struct BufferFacts {
  std::string name;
  /// First byte in the arena; -1 in the caller's memory.
  int64_t offset = -1;
  int64_t elements = 0;
  int64_t bytes = 0;
  /// The elements are codes or floats, which another number format would store
  /// in its own width; not sums, indices or truth values.
  bool isValue = false;
  /// The steps that touch it first and last.
  int64_t firstStep = 0, lastStep = 0;
};

/// One call of the entry point: a product and what was fused with it.
struct StepFacts {
  explicit StepFacts(mlir::Location location) : location(location) {}

  mlir::Location location;
  /// The ONNX node that the step is called after.
  std::string name;
  /// Indices into MemoryFacts::buffers. Scratch belongs to the step alone.
  std::vector<size_t> reads, writes, scratch;
  /// Weights, scales and tables that the step reads.
  int64_t constantBytes = 0;
};

struct MemoryFacts {
  std::vector<BufferFacts> buffers;
  std::vector<StepFacts> steps;
  int64_t arenaBytes = 0;
  /// The most bytes that are alive at once, 64-byte aligned.
  int64_t arenaLowerBound = 0;
  /// All constants of the model.
  int64_t constantBytes = 0;
};

/// Reads `@main` of a module in the "buffers" stage; nothing if there is none.
MemoryFacts collectMemoryFacts(mlir::ModuleOp buffers);

} // namespace setun

#endif // SETUN_ANALYSIS_MEMORYFACTS_H
