// Decides for each product how it is computed, by a simple rule of sizes and
// types.
#include "WeightMatrix.h"
#include "setun/Analysis/PackedKernels.h"
#include "setun/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

#include <optional>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_SELECTKERNELS
#include "setun/Transforms/Passes.h.inc"

using lowbit::KernelKind;

namespace {

/// Up to here a network of additions is about as small as a packed kernel.
constexpr int64_t maxAutomaticNonzeros = 1024;
/// Beyond, the code of a network would run to hundreds of thousands of lines.
constexpr int64_t maxDigits = 1000 * 1000;
/// Groups of a convolution become one matrix that is 0 between them. A packed
/// kernel takes these zeros like weights; more groups are faster in plain
/// loops.
constexpr int64_t maxPackedGroups = 4;
/// A network has no zeros, but the search for it goes through the matrix.
constexpr int64_t maxNetworkMatrix = 1 << 26;
/// Shorter rows are multiplied faster than they are made.
constexpr int64_t minAutomaticRow = 16;

/// Why a kernel cannot compute a product; empty if it can.
using Objection = std::string;

/// What every kernel but plain loops needs.
Objection objectToKernels(lowbit::ProductOp op) {
  if (!getUnpackedWeights(op))
    return "the weights are not constant";
  if (Objection objection = op.objectToKernels(); !objection.empty())
    return objection;
  if (lowbit::getCodeBits(op.getLhs().getType().getElementType()) > 8)
    return "the activations have more than 8 bits";
  if (op.getLhsZeroPoint() != 0 && !getBiasWithoutZeroPoint(op))
    return "the sums without zero point do not fit the accumulator";
  return "";
}

Objection objectToAddSub(lowbit::ProductOp op) {
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  lowbit::ConstantOp weights = getUnpackedWeights(op);
  Type code = op.getRhs().getType().getElementType();
  if (lowbit::getCodeBits(code) > 8)
    return llvm::formatv("the weights are {0}, more than 8 bits", code);
  // Ternary and bipolar weights have one digit, or none.
  int64_t digits = countSignedDigits(weights);
  if (digits > maxDigits)
    return llvm::formatv("{0} signed digits of weights are more than {1}",
                         digits, maxDigits);
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  int64_t cells =
      op.getRhs().getType().getNumElements() * (conv ? conv.getGroups() : 1);
  if (cells > maxNetworkMatrix)
    return llvm::formatv("a matrix of {0} groups has more than {1} weights",
                         conv ? conv.getGroups() : 1, maxNetworkMatrix);
  return "";
}

Objection objectToPacked(lowbit::ProductOp op) {
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  Type weight = op.getRhs().getType().getElementType();
  if (!choosePackedLayout(weight, op.getLhs().getType().getElementType(),
                          getTarget(op)))
    return llvm::formatv("no packed layout holds {0}", weight);
  if (!op.getResult().getType().getElementType().isInteger(32))
    return "the sums need more than 32 bits";
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  if (conv && conv.getGroups() > maxPackedGroups)
    return llvm::formatv("{0} groups are more than {1}", conv.getGroups(),
                         maxPackedGroups);
  return "";
}

/// A kernel of its own serves what the packed one would multiply by zeros.
Objection objectToDepthwise(lowbit::ProductOp op) {
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  if (!conv || conv.getGroups() == 1 ||
      int64_t(conv.getGroups()) != conv.getRhs().getType().getDimSize(0) ||
      conv.getRhs().getType().getDimSize(1) != 1)
    return "it is no convolution with one input and one output for each group";
  if (Objection objection = objectToKernels(op); !objection.empty())
    return objection;
  Type weight = op.getRhs().getType().getElementType();
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

Objection objectTo(KernelKind kernel, lowbit::ProductOp op) {
  switch (kernel) {
  case KernelKind::AddSub:
    return objectToAddSub(op);
  case KernelKind::Packed:
    return objectToPacked(op);
  case KernelKind::Depthwise:
    return objectToDepthwise(op);
  case KernelKind::Plain:
    return "";
  }
  llvm_unreachable("all kernels are handled");
}

bool isWorthPacking(lowbit::ProductOp op) {
  auto conv = dyn_cast<lowbit::ConvOp>(op.getOperation());
  return objectToPacked(op).empty() &&
         (!conv || conv.getTerms() >= minAutomaticRow);
}

KernelKind chooseAutomatically(lowbit::ProductOp op) {
  if (objectToAddSub(op).empty() &&
      isTernaryOrBipolar(op.getRhs().getType().getElementType()) &&
      countNonzeros(getUnpackedWeights(op)) <= maxAutomaticNonzeros)
    return KernelKind::AddSub;
  if (objectToDepthwise(op).empty())
    return KernelKind::Depthwise;
  return isWorthPacking(op) ? KernelKind::Packed : KernelKind::Plain;
}

/// The wanted kernel, or the next one that can compute the product.
KernelKind chooseNearest(lowbit::ProductOp op, KernelKind wanted) {
  // Preference falls.
  bool isNext = false;
  for (KernelKind kernel : {KernelKind::AddSub, KernelKind::Packed,
                            KernelKind::Depthwise, KernelKind::Plain}) {
    isNext |= kernel == wanted;
    if (!isNext)
      continue;
    Objection objection = objectTo(kernel, op);
    if (objection.empty())
      return kernel;
    op->emitRemark() << "not kernel '" << stringifyKernelKind(kernel)
                     << "': " << objection;
  }
  return KernelKind::Plain;
}

struct SelectKernelsPass : public impl::SelectKernelsBase<SelectKernelsPass> {
  using SelectKernelsBase::SelectKernelsBase;

  void runOnOperation() override {
    std::optional<KernelKind> wanted = lowbit::symbolizeKernelKind(kernel);
    if (!wanted && kernel != "auto") {
      getOperation().emitError()
          << "unknown kernel '" << kernel
          << "'; accepted: auto, addsub, packed, depthwise, plain";
      return signalPassFailure();
    }
    getOperation().walk([&](lowbit::ProductOp op) {
      if (!op.getKernel())
        op.setKernel(wanted ? chooseNearest(op, *wanted)
                            : chooseAutomatically(op));
    });
  }
};

} // namespace
} // namespace setun
