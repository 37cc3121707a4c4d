// Operations and types of the `onnx` dialect: attribute readers for the
// handlers of the conversions, and verifiers that cite the constraints of
// Onnx.td.
#include "dialects/Onnx/Onnx.h"

#include "dialects/Onnx/ConstantData.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace setun::onnx;

#include "dialects/Onnx/OnnxDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Onnx/OnnxTypes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Onnx/Onnx.cpp.inc"

void OnnxDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Onnx/OnnxTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Onnx/Onnx.cpp.inc"
      >();
}

Operation *OnnxDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  if (isa<NoneType>(type) && isa<UnitAttr>(value))
    return NoneOp::create(builder, loc, type);
  if (auto elements = dyn_cast<ElementsAttr>(value))
    if (elements.getType() == type)
      return ConstantOp::create(builder, loc, elements);
  return nullptr;
}

/// Names a value after the ONNX node or initializer it comes from, so that
/// dumps read like the model: `/encoder/Conv` becomes `%encoder_Conv`.
static void nameAfterLocation(Value value, StringRef otherwise,
                              OpAsmSetValueNameFn setName) {
  auto loc = dyn_cast<NameLoc>(value.getLoc());
  std::string name;
  for (char c : loc ? loc.getName().getValue() : otherwise) {
    bool isPlain = llvm::isAlnum(c) || c == '.' || c == '-';
    if (isPlain || (!name.empty() && name.back() != '_'))
      name += isPlain ? c : '_';
  }
  setName(value, name.empty() ? otherwise : StringRef(name));
}

//===----------------------------------------------------------------------===//
// NodeOp
//===----------------------------------------------------------------------===//

void NodeOp::build(OpBuilder &builder, OperationState &state, TypeRange outputs,
                   StringRef opType, ValueRange inputs,
                   ArrayRef<NamedAttribute> attributes, StringRef domain,
                   int64_t sinceVersion, ArrayRef<StringRef> regionNames) {
  ArrayAttr names;
  if (!regionNames.empty())
    names = builder.getStrArrayAttr(regionNames);
  build(builder, state, outputs, inputs, builder.getStringAttr(opType),
        builder.getStringAttr(domain), builder.getI64IntegerAttr(sinceVersion),
        builder.getDictionaryAttr(attributes), names, regionNames.size());
}

bool NodeOp::isOp(StringRef domain, StringRef opType) {
  return getDomain() == domain && getOpType() == opType;
}

Attribute NodeOp::getAttr(StringRef name) {
  return getNodeAttributes().get(name);
}

int64_t NodeOp::getInt(StringRef name, int64_t defaultValue) {
  auto attr = dyn_cast_or_null<IntegerAttr>(getAttr(name));
  return attr ? attr.getInt() : defaultValue;
}

float NodeOp::getFloat(StringRef name, float defaultValue) {
  auto attr = dyn_cast_or_null<FloatAttr>(getAttr(name));
  return attr ? attr.getValue().convertToFloat() : defaultValue;
}

StringRef NodeOp::getString(StringRef name, StringRef defaultValue) {
  auto attr = dyn_cast_or_null<StringAttr>(getAttr(name));
  return attr ? attr.getValue() : defaultValue;
}

std::optional<ArrayRef<int64_t>> NodeOp::getInts(StringRef name) {
  if (auto attr = dyn_cast_or_null<DenseI64ArrayAttr>(getAttr(name)))
    return attr.asArrayRef();
  return std::nullopt;
}

std::optional<ArrayRef<float>> NodeOp::getFloats(StringRef name) {
  if (auto attr = dyn_cast_or_null<DenseF32ArrayAttr>(getAttr(name)))
    return attr.asArrayRef();
  return std::nullopt;
}

ElementsAttr NodeOp::getTensor(StringRef name) {
  return dyn_cast_or_null<ElementsAttr>(getAttr(name));
}

Value NodeOp::getInputOrNull(unsigned index) {
  if (index >= getInputs().size() ||
      isa<NoneType>(getInputs()[index].getType()))
    return nullptr;
  return getInputs()[index];
}

/// Spelling of `node_attributes`: ODS keeps `attributes` for itself.
static constexpr StringLiteral kAttributesKey = "attributes";

ParseResult NodeOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr opType;
  SmallVector<OpAsmParser::UnresolvedOperand> inputs;
  NamedAttrList attributes;
  FunctionType type;
  llvm::SMLoc inputsLoc;
  if (parser.parseAttribute(opType) || parser.getCurrentLocation(&inputsLoc) ||
      parser.parseOperandList(inputs, OpAsmParser::Delimiter::Paren) ||
      parser.parseOptionalAttrDict(attributes) || parser.parseColonType(type) ||
      parser.resolveOperands(inputs, type.getInputs(), inputsLoc,
                             result.operands))
    return failure();
  result.addTypes(type.getResults());
  result.addAttribute(getOpTypeAttrName(result.name), opType);
  for (NamedAttribute attr : attributes)
    result.addAttribute(attr.getName() == kAttributesKey
                            ? getNodeAttributesAttrName(result.name)
                            : attr.getName(),
                        attr.getValue());

  for (bool isFirst = true;; isFirst = false) {
    if (!isFirst && failed(parser.parseOptionalComma()))
      return success();
    auto body = std::make_unique<Region>();
    OptionalParseResult parsed = parser.parseOptionalRegion(*body);
    if (!parsed.has_value())
      return isFirst ? success()
                     : parser.emitError(parser.getCurrentLocation(),
                                        "expected a region after ','");
    if (failed(*parsed))
      return failure();
    result.addRegion(std::move(body));
  }
}

void NodeOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getOpTypeAttr() << '(' << getInputs() << ')';
  NamedAttrList attributes((*this)->getAttrs());
  attributes.erase(getOpTypeAttrName());
  attributes.erase(getNodeAttributesAttrName());
  if (!getNodeAttributes().empty())
    attributes.set(kAttributesKey, getNodeAttributesAttr());
  if (getDomain().empty())
    attributes.erase(getDomainAttrName());
  if (getSinceVersion() == 0)
    attributes.erase(getSinceVersionAttrName());
  printer.printOptionalAttrDict(
      attributes.getDictionary(getContext()).getValue());
  printer << " : ";
  printer.printFunctionalType(getOperation());
  llvm::interleave(
      getBodies(),
      [&](Region &body) {
        printer << ' ';
        printer.printRegion(body);
      },
      [&] { printer << ','; });
}

Region *NodeOp::getBody(StringRef name) {
  if (ArrayAttr names = getRegionNamesAttr())
    for (auto [attr, body] : llvm::zip(names, getBodies()))
      if (cast<StringAttr>(attr).getValue() == name)
        return &body;
  return nullptr;
}

void NodeOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (getNumResults() > 0)
    nameAfterLocation(getResult(0), getOpType().lower(), setName);
}

void NodeOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  // A random tensor is a fresh one: it may go away unused, but two generators
  // with equal attributes are still two tensors.
  StringRef type = getOpType();
  if (type.starts_with("Random") || type == "Multinomial" ||
      type == "Bernoulli" || type == "Dropout")
    for (OpResult result : getOperation()->getOpResults())
      effects.emplace_back(MemoryEffects::Allocate::get(), result);
}

/// Is this one of the kinds that ONNX attributes have (c2)?
static bool isOnnxAttribute(Attribute attr) {
  if (auto integer = dyn_cast<IntegerAttr>(attr))
    return integer.getType().isSignlessInteger(64);
  if (auto number = dyn_cast<FloatAttr>(attr))
    return number.getType().isF32();
  if (auto list = dyn_cast<ArrayAttr>(attr))
    return llvm::all_of(list,
                        [](Attribute item) { return isa<StringAttr>(item); });
  return isa<StringAttr, DenseI64ArrayAttr, DenseF32ArrayAttr, ElementsAttr,
             TypeAttr>(attr);
}

LogicalResult NodeOp::verify() {
  if (getOpType().empty()) // c1
    return emitOpError("(c1) needs an operator type");
  for (NamedAttribute attr : getNodeAttributes()) // c2
    if (!isOnnxAttribute(attr.getValue()))
      return emitOpError("(c2) attribute '")
             << attr.getName().getValue()
             << "' has no kind that ONNX knows: accepted are i64, f32, string, "
                "array<i64>, array<f32>, a list of strings, elements and type";

  ArrayAttr names = getRegionNamesAttr(); // c3
  size_t numNames = names ? names.size() : 0;
  if (numNames != getNumRegions())
    return emitOpError("(c3) has ")
           << getNumRegions() << " regions but " << numNames << " region names";
  llvm::StringSet<> seen;
  for (size_t i = 0; i < numNames; ++i) {
    StringRef name = cast<StringAttr>(names[i]).getValue();
    if (name.empty() || !seen.insert(name).second)
      return emitOpError("(c3) region name '")
             << name << "' is empty or stands twice";
  }

  for (Region &body : getBodies()) // c4
    if (!body.hasOneBlock() || body.front().empty() ||
        !isa<YieldOp>(body.front().back()))
      return emitOpError(
          "(c4) expects each region to be one block that ends in 'onnx.yield'");
  if (static_cast<int64_t>(getSinceVersion()) < 0) // c5
    return emitOpError("(c5) 'since_version' must not be negative");
  return success();
}

//===----------------------------------------------------------------------===//
// ConstantOp, NoneOp
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

void ConstantOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameAfterLocation(getResult(), "constant", setName);
}

LogicalResult ConstantOp::verify() {
  // c1 is the result type's.
  auto resource = dyn_cast<DenseResourceElementsAttr>(getValue());
  if (!resource) // c2
    return success();
  std::optional<int64_t> expected = getStorageBytes(resource.getType());
  if (!expected)
    return emitOpError("(c2) cannot hold a resource of type ")
           << resource.getType();
  if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
    if (static_cast<int64_t>(blob->getData().size()) != *expected)
      return emitOpError("(c2) resource has ")
             << blob->getData().size() << " bytes, but " << resource.getType()
             << " asks for " << *expected;
  return success();
}

OpFoldResult NoneOp::fold(FoldAdaptor) { return UnitAttr::get(getContext()); }

void NoneOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), "none");
}
