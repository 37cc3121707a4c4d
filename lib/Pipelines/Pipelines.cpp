//===- Pipelines.cpp - The passes in their order --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Pipelines/Pipelines.h"

#include "setun/Conversion/Passes.h"
#include "setun/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace setun {

const char *getKernelName(KernelChoice kernel) {
  switch (kernel) {
  case KernelChoice::Auto:
    return "auto";
  case KernelChoice::AddSub:
    return "addsub";
  case KernelChoice::Packed:
    return "packed";
  case KernelChoice::Depthwise:
    return "depthwise";
  case KernelChoice::Plain:
    return "plain";
  }
  return "auto";
}

static void addCleanup(OpPassManager &passes) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

/// Constants first, so that what exporters leave live looks like weights; then
/// what stands between Transposes looks like what does not.
static void addRecognition(OpPassManager &passes,
                           const CompileOptions &options) {
  if (!options.inputFormats.empty() || !options.outputFormat.empty()) {
    BorderFormatsOptions formats;
    formats.inputs.assign(options.inputFormats.begin(),
                          options.inputFormats.end());
    formats.output = options.outputFormat;
    passes.addPass(createBorderFormats(formats));
  }
  passes.addPass(
      createFoldConstants(options.evaluator, options.releaseConstants));
  passes.addNestedPass<func::FuncOp>(createCancelTransposes());
  addCleanup(passes);
  ConvertOnnxToLowBitOptions recognition;
  recognition.detectLevels = options.detectLevels;
  recognition.accuracyLevel = options.accuracyLevel;
  passes.addPass(createConvertOnnxToLowBit(recognition));
  passes.addPass(createFoldScales());
  if (options.staticScales) {
    // What is the same in two places has one scale.
    addCleanup(passes);
    StaticScalesOptions scales;
    scales.maxima.assign(options.scaleMaxima.begin(),
                         options.scaleMaxima.end());
    passes.addPass(createStaticScales(scales));
  }
  passes.addPass(
      createFoldConstants(options.evaluator, options.releaseConstants));
  addCleanup(passes);
  passes.addPass(createDeriveThresholds());
  addCleanup(passes);
  if (options.fixScales) {
    passes.addPass(createFixScales());
    addCleanup(passes);
  }
}

static void addLowering(OpPassManager &passes, const CompileOptions &options) {
  passes.addPass(createConvertOnnxToLinalg());
  passes.addNestedPass<func::FuncOp>(createRemoveEmptyTensors());
  passes.addPass(createOutlineLayers());
  passes.addPass(createMaterializeStorage());
  OpPassManager &layers = passes.nest<func::FuncOp>();
  addCleanup(layers);
  layers.addPass(createFuseElementwise());
  layers.addPass(createTileConvolutions());
  addCleanup(layers);
  passes.addPass(createBufferize());
  passes.addPass(createExpandMath());
  LowerKernelsOptions kernels;
  kernels.onlyAddSub = !options.lowerKernels;
  passes.addPass(createLowerKernels(kernels));
  if (options.threads > 1) {
    SplitForThreadsOptions threads;
    threads.threads = options.threads;
    passes.addPass(createSplitForThreads(threads));
  }
  passes.addPass(createPlanMemory());
  if (options.weightsInFile)
    passes.addPass(createMoveWeights());
}

void addStagePasses(OpPassManager &passes, Stage stage,
                    const CompileOptions &options) {
  switch (stage) {
  case Stage::Onnx:
    return;
  case Stage::LowBit:
    return addRecognition(passes, options);
  case Stage::Selected: {
    if (options.quantizedIo)
      passes.addPass(createQuantizedIo());
    SelectKernelsOptions kernels;
    kernels.kernel = getKernelName(options.kernel);
    passes.addNestedPass<func::FuncOp>(createSelectKernels(kernels));
    return;
  }
  case Stage::Packed: {
    TernaryToAddSubOptions networks;
    networks.maxDepth = options.maxNetworkDepth;
    passes.addNestedPass<func::FuncOp>(createUnfoldConvolutions());
    passes.addNestedPass<func::FuncOp>(createSinkTransposes());
    passes.addNestedPass<func::FuncOp>(createTernaryToAddSub(networks));
    passes.addNestedPass<func::FuncOp>(createPackWeights());
    return;
  }
  case Stage::Buffers:
    return addLowering(passes, options);
  }
}

void addHlsPasses(OpPassManager &passes, const CompileOptions &options) {
  if (options.quantizedIo)
    passes.addPass(createQuantizedIo());
  ConvertOnnxToLinalgOptions formulas;
  formulas.streamedOnly = true;
  passes.addPass(createConvertOnnxToLinalg(formulas));
  addCleanup(passes);
}

void buildCompilePipeline(OpPassManager &passes,
                          const CompileOptions &options) {
  for (Stage stage :
       {Stage::LowBit, Stage::Selected, Stage::Packed, Stage::Buffers})
    addStagePasses(passes, stage, options);
}

} // namespace setun
