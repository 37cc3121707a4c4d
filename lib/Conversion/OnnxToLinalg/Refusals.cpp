//===- Refusals.cpp - What is outside of what can be compiled -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Refusals.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace setun::onnx;

static StringRef getReason(Type type) {
  if (isa<OptionalType>(type))
    return "optionals";
  if (isa<SequenceType, MapType>(type))
    return "sequences";
  return isa<StringType>(getElementTypeOrSelf(type)) ? "strings" : "";
}

StringRef setun::onnx::getReasonToRefuse(NodeOp node) {
  for (TypeRange types :
       {TypeRange(node.getInputs()), TypeRange(node.getOutputs())})
    for (Type type : types)
      if (StringRef reason = getReason(type); !reason.empty())
        return reason;
  if (node.getDomain() == "ai.onnx.training" ||
      node.getDomain() == "ai.onnx.preview.training")
    return "training";
  if (!node.getDomain().empty())
    return "";
  return llvm::StringSwitch<StringRef>(node.getOpType())
      .Cases({"RandomNormal", "RandomNormalLike", "RandomUniform",
              "RandomUniformLike", "Multinomial", "Bernoulli"},
             "random numbers")
      .Cases({"Optional", "OptionalGetElement", "OptionalHasElement"},
             "optionals")
      .Default("");
}

static bool hasStaticShape(Type type) {
  if (isa<NoneType>(type))
    return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape();
}

bool setun::onnx::hasValueDependentShape(NodeOp node) {
  // A model may declare the sizes that it expects.
  if (node.getDomain().empty() &&
      llvm::is_contained({"Compress", "NonMaxSuppression", "NonZero", "Unique"},
                         node.getOpType()))
    return true;
  return llvm::all_of(node.getInputs().getTypes(), hasStaticShape) &&
         !llvm::all_of(node.getOutputs().getTypes(), hasStaticShape);
}
