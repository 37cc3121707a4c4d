//===- LayerFacts.h - What each layer of a model costs ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts of a model between kernel selection and lowering, where every layer is
// still one op: `setun inspect` prints them, `--require` judges by them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_LAYERFACTS_H
#define SETUN_ANALYSIS_LAYERFACTS_H

#include "setun/Analysis/KernelChoice.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace setun {

/// The ONNX node that a layer is called after: of its nodes the MatMul, Gemm or
/// Conv, else the first; empty if there is none.
std::string getLayerName(mlir::Location location);

/// Operators that only choose or arrange elements.
bool isStructureOperator(llvm::StringRef opType);

struct OperationCount {
  int64_t multiplications = 0;
  int64_t additions = 0;
};

/// One layer: a product, a quantiser, or an operator that stayed float.
struct LayerFacts {
  explicit LayerFacts(mlir::Location location) : location(location) {}

  mlir::Location location;
  /// The ONNX node: of a product the MatMul, Gemm or Conv, else the first.
  std::string name;
  /// Mnemonic of the lowbit op (`matmul`, `quantize`) or ONNX operator.
  std::string op;
  /// How a product is computed: addsub, packed, plain, float. Else empty.
  std::string kernel;
  std::string inputType, weightType, outputType;
  llvm::SmallVector<int64_t> outputShape;
  /// All arithmetic of the layer is on integers.
  bool isInteger = false;
  /// It is a product of activations and weights (or of two activations).
  bool isProduct = false;
  /// 32 for float; 0 where the layer has no weights.
  unsigned inputBits = 0, weightBits = 0, outputBits = 0;
  /// Multiply-accumulate steps of a product.
  int64_t macs = 0;
  /// Multiplications of a product; of other layers those with scales.
  int64_t multiplications = 0;
  int64_t additions = 0;
  /// Additions that the product would take without sharing subexpressions.
  int64_t additionsBefore = 0;
  /// All arithmetic, also what is not counted above: additions, comparisons and
  /// functions beside products. For estimates of energy.
  OperationCount operations;
  /// Number of weights, and bytes of constant data that hold them. The weights
  /// of a network of additions are in its code: no bytes.
  int64_t weights = 0;
  int64_t weightBytes = 0;
  /// Different values among weights of more than 4 bits; 0 for others.
  int64_t weightLevels = 0;
  /// Bits of the smallest signed integer (8, 16, 32 or 64) that holds every sum
  /// of a product of codes with its real weights; 0 for others.
  unsigned accumulatorBits = 0;
  /// Of a product of codes before its weights are packed: what each kernel
  /// would cost.
  std::vector<KernelEstimate> kernels;
  /// Why a product stayed float, if it did and somebody knows.
  std::string whyFloat;
};

/// Discardable attribute of an ONNX node: what came nearest to codes.
inline constexpr llvm::StringLiteral kWhyFloatAttr = "setun.why_float";

/// The layers of `@main` in order. Structure (reshape, transpose, constants) is
/// left out. The module is in the "lowbit" stage or "packed" stage.
std::vector<LayerFacts> collectLayerFacts(mlir::ModuleOp module);

/// Fills in what an add/sub network has forgotten about its matrix: `packed`
/// are the facts of the same model in the "packed" stage, `selected` those
/// before networks were made. Layers meet by their locations.
void addFactsBeforeNetworks(std::vector<LayerFacts> &packed,
                            llvm::ArrayRef<LayerFacts> selected);

/// Weights that take more bits than their values need, as text; else empty.
std::string describeWideWeights(const LayerFacts &layer);

/// Sums over all layers.
struct ModelTotals {
  int64_t macs = 0;
  /// Multiplications of products, and apart from them those with scales.
  int64_t multiplications = 0, scaleMultiplications = 0;
  int64_t additions = 0, additionsBefore = 0;
  int64_t weights = 0, weightBytes = 0;
  /// What the weights take as float32.
  int64_t floatWeightBytes = 0;
};
ModelTotals sumLayerFacts(llvm::ArrayRef<LayerFacts> layers);

/// What a user may demand of a model.
enum class Requirement {
  None,
  /// Every product is one of low-bit codes.
  LowBit,
  /// Nothing but integers anywhere.
  Integer,
  /// No product multiplies.
  NoMultiply
};

/// Emits an error at each layer that does not meet the requirement.
llvm::LogicalResult checkRequirement(llvm::ArrayRef<LayerFacts> layers,
                                     Requirement requirement);

} // namespace setun

#endif // SETUN_ANALYSIS_LAYERFACTS_H
