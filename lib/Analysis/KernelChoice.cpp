//===- KernelChoice.cpp - Which kernel computes a product -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A time is a sum of amounts and their prices; see KernelCosts.def.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/KernelChoice.h"

#include "KernelCosts.h"

#include "setun/Analysis/PackedKernels.h"
#include "setun/Analysis/WeightMatrix.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using setun::lowbit::KernelKind;

namespace setun {

/// Beyond, the code of a network would run to hundreds of thousands of lines.
static constexpr int64_t maxDigits = 1000 * 1000;
/// Groups of a convolution become one matrix that is 0 between them. A packed
/// kernel takes these zeros like weights.
static constexpr int64_t maxPackedGroups = 4;
/// A network has no zeros, but the search for it goes through the matrix.
static constexpr int64_t maxNetworkMatrix = 1 << 26;
/// Additions whose code an instruction cache of 32 KB holds.
static constexpr double cachedAdditions = 4096;
/// Code of a few loops or of a call.
static constexpr double loopBytes = 64;
/// Rows that share the unpacking of a weight.
static constexpr int64_t sharedRows = 8;

//===----------------------------------------------------------------------===//
// What a kernel cannot do
//===----------------------------------------------------------------------===//

using Objection = std::string;

static int64_t getGroups(lowbit::ProductOp op) {
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  return conv ? conv.getGroups() : 1;
}

static Type getActivation(lowbit::ProductOp op) {
  return op.getLhs().getType().getElementType();
}

static Type getWeight(lowbit::ProductOp op) {
  return op.getRhs().getType().getElementType();
}

/// What every kernel but plain loops needs.
static Objection objectToKernels(lowbit::ProductOp op) {
  if (!getUnpackedWeights(op))
    return "the weights are not constant";
  if (Objection objection = op.objectToKernels(); !objection.empty())
    return objection;
  if (lowbit::getCodeBits(getActivation(op)) > 8)
    return "the activations have more than 8 bits";
  if (op.getLhsZeroPoint() != 0 && !getBiasWithoutZeroPoint(op))
    return "the sums without zero point do not fit the accumulator";
  return "";
}

static Objection objectToAddSub(lowbit::ProductOp op) {
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  if (lowbit::getCodeBits(getWeight(op)) > 8)
    return llvm::formatv("the weights are {0}, more than 8 bits",
                         getWeight(op));
  int64_t groups = getGroups(op);
  if (op.getRhs().getType().getNumElements() * groups > maxNetworkMatrix)
    return llvm::formatv("a matrix of {0} groups has more than {1} weights",
                         groups, maxNetworkMatrix);
  // Ternary and bipolar weights have one digit, or none.
  int64_t digits = countSignedDigits(getUnpackedWeights(op));
  if (digits > maxDigits)
    return llvm::formatv("{0} signed digits of weights are more than {1}",
                         digits, maxDigits);
  return "";
}

static Objection objectToPacked(lowbit::ProductOp op, const Target &target) {
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  if (!choosePackedLayout(op, target))
    return llvm::formatv("no packed layout holds {0}", getWeight(op));
  if (!op.getResult().getType().getElementType().isInteger(32))
    return "the sums need more than 32 bits";
  if (getGroups(op) > maxPackedGroups)
    return llvm::formatv("{0} groups are more than {1}", getGroups(op),
                         maxPackedGroups);
  return "";
}

/// A kernel of its own serves what the packed one would multiply by zeros.
static Objection objectToDepthwise(lowbit::ProductOp op) {
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  if (!conv || conv.getGroups() == 1 ||
      int64_t(conv.getGroups()) != conv.getRhs().getType().getDimSize(0) ||
      conv.getRhs().getType().getDimSize(1) != 1)
    return "it is no convolution with one input and one output for each group";
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  Type weight = getWeight(op);
  if (lowbit::getCodeBits(weight) > 8 || weight.isUnsignedInteger(8))
    return llvm::formatv("the weights are {0}, which no signed byte holds",
                         weight);
  if (!op.getResult().getType().getElementType().isInteger(32))
    return "the sums need more than 32 bits";
  if (conv.getWindow().getPositions() > UINT16_MAX)
    return llvm::formatv("a window of {0} positions is larger than {1}",
                         conv.getWindow().getPositions(), UINT16_MAX);
  return "";
}

std::string objectToKernel(KernelKind kernel, lowbit::ProductOp product,
                           const Target &target) {
  switch (kernel) {
  case KernelKind::AddSub:
    return objectToAddSub(product);
  case KernelKind::Packed:
    return objectToPacked(product, target);
  case KernelKind::Depthwise:
    return objectToDepthwise(product);
  case KernelKind::Plain:
    return "";
  }
  llvm_unreachable("all kernels are handled");
}

//===----------------------------------------------------------------------===//
// What it costs
//===----------------------------------------------------------------------===//

namespace {
/// The sizes of a product, as kernels see them.
struct ProductSizes {
  explicit ProductSizes(lowbit::ProductOp op)
      : outputs(op.getRhs().getType().getDimSize(0)), terms(op.getTerms()),
        groups(getGroups(op)), innermost(terms),
        isConvolution(isa<lowbit::ConvOp>(op.getOperation())) {
    int64_t sums = op.getResult().getType().getNumElements();
    rows = outputs == 0 ? 0 : double(sums) / double(outputs);
    if (isConvolution)
      innermost = op.getRhs().getType().getShape().back();
    else if (RankedTensorType rhs = op.getRhs().getType(); rhs.getRank() > 2)
      outputs = rhs.getShape().drop_back().back();
  }

  int64_t outputs, terms, groups;
  /// Steps of the innermost of the plain loops.
  int64_t innermost;
  bool isConvolution;
  double rows;
};
} // namespace

static void estimatePlain(KernelEstimate &estimate, lowbit::ProductOp op,
                          const ProductSizes &sizes) {
  estimate.method =
      llvm::formatv("{0}_plain_{1}", sizes.isConvolution ? "conv" : "matmul",
                    lowbit::isUnsignedCode(getActivation(op)) ? "u8" : "s8");
  KernelAmounts &amounts = estimate.amounts;
  amounts.sums = sizes.rows * double(sizes.outputs);
  amounts.steps = amounts.sums * double(sizes.terms);
  amounts.inputs =
      amounts.steps / double(std::max<int64_t>(sizes.innermost, 1));
  amounts.extra = amounts.inputs * double(sizes.innermost % 16);
  estimate.bytes = double(op.getRhs().getType().getNumElements());
}

static void estimatePacked(KernelEstimate &estimate, lowbit::ProductOp op,
                           const ProductSizes &sizes, const Target &target) {
  PackedLayout layout = *choosePackedLayout(op, target);
  StringRef name = stringifyPackedLayout(layout);
  // The same kernel on patches of an image has other prices.
  estimate.method =
      (sizes.isConvolution ? "conv" : "matmul") +
      StringRef(getMatmulKernel(name, getActivation(op))).substr(12).str();
  double terms = double(sizes.terms * sizes.groups);
  // With what fills up blocks.
  estimate.bytes =
      double(getPackedBytes(layout, sizes.outputs, sizes.terms * sizes.groups));
  KernelAmounts &amounts = estimate.amounts;
  amounts.sums = sizes.rows * double(sizes.outputs);
  amounts.inputs = sizes.rows * terms;
  amounts.steps = sizes.rows * estimate.bytes;
  amounts.extra = std::ceil(sizes.rows / sharedRows) * estimate.bytes;
}

static void estimateDepthwise(KernelEstimate &estimate, lowbit::ProductOp op,
                              const ProductSizes &sizes) {
  estimate.method = lowbit::isUnsignedCode(getActivation(op))
                        ? "conv_depthwise_u8"
                        : "conv_depthwise_s8";
  KernelAmounts &amounts = estimate.amounts;
  amounts.sums = sizes.rows * double(sizes.outputs);
  // Positions of the window at each place.
  amounts.inputs = sizes.rows * double(sizes.terms);
  amounts.steps = amounts.sums * double(sizes.terms);
  estimate.bytes = double(op.getRhs().getType().getNumElements());
}

/// Additions of a network that shares subexpressions. What a matrix says cannot
/// be said with fewer, so they follow its entropy H in bits, and the digits P
/// of its weights beyond one for each output: 0.48 * H^0.65 * P^0.25 meets half
/// of 111 random matrices (up to 32,000 digits) within 9 %, nine tenths within
/// 34 %. Every input that is used has to be added to something.
static double estimateAdditions(lowbit::ConstantOp weights, int64_t outputs) {
  llvm::SmallDenseMap<int64_t, int64_t, 16> counts;
  lowbit::CodeArray codes = weights.getCodes();
  int64_t terms = outputs == 0 ? 0 : int64_t(codes.size()) / outputs;
  std::vector<bool> isUsed(terms);
  int64_t digits = 0;
  for (auto [i, code] : llvm::enumerate(codes)) {
    ++counts[code];
    digits += countSignedDigits(code);
    if (code != 0)
      isUsed[i % terms] = true;
  }
  double entropy = 0;
  for (auto [code, count] : counts)
    entropy -= double(count) * std::log2(double(count) / double(codes.size()));
  double withoutSharing = std::max(double(digits - outputs), 0.0);
  double withSharing =
      0.48 * std::pow(entropy, 0.65) * std::pow(withoutSharing, 0.25);
  double inputs = double(llvm::count(isUsed, true));
  return std::min(withoutSharing, std::max(withSharing, inputs - 1));
}

static void estimateAddSub(KernelEstimate &estimate, lowbit::ProductOp op,
                           const ProductSizes &sizes, const Target &target) {
  estimate.method = sizes.isConvolution ? "conv_addsub" : "matmul_addsub";
  double additions = estimateAdditions(getUnpackedWeights(op), sizes.outputs);
  KernelAmounts &amounts = estimate.amounts;
  amounts.sums = sizes.rows * double(sizes.outputs);
  amounts.inputs = sizes.rows * double(sizes.terms * sizes.groups);
  amounts.steps = sizes.rows * additions;
  amounts.extra = sizes.rows * std::max(additions - cachedAdditions, 0.0);
  // An input is loaded, an output stored by about one instruction each.
  estimate.bytes =
      (additions + double(sizes.outputs + sizes.terms * sizes.groups)) *
      getTargetCosts(target.name).additionBytes;
}

static void addPrices(KernelEstimate &estimate, const Target &target) {
  const MethodCosts *costs = findMethodCosts(target.name, estimate.method);
  if (!costs) {
    estimate.objection = "the table of costs does not have it";
    return;
  }
  const KernelAmounts &amounts = estimate.amounts;
  if (estimate.kernel != KernelKind::AddSub)
    estimate.bytes += loopBytes;
  estimate.time = costs->call + amounts.sums * costs->sums +
                  amounts.inputs * costs->inputs +
                  amounts.steps * costs->steps + amounts.extra * costs->extra;
  const TargetCosts &memory = getTargetCosts(target.name);
  estimate.cost = (estimate.time + estimate.bytes * memory.bytePrice) *
                  std::pow(estimate.bytes, memory.sizeExponent);
}

SmallVector<KernelEstimate> estimateKernels(lowbit::ProductOp product,
                                            const Target &target) {
  SmallVector<KernelEstimate> estimates;
  ProductSizes sizes(product);
  for (uint64_t value = 0; value <= lowbit::getMaxEnumValForKernelKind();
       ++value) {
    auto kernel = static_cast<KernelKind>(value);
    // Nobody would ask.
    if (kernel == KernelKind::Depthwise && sizes.groups == 1)
      continue;
    KernelEstimate &estimate = estimates.emplace_back();
    estimate.kernel = kernel;
    estimate.objection = objectToKernel(estimate.kernel, product, target);
    bool isLoop =
        kernel == KernelKind::Plain || kernel == KernelKind::Depthwise;
    // The first of them, `plain`, is taken nevertheless if no other can.
    if (isLoop && isTernaryOrBipolar(getWeight(product)) &&
        getTernaryPacking(product) == TernaryPacking::Adding)
      estimate.objection = "it multiplies";
    if (!estimate.objection.empty())
      continue;
    switch (estimate.kernel) {
    case KernelKind::AddSub:
      estimateAddSub(estimate, product, sizes, target);
      break;
    case KernelKind::Packed:
      estimatePacked(estimate, product, sizes, target);
      break;
    case KernelKind::Depthwise:
      estimateDepthwise(estimate, product, sizes);
      break;
    case KernelKind::Plain:
      estimatePlain(estimate, product, sizes);
      break;
    }
    addPrices(estimate, target);
  }
  return estimates;
}

const KernelEstimate &getCheapestKernel(ArrayRef<KernelEstimate> estimates) {
  return *llvm::min_element(
      estimates, [](const KernelEstimate &lhs, const KernelEstimate &rhs) {
        return std::make_pair(!lhs.objection.empty(), lhs.cost) <
               std::make_pair(!rhs.objection.empty(), rhs.cost);
      });
}

StringRef getCostUnit(const Target &target) {
  return getTargetCosts(target.name).unit;
}

} // namespace setun
