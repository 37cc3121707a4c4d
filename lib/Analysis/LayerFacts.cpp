//===- LayerFacts.cpp - What each layer of a model costs ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the counts off the ops of @main; nothing is estimated.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/LayerFacts.h"

#include "OperationCount.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "setun/Analysis/PackedKernels.h"
#include "setun/Analysis/ValueBounds.h"
#include "setun/Analysis/WeightMatrix.h"
#include "setun/Support/NodeLocation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"

#include <cstdlib>

using namespace mlir;

namespace setun {

static bool isProductOperator(StringRef opType) {
  return llvm::StringSwitch<bool>(opType)
      .Cases({"MatMul", "Gemm", "Conv", "ConvTranspose"}, true)
      .Cases({"MatMulInteger", "ConvInteger", "MatMulNBits"}, true)
      .Cases({"QLinearMatMul", "QLinearConv"}, true)
      .Default(false);
}

/// Operators that only move values or rename them.
bool isStructureOperator(StringRef opType) {
  return llvm::StringSwitch<bool>(opType)
      .Cases({"Reshape", "Flatten", "Squeeze", "Unsqueeze"}, true)
      .Cases({"Identity", "Transpose", "Dropout", "Constant"}, true)
      .Cases({"Shape", "Slice", "Concat", "Gather", "Split", "Expand"}, true)
      .Default(false);
}

std::string getLayerName(Location location) {
  SmallVector<NodeName> nodes = getNodeNames(location);
  for (const NodeName &node : nodes)
    if (isProductOperator(node.opType))
      return node.name;
  return nodes.empty() ? "" : nodes.front().name;
}

static unsigned getBits(Type element) {
  if (lowbit::isCode(element))
    return lowbit::getCodeBits(element);
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
}

static std::string printType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return StringRef(text).starts_with("!lowbit.") ? text.substr(8) : text;
}

static int64_t getElements(RankedTensorType type) {
  return type && type.hasStaticShape() ? type.getNumElements() : 0;
}

/// Facts that every layer has.
static LayerFacts describe(Operation *op, StringRef mnemonic, Type input,
                           Type output) {
  LayerFacts facts(op->getLoc());
  facts.name = getLayerName(op->getLoc());
  facts.op = mnemonic.str();
  if (auto tensor = dyn_cast_or_null<RankedTensorType>(input)) {
    facts.inputType = printType(tensor.getElementType());
    facts.inputBits = getBits(tensor.getElementType());
  }
  if (auto tensor = dyn_cast_or_null<RankedTensorType>(output)) {
    facts.outputType = printType(tensor.getElementType());
    facts.outputBits = getBits(tensor.getElementType());
    facts.outputShape.assign(tensor.getShape().begin(),
                             tensor.getShape().end());
  }
  return facts;
}

static unsigned getAccumulatorBits(lowbit::ProductOp op) {
  lowbit::CodeRange range = getValueBounds(op.getResult()).getHull();
  unsigned bits = 8;
  while (bits < 64 &&
         (!llvm::isIntN(bits, range.min) || !llvm::isIntN(bits, range.max)))
    bits *= 2;
  return bits;
}

/// A code of {-1, 0, +1} can select a sign; any other has to multiply, and so
/// do some kernels whatever the code.
static bool multiplies(lowbit::ProductOp op) {
  RankedTensorType weights = op.getRhs().getType();
  if (!isTernaryOrBipolar(weights.getElementType()))
    return true;
  if (op.getKernel() != lowbit::KernelKind::Packed)
    return op.getKernel() != lowbit::KernelKind::AddSub;
  const Target &target = getTarget(op);
  if (lowbit::LayoutAttr layout = lowbit::getLayout(weights))
    return isMultiplying(layout.getName(), target);
  std::optional<PackedLayout> layout = choosePackedLayout(op, target);
  return !layout || isMultiplying(stringifyPackedLayout(*layout), target);
}

static LayerFacts describeProduct(lowbit::ProductOp op, StringRef mnemonic) {
  RankedTensorType weights = op.getRhs().getType();
  RankedTensorType result = op.getResult().getType();
  LayerFacts facts = describe(op, mnemonic, op.getLhs().getType(), result);
  facts.isInteger = facts.isProduct = true;
  facts.kernel =
      op.getKernel() ? lowbit::stringifyKernelKind(*op.getKernel()).str() : "";
  facts.weightType = printType(weights.getElementType());
  facts.weightBits = lowbit::getCodeBits(weights.getElementType());
  facts.macs = getElements(result) * op.getTerms();
  facts.additions = facts.additionsBefore = facts.macs;
  facts.multiplications = multiplies(op) ? facts.macs : 0;
  if (!lowbit::getLayout(op.getRhs().getType())) {
    llvm::append_range(facts.kernels, estimateKernels(op, getTarget(op)));
    facts.accumulatorBits = getAccumulatorBits(op);
  }
  auto constant = op.getRhs().getDefiningOp<lowbit::ConstantOp>();
  if (!constant)
    return facts;
  facts.weights = weights.getNumElements();
  facts.weightBytes = static_cast<int64_t>(constant.getBytes().size());
  if (facts.weightBits > 4) {
    llvm::SmallDenseSet<int64_t> levels;
    for (int64_t code : constant.getCodes())
      levels.insert(code);
    facts.weightLevels = static_cast<int64_t>(levels.size());
  }
  if (op.getKernel() != lowbit::KernelKind::AddSub || facts.weights == 0)
    return facts;
  // Without sharing every signed digit of a weight is one addition.
  facts.additionsBefore =
      getElements(result) / weights.getDimSize(0) * countSignedDigits(constant);
  return facts;
}

/// The rows of patches are a convolution.
static StringRef getProductMnemonic(Value rows) {
  return rows.getDefiningOp<lowbit::PatchesOp>() ? "conv" : "matmul";
}

static LayerFacts describeNetwork(lowbit::AddSubOp op) {
  Type result = op.getInit().getType();
  LayerFacts facts = describe(op, getProductMnemonic(op.getInput()),
                              op.getInput().getType(), result);
  facts.isInteger = facts.isProduct = true;
  facts.kernel = "addsub";
  int64_t outputs = facts.outputShape.empty() ? 1 : facts.outputShape.back();
  int64_t inputs = op.getBody().getNumArguments();
  int64_t rows =
      outputs ? getElements(cast<RankedTensorType>(result)) / outputs : 0;
  int64_t additions = 0;
  op.getBody().walk([&](Operation *inner) {
    additions += isa<arith::AddIOp, arith::SubIOp>(inner);
  });
  facts.macs = rows * outputs * inputs;
  facts.additions = facts.additionsBefore = rows * additions;
  return facts;
}

static LayerFacts describeDepthwise(lowbit::DepthwiseOp op) {
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  Type result = op.getInit().getType();
  LayerFacts facts = describe(op, "conv", op.getInput().getType(), result);
  facts.isInteger = facts.isProduct = true;
  facts.kernel = "depthwise";
  facts.weightType = printType(weights.getElementType());
  facts.weightBits = lowbit::getCodeBits(weights.getElementType());
  facts.macs = getElements(cast<RankedTensorType>(result)) *
               op.getWindow().getPositions();
  facts.multiplications = facts.additions = facts.additionsBefore = facts.macs;
  facts.weights = facts.weightBytes = weights.getNumElements();
  return facts;
}

/// Within a block it is a product of codes; each block adds the product of its
/// scales, and that with the sum. Or floats stay floats.
static LayerFacts describeBlockMatmul(lowbit::BlockMatmulOp op) {
  auto packed = cast<RankedTensorType>(op.getPacked().getType());
  auto result = cast<RankedTensorType>(op.getInit().getType());
  BlockShape shape = op.getShape();
  LayerFacts facts = describe(op, "matmul", op.getInput().getType(), result);
  facts.isProduct = true;
  facts.weightType = op.getFp4() ? "fp4" : "ui" + std::to_string(shape.bits);
  facts.weightBits = shape.bits;
  facts.macs = getElements(result) * shape.inputs;
  facts.weights = shape.outputs * shape.inputs;
  facts.weightBytes = packed.getNumElements();
  if (op.getFloats()) { // each weight is multiplied by its scale
    facts.kernel = "float";
    facts.additions = facts.additionsBefore = facts.macs;
    facts.multiplications = 2 * facts.macs;
    return facts;
  }
  facts.isInteger = true;
  facts.kernel = "blocks";
  facts.inputType = "si8";
  facts.inputBits = 8;
  facts.additions = facts.additionsBefore =
      facts.macs + getElements(result) * shape.getBlocks();
  facts.multiplications =
      facts.macs + 2 * getElements(result) * shape.getBlocks();
  return facts;
}

static LayerFacts describeNode(onnx::NodeOp op) {
  Type input = op.getInputs().empty() ? Type() : op.getInputs()[0].getType();
  Type output = op->getNumResults() ? op->getResult(0).getType() : Type();
  LayerFacts facts = describe(op, op.getOpType(), input, output);
  auto outputTensor = dyn_cast_or_null<RankedTensorType>(output);
  facts.isInteger = outputTensor && outputTensor.getElementType().isInteger() &&
                    facts.inputType == facts.outputType;
  facts.isProduct = isProductOperator(op.getOpType());
  auto weights = op.getInputs().size() < 2
                     ? RankedTensorType()
                     : dyn_cast<RankedTensorType>(op.getInputs()[1].getType());
  if (!outputTensor || !outputTensor.hasStaticShape())
    return facts;
  if (!facts.isProduct) {
    if (op.isOp("", "Mul") || op.isOp("", "BatchNormalization"))
      facts.multiplications = outputTensor.getNumElements();
    return facts;
  }

  facts.kernel = "float";
  if (auto why = op->getAttrOfType<StringAttr>(kWhyFloatAttr))
    facts.whyFloat = why.str();
  if (!weights || !weights.hasStaticShape() || weights.getRank() == 0)
    return facts;
  int64_t terms = 0;
  if (op.isOp("", "Gemm") && op.getInt("transB", 0))
    terms = weights.getDimSize(weights.getRank() - 1);
  else if (op.isOp("", "MatMul") || op.isOp("", "Gemm"))
    terms = weights.getDimSize(std::max<int64_t>(weights.getRank() - 2, 0));
  else if (op.isOp("", "Conv") && weights.getDimSize(0) != 0)
    terms = weights.getNumElements() / weights.getDimSize(0);
  facts.macs = outputTensor.getNumElements() * terms;
  // Transposed, each element of the input goes to all of a window.
  if (op.isOp("", "ConvTranspose") && weights.getDimSize(0) != 0)
    facts.macs = getElements(dyn_cast<RankedTensorType>(input)) *
                 (weights.getNumElements() / weights.getDimSize(0));
  facts.multiplications = facts.additions = facts.additionsBefore = facts.macs;
  if (matchPattern(op.getInputs()[1], m_Constant())) {
    facts.weightType = printType(weights.getElementType());
    facts.weightBits = getBits(weights.getElementType());
    facts.weights = weights.getNumElements();
    facts.weightBytes =
        facts.weights *
        static_cast<int64_t>(llvm::divideCeil(facts.weightBits, 8));
  }
  return facts;
}

/// Quantisers and scales: one multiplication an element unless they divide.
static LayerFacts describeScaling(Operation *op, bool multiplies) {
  LayerFacts facts =
      describe(op, op->getName().stripDialect(), op->getOperand(0).getType(),
               op->getResult(0).getType());
  if (multiplies)
    facts.multiplications =
        getElements(cast<RankedTensorType>(op->getResult(0).getType()));
  return facts;
}

static LayerFacts describeThreshold(lowbit::ThresholdOp op) {
  LayerFacts facts =
      describe(op, "threshold", op.getInput().getType(), op.getType());
  facts.isInteger = op.getInput().getType().getElementType().isInteger();
  facts.additions = getElements(op.getType()) * countComparisons(op);
  facts.additionsBefore = facts.additions;
  return facts;
}

/// Steps from integers to integers.
static LayerFacts describeInteger(Operation *op) {
  LayerFacts facts =
      describe(op, op->getName().stripDialect(), op->getOperand(0).getType(),
               op->getResult(0).getType());
  facts.isInteger = true;
  if (isa<lowbit::RequantizeOp>(op))
    facts.multiplications = countOperations(op).multiplications;
  return facts;
}

/// Nothing for ops that are no layer.
static std::optional<LayerFacts> describeLayer(Operation *op) {
  using Facts = std::optional<LayerFacts>;
  return TypeSwitch<Operation *, Facts>(op)
      .Case([](lowbit::MatmulOp matmul) -> Facts {
        return describeProduct(matmul, getProductMnemonic(matmul.getLhs()));
      })
      .Case([](lowbit::ConvOp conv) -> Facts {
        return describeProduct(conv, "conv");
      })
      .Case([](lowbit::AddSubOp network) -> Facts {
        return describeNetwork(network);
      })
      .Case([](lowbit::DepthwiseOp conv) -> Facts {
        return describeDepthwise(conv);
      })
      .Case([](lowbit::BlockMatmulOp product) -> Facts {
        return describeBlockMatmul(product);
      })
      .Case([](lowbit::ThresholdOp threshold) -> Facts {
        return describeThreshold(threshold);
      })
      .Case([](lowbit::QuantizeOp quantize) -> Facts {
        return describeScaling(quantize, quantize.getByReciprocal());
      })
      .Case<lowbit::DequantizeOp, lowbit::DynamicQuantizeOp>(
          [](Operation *scaling) -> Facts {
            return describeScaling(scaling, true);
          })
      .Case<lowbit::RequantizeOp, lowbit::LookupOp, lowbit::PoolOp,
            lowbit::SumPoolOp>(
          [](Operation *step) -> Facts { return describeInteger(step); })
      .Case([](onnx::NodeOp node) -> Facts {
        if (isStructureOperator(node.getOpType()))
          return std::nullopt;
        return describeNode(node);
      })
      .Default(std::nullopt);
}

std::vector<LayerFacts> collectLayerFacts(ModuleOp module) {
  std::vector<LayerFacts> layers;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return layers;
  for (Operation &op : main.getBody().front()) {
    std::optional<LayerFacts> facts = describeLayer(&op);
    if (!facts)
      continue;
    facts->operations =
        facts->isProduct
            ? OperationCount{facts->multiplications, facts->additions}
            : countOperations(&op);
    layers.push_back(std::move(*facts));
  }
  return layers;
}

void addFactsBeforeNetworks(std::vector<LayerFacts> &packed,
                            ArrayRef<LayerFacts> selected) {
  for (LayerFacts &layer : packed) {
    if (!layer.isProduct)
      continue;
    const LayerFacts *matrix = llvm::find_if(selected, [&](const auto &other) {
      return other.isProduct && other.location == layer.location;
    });
    if (matrix == selected.end())
      continue;
    layer.weightType = matrix->weightType;
    layer.weightBits = matrix->weightBits;
    layer.weights = matrix->weights;
    layer.weightLevels = matrix->weightLevels;
    layer.additionsBefore = matrix->additionsBefore;
    layer.kernels = matrix->kernels;
    layer.accumulatorBits = matrix->accumulatorBits;
  }
}

std::string describeWideWeights(const LayerFacts &layer) {
  constexpr int64_t fewLevels = 16;
  if (layer.weightLevels == 0 || layer.weightLevels > fewLevels)
    return "";
  return "weights have " + std::to_string(layer.weightBits) +
         " bits, but only " + std::to_string(layer.weightLevels) +
         " different values";
}

/// Why a layer does not meet a requirement, behind what it is.
static std::string because(const LayerFacts &layer) {
  if (!layer.whyFloat.empty())
    return "; " + layer.whyFloat;
  if (layer.isProduct && layer.isInteger && layer.multiplications > 0)
    return ": kernel '" + layer.kernel + "' on weights of type " +
           layer.weightType;
  return "";
}

ModelTotals sumLayerFacts(ArrayRef<LayerFacts> layers) {
  ModelTotals totals;
  for (const LayerFacts &layer : layers) {
    totals.macs += layer.macs;
    (layer.isProduct ? totals.multiplications : totals.scaleMultiplications) +=
        layer.multiplications;
    totals.additions += layer.additions;
    totals.additionsBefore += layer.additionsBefore;
    totals.weights += layer.weights;
    totals.weightBytes += layer.weightBytes;
  }
  totals.floatWeightBytes = 4 * totals.weights;
  return totals;
}

LogicalResult checkRequirement(ArrayRef<LayerFacts> layers,
                               Requirement requirement) {
  bool met = true;
  auto complain = [&](const LayerFacts &layer, const Twine &message) {
    emitError(layer.location) << message;
    met = false;
  };
  for (const LayerFacts &layer : layers) {
    switch (requirement) {
    case Requirement::None:
      break;
    case Requirement::LowBit:
      if (layer.isProduct && !layer.isInteger)
        complain(layer, "the product is not low-bit: it is computed in " +
                            layer.inputType + because(layer));
      break;
    case Requirement::Integer:
      if (!layer.isInteger || StringRef(layer.outputType).starts_with("f"))
        complain(layer, "'" + layer.op + "' computes with " +
                            (layer.inputBits == 32 ? layer.inputType
                                                   : layer.outputType) +
                            ", not with integers only" + because(layer));
      break;
    case Requirement::NoMultiply:
      if (layer.isProduct && layer.multiplications > 0)
        complain(layer, "the product takes " + Twine(layer.multiplications) +
                            " multiplications" + because(layer));
      break;
    }
  }
  return success(met);
}

} // namespace setun
