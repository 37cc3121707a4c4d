// Plain lowering of constants, transpose and reshape of codes.
#include "LoweringPatterns.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace setun {
namespace {

/// The blob of codes is the blob of their storage: no byte is copied.
struct LowerConstant : OpConversionPattern<lowbit::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    auto blob = cast<DenseResourceElementsAttr>(op.getValue());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, type, DenseResourceElementsAttr::get(type, blob.getRawHandle()));
    return success();
  }
};

struct LowerTranspose : OpConversionPattern<lowbit::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    Value empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), type.getShape(), type.getElementType());
    rewriter.replaceOpWithNewOp<linalg::TransposeOp>(
        op, adaptor.getInput(), empty, op.getPermutation());
    return success();
  }
};

/// Through one dimension; the two steps merge when they are canonicalised.
struct LowerReshape : OpConversionPattern<lowbit::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    Value flat = adaptor.getInput();
    auto inputType = cast<RankedTensorType>(flat.getType());
    auto flatType =
        RankedTensorType::get({type.getNumElements()}, type.getElementType());
    auto allOf = [](int64_t rank) {
      SmallVector<ReassociationIndices> groups;
      if (rank > 0)
        groups.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(0, rank)));
      return groups;
    };
    if (inputType.getRank() == 0)
      flat = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), flatType,
                                           flat, allOf(0));
    else if (inputType.getRank() > 1)
      flat = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), flatType,
                                             flat, allOf(inputType.getRank()));
    if (type.getRank() == 0)
      flat = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), type, flat,
                                             allOf(0));
    else if (type.getRank() > 1)
      flat = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), type, flat,
                                           allOf(type.getRank()));
    rewriter.replaceOp(op, flat);
    return success();
  }
};

} // namespace

void populateStructureLowering(const StorageTypeConverter &converter,
                               RewritePatternSet &patterns) {
  patterns.add<LowerConstant, LowerTranspose, LowerReshape>(
      converter, patterns.getContext());
}

} // namespace setun
