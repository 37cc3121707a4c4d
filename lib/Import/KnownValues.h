// What the importer knows about the values of a model between two runs of type
// inference: their types, and the elements of those that are computed from
// constants and shapes alone.
#ifndef SETUN_LIB_IMPORT_KNOWNVALUES_H
#define SETUN_LIB_IMPORT_KNOWNVALUES_H

#include "onnx/onnx_pb.h"
#include "onnx/shape_inference/implementation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <optional>
#include <string>

namespace setun::importer {

/// Names are those of all graphs: no two of them share one.
class KnownValues {
public:
  KnownValues(const ::onnx::GraphProto &graph,
              const ::onnx::shape_inference::DataValueMap &values)
      : values(values) {
    collect(graph);
  }

  /// The type of a value, or null.
  const ::onnx::TypeProto *getType(llvm::StringRef name) const {
    return types.lookup(name);
  }
  /// The sizes of a tensor, if all of them are known.
  std::optional<llvm::SmallVector<int64_t>>
  getShape(llvm::StringRef name) const;
  std::optional<int64_t> getRank(llvm::StringRef name) const;

  /// The tensor that `name` is, if it is an initializer or a Constant node.
  const ::onnx::TensorProto *getTensor(llvm::StringRef name) const {
    return tensors.lookup(name);
  }
  /// The elements of a small tensor of integers or booleans.
  std::optional<llvm::SmallVector<int64_t>> getInts(llvm::StringRef name) const;
  /// The one element of such a tensor.
  std::optional<int64_t> getInt(llvm::StringRef name) const;

private:
  void collect(const ::onnx::GraphProto &graph);

  const ::onnx::shape_inference::DataValueMap &values;
  llvm::StringMap<const ::onnx::TypeProto *> types;
  llvm::StringMap<const ::onnx::TensorProto *> tensors;
};

/// The elements of a tensor of integers or booleans whose data is in the
/// protobuf; nothing for others.
std::optional<llvm::SmallVector<int64_t>>
readInts(const ::onnx::TensorProto &tensor);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_KNOWNVALUES_H
