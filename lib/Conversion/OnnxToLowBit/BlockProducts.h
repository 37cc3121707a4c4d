// Products of floats with constant weights whose scales are those of blocks.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_BLOCKPRODUCTS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_BLOCKPRODUCTS_H

#include "mlir/IR/Builders.h"
#include "setun/Support/BlockPacking.h"

namespace setun {

/// As they are stored: codes [outputs, inputs], scales and zero points
/// [outputs, blocks].
struct BlockWeights {
  BlockShape shape;
  std::vector<uint8_t> codes, zeroPoints;
  std::vector<float> scales;
  /// Codes are the bits of numbers of E2M1, and scales half of theirs.
  bool isFp4 = false;

  /// The shape, once scales and zero points are there: scales take as few bits
  /// as hold them, one zero point for all needs no place.
  void setShape(int64_t outputs, int64_t inputs, int64_t block, int64_t bits);
};

/// With floats each row unpacks the weights anew; the lowering of nodes does so
/// once for all rows.
inline constexpr int64_t kFewBlockRows = 4;

/// A value converted to elements of another float type.
mlir::Value createFloatCast(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value value, mlir::Type element);

/// `input` times the weights, of the shape of `type` and of f32; within blocks
/// in bytes, or of floats.
mlir::Value createBlockProduct(mlir::OpBuilder &builder, mlir::Location loc,
                               const BlockWeights &weights, mlir::Value input,
                               mlir::RankedTensorType type, bool inBytes);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_BLOCKPRODUCTS_H
