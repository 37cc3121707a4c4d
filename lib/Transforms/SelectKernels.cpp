// Decides for each product how it is computed: as asked, or as the cost model
// says.
#include "setun/Analysis/KernelChoice.h"
#include "setun/Transforms/Passes.h"

#include <optional>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_SELECTKERNELS
#include "setun/Transforms/Passes.h.inc"

using lowbit::KernelKind;

namespace {

/// The wanted kernel, or the next one that can compute the product.
KernelKind chooseNearest(lowbit::ProductOp op, KernelKind wanted,
                         const Target &target) {
  // Preference falls.
  bool isNext = false;
  for (KernelKind kernel : {KernelKind::AddSub, KernelKind::Packed,
                            KernelKind::Depthwise, KernelKind::Plain}) {
    isNext |= kernel == wanted;
    if (!isNext)
      continue;
    std::string objection = objectToKernel(kernel, op, target);
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
    const Target &target = getTarget(getOperation());
    getOperation().walk([&](lowbit::ProductOp op) {
      if (!op.getKernel())
        op.setKernel(
            wanted ? chooseNearest(op, *wanted, target)
                   : getCheapestKernel(estimateKernels(op, target)).kernel);
    });
  }
};

} // namespace
} // namespace setun
