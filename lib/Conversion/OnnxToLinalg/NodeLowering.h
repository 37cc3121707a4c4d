//===- NodeLowering.h - One ONNX node on its way to linalg ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a handler sees of its node: operands as signless tensors, attributes,
// constants, diagnostics. Handlers are registered by operator type; the files
// beside this one hold one family each.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_NODELOWERING_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_NODELOWERING_H

#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringMap.h"

namespace setun::onnx {

/// What the pass was asked for.
struct LoweringOptions {
  /// Add up float sums in double precision and round once.
  bool reduceInF64 = false;
};

/// The type that arithmetic uses for an ONNX element type: siN and uiN become
/// signless, integers below 8 bits (but bool) become i8, floats below 32 bits
/// become f32. Null if there is none.
mlir::Type getArithmeticType(mlir::Type elementType);

/// What an operator does with its elements.
enum class Elements {
  /// Computes: floats below 32 bits come as f32 and are rounded in the end.
  Compute,
  /// Only moves them: it gets them as they are stored.
  Move
};

/// One `onnx.node` that is being replaced.
class NodeLowering {
public:
  NodeLowering(NodeOp node, mlir::OpBuilder &builder,
               const LoweringOptions &options,
               Elements elements = Elements::Compute)
      : node(node), builder(builder), options(options), loc(node.getLoc()),
        elements(elements) {}

  NodeOp node;
  mlir::OpBuilder &builder;
  const LoweringOptions &options;
  mlir::Location loc;
  Elements elements;

  /// Number of inputs, omitted ones in the middle included.
  unsigned numInputs() { return node.getInputs().size(); }

  /// Is input `index` given?
  bool has(unsigned index) { return node.getInputOrNull(index) != nullptr; }

  /// Input `index` as a tensor of the type that the handler works with.
  mlir::Value input(unsigned index);
  mlir::RankedTensorType inputType(unsigned index);
  /// Output `index` as such a type.
  mlir::RankedTensorType outputType(unsigned index = 0);

  /// ONNX's own element types: they tell signed from unsigned.
  mlir::Type onnxInputElementType(unsigned index);
  mlir::Type onnxOutputElementType(unsigned index = 0);
  bool isUnsigned(unsigned index) {
    return onnxInputElementType(index).isUnsignedInteger();
  }

  /// Input `index` if it is a constant.
  std::optional<ConstantData> constant(unsigned index);
  /// All elements of a constant integer input; an error if it is computed at
  /// run time. `what` names the input in the message.
  llvm::FailureOr<llvm::SmallVector<int64_t>>
  constantInts(unsigned index, llvm::StringRef what);
  /// The integers of attribute `name` (as in old opsets) or of constant input
  /// `index`; nothing if neither is given.
  llvm::FailureOr<std::optional<llvm::SmallVector<int64_t>>>
  intsAttributeOrInput(llvm::StringRef name, unsigned index);

  /// An axis counted from the front; an error if it is out of range.
  llvm::FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank);

  int64_t opset() { return node.getSinceVersion(); }

  /// Emits an error at the node.
  mlir::InFlightDiagnostic error(const llvm::Twine &message) {
    return mlir::emitError(loc) << node.getOpType() << ": " << message;
  }

  /// An error for what has to be known at compile time: notes name the inputs
  /// of the model that the operands come from.
  mlir::InFlightDiagnostic errorOfShape(const llvm::Twine &message);

  /// Replaces the node by `values`, one per output; a null value leaves an
  /// output that nobody uses. Where the output is of floats below 32 bits, f32
  /// is rounded to them, and their bits are taken as they are.
  llvm::LogicalResult replaceWith(mlir::ValueRange values);

private:
  /// `type` with the elements that the handler works with.
  mlir::RankedTensorType getWorkingType(mlir::Type type);
};

/// Replaces a node or emits an error.
using Handler = llvm::LogicalResult (*)(NodeLowering &);

/// An operator: its handler, how many inputs must be there before that is
/// called, and what it does with elements.
struct Operator {
  Operator(Handler handler = nullptr, unsigned requiredInputs = 1,
           Elements elements = Elements::Compute)
      : handler(handler), requiredInputs(requiredInputs), elements(elements) {}

  Handler handler;
  unsigned requiredInputs;
  Elements elements;
};
using HandlerTable = llvm::StringMap<Operator>;

/// The families. The parameter names the domain: `table` is ONNX's own,
/// `microsoft` that of onnxruntime, `qonnx` that of QONNX and FINN.
void registerElementwise(HandlerTable &table);
void registerActivations(HandlerTable &table);
void registerPowers(HandlerTable &table);
void registerBits(HandlerTable &table);
void registerCast(HandlerTable &table);
void registerNormalization(HandlerTable &table);
void registerRowNormalization(HandlerTable &table);
void registerCumulative(HandlerTable &table);
void registerSpectrum(HandlerTable &table);
void registerDeterminant(HandlerTable &table);
void registerTfIdf(HandlerTable &table);
void registerRecurrent(HandlerTable &table);
void registerReduction(HandlerTable &table);
void registerSoftmax(HandlerTable &table);
void registerSelection(HandlerTable &table);
void registerMatMul(HandlerTable &table);
void registerConvolution(HandlerTable &table);
void registerTransposedConvolution(HandlerTable &table);
void registerLocalResponse(HandlerTable &table);
void registerMaxUnpooling(HandlerTable &table);
void registerPadding(HandlerTable &table);
void registerResize(HandlerTable &table);
void registerAffineGrid(HandlerTable &table);
void registerGridSample(HandlerTable &table);
void registerDeformConvolution(HandlerTable &table);
void registerRoiPooling(HandlerTable &table);
void registerPooling(HandlerTable &table);
void registerEinsum(HandlerTable &table);
void registerReshape(HandlerTable &table);
void registerSlicing(HandlerTable &table);
void registerIndexing(HandlerTable &table);
void registerIndexPatterns(HandlerTable &table);
void registerScattering(HandlerTable &table);
void registerShapeConstants(HandlerTable &table);
void registerQuantizeLinear(HandlerTable &table);
void registerQLinear(HandlerTable &table);
void registerFloatQuant(HandlerTable &qonnx);
void registerMicrosoftQuantizeLinear(HandlerTable &microsoft);
void registerQLinearElementwise(HandlerTable &microsoft);
void registerQLinearPooling(HandlerTable &microsoft);
void registerQLinearProducts(HandlerTable &microsoft);
void registerQLinearReduction(HandlerTable &microsoft);
void registerBlockQuantized(HandlerTable &microsoft);
void registerGatherBlockQuantized(HandlerTable &microsoft);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_NODELOWERING_H
