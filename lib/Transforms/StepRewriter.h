//===- StepRewriter.h - What replaces a quantiser of integers ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_LIB_TRANSFORMS_STEPREWRITER_H
#define SETUN_LIB_TRANSFORMS_STEPREWRITER_H

#include "StepForms.h"

#include "mlir/IR/Builders.h"

namespace setun {

/// Is it a tensor of codes?
inline bool isCodeTensor(mlir::Value value) {
  return lowbit::isCode(mlir::getElementTypeOrSelf(value.getType()));
}

/// Chooses the integer form of one quantiser and creates it (see Passes.td,
/// `lowbit-derive-thresholds`).
class StepRewriter {
public:
  StepRewriter(mlir::Operation *quantiser, const StepFunction &function)
      : op(quantiser), function(function), builder(quantiser),
        code(mlir::getElementTypeOrSelf(quantiser->getResult(0).getType())),
        channels(function.getChannels().size) {}

  /// The integer form, or null; `why` then says why there is none.
  mlir::Value rewrite();

  std::string why;

private:
  mlir::Value rewriteOfSums();
  mlir::Value rewriteOfCodes();
  mlir::Value rewriteOfTwo();

  /// Of all channels: they take about a second to find.
  int64_t getMaxSteps() const {
    return std::min<int64_t>(1 << 20, (1 << 26) / function.getSize());
  }
  /// Can so many numbers be tried in every channel in about a second?
  bool areFew(int64_t numbers) const {
    return channels <= (1 << 26) / int64_t(function.getSize()) / numbers;
  }
  bool findAllSteps();
  void turnFallingChannels();
  mlir::Value createThreshold();
  mlir::Value
  createRequantize(llvm::ArrayRef<std::vector<StepConstraint>> constraints,
                   lowbit::CodeRange clamp, unsigned stepped = 0);
  std::optional<Shift>
  findShift(llvm::ArrayRef<std::vector<StepConstraint>> constraints,
            bool isHalfEven);
  mlir::Value createRequantize(llvm::ArrayRef<NearStep> found,
                               lowbit::CodeRange clamp, Shift shift);
  mlir::Value createNearRequantize(lowbit::CodeRange clamp);
  mlir::Value createExceptions(llvm::ArrayRef<NearStep> found, size_t raised,
                               size_t lowered);
  bool isNarrow(llvm::ArrayRef<NearStep> found, Shift shift);
  bool isIdentity();

  mlir::Value getInput(unsigned i = 0) { return function.getInputs()[i]; }
  mlir::RankedTensorType getType(unsigned i = 0) {
    return mlir::cast<mlir::RankedTensorType>(getInput(i).getType());
  }
  mlir::RankedTensorType getResultType() { return getType().clone(code); }
  lowbit::CodeRange getBounds(unsigned i, int64_t channel);
  mlir::Value fail(const llvm::Twine &reason) {
    if (why.empty())
      why = reason.str();
    return nullptr;
  }

  mlir::Operation *op;
  const StepFunction &function;
  mlir::OpBuilder builder;
  mlir::Type code;
  int64_t channels;
  int64_t axis = 0;
  llvm::SmallVector<ValueBounds> bounds;
  llvm::SmallVector<Steps> steps; // for each channel
};

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_STEPREWRITER_H
