//===- OnnxToLinalg.cpp - Lower the remaining ONNX nodes ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks the nodes in order and hands each to the handler of its operator. What
// every handler may rely on is checked here once: ranked static shapes and
// element types that there is arithmetic for.
//===----------------------------------------------------------------------===//

#include "setun/Conversion/Passes.h"
#include "setun/Conversion/SupportedOperators.h"

#include "NodeLowering.h"
#include "Refusals.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace setun {
#define GEN_PASS_DEF_CONVERTONNXTOLINALG
#include "setun/Conversion/Passes.h.inc"
} // namespace setun

using namespace mlir;
using namespace setun::onnx;

/// Handlers by domain and operator.
static const llvm::StringMap<HandlerTable> &getHandlers() {
  static const llvm::StringMap<HandlerTable> handlers = [] {
    llvm::StringMap<HandlerTable> domains;
    HandlerTable &table = domains[""];
    registerElementwise(table);
    registerActivations(table);
    registerPowers(table);
    registerBits(table);
    registerCast(table);
    registerNormalization(table);
    registerRowNormalization(table);
    registerCumulative(table);
    registerSpectrum(table);
    registerDeterminant(table);
    registerTfIdf(table);
    registerRecurrent(table);
    registerReduction(table);
    registerSoftmax(table);
    registerSelection(table);
    registerMatMul(table);
    registerConvolution(table);
    registerTransposedConvolution(table);
    registerLocalResponse(table);
    registerMaxUnpooling(table);
    registerPadding(table);
    registerResize(table);
    registerAffineGrid(table);
    registerGridSample(table);
    registerDeformConvolution(table);
    registerRoiPooling(table);
    registerPooling(table);
    registerEinsum(table);
    registerReshape(table);
    registerSlicing(table);
    registerIndexing(table);
    registerIndexPatterns(table);
    registerScattering(table);
    registerShapeConstants(table);
    registerQuantizeLinear(table);
    registerQLinear(table);
    registerFloatQuant(domains[kQonnxDomain]);
    HandlerTable &microsoft = domains[kMicrosoftDomain];
    registerBlockQuantized(microsoft);
    registerGatherBlockQuantized(microsoft);
    registerMicrosoftQuantizeLinear(microsoft);
    registerQLinearElementwise(microsoft);
    registerQLinearPooling(microsoft);
    registerQLinearProducts(microsoft);
    registerQLinearReduction(microsoft);
    return domains;
  }();
  return handlers;
}

static const Operator *findHandler(StringRef domain, StringRef opType) {
  auto table = getHandlers().find(domain);
  if (table == getHandlers().end())
    return nullptr;
  auto it = table->second.find(opType);
  return it == table->second.end() ? nullptr : &it->second;
}

/// Is it an operator of ONNX whose outputs are made element by element, or row
/// by row: what streams through without being kept as a whole?
static bool isStreamed(NodeOp node) {
  static const HandlerTable table = [] {
    HandlerTable table;
    registerElementwise(table);
    registerActivations(table);
    registerPowers(table);
    registerBits(table);
    registerCast(table);
    registerNormalization(table);
    registerRowNormalization(table);
    registerReduction(table);
    registerSoftmax(table);
    registerMatMul(table);
    registerQuantizeLinear(table);
    return table;
  }();
  return node.getDomain().empty() && table.contains(node.getOpType());
}

bool setun::isSupportedOperator(StringRef domain, StringRef opType) {
  return findHandler(domain, opType) != nullptr;
}

/// Emits an error unless `type` is a static tensor with known arithmetic, or
/// stands for an omitted input.
static LogicalResult checkType(NodeLowering &node, Type type, StringRef what,
                               unsigned index) {
  if (isa<NoneType>(type) && what == "input")
    return success();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return node.errorOfShape(what + " " + Twine(index) + " has type ")
           << type << "; only tensors of known rank are supported";
  for (auto [dim, size] : llvm::enumerate(tensor.getShape()))
    if (ShapedType::isDynamic(size))
      return node.errorOfShape("dimension " + Twine(dim) + " of " + what + " " +
                               Twine(index) +
                               " is not known at compile time; give "
                               "it a value with --dim NAME=VALUE");
  if (!getArithmeticType(tensor.getElementType()))
    return node.error(what + " " + Twine(index) + " has element type ")
           << tensor.getElementType()
           << "; supported are floats, bool and integers";
  return success();
}

/// May the type of this output be anything? Outputs for training are declared,
/// but nobody reads them; of a recurrent network any output may be left out.
static bool isIgnored(NodeOp op, unsigned index) {
  StringRef type = op.getOpType();
  if (isa<NoneType>(op.getOutputs()[index].getType()))
    return type == "RNN" || type == "GRU" || type == "LSTM";
  return index > 0 && op.getOutputs()[index].use_empty() &&
         (type == "Dropout" || type == "BatchNormalization");
}

/// Checks what every handler takes for granted.
static LogicalResult checkEdges(NodeLowering &node, unsigned requiredInputs) {
  for (unsigned i = 0; i < requiredInputs; ++i)
    if (!node.has(i))
      return node.error("input " + Twine(i) + " is missing");
  if (node.node.getOutputs().empty())
    return node.error("has no output");
  for (auto [index, type] : llvm::enumerate(node.node.getInputs().getTypes()))
    if (failed(checkType(node, type, "input", index)))
      return failure();
  for (auto [index, output] : llvm::enumerate(node.node.getOutputs()))
    if (!isIgnored(node.node, index) &&
        failed(checkType(node, output.getType(), "output", index)))
      return failure();
  return success();
}

static bool isEmptyTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() == 0;
}

/// Without elements there is nothing to compute, whatever the operator.
static LogicalResult replaceByEmpty(NodeLowering &node) {
  SmallVector<Value> values;
  for (unsigned i = 0; i < node.node.getOutputs().size(); ++i)
    values.push_back(makeEmpty(node, node.outputType(i)));
  return node.replaceWith(values);
}

static LogicalResult lowerNode(NodeOp op, const LoweringOptions &options) {
  if (isOpTriviallyDead(op)) {
    op.erase();
    return success();
  }
  OpBuilder builder(op);
  if (StringRef reason = getReasonToRefuse(op); !reason.empty())
    return emitError(op.getLoc()) << "not supported: " << reason;
  const Operator *handler = findHandler(op.getDomain(), op.getOpType());
  if ((handler || op.getDomain().empty()) && hasValueDependentShape(op))
    return NodeLowering(op, builder, options)
        .errorOfShape("output shape depends on the values of its inputs");
  if (!handler) {
    InFlightDiagnostic diagnostic =
        emitError(op.getLoc()) << "operator not supported: " << op.getOpType();
    if (!op.getDomain().empty())
      diagnostic << " of domain '" << op.getDomain() << "'";
    return diagnostic;
  }
  NodeLowering node(op, builder, options, handler->elements);
  if (failed(checkEdges(node, handler->requiredInputs)))
    return failure();
  if (llvm::all_of(op.getOutputs(), isEmptyTensor))
    return replaceByEmpty(node);
  return handler->handler(node);
}

/// onnx.constant -> arith.constant of the storage type over the same bytes.
static LogicalResult lowerConstant(ConstantOp op) {
  if (op.use_empty()) {
    op.erase();
    return success();
  }
  RankedTensorType type = cast<RankedTensorType>(op.getType());
  Type element = getStorageType(type.getElementType());
  std::optional<ConstantData> data = ConstantData::get(op.getValue());
  if (!element || !data)
    return emitError(op.getLoc())
           << "constant of type " << type << " is not supported";
  RankedTensorType stored = type.clone(element);

  ElementsAttr value = op.getValue();
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (resource && !element.isInteger(1)) {
    value = DenseResourceElementsAttr::get(stored, resource.getRawHandle());
  } else if (element.isInteger(1)) {
    // Dense booleans are bits, resources are bytes; LLVM only knows the former.
    SmallVector<bool> bits;
    for (char byte : data->getBytes())
      bits.push_back(byte != 0);
    value = DenseElementsAttr::get(stored, bits);
  } else if (stored != type) {
    value = DenseElementsAttr::getFromRawBuffer(stored, data->getBytes());
  }

  OpBuilder builder(op);
  Value result = arith::ConstantOp::create(builder, op.getLoc(), value);
  if (stored != type)
    result =
        UnrealizedConversionCastOp::create(builder, op.getLoc(), type, result)
            .getResult(0);
  op.replaceAllUsesWith(result);
  op.erase();
  return success();
}

/// si8 -> i8 -> si8 cancels; casts that nobody uses go.
static void cleanUpCasts(Operation *root) {
  SmallVector<UnrealizedConversionCastOp> casts;
  root->walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  for (UnrealizedConversionCastOp cast : casts) {
    if (cast.getNumOperands() != 1 || cast.getNumResults() != 1)
      continue;
    auto source =
        cast.getOperand(0).getDefiningOp<UnrealizedConversionCastOp>();
    if (source && source.getNumOperands() == 1 &&
        source.getOperand(0).getType() == cast.getResult(0).getType())
      cast.getResult(0).replaceAllUsesWith(source.getOperand(0));
  }
  for (UnrealizedConversionCastOp cast : llvm::reverse(casts))
    if (cast->use_empty())
      cast.erase();
}

namespace {
struct ConvertOnnxToLinalg
    : setun::impl::ConvertOnnxToLinalgBase<ConvertOnnxToLinalg> {
  using ConvertOnnxToLinalgBase::ConvertOnnxToLinalgBase;

  void runOnOperation() override {
    SmallVector<NodeOp> nodes;
    getOperation()->walk<WalkOrder::PreOrder>([&](NodeOp node) {
      nodes.push_back(node);
      return WalkResult::skip(); // a handler owns the node's subgraphs
    });
    // All nodes are tried, so that one run names everything that is missing.
    LoweringOptions options{reduceInF64};
    bool failedAny = false;
    for (NodeOp node : nodes)
      if (!streamedOnly || isStreamed(node))
        failedAny |= failed(lowerNode(node, options));
    if (failedAny)
      return signalPassFailure();

    SmallVector<ConstantOp> constants;
    getOperation()->walk([&](ConstantOp op) { constants.push_back(op); });
    for (ConstantOp op : constants)
      if (failed(lowerConstant(op)))
        return signalPassFailure();
    SmallVector<NoneOp> nones;
    getOperation()->walk([&](NoneOp op) { nones.push_back(op); });
    for (NoneOp op : nones)
      if (op->use_empty())
        op.erase();
    cleanUpCasts(getOperation());
  }
};
} // namespace
