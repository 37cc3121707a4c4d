//===- NodeLocation.cpp - Names of ONNX nodes in locations ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Support/NodeLocation.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {

Location getNodeLocation(MLIRContext *context, StringRef nodeName,
                         StringRef opType) {
  Location type = NameLoc::get(StringAttr::get(context, opType));
  return NameLoc::get(StringAttr::get(context, nodeName), type);
}

static void collect(Location location, SmallVectorImpl<NodeName> &names) {
  TypeSwitch<LocationAttr>(location)
      .Case([&](FusedLoc fused) {
        for (Location part : fused.getLocations())
          collect(part, names);
      })
      .Case([&](CallSiteLoc site) { collect(site.getCallee(), names); })
      .Case([&](NameLoc node) {
        NodeName name{node.getName().str(), ""};
        if (auto type = dyn_cast<NameLoc>(node.getChildLoc()))
          name.opType = type.getName().str();
        if (!llvm::is_contained(names, name))
          names.push_back(std::move(name));
      });
}

SmallVector<NodeName> getNodeNames(Location location) {
  SmallVector<NodeName> names;
  collect(location, names);
  return names;
}

std::string describeNodes(Location location) {
  std::string text;
  for (const NodeName &node : getNodeNames(location)) {
    text += text.empty() ? "node '" : " + node '";
    text += node.name + "'";
    if (!node.opType.empty())
      text += " (" + node.opType + ")";
  }
  return text;
}

} // namespace setun
