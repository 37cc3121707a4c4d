// The `lowbit` dialect: types, attributes and ops (see LowBit.td).
#ifndef SETUN_DIALECTS_LOWBIT_LOWBIT_H
#define SETUN_DIALECTS_LOWBIT_LOWBIT_H

#include "dialects/LowBit/CodeType.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "setun/Support/BitPacking.h"
#include "setun/Support/BlockPacking.h"

#include "dialects/LowBit/LowBitDialect.h.inc"
#include "dialects/LowBit/LowBitEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/LowBit/LowBitTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/LowBit/LowBitAttrs.h.inc"
#include "dialects/LowBit/LowBitInterfaces.h.inc"
#define GET_OP_CLASSES
#include "dialects/LowBit/LowBit.h.inc"

namespace setun::lowbit {

/// The packed layout of a tensor type, or null if it is not packed.
LayoutAttr getLayout(mlir::RankedTensorType type);

/// True if the layout has a place for every value of the code type.
bool canHold(LayoutAttr layout, mlir::Type code);

/// How `lowbit.quantize` maps one number to a code.
struct QuantizeRule {
  RoundingMode rounding;
  CodeRange range;
  bool bipolar;
  bool byReciprocal;
  bool zeroPointLast;
};

/// The sizes [N, C, inputs..] of an image, its channels second or last.
llvm::SmallVector<int64_t> getImageShape(mlir::ShapedType type,
                                         bool channelsLast);

/// The code of one number, by the formula of `lowbit.quantize`.
int64_t quantizeValue(float x, float scale, float zeroPoint,
                      const QuantizeRule &rule);

/// The buffer in which a kernel op on buffers works besides its result, or
/// null.
mlir::Value getScratch(mlir::Operation *op);

/// Must the op have one before a kernel is called?
bool needsScratch(mlir::Operation *op);

/// Registers how the kernel ops bufferize (BufferizableOpInterface).
void registerBufferization(mlir::DialectRegistry &registry);

} // namespace setun::lowbit

#endif // SETUN_DIALECTS_LOWBIT_LOWBIT_H
