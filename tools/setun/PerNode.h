// setun verify --per-node: which node of a model is the first whose value
// differs from that of a reference?
#ifndef SETUN_TOOLS_SETUN_PERNODE_H
#define SETUN_TOOLS_SETUN_PERNODE_H

#include "setun/Support/Npy.h"

#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace setun::driver {

/// A tensor that a node of the main graph makes, in the order of the graph.
struct NodeTensor {
  std::string node, opType, name;
};

/// Values of a reference by the names of tensors.
using Reference = llvm::StringMap<NpyArray>;

/// The file of a tensor in a folder of references: its name, in which all but
/// letters, digits and `_.-` are written as %XX, and ".npy".
std::string getReferenceFile(llvm::StringRef tensor);

/// Reads the files of these tensors. Fails if there is none of them, or if
/// there is an array of no tensor.
llvm::Expected<Reference> readReference(llvm::StringRef folder,
                                        llvm::ArrayRef<std::string> tensors);

/// Lets onnxruntime compute every tensor, in a process of `python`.
llvm::Expected<Reference> runOnnxruntime(llvm::StringRef python,
                                         llvm::StringRef model,
                                         llvm::ArrayRef<std::string> inputNames,
                                         llvm::ArrayRef<NpyArray> inputs,
                                         llvm::ArrayRef<std::string> tensors);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_PERNODE_H
