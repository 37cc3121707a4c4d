// A pool whose windows do not share rows needs just the rows of one window at a
// time, so the codes between convolution and pool are a buffer of a few rows.
#include "TilePools.h"
#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;

namespace setun {
namespace {

bool isElementwise(linalg::GenericOp op) {
  return op.getNumParallelLoops() == op.getNumLoops() &&
         op.getNumResults() == 1;
}

/// The only use of the only result as an input of a generic op, or null.
OpOperand *getOnlyInputUse(Operation *op) {
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return nullptr;
  OpOperand &use = *op->use_begin();
  auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
  return user && user.isDpsInput(&use) && user.getNumResults() == 1 ? &use
                                                                    : nullptr;
}

/// sums -> codes -> pool -> last (which may be the pool).
struct PooledConvolution {
  linalg::GenericOp epilogue, pool, last;
  /// Loops of `last` that run over images and over rows of the pool.
  unsigned imageLoop, rowLoop;
};

/// Do the windows along this loop of outputs share nothing? `expr` is where
/// they read: output * stride + position * dilation.
std::optional<unsigned> matchDisjoint(AffineExpr expr, linalg::GenericOp pool) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  auto split = [](AffineExpr part, unsigned &loop, int64_t &factor) {
    factor = 1;
    if (auto product = dyn_cast<AffineBinaryOpExpr>(part)) {
      auto constant = dyn_cast<AffineConstantExpr>(product.getRHS());
      if (product.getKind() != AffineExprKind::Mul || !constant)
        return false;
      factor = constant.getValue();
      part = product.getLHS();
    }
    auto dim = dyn_cast<AffineDimExpr>(part);
    if (dim)
      loop = dim.getPosition();
    return bool(dim);
  };
  unsigned output, position;
  int64_t stride, dilation;
  if (!split(sum.getLHS(), output, stride) ||
      !split(sum.getRHS(), position, dilation))
    return std::nullopt;
  SmallVector<utils::IteratorType> kinds = pool.getIteratorTypesArray();
  int64_t size = pool.getStaticLoopRanges()[position];
  if (kinds[output] != utils::IteratorType::parallel ||
      kinds[position] != utils::IteratorType::reduction ||
      stride < (size - 1) * dilation + 1)
    return std::nullopt;
  return output;
}

/// Which dimension of the result is loop `loop`?
std::optional<unsigned> findDim(AffineMap map, unsigned loop) {
  for (auto [i, expr] : llvm::enumerate(map.getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr);
        dim && dim.getPosition() == loop)
      return i;
  return std::nullopt;
}

std::optional<PooledConvolution> match(Operation *product) {
  OpOperand *sums = getOnlyInputUse(product);
  if (!sums)
    return std::nullopt;
  auto epilogue = cast<linalg::GenericOp>(sums->getOwner());
  AffineMap sumsMap = epilogue.getMatchingIndexingMap(sums);
  OpOperand *codes = getOnlyInputUse(epilogue);
  if (!isElementwise(epilogue) || !sumsMap.isPermutation() ||
      sumsMap.getNumResults() < 3 || !codes)
    return std::nullopt;
  auto pool = cast<linalg::GenericOp>(codes->getOwner());
  if (isElementwise(pool))
    return std::nullopt;
  // Images and rows are the first two dimensions of the sums.
  AffineMap result = epilogue.getIndexingMapsArray().back();
  AffineMap read = pool.getMatchingIndexingMap(codes);
  SmallVector<unsigned, 2> loops;
  for (unsigned dim : {0u, 1u}) {
    std::optional<unsigned> place =
        findDim(result, sumsMap.getDimPosition(dim));
    if (!place)
      return std::nullopt;
    AffineExpr expr = read.getResult(*place);
    std::optional<unsigned> loop =
        dim == 1 ? matchDisjoint(expr, pool) : std::nullopt;
    if (dim == 0 && isa<AffineDimExpr>(expr))
      loop = cast<AffineDimExpr>(expr).getPosition();
    if (!loop)
      return std::nullopt;
    loops.push_back(*loop);
  }
  // An elementwise step behind the pool takes the same rows.
  PooledConvolution found{epilogue, pool, pool, loops[0], loops[1]};
  OpOperand *pooled = getOnlyInputUse(pool);
  auto step = pooled ? cast<linalg::GenericOp>(pooled->getOwner())
                     : linalg::GenericOp();
  if (!step || !isElementwise(step) ||
      !step.getMatchingIndexingMap(pooled).isPermutation())
    return found;
  AffineMap outputs = pool.getIndexingMapsArray().back();
  AffineMap taken = step.getMatchingIndexingMap(pooled);
  std::optional<unsigned> image = findDim(outputs, loops[0]);
  std::optional<unsigned> row = findDim(outputs, loops[1]);
  if (image && row) {
    found.last = step;
    found.imageLoop = taken.getDimPosition(*image);
    found.rowLoop = taken.getDimPosition(*row);
  }
  return found;
}

/// Intermediate tiles get room of their own instead of a part of the whole.
void shrinkDestination(IRRewriter &rewriter, Operation *op) {
  auto tiled = cast<DestinationStyleOpInterface>(op);
  OpOperand &init = tiled.getDpsInitsMutable()[0];
  auto slice = init.get().getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice || !slice.getSource().getDefiningOp<tensor::EmptyOp>())
    return;
  rewriter.setInsertionPoint(op);
  init.set(tensor::EmptyOp::create(rewriter, op->getLoc(),
                                   slice.getType().getShape(),
                                   slice.getType().getElementType()));
  if (slice->use_empty())
    rewriter.eraseOp(slice);
}

/// What remains of an op whose tiles are computed elsewhere.
void eraseUnused(IRRewriter &rewriter, Operation *op) {
  for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
    if (isa<tensor::ExtractSliceOp>(user) && user->use_empty())
      rewriter.eraseOp(user);
  if (op->use_empty())
    rewriter.eraseOp(op);
}

void tile(IRRewriter &rewriter, PooledConvolution found) {
  SmallVector<OpFoldResult> sizes(found.last.getNumLoops(),
                                  rewriter.getIndexAttr(0));
  sizes[found.imageLoop] = sizes[found.rowLoop] = rewriter.getIndexAttr(1);
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(sizes);
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp, OpResult producer,
          bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        Operation *op = producer.getOwner();
        bool isOurs = op == found.pool.getOperation() ||
                      op == found.epilogue.getOperation() ||
                      op == found.pool.getDpsInits()[0].getDefiningOp();
        if (!isOurs)
          return std::nullopt;
        return scf::SCFTileAndFuseOptions::ControlFnResult{};
      });
  rewriter.setInsertionPoint(found.last);
  FailureOr<scf::SCFTileAndFuseResult> tiled =
      scf::tileConsumerAndFuseProducersUsingSCF(
          rewriter, cast<TilingInterface>(found.last.getOperation()), options);
  if (failed(tiled))
    return;
  for (Operation *op : tiled->tiledAndFusedOps)
    if (op->getNumResults() == 1)
      shrinkDestination(rewriter, op);
  Value result = tiled->replacements[found.last->getResult(0)];
  bool isPool = found.last == found.pool;
  rewriter.replaceOp(found.last, result);
  if (!isPool)
    eraseUnused(rewriter, found.pool);
  eraseUnused(rewriter, found.epilogue);
}

} // namespace

void tilePools(IRRewriter &rewriter, func::FuncOp function) {
  SmallVector<PooledConvolution> pools;
  function.walk([&](Operation *op) {
    if (isa<lowbit::PackedMatmulOp, lowbit::AddSubOp, lowbit::DepthwiseOp>(op))
      if (std::optional<PooledConvolution> found = match(op))
        pools.push_back(*found);
  });
  for (const PooledConvolution &pool : pools)
    tile(rewriter, pool);
}

} // namespace setun
