// Registration of the `lowbit` dialect and the checks of its attributes.
#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/LowBit/LowBitDialect.cpp.inc"
#include "dialects/LowBit/LowBitEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/LowBit/LowBitTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/LowBit/LowBitAttrs.cpp.inc"
#include "dialects/LowBit/LowBitInterfaces.cpp.inc"

namespace setun::lowbit {

void LowBitDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/LowBit/LowBitTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/LowBit/LowBitAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/LowBit/LowBit.cpp.inc"
      >();
}

Operation *LowBitDialect::materializeConstant(OpBuilder &builder,
                                              Attribute value, Type type,
                                              Location loc) {
  if (isa<FloatAttr, IntegerAttr>(value))
    return arith::ConstantOp::materialize(builder, value, type, loc);
  auto codes = dyn_cast<RankedTensorType>(type);
  auto elements = dyn_cast<DenseResourceElementsAttr>(value);
  if (!codes || !elements || !isCode(codes.getElementType()))
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

LogicalResult
LayoutAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                   StringRef name) {
  if (!parsePackedLayout(name))
    return emitError() << "unknown packed layout '" << name << "'; accepted: "
                       << llvm::join(llvm::map_range(getPackedLayouts(),
                                                     stringifyPackedLayout),
                                     ", ");
  return success();
}

/// `<` name `>`, the name a keyword and not a quoted string.
Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  StringRef name;
  if (parser.parseLess() || parser.parseKeyword(&name) || parser.parseGreater())
    return {};
  return parser.getChecked<LayoutAttr>(parser.getContext(), name);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<" << getName() << ">";
}

LayoutAttr getLayout(RankedTensorType type) {
  return dyn_cast_or_null<LayoutAttr>(type.getEncoding());
}

bool canHold(LayoutAttr layout, Type code) {
  CodeRange range = getCodeRange(code);
  return canPack(*parsePackedLayout(layout.getName()), range.min, range.max,
                 /*step=*/isa<BipolarType>(code) ? 2 : 1);
}

} // namespace setun::lowbit
