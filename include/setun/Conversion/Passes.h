// The passes that go from one dialect to the next (see Passes.td).
#ifndef SETUN_CONVERSION_PASSES_H
#define SETUN_CONVERSION_PASSES_H

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace setun {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "setun/Conversion/Passes.h.inc"

} // namespace setun

#endif // SETUN_CONVERSION_PASSES_H
