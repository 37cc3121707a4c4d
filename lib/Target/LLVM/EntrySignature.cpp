//===- EntrySignature.cpp - What a caller hands to @main ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/LLVM/EntrySignature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace setun {

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Expected<EntryArgument> readArgument(func::FuncOp main,
                                                  unsigned index) {
  auto type = dyn_cast<MemRefType>(main.getArgument(index).getType());
  if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity() ||
      !type.getElementType().isIntOrFloat())
    return error(llvm::formatv("argument {0} of @main is no static memref of "
                               "numbers in row-major order: {1}",
                               index, main.getArgument(index).getType())
                     .str());

  EntryArgument argument;
  auto role = main.getArgAttrOfType<StringAttr>(index, "setun.role");
  std::optional<EntryRole> parsed =
      llvm::StringSwitch<std::optional<EntryRole>>(role ? role.getValue() : "")
          .Case("input", EntryRole::Input)
          .Case("output", EntryRole::Output)
          .Case("arena", EntryRole::Arena)
          .Case("weights", EntryRole::Weights)
          .Default(std::nullopt);
  if (!parsed)
    return error(
        llvm::formatv("argument {0} of @main needs 'setun.role': "
                      "\"input\", \"output\", \"arena\" or \"weights\"",
                      index)
            .str());
  argument.role = *parsed;
  if (auto name = main.getArgAttrOfType<StringAttr>(index, "onnx.name"))
    argument.name = name.str();
  argument.storageType = argument.elementType = type.getElementType();
  if (auto original = main.getArgAttrOfType<TypeAttr>(index, "setun.type"))
    argument.elementType = original.getValue();
  argument.shape.assign(type.getShape().begin(), type.getShape().end());
  argument.bytes = type.getNumElements() *
                   llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return argument;
}

llvm::Expected<EntrySignature> EntrySignature::read(ModuleOp buffers) {
  auto main = buffers.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return error("the module has no function @main");
  if (main.getNumResults() != 0)
    return error("@main still has results: the module is not in the buffers "
                 "stage");
  EntrySignature signature;
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    llvm::Expected<EntryArgument> argument = readArgument(main, i);
    if (!argument)
      return argument.takeError();
    signature.arguments.push_back(std::move(*argument));
  }
  return signature;
}

} // namespace setun
