// Tensors and nodes of the protobuf.
#ifndef SETUN_LIB_QUANTIZE_PROTOHELPERS_H
#define SETUN_LIB_QUANTIZE_PROTOHELPERS_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include <optional>
#include <string>
#include <vector>

namespace setun::quantize {

/// The domain of Quant and BipolarQuant.
inline const char *getQonnxDomain() { return "qonnx.custom_op.general"; }

/// The values of a float32 tensor that is whole.
std::optional<std::vector<float>> readFloats(const ::onnx::TensorProto &tensor);

::onnx::TensorProto makeFloats(const std::string &name,
                               llvm::ArrayRef<int64_t> shape,
                               llvm::ArrayRef<float> values);

/// Codes as INT8, UINT8 or INT4; a scalar if the shape is empty.
::onnx::TensorProto makeCodes(const std::string &name, int32_t type,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<int8_t> codes);

/// A vector of int32.
::onnx::TensorProto makeIntegers(const std::string &name,
                                 llvm::ArrayRef<int32_t> values);

::onnx::NodeProto makeNode(const std::string &opType, const std::string &name,
                           llvm::ArrayRef<std::string> inputs,
                           const std::string &output);
void setInt(::onnx::NodeProto &node, const std::string &name, int64_t value);
void setString(::onnx::NodeProto &node, const std::string &name,
               const std::string &value);

void removeAttribute(::onnx::NodeProto &node, llvm::StringRef name);

/// The attribute of this name, or null.
const ::onnx::AttributeProto *findAttribute(const ::onnx::NodeProto &node,
                                            llvm::StringRef name);
int64_t getInt(const ::onnx::NodeProto &node, llvm::StringRef name,
               int64_t otherwise);
float getFloat(const ::onnx::NodeProto &node, llvm::StringRef name,
               float otherwise);

/// Initializers, and what nodes make of them and of other constants.
llvm::StringSet<> findConstants(const ::onnx::GraphProto &graph);

/// How often each tensor is read: by nodes, also those of subgraphs, and as an
/// output of the graph.
llvm::StringMap<int> countUses(const ::onnx::GraphProto &graph);

} // namespace setun::quantize

#endif // SETUN_LIB_QUANTIZE_PROTOHELPERS_H
