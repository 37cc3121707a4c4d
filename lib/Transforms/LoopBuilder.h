// What the plain loops of kernel ops are written with.
#ifndef SETUN_LIB_TRANSFORMS_LOOPBUILDER_H
#define SETUN_LIB_TRANSFORMS_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace setun {

/// The ops that the loops are made of, at one location.
struct LoopBuilder {
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  static constexpr auto kExact = mlir::arith::IntegerOverflowFlags::nsw;

  mlir::OpBuilder &b;
  mlir::Location loc;

  Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, loc, value);
  }
  Value i32(int64_t value) {
    return mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  }
  Value add(Value lhs, Value rhs) {
    return mlir::arith::AddIOp::create(b, loc, lhs, rhs, kExact);
  }
  Value times(Value lhs, int64_t rhs) { return multiply(lhs, index(rhs)); }
  Value multiply(Value lhs, Value rhs) {
    return mlir::arith::MulIOp::create(b, loc, lhs, rhs, kExact);
  }
  Value divide(Value lhs, int64_t rhs) {
    return mlir::arith::DivUIOp::create(b, loc, lhs, index(rhs));
  }
  Value remainder(Value lhs, int64_t rhs) {
    return mlir::arith::RemUIOp::create(b, loc, lhs, index(rhs));
  }
  Value load(Value buffer, ValueRange indices) {
    return mlir::memref::LoadOp::create(b, loc, buffer, indices);
  }
  void store(Value value, Value buffer, ValueRange indices) {
    mlir::memref::StoreOp::create(b, loc, value, buffer, indices);
  }
  /// for (i = first; i < end; ++i) body(i)
  void loop(Value first, Value end, llvm::function_ref<void(Value)> body) {
    auto op = mlir::scf::ForOp::create(b, loc, first, end, index(1));
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  /// for (i = 0; i < count; ++i) body(i)
  void loop(int64_t count, llvm::function_ref<void(Value)> body) {
    if (count > 0)
      loop(index(0), index(count), body);
  }
  /// One loop for each size; body gets all indices.
  void loops(llvm::ArrayRef<int64_t> sizes, llvm::SmallVector<Value> outer,
             llvm::function_ref<void(ValueRange)> body) {
    if (sizes.empty())
      return body(outer);
    loop(sizes.front(), [&](Value i) {
      llvm::SmallVector<Value> indices(outer);
      indices.push_back(i);
      loops(sizes.drop_front(), indices, body);
    });
  }
};

inline llvm::ArrayRef<int64_t> getShape(mlir::Value buffer) {
  return llvm::cast<mlir::MemRefType>(buffer.getType()).getShape();
}

inline llvm::SmallVector<mlir::Value> append(mlir::ValueRange leading,
                                             mlir::ValueRange last) {
  llvm::SmallVector<mlir::Value> indices(leading);
  llvm::append_range(indices, last);
  return indices;
}

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_LOOPBUILDER_H
