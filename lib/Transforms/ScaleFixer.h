//===- ScaleFixer.h - Makes scales of floats integers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One walk in the order of the graph. What is an affine function of integers is
// kept as one (AffineNumber.h); a quantiser of it becomes a requantize, and so
// does whatever has to exist as a number: it is held as an i32 times 2^-f.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TRANSFORMS_SCALEFIXER_H
#define SETUN_LIB_TRANSFORMS_SCALEFIXER_H

#include "AffineNumber.h"
#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace setun {

/// Makes the numbers of one function integers.
class ScaleFixer {
public:
  explicit ScaleFixer(mlir::func::FuncOp function) : function(function) {}

  void run();

private:
  using Number = std::optional<AffineNumber>;

  void visit(mlir::Operation *op);
  Number readDequantize(lowbit::DequantizeOp op);
  Number readNode(onnx::NodeOp node);
  Number readSum(onnx::NodeOp node, mlir::RankedTensorType type, double sign);
  Number readProduct(onnx::NodeOp node, mlir::RankedTensorType type);
  Number readBounds(onnx::NodeOp node, mlir::RankedTensorType type);
  Number readRound(onnx::NodeOp node, mlir::RankedTensorType type);
  /// x where it is positive, x * slope elsewhere.
  Number readLeak(onnx::NodeOp node, const ChannelConstant &slope);
  Number readAbs(onnx::NodeOp node);
  /// Nodes that only choose or arrange elements do so with integers.
  Number readMove(onnx::NodeOp node, mlir::RankedTensorType type);
  /// The larger, or smaller, of two numbers.
  Number readExtreme(onnx::NodeOp node, llvm::StringRef opType, AffineNumber a,
                     AffineNumber b);
  struct Quantiser;
  std::optional<Quantiser> readQuantize(lowbit::QuantizeOp op);
  bool replaceSign(lowbit::QuantizeOp op, const Quantiser &quantiser);
  bool replaceQuantize(lowbit::QuantizeOp op);

  /// The number that `value` is, without a clamp: what is clamped becomes
  /// integers.
  Number getUnclamped(mlir::Value value);
  /// Makes `value` integers.
  bool fix(mlir::Value value);
  /// Integers for `number`, in place of what `op` computes.
  Number makeFixed(AffineNumber number, int fraction,
                   mlir::RankedTensorType type, WholeRounding rounding,
                   mlir::Location loc);

  /// Puts floats where something else reads a number.
  void giveFloats();
  void reportFloats();

  Number fail(const llvm::Twine &reason) {
    if (why.empty())
      why = reason.str();
    return std::nullopt;
  }

  mlir::func::FuncOp function;
  llvm::MapVector<mlir::Value, AffineNumber> numbers;
  /// Ops that nobody needs any more once all numbers are integers.
  llvm::SmallVector<mlir::Operation *> replaced;
  llvm::DenseMap<mlir::Operation *, std::string> reasons;
  std::string why;
};

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Those of a number in fixed point.
inline constexpr lowbit::CodeRange kAllIntegers{INT32_MIN, INT32_MAX};

/// The type of a static tensor of f32 with elements; null for others.
mlir::RankedTensorType getFloatType(mlir::Value value);

/// The same in fixed point.
mlir::RankedTensorType getFixedType(mlir::RankedTensorType type);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_SCALEFIXER_H
