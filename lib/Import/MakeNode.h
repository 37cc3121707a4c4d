// New nodes of the default domain, for steps of the import that replace others.
#ifndef SETUN_LIB_IMPORT_MAKENODE_H
#define SETUN_LIB_IMPORT_MAKENODE_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>

namespace setun::importer {

using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

/// Offers every node to `replace`, which adds what takes its place to the nodes
/// and says so, or says no. The subgraphs of nodes that stay are walked, too.
/// True if any node was replaced.
bool replaceNodes(
    ::onnx::GraphProto &graph,
    llvm::function_ref<bool(::onnx::NodeProto &, ::onnx::GraphProto &, Nodes &)>
        replace);

::onnx::NodeProto makeNode(const std::string &opType, const std::string &name,
                           llvm::ArrayRef<std::string> inputs,
                           llvm::ArrayRef<std::string> outputs);

void setInt(::onnx::NodeProto &node, const std::string &attribute,
            int64_t value);
void setInts(::onnx::NodeProto &node, const std::string &attribute,
             llvm::ArrayRef<int64_t> values);

/// The integer of an attribute, or `otherwise`.
int64_t getInt(const ::onnx::NodeProto &node, llvm::StringRef attribute,
               int64_t otherwise);
llvm::ArrayRef<int64_t> getInts(const ::onnx::NodeProto &node,
                                llvm::StringRef attribute);

/// The graph of an attribute, or null.
::onnx::GraphProto *getGraph(::onnx::NodeProto &node,
                             llvm::StringRef attribute);

/// A Constant node that makes `output`.
::onnx::NodeProto makeConstant(const std::string &name,
                               const std::string &output,
                               ::onnx::TensorProto tensor);

/// 64-bit integers of `shape`, and one boolean.
::onnx::TensorProto makeInts(llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<int64_t> values);
::onnx::TensorProto makeBool(bool value);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_MAKENODE_H
