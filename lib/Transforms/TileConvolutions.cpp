// Computes an unfolded or depthwise convolution a few places at a time:
// patches, their product and the epilogue run in one loop over the places, so
// that neither all patches nor all sums are ever in memory.
#include "TilePools.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "setun/Support/Target.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_TILECONVOLUTIONS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Patches of one tile take about this many bytes at most, and so do its sums.
/// Where memory is small, a few more calls of kernels matter less; where there
/// is AVX-512, AMX wants many rows, and the second cache is large.
int64_t getTileBytes(const Target &target) {
  if (!target.hasVectors)
    return 2048;
  if (target.name.starts_with("x86-64-v4"))
    return 65536;
  bool isKnown = &target != &getTargets().front();
  return isKnown ? 16384 : 4096;
}

/// A convolution and what consumes its sums.
struct Unfolded {
  /// Null for a depthwise convolution, which needs none.
  lowbit::Im2RowOp patches;
  Operation *product;
  /// The part of the sums that is used; null if that is all of them.
  tensor::ExtractSliceOp part;
  /// Elementwise over the sums; null if they are used otherwise.
  linalg::GenericOp epilogue;
  /// The loop of the epilogue for each dimension of the sums.
  SmallVector<unsigned> loops;

  /// The sums that are used.
  Value getValue() {
    return part ? Value(part.getResult()) : Value(product->getResult(0));
  }
  RankedTensorType getSums() {
    return cast<RankedTensorType>(getValue().getType());
  }
};

/// The loops of `epilogue` that run over the dimensions of `sums`: each one
/// over one dimension, all of them parallel.
std::optional<SmallVector<unsigned>> matchLoops(linalg::GenericOp epilogue,
                                                OpOperand &sums) {
  AffineMap map = epilogue.getMatchingIndexingMap(&sums);
  if (epilogue.getNumParallelLoops() != epilogue.getNumLoops() ||
      epilogue.getNumResults() != 1 || !map.isPermutation())
    return std::nullopt;
  SmallVector<unsigned> loops;
  for (AffineExpr expr : map.getResults())
    loops.push_back(cast<AffineDimExpr>(expr).getPosition());
  return loops;
}

/// Whole channels of some places, without gaps.
bool isPart(tensor::ExtractSliceOp slice) {
  auto type = cast<RankedTensorType>(slice.getSource().getType());
  return slice->hasOneUse() && slice.hasUnitStride() &&
         slice.getType().getRank() == type.getRank() &&
         slice.getType().hasStaticShape() &&
         slice.getType().getShape().back() == type.getShape().back();
}

Unfolded matchEpilogue(lowbit::Im2RowOp patches, Operation *product) {
  Unfolded all{patches, product, nullptr, nullptr, {}};
  if (!product->hasOneUse())
    return all;
  Unfolded unfolded = all;
  auto slice = dyn_cast<tensor::ExtractSliceOp>(*product->user_begin());
  if (slice && isPart(slice))
    unfolded.part = slice;
  OpOperand &sums = *unfolded.getValue().use_begin();
  auto generic = dyn_cast<linalg::GenericOp>(sums.getOwner());
  if (!generic || !generic.isDpsInput(&sums))
    return all;
  auto loops = matchLoops(generic, sums);
  if (!loops)
    return all;
  unfolded.epilogue = generic;
  unfolded.loops = *loops;
  return unfolded;
}

std::optional<Unfolded> match(Operation *op) {
  auto depthwise = dyn_cast<lowbit::DepthwiseOp>(op);
  if (depthwise && depthwise->getNumResults() == 1 &&
      depthwise.getOffsets().empty())
    return matchEpilogue(nullptr, depthwise);
  auto patches = dyn_cast<lowbit::Im2RowOp>(op);
  if (!patches || patches->getNumResults() != 1 ||
      !patches.getOffsets().empty() || !patches->hasOneUse())
    return std::nullopt;
  OpOperand &use = *patches->use_begin();
  Operation *product = use.getOwner();
  if (!isa<lowbit::PackedMatmulOp, lowbit::AddSubOp>(product) ||
      use.getOperandNumber() != 0 || product->getNumResults() != 1)
    return std::nullopt;
  return matchEpilogue(patches, product);
}

/// Is each patch one element of an image with channels last?
bool isIdentity(lowbit::Im2RowOp patches) {
  lowbit::WindowAttr window = patches.getWindow();
  return patches.getChannelsLast() && !window.isPadded() &&
         window.getPositions() == 1 &&
         llvm::all_of(window.getStrides(),
                      [](int64_t stride) { return stride == 1; });
}

/// The largest part of `places` that takes at most `limit` bytes.
int64_t chooseTile(int64_t places, int64_t placeBytes, int64_t limit) {
  int64_t tile = places;
  while (tile > 1 && (places % tile != 0 || tile * placeBytes > limit))
    --tile;
  return tile;
}

int64_t getPlaceBytes(RankedTensorType type) {
  return type.getShape().back() * type.getElementTypeBitWidth() / 8;
}

/// Builds the loops of one unfolded convolution.
class ConvolutionTiler {
public:
  ConvolutionTiler(IRRewriter &rewriter, Unfolded unfolded)
      : rewriter(rewriter), unfolded(unfolded),
        loc(unfolded.product->getLoc()) {
    RankedTensorType sums = unfolded.getSums();
    int64_t placeBytes = getPlaceBytes(sums);
    if (unfolded.patches && !isIdentity(unfolded.patches))
      placeBytes =
          std::max(placeBytes, getPlaceBytes(cast<RankedTensorType>(
                                   unfolded.patches->getResult(0).getType())));
    int64_t limit = getTileBytes(getTarget(unfolded.product));
    sizes.assign(sums.getRank() - 1, 1);
    // Whole rows come before several of them.
    for (int64_t dim = sizes.size() - 1; dim >= 0; --dim) {
      int64_t extent = sums.getDimSize(dim);
      sizes[dim] = chooseTile(extent, placeBytes, limit);
      placeBytes *= sizes[dim];
      if (sizes[dim] != extent)
        break;
    }
  }

  LogicalResult run();

private:
  FailureOr<Value> createLoops(unsigned dim, SmallVector<Value> offsets,
                               Value target);
  FailureOr<Value> createTile(ArrayRef<Value> offsets, Value target);
  struct Slice {
    SmallVector<OpFoldResult> from, extents, steps;
  };
  Slice getSlice(ArrayRef<Value> offsets, ArrayRef<int64_t> places);
  FailureOr<Value> createEpilogue(Value sums, ArrayRef<Value> offsets,
                                  ArrayRef<int64_t> places, Value target);
  Value createEmptyTile(RankedTensorType whole);
  SmallVector<Value> addPartOffsets(ArrayRef<Value> offsets);
  Value createRows(ArrayRef<Value> offsets);
  Value createSums(ArrayRef<Value> offsets);

  IRRewriter &rewriter;
  Unfolded unfolded;
  Location loc;
  /// How many places of each dimension but the channels are one tile.
  SmallVector<int64_t> sizes;
};

LogicalResult ConvolutionTiler::run() {
  Operation *last =
      unfolded.epilogue ? unfolded.epilogue.getOperation() : unfolded.product;
  rewriter.setInsertionPoint(last);
  Value target = cast<DestinationStyleOpInterface>(last).getDpsInits()[0];
  FailureOr<Value> result = createLoops(0, {}, target);
  if (failed(result))
    return failure();
  rewriter.replaceOp(last, *result);
  if (unfolded.part)
    rewriter.eraseOp(unfolded.part);
  if (last != unfolded.product)
    rewriter.eraseOp(unfolded.product);
  if (unfolded.patches)
    rewriter.eraseOp(unfolded.patches);
  return success();
}

FailureOr<Value> ConvolutionTiler::createLoops(unsigned dim,
                                               SmallVector<Value> offsets,
                                               Value target) {
  if (dim == sizes.size())
    return createTile(offsets, target);
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(rewriter, loc, value);
  };
  int64_t extent = unfolded.getSums().getDimSize(dim);
  if (extent == sizes[dim]) {
    offsets.push_back(index(0));
    return createLoops(dim + 1, offsets, target);
  }
  auto loop = scf::ForOp::create(rewriter, loc, index(0), index(extent),
                                 index(sizes[dim]), target);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(loop.getBody());
  offsets.push_back(loop.getInductionVar());
  FailureOr<Value> inner =
      createLoops(dim + 1, offsets, loop.getRegionIterArg(0));
  if (failed(inner))
    return failure();
  scf::YieldOp::create(rewriter, loc, *inner);
  return loop.getResult(0);
}

/// Places of the part as places of all sums.
SmallVector<Value> ConvolutionTiler::addPartOffsets(ArrayRef<Value> offsets) {
  SmallVector<Value> sums(offsets);
  if (!unfolded.part)
    return sums;
  for (auto [offset, first] :
       llvm::zip_first(sums, unfolded.part.getMixedOffsets())) {
    if (isZeroInteger(first))
      continue;
    Value start = getValueOrCreateConstantIndexOp(rewriter, loc, first);
    offset = arith::AddIOp::create(rewriter, loc, start, offset,
                                   arith::IntegerOverflowFlags::nsw);
  }
  return sums;
}

/// [1.., tile, last dimension of `whole`]
Value ConvolutionTiler::createEmptyTile(RankedTensorType whole) {
  SmallVector<int64_t> shape(sizes);
  shape.push_back(whole.getShape().back());
  return tensor::EmptyOp::create(rewriter, loc, shape, whole.getElementType());
}

/// The patches of one tile.
Value ConvolutionTiler::createRows(ArrayRef<Value> offsets) {
  lowbit::Im2RowOp whole = unfolded.patches;
  auto type = cast<RankedTensorType>(whole->getResult(0).getType());
  // Networks take whole arrays.
  if (isIdentity(whole) && isa<lowbit::PackedMatmulOp>(unfolded.product)) {
    SmallVector<OpFoldResult> from(offsets), extents,
        steps(type.getRank(), rewriter.getIndexAttr(1));
    from.push_back(rewriter.getIndexAttr(0));
    for (int64_t size : sizes)
      extents.push_back(rewriter.getIndexAttr(size));
    extents.push_back(rewriter.getIndexAttr(type.getShape().back()));
    return tensor::ExtractSliceOp::create(
        rewriter, whole.getLoc(), whole.getInput(), from, extents, steps);
  }
  Value rows = createEmptyTile(type);
  return lowbit::Im2RowOp::create(rewriter, whole.getLoc(),
                                  TypeRange(rows.getType()), whole.getInput(),
                                  rows, offsets, whole.getWindow(),
                                  whole.getPadding(), whole.getChannelsLast())
      .getResult(0);
}

/// The sums of one tile, [1.., tile, O].
Value ConvolutionTiler::createSums(ArrayRef<Value> offsets) {
  Value sums = createEmptyTile(unfolded.getSums());
  SmallVector<Value> places = addPartOffsets(offsets);
  if (auto whole = dyn_cast<lowbit::DepthwiseOp>(unfolded.product))
    return lowbit::DepthwiseOp::create(rewriter, loc, TypeRange(sums.getType()),
                                       whole.getInput(), whole.getWeights(),
                                       sums, offsets, whole.getWindow(),
                                       whole.getPadding(), whole.getBiasAttr(),
                                       whole.getActivationAttr())
        .getResult(0);
  IRMapping mapping;
  mapping.map(unfolded.patches->getResult(0), createRows(places));
  mapping.map(
      cast<DestinationStyleOpInterface>(unfolded.product).getDpsInits()[0],
      sums);
  Operation *tile = rewriter.clone(*unfolded.product, mapping);
  tile->getResult(0).setType(sums.getType());
  return tile->getResult(0);
}

/// `target` with the results of one tile.
FailureOr<Value> ConvolutionTiler::createTile(ArrayRef<Value> offsets,
                                              Value target) {
  Value sums = createSums(offsets);
  if (!unfolded.epilogue) {
    Slice slice = getSlice(offsets, sizes);
    return Value(tensor::InsertSliceOp::create(
        rewriter, loc, sums, target, slice.from, slice.extents, slice.steps));
  }
  // Channels in front of places: sums are read across. gcc 12 makes branches of
  // a choice between two numbers in longer loops than these.
  unsigned last = sizes.size() - 1;
  int64_t part = chooseTile(sizes[last], 1, 8);
  if (unfolded.loops.back() > unfolded.loops[last] || part < 4 ||
      part == sizes[last])
    return createEpilogue(sums, offsets, sizes, target);
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(rewriter, loc, value);
  };
  auto loop = scf::ForOp::create(rewriter, loc, index(0), index(sizes[last]),
                                 index(part), target);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(loop.getBody());
  SmallVector<int64_t> extents(sizes);
  extents[last] = part;
  SmallVector<OpFoldResult> from(sizes.size() + 1, rewriter.getIndexAttr(0)),
      steps(from.size(), rewriter.getIndexAttr(1)), partSizes;
  from[last] = loop.getInductionVar();
  for (int64_t extent : extents)
    partSizes.push_back(rewriter.getIndexAttr(extent));
  partSizes.push_back(
      rewriter.getIndexAttr(unfolded.getSums().getShape().back()));
  Value some = tensor::ExtractSliceOp::create(rewriter, loc, sums, from,
                                              partSizes, steps);
  SmallVector<Value> places(offsets);
  places[last] =
      arith::AddIOp::create(rewriter, loc, places[last], loop.getInductionVar(),
                            arith::IntegerOverflowFlags::nsw);
  FailureOr<Value> result =
      createEpilogue(some, places, extents, loop.getRegionIterArg(0));
  if (failed(result))
    return failure();
  scf::YieldOp::create(rewriter, loc, *result);
  return loop.getResult(0);
}

/// Where these places stand in what is computed.
ConvolutionTiler::Slice ConvolutionTiler::getSlice(ArrayRef<Value> offsets,
                                                   ArrayRef<int64_t> places) {
  unsigned rank = offsets.size() + 1;
  Slice slice;
  slice.from.assign(rank, rewriter.getIndexAttr(0));
  slice.extents.assign(rank, rewriter.getIndexAttr(1));
  slice.steps = slice.extents;
  for (unsigned dim = 0; dim < rank; ++dim) {
    unsigned loop = unfolded.epilogue ? unfolded.loops[dim] : dim;
    bool isChannels = dim + 1 == rank;
    if (!isChannels)
      slice.from[loop] = getAsOpFoldResult(offsets[dim]);
    slice.extents[loop] = rewriter.getIndexAttr(
        isChannels ? unfolded.getSums().getShape().back() : places[dim]);
  }
  return slice;
}

/// The epilogue on slices of its operands, writing into a slice of the target.
FailureOr<Value> ConvolutionTiler::createEpilogue(Value sums,
                                                  ArrayRef<Value> offsets,
                                                  ArrayRef<int64_t> places,
                                                  Value target) {
  Slice slice = getSlice(offsets, places);
  auto whole = cast<linalg::GenericOp>(
      rewriter.clone(*unfolded.epilogue.getOperation()));
  whole.getDpsInitsMutable()[0].set(target);
  auto tiling = cast<TilingInterface>(whole.getOperation());
  FailureOr<TilingResult> tiled =
      tiling.getTiledImplementation(rewriter, slice.from, slice.extents);
  SmallVector<OpFoldResult> resultOffsets, resultSizes;
  if (failed(tiled) || tiled->tiledOps.size() != 1 ||
      failed(tiling.getResultTilePosition(
          rewriter, 0, slice.from, slice.extents, resultOffsets, resultSizes)))
    return whole.emitError("the epilogue of a convolution cannot be tiled");
  for (OpOperand &operand : tiled->tiledOps.front()->getOpOperands()) {
    auto part = operand.get().getDefiningOp<tensor::ExtractSliceOp>();
    bool isSums = part && part.getSource() == unfolded.getValue();
    if (!isSums && operand.get() != unfolded.getValue())
      continue;
    operand.set(sums);
    if (isSums && part->use_empty())
      rewriter.eraseOp(part);
  }
  rewriter.eraseOp(whole);
  return Value(tensor::InsertSliceOp::create(
      rewriter, loc, tiled->tiledValues[0], target, resultOffsets, resultSizes,
      slice.steps));
}

struct TileConvolutionsPass
    : public impl::TileConvolutionsBase<TileConvolutionsPass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, arith::ArithDialect,
                    linalg::LinalgDialect, scf::SCFDialect,
                    tensor::TensorDialect>();
    linalg::registerTilingInterfaceExternalModels(registry);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    tilePools(rewriter, getOperation());
    SmallVector<Operation *> convolutions;
    getOperation().walk([&](Operation *op) {
      if (isa<lowbit::Im2RowOp, lowbit::DepthwiseOp>(op))
        convolutions.push_back(op);
    });
    for (Operation *op : convolutions)
      if (std::optional<Unfolded> unfolded = match(op))
        if (failed(ConvolutionTiler(rewriter, *unfolded).run()))
          return signalPassFailure();
  }
};

} // namespace
} // namespace setun
