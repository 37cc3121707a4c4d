//===- Registration.cpp - Dialects and passes by name ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tools have to know before they read a module or a pass's name.
// Listed by hand: MLIR's InitAll headers alone compile longer than all tools.
//===----------------------------------------------------------------------===//

#include "setun/Pipelines/Pipelines.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "setun/Conversion/Passes.h"
#include "setun/Pipelines/JitEvaluator.h"
#include "setun/Target/C/Passes.h"
#include "setun/Target/HLS/Passes.h"
#include "setun/Target/LLVM/Passes.h"
#include "setun/Target/LLVM/Pipeline.h"
#include "setun/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace setun {

void registerAllDialects(DialectRegistry &registry) {
  registry
      .insert<onnx::OnnxDialect, lowbit::LowBitDialect, arith::ArithDialect,
              bufferization::BufferizationDialect, cf::ControlFlowDialect,
              func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
              memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect>();
  registerLLVMTranslations(registry);

  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  lowbit::registerBufferization(registry);
}

void registerAllPasses() {
  mlir::registerTransformsPasses();
  registerLinalgPasses();
  bufferization::registerBufferizationPasses();
  registerConversionPasses();
  registerJitFoldConstants();
  setun::registerTransformsPasses();
  registerTargetCPasses();
  registerTargetHLSPasses();
  registerTargetLLVMPasses();
}

} // namespace setun
