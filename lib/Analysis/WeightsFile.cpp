//===- WeightsFile.cpp - Weights outside of generated code ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Analysis/WeightsFile.h"

#include "dialects/Onnx/ConstantData.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;

namespace setun {

/// Calls `use` with the pieces of the file from its start to its end.
static void forEachPiece(ModuleOp module,
                         llvm::function_ref<void(ArrayRef<char>)> use) {
  static constexpr char zeros[kWeightsAlign] = {};
  int64_t end = 0;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    auto offset = global->getAttrOfType<IntegerAttr>(kWeightsOffsetAttr);
    if (!offset)
      continue;
    use(ArrayRef(zeros, offset.getInt() - end));
    auto data =
        onnx::ConstantData::get(cast<ElementsAttr>(*global.getInitialValue()));
    use(data->getBytes());
    end = offset.getInt() + static_cast<int64_t>(data->getBytes().size());
  }
}

void setWeightsFacts(ModuleOp module, int64_t bytes) {
  llvm::SHA256 hash;
  forEachPiece(module, [&](ArrayRef<char> piece) {
    hash.update(StringRef(piece.data(), piece.size()));
  });
  Builder builder(module.getContext());
  module->setAttr(
      kWeightsAttr,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("bytes", builder.getI64IntegerAttr(bytes)),
           builder.getNamedAttr(
               "sha256", builder.getStringAttr(
                             llvm::toHex(hash.final(), /*LowerCase=*/true)))}));
}

std::optional<WeightsFacts> getWeightsFacts(ModuleOp module) {
  auto facts = module->getAttrOfType<DictionaryAttr>(kWeightsAttr);
  auto bytes = facts ? facts.getAs<IntegerAttr>("bytes") : IntegerAttr();
  auto hash = facts ? facts.getAs<StringAttr>("sha256") : StringAttr();
  if (!bytes || !hash)
    return std::nullopt;
  return WeightsFacts{bytes.getInt(), hash.str()};
}

void printWeights(ModuleOp module, llvm::raw_ostream &stream) {
  forEachPiece(module, [&](ArrayRef<char> piece) {
    stream.write(piece.data(), piece.size());
  });
}

void dropWeights(ModuleOp module) {
  for (auto global :
       llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
    if (global->hasAttr(kWeightsOffsetAttr))
      global.erase();
}

} // namespace setun
