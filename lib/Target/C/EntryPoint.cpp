//===- EntryPoint.cpp - Inputs and outputs of the model in C --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EntryPoint.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/WeightsFile.h"
#include "setun/Support/NpyType.h"

using namespace mlir;

namespace setun::c {

std::string getTypeWord(Type type) {
  if (type.isSignlessInteger(1))
    return "bool";
  if (isa<lowbit::BipolarType>(type))
    return "bipolar";
  if (isa<lowbit::TernaryType>(type))
    return "ternary";
  if (auto integer = dyn_cast<IntegerType>(type))
    return fmt::format("{}int{}", integer.isUnsigned() ? "u" : "",
                       integer.getWidth());
  if (isa<FloatType>(type))
    return getNpyType(type);
  return "index";
}

std::string describeShape(StringRef type, ArrayRef<int64_t> shape) {
  std::string extents;
  for (int64_t extent : shape)
    extents += (extents.empty() ? "" : "x") + std::to_string(extent);
  return fmt::format("{}[{}]", type, extents);
}

std::string EntryPoint::getMacroName(const Port &port) const {
  return fmt::format("{}_{}_{}", macroPrefix, port.isInput ? "INPUT" : "OUTPUT",
                     port.index);
}

void EntryPoint::reserveMacros(NameScope &names) const {
  names.reserve(name);
  for (StringRef suffix : {"run", "arena", "state"})
    names.reserve(fmt::format("{}_{}", name, suffix));
  for (StringRef suffix :
       {"weights", "weights_open", "weights_match", "weights_close"})
    if (takesWeights)
      names.reserve(fmt::format("{}_{}", name, suffix));
  for (StringRef suffix :
       {"WEIGHTS_ALIGN", "WEIGHTS_BYTES", "WEIGHTS_FILE", "WEIGHTS_SHA256"})
    if (takesWeights)
      names.reserve(fmt::format("{}_{}", macroPrefix, suffix));
  for (StringRef suffix :
       {"H", "ALIGNED", "ARENA_ALIGN", "ARENA_BYTES", "CONST_BYTES", "INPUTS",
        "INTERFACE", "MODEL_SHA256", "OUTPUTS", "SETUN_VERSION", "STATE_BYTES",
        "WORST_STACK_BYTES"})
    names.reserve(fmt::format("{}_{}", macroPrefix, suffix));
  for (const Port &port : ports)
    for (StringRef suffix : {"COUNT", "CTYPE", "LAYOUT", "NAME", "RANK",
                             "SCALE", "SHAPE", "TYPE", "ZERO_POINT"})
      names.reserve(fmt::format("{}_{}", getMacroName(port), suffix));
}

LogicalResult EntryPoint::addArena(unsigned index, ModuleEmission &emission) {
  func::FuncOp function = emission.graph.getEntry();
  auto type = dyn_cast<MemRefType>(function.getArgument(index).getType());
  if (hasArena || !type || type.getRank() != 1 || !type.hasStaticShape() ||
      !type.getElementType().isInteger(8) || !type.getLayout().isIdentity())
    return function.emitError() << "argument " << index
                                << " of @main cannot be an arena; accepted is "
                                   "one static memref<Nxi8>";
  hasArena = true;
  arenaBytes = type.getDimSize(0);
  parameters.push_back(
      {"arena", "arena->bytes", CType::U8, /*isPointer=*/true});
  return success();
}

LogicalResult EntryPoint::addWeights(unsigned index, ModuleEmission &emission) {
  func::FuncOp function = emission.graph.getEntry();
  std::optional<WeightsFacts> facts = getWeightsFacts(emission.module);
  auto type = dyn_cast<MemRefType>(function.getArgument(index).getType());
  if (takesWeights || !facts || !type || type.getRank() != 1 ||
      !type.getElementType().isInteger(8) || !type.getLayout().isIdentity() ||
      type.getDimSize(0) != facts->bytes ||
      emission.graph.get(function).written.test(index))
    return function.emitError()
           << "argument " << index
           << " of @main cannot be weights; accepted is one memref<Nxi8> that "
              "is only read, with '"
           << kWeightsAttr << "' of the module saying what it contains";
  takesWeights = true;
  Parameter parameter{"weights", "weights->bytes", CType::U8,
                      /*isPointer=*/true};
  parameter.isConst = true;
  parameters.push_back(std::move(parameter));
  return success();
}

LogicalResult EntryPoint::addPort(unsigned index, bool isInput,
                                  ModuleEmission &emission) {
  func::FuncOp function = emission.graph.getEntry();
  auto type = dyn_cast<MemRefType>(function.getArgument(index).getType());
  std::optional<CType> element =
      type ? emission.getMemoryType(type.getElementType()) : std::nullopt;
  if (!element || !type.hasStaticShape() || !type.getLayout().isIdentity())
    return function.emitError() << "argument " << index << " of @main has type "
                                << function.getArgument(index).getType()
                                << "; accepted are static memrefs of "
                                << kAcceptedTypes << " in row-major order";
  auto original = function.getArgAttrOfType<TypeAttr>(index, "setun.type");
  Type meaning = original ? original.getValue() : type.getElementType();
  // The bits of a small float are no number.
  if (meaning.isUnsignedInteger() || lowbit::isSmallFloat(meaning))
    element = toUnsigned(*element);

  Port port;
  port.isInput = isInput;
  port.index = llvm::count_if(
      ports, [&](const Port &other) { return other.isInput == isInput; });
  if (auto name = function.getArgAttrOfType<StringAttr>(index, "onnx.name"))
    port.onnxName = name.str();
  port.shape.assign(type.getShape().begin(), type.getShape().end());
  port.count = type.getNumElements();
  port.type = getTypeWord(meaning);
  auto layout = function.getArgAttrOfType<StringAttr>(index, "setun.layout");
  port.layout = layout ? layout.str() : "row-major";
  if (auto scale = function.getArgAttrOfType<FloatAttr>(index, "setun.scale"))
    port.scale = static_cast<float>(scale.getValueAsDouble());
  if (auto zero =
          function.getArgAttrOfType<IntegerAttr>(index, "setun.zero_point"))
    port.zeroPoint = zero.getValue().getSExtValue();
  port.parameter.type = *element;
  port.parameter.isPointer = true;
  port.parameter.isConst =
      isInput && !emission.graph.get(function).written.test(index);
  if (isInput && !port.parameter.isConst)
    return function.emitError()
           << "input '" << port.onnxName
           << "' is written by the model; accepted are inputs that are read";
  ports.push_back(std::move(port));
  parameters.emplace_back();
  return success();
}

FailureOr<EntryPoint> EntryPoint::create(ModuleEmission &emission) {
  func::FuncOp function = emission.graph.getEntry();
  if (function.getNumResults() != 0)
    return function.emitError()
           << "@main still has results: the module is not in the buffers stage";
  EntryPoint entry;
  entry.name = emission.options.name;
  entry.macroPrefix = StringRef(entry.name).upper();
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto role = function.getArgAttrOfType<StringAttr>(i, "setun.role");
    StringRef word = role ? role.getValue() : "";
    LogicalResult result = success();
    if (word == "arena" || function.getArgAttr(i, "setun.arena"))
      result = entry.addArena(i, emission);
    else if (word == "weights")
      result = entry.addWeights(i, emission);
    else if (word == "input" || word == "output")
      result = entry.addPort(i, word == "input", emission);
    else
      result = function.emitError()
               << "argument " << i
               << " of @main needs 'setun.role': \"input\", \"output\" or "
                  "\"arena\"";
    if (failed(result))
      return failure();
  }

  entry.reserveMacros(emission.names);
  // Layers are named later and must not be hidden by these.
  NameScope &scope = emission.names;
  scope.reserve("arena");
  if (entry.takesWeights)
    scope.reserve("weights");
  auto port = entry.ports.begin();
  for (Parameter &parameter : entry.parameters) {
    if (!parameter.name.empty())
      continue;
    StringRef kind = port->isInput ? "input" : "output";
    port->parameter.name = scope.unique(
        port->onnxName.empty() ? kind : StringRef(port->onnxName), kind);
    port->parameter.address = port->parameter.name;
    parameter = (port++)->parameter;
  }
  return entry;
}

/// C has no array without elements: an empty tensor is one that nobody touches.
std::string EntryPoint::getPrototype() const {
  std::string arguments;
  for (const Port &port : ports)
    arguments +=
        fmt::format("{}{} {}[{}], ", port.parameter.isConst ? "const " : "",
                    getTypeName(port.parameter.type), port.parameter.name,
                    port.getLength());
  if (takesWeights)
    return fmt::format(
        "void {0}_run({1}{0}_arena *arena, const {0}_weights *weights)", name,
        arguments);
  return fmt::format("void {0}_run({1}{0}_arena *arena)", name, arguments);
}

std::string EntryPoint::getArguments() const {
  std::string arguments;
  for (const Port &port : ports)
    arguments += port.parameter.name + ", ";
  return arguments + (takesWeights ? "arena, weights" : "arena");
}

} // namespace setun::c
