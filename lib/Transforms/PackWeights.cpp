// Packs constant weights the way their kernel reads them.
#include "mlir/IR/DialectResourceBlobManager.h"
#include "setun/Analysis/PackedKernels.h"
#include "setun/Analysis/WeightMatrix.h"
#include "setun/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// `weights` in a packed layout, right behind it.
lowbit::ConstantOp createPacked(lowbit::ConstantOp weights,
                                PackedLayout layout) {
  auto type = cast<RankedTensorType>(weights.getType());
  auto encoding = lowbit::LayoutAttr::get(weights.getContext(),
                                          stringifyPackedLayout(layout));
  auto packedType =
      RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
  std::vector<uint8_t> bytes = packWeights(
      layout, readCodes(weights), type.getDimSize(0), type.getDimSize(1));
  StringRef name = cast<DenseResourceElementsAttr>(weights.getValue())
                       .getRawHandle()
                       .getKey();
  OpBuilder builder(weights);
  builder.setInsertionPointAfter(weights);
  return lowbit::ConstantOp::create(
      builder, weights.getLoc(), packedType,
      ArrayRef(reinterpret_cast<const char *>(bytes.data()), bytes.size()),
      (name + ".packed").str());
}

struct PackWeightsPass : public impl::PackWeightsBase<PackWeightsPass> {
  void runOnOperation() override {
    // The same weights may be packed for several kinds of activations.
    llvm::MapVector<std::pair<Operation *, PackedLayout>, lowbit::ConstantOp>
        packed;
    getOperation().walk([&](lowbit::MatmulOp op) {
      if (op.getKernel() != lowbit::KernelKind::Packed ||
          lowbit::getLayout(op.getRhs().getType()))
        return;
      lowbit::ConstantOp weights = getUnpackedWeights(op);
      if (!weights) {
        op.emitRemark("weights are not packed: they are not constant");
        return;
      }
      if (std::string objection = lowbit::ProductOp(op).objectToKernels();
          !objection.empty()) {
        op.emitRemark() << "weights are not packed: " << objection;
        return;
      }
      if (!foldZeroPointIntoBias(op)) {
        op.emitRemark("weights are not packed: the zero point does not fit "
                      "into the bias");
        return;
      }
      std::optional<PackedLayout> layout =
          choosePackedLayout(lowbit::ProductOp(op), getTarget(op));
      if (!layout) {
        op.emitRemark() << "weights are not packed: no layout holds "
                        << op.getRhs().getType().getElementType();
        return;
      }
      lowbit::ConstantOp &replacement = packed[{weights, *layout}];
      if (!replacement)
        replacement = createPacked(weights, *layout);
      op.getRhsMutable().assign(replacement);
    });
    llvm::SmallSetVector<Operation *, 8> unpacked;
    for (const auto &entry : packed)
      unpacked.insert(entry.first.first);
    for (Operation *weights : unpacked)
      if (weights->use_empty())
        weights->erase();
  }
};

} // namespace
} // namespace setun
