//===- NodeLocation.h - Names of ONNX nodes in locations --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The name and op type of an ONNX node travel through the compiler in the
// location of its ops: NameLoc(name, NameLoc(op type)). Rewrites fuse such
// locations; diagnostics, reports and generated comments read them back.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_NODELOCATION_H
#define SETUN_SUPPORT_NODELOCATION_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace setun {

/// One ONNX node that an op stands for.
struct NodeName {
  std::string name;
  std::string opType;

  bool operator==(const NodeName &other) const {
    return name == other.name && opType == other.opType;
  }
};

/// The location of an op that was made from one ONNX node.
mlir::Location getNodeLocation(mlir::MLIRContext *context,
                               llvm::StringRef nodeName,
                               llvm::StringRef opType);

/// The ONNX nodes of a location in order, without duplicates; empty if it names
/// none. A NameLoc that has no op type below it gives an empty `opType`.
llvm::SmallVector<NodeName> getNodeNames(mlir::Location location);

/// "node 'Conv_3' (Conv)", several joined by " + "; empty if there is none.
std::string describeNodes(mlir::Location location);

} // namespace setun

#endif // SETUN_SUPPORT_NODELOCATION_H
