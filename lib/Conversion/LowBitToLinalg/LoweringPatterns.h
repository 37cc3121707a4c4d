// What the files of this conversion share: pattern groups, and building
// elementwise loops.
#ifndef SETUN_CONVERSION_LOWBITTOLINALG_LOWERINGPATTERNS_H
#define SETUN_CONVERSION_LOWBITTOLINALG_LOWERINGPATTERNS_H

#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "setun/Conversion/LowBitToLinalg.h"

namespace setun {

void populateQuantizerLowering(const StorageTypeConverter &converter,
                               mlir::RewritePatternSet &patterns);
void populateStepLowering(const StorageTypeConverter &converter,
                          mlir::RewritePatternSet &patterns);
void populateProductLowering(const StorageTypeConverter &converter,
                             mlir::RewritePatternSet &patterns);
void populateWindowLowering(const StorageTypeConverter &converter,
                            mlir::RewritePatternSet &patterns);
void populateStructureLowering(const StorageTypeConverter &converter,
                               mlir::RewritePatternSet &patterns);

/// Builds one loop nest over `shape`; `inputs` broadcast to it by numpy rules,
/// `body` gets one element of each and returns one element of the result.
mlir::Value createElementwise(
    mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<int64_t> shape,
    mlir::Type element, mlir::ValueRange inputs,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)> body);

/// The affine map that reads a tensor of shape `from`, broadcast by numpy rules
/// to loops over `to`.
mlir::AffineMap getBroadcastMap(mlir::MLIRContext *context,
                                llvm::ArrayRef<int64_t> from,
                                llvm::ArrayRef<int64_t> to);

/// A stored code as a signless integer of `width` bits, extended as its code
/// type says.
mlir::Value extendCode(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value stored, mlir::Type code, unsigned width);

/// The signless integer that stores a code.
mlir::Type getStoredType(mlir::OpBuilder &builder, mlir::Type code);

/// The stored bipolar code: +1 where `condition` holds, else -1.
mlir::Value createSign(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value condition, mlir::Type storage);

/// A constant with the numbers of `bias`, which broadcasts to `type` so that
/// they run along dimension `axis`.
mlir::Value createBias(mlir::OpBuilder &builder, mlir::Location loc,
                       llvm::ArrayRef<int64_t> bias,
                       mlir::RankedTensorType type, int64_t axis);

/// An accumulator tensor that starts as the bias along dimension `axis`, or as
/// zeros.
mlir::Value createAccumulator(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::RankedTensorType type,
                              std::optional<llvm::ArrayRef<int64_t>> bias,
                              int64_t axis);

/// sums[.., n] + bias[n]; the verifier proved that no sum overflows.
mlir::Value addBias(mlir::OpBuilder &builder, mlir::Location loc,
                    mlir::Value sums,
                    std::optional<llvm::ArrayRef<int64_t>> bias);

/// A stored code less its zero point, as a signless integer of `width` bits.
mlir::Value createShifted(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value stored, lowbit::ShiftedCode code,
                          unsigned width);

/// Yields sum + (lhs - a) * (rhs - b) of `in`, one stored code of each side and
/// the sum. The product's verifier proved that no sum overflows.
void yieldProductSum(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::ValueRange in, lowbit::ShiftedCode lhs,
                     lowbit::ShiftedCode rhs);

} // namespace setun

#endif // SETUN_CONVERSION_LOWBITTOLINALG_LOWERINGPATTERNS_H
