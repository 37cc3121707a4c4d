//===- ModuleEmission.cpp - What all functions of a file share ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModuleEmission.h"

#include "EntryPoint.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/ConstantData.h"

#include <cmath>

using namespace mlir;

namespace setun::c {

const StringLiteral kAcceptedTypes =
    "i1, i8, i16, i32, i64, f32, f64 and index";

StringRef getLocationName(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (StringRef name = getLocationName(part); !name.empty())
        return name;
  return "";
}

std::optional<CType> ModuleEmission::getType(Type type) const {
  if (type.isIndex())
    return indexType;
  if (type.isF32())
    return CType::F32;
  if (type.isF64())
    return CType::F64;
  if (type.isInteger(1))
    return CType::Bool;
  if (type.isSignlessInteger(8))
    return CType::I8;
  if (type.isSignlessInteger(16))
    return CType::I16;
  if (type.isSignlessInteger(32))
    return CType::I32;
  if (type.isSignlessInteger(64))
    return CType::I64;
  return std::nullopt;
}

std::optional<CType> ModuleEmission::getMemoryType(Type elementType) const {
  std::optional<CType> type = getType(elementType);
  return type == CType::Bool ? CType::U8 : type;
}

ModuleEmission::ModuleEmission(ModuleOp module, const CEmitOptions &options,
                               CallGraph graph)
    : module(module), options(options), graph(std::move(graph)) {}

ModuleEmission::~ModuleEmission() = default;

FailureOr<std::unique_ptr<ModuleEmission>>
ModuleEmission::create(ModuleOp module, const CEmitOptions &options) {
  FailureOr<CallGraph> graph = CallGraph::build(module);
  if (failed(graph))
    return failure();
  std::unique_ptr<ModuleEmission> emission(
      new ModuleEmission(module, options, std::move(*graph)));
  if (emission->ranges.fitIndicesIn32Bits(module))
    emission->indexType = CType::I32;
  // Loop variables, and what the header defines.
  for (char letter = 'i'; letter <= 'n'; ++letter)
    emission->names.reserve(StringRef(&letter, 1));
  FailureOr<EntryPoint> entry = EntryPoint::create(*emission);
  if (failed(entry))
    return failure();
  emission->entry = std::make_unique<EntryPoint>(std::move(*entry));
  if (failed(emission->nameFunctions()) || failed(emission->nameConstants()))
    return failure();
  for (func::FuncOp function : emission->graph.getFunctions())
    if (failed(emission->nameParameters(function)))
      return failure();
  return emission;
}

LogicalResult ModuleEmission::nameFunctions() {
  for (func::FuncOp function : graph.getFunctions()) {
    if (function == graph.getEntry()) {
      functionNames[function] = options.name + "_run";
      continue;
    }
    StringRef symbol = function.getSymName();
    // Our own functions have names that no layer can have.
    bool isOurs = function->hasAttr("setun.formula") && names.reserve(symbol);
    functionNames[function] =
        isOurs ? symbol.str() : names.unique(symbol, "layer");
    ArrayRef<Type> results = function.getResultTypes();
    if (results.size() > 1 || (results.size() == 1 && !getType(results[0])))
      return function.emitError()
             << "function '" << function.getSymName()
             << "' returns more than one number; accepted are results through "
                "memref arguments";
  }
  return success();
}

/// What an argument without a name of its own is called.
static StringRef getRoleName(func::FuncOp function, unsigned index) {
  auto role = function.getArgAttrOfType<StringAttr>(index, "setun.role");
  if (role && (role.getValue() == "in" || role.getValue() == "out" ||
               role.getValue() == "scratch"))
    return role.getValue();
  return "x";
}

LogicalResult ModuleEmission::nameParameters(func::FuncOp function) {
  std::vector<Parameter> &list = parameters[function];
  if (function == graph.getEntry()) {
    list = entry->getParameters();
    return success();
  }
  const FunctionFacts &facts = graph.get(function);
  NameScope scope(&names);
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto memref = dyn_cast<MemRefType>(argument.getType());
    Type element = memref ? memref.getElementType() : argument.getType();
    std::optional<CType> type =
        memref ? getMemoryType(element) : getType(element);
    if (!type || (memref && !memref.getLayout().isIdentity()) ||
        (memref && !memref.hasStaticShape()))
      return function.emitError()
             << "argument " << index << " of '" << function.getSymName()
             << "' has type " << argument.getType() << "; accepted are "
             << kAcceptedTypes
             << ", and static memrefs of them in row-major order";
    // The name of a value, not of the node that made it: layers have those.
    auto location = dyn_cast<NameLoc>(argument.getLoc());
    bool isValueName = location && !isa<NameLoc>(location.getChildLoc());
    StringRef name = isValueName ? location.getName().getValue() : "";
    Parameter parameter;
    parameter.name =
        scope.unique(name.empty() ? getRoleName(function, index) : name);
    parameter.address = parameter.name;
    parameter.type = *type;
    parameter.isPointer = static_cast<bool>(memref);
    parameter.isConst = !facts.written.test(index);
    parameter.isRestrict = facts.isRestrict.test(index);
    list.push_back(std::move(parameter));
  }
  return success();
}

/// True if the only reader of the bytes is a kernel that unpacks them.
static bool isPackedOnly(ArrayRef<memref::GetGlobalOp> reads) {
  return llvm::all_of(reads, [](memref::GetGlobalOp read) {
    return llvm::all_of(read.getResult().getUses(), [](OpOperand &use) {
      auto product = dyn_cast<lowbit::PackedMatmulOp>(use.getOwner());
      return product && product.getPacked() == use.get() &&
             product.getLayout().getName() != "bytes";
    });
  });
}

LogicalResult ModuleEmission::nameConstants() {
  llvm::DenseMap<Operation *, SmallVector<memref::GetGlobalOp>> reads;
  for (func::FuncOp function : graph.getFunctions())
    function.walk([&](memref::GetGlobalOp read) {
      Operation *global =
          SymbolTable::lookupNearestSymbolFrom(read, read.getNameAttr());
      reads[global].push_back(read);
    });
  int64_t total = 0;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    auto found = reads.find(global);
    if (found == reads.end())
      continue;
    MemRefType type = global.getType();
    std::optional<CType> element = getMemoryType(type.getElementType());
    auto value = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
    if (!global.getConstant() || !value)
      return global.emitError()
             << "'" << global.getSymName()
             << "' can be written; generated C has constants only";
    if (!element || !type.hasStaticShape() || !type.getLayout().isIdentity())
      return global.emitError()
             << "'" << global.getSymName() << "' has type " << type
             << "; accepted are static memrefs of " << kAcceptedTypes;
    std::optional<onnx::ConstantData> data = onnx::ConstantData::get(value);
    std::optional<int64_t> bytes = onnx::getStorageBytes(type);
    if (!data || !bytes || *bytes == 0)
      return global.emitError()
             << "'" << global.getSymName() << "' has no data to print";
    total += *bytes;
    if (*bytes > options.maxWeightBytes || total > options.maxWeightBytes)
      return global.emitError()
             << "the constants exceed " << options.maxWeightBytes
             << " bytes, more than is put into one C file; --weights=file puts "
                "them into a file of their own";
    // Infinity and NaN have their names from math.h.
    if (isa<FloatType>(type.getElementType()))
      for (int64_t i = 0; i < data->size() && !usesMath; ++i)
        usesMath = !std::isfinite(data->asDouble(i));
    if (type.getElementType().isIndex())
      element = CType::I64;
    if (element == CType::I8 && isPackedOnly(found->second))
      element = CType::U8;
    constants.insert(
        {global,
         {names.unique(global.getSymName(), "constant"), *element, *bytes}});
  }
  return success();
}

} // namespace setun::c
