//===- Pipelines.h - The passes in their order ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way of a model through the compiler, as stages that a user can stop at.
// This is the one place that knows the order of the passes.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_PIPELINES_H
#define SETUN_PIPELINES_PIPELINES_H

#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace setun {

class Evaluator;
struct Target;

/// What a module looks like between the passes.
enum class Stage {
  /// One `onnx.node` for each node of the graph.
  Onnx,
  /// Low-bit products and quantisers are recognised.
  LowBit,
  /// A kernel is chosen for each product.
  Selected,
  /// Weights are packed or have become networks of additions.
  Packed,
  /// One function a layer on memrefs, and an arena.
  Buffers
};

/// Which kernel the products get.
enum class KernelChoice { Auto, AddSub, Packed, Depthwise, Plain };

/// As on the command line: `auto`, `addsub`, `packed`, `depthwise`,
/// `plain`.
const char *getKernelName(KernelChoice kernel);

struct CompileOptions {
  KernelChoice kernel = KernelChoice::Auto;
  /// The processor to compile for; null for the one that the module names.
  const Target *target = nullptr;
  /// Ternary weights take 1.6 bits instead of 2, whatever the module says.
  bool denseTernary = false;
  /// Multiplications and additions of floats may be fused.
  bool fastMath = false;
  /// Products with ternary and bipolar weights add and subtract only, where a
  /// kernel can.
  bool noMultiplication = false;
  /// The most additions one after another in an add/sub network, 0 for any
  /// number.
  int64_t maxNetworkDepth = 0;
  /// Float weights of few levels count as codes.
  bool detectLevels = true;
  /// Of every MatMulNBits, 4 for int8 within blocks; 0 for what each says.
  int64_t accuracyLevel = 0;
  /// Scales of rows become constants: the caller calibrates `scaleMaxima`, one
  /// for each dynamic quantiser, in a run without them that numbers these.
  bool staticScales = false;
  std::vector<double> scaleMaxima;
  /// Arrays or folders to calibrate and to measure with.
  std::vector<std::string> data;
  /// Another module of the context shares constants with this one.
  bool hasCopies = false;
  /// What stays float between integers is computed in fixed point.
  bool fixScales = false;
  /// The outermost quantisers are left to the caller: codes in, codes out.
  bool quantizedIo = false;
  /// Formats of inputs and of the output, as `onnx-border-formats` reads them.
  std::vector<std::string> inputFormats;
  std::string outputFormat;
  /// Kernel ops become loops, too, as LLVM needs it. Otherwise only networks of
  /// additions do.
  bool lowerKernels = false;
  /// Large constants are read from a block that the caller hands in.
  bool weightsInFile = false;
  /// The most threads that a run may use; results do not depend on it.
  int64_t threads = 1;
  /// The model is run after every pass up to the packed stage, and must keep
  /// its numbers.
  bool verifyEachNumerics = false;
  /// Constants that were folded are freed at once: no copy of the module is in
  /// use.
  bool releaseConstants = false;
  /// Runs constant parts of the model at compile time; none of them if null.
  /// Must outlive the passes.
  Evaluator *evaluator = nullptr;
};

/// Adds the passes that lead to `stage` from the one before it.
void addStagePasses(mlir::OpPassManager &passes, Stage stage,
                    const CompileOptions &options);

/// Adds the passes that lead from the "lowbit" stage to what HLS code is
/// printed from: what works element by element is a formula on scalars,
/// everything else stays as it is.
void addHlsPasses(mlir::OpPassManager &passes, const CompileOptions &options);

/// Adds all passes from the "onnx" stage to the "buffers" stage.
void buildCompilePipeline(mlir::OpPassManager &passes,
                          const CompileOptions &options);

/// Every dialect that a module may contain, and how it is bufferized.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Every pass by its name on the command line.
void registerAllPasses();

} // namespace setun

#endif // SETUN_PIPELINES_PIPELINES_H
