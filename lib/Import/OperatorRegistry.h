// The operators that the importer knows: ONNX's own, the QONNX ones and some of
// onnxruntime. It is handed to ONNX's shape inference in place of the library's
// global registry, and guards the library against sizes that no real model has.
#ifndef SETUN_LIB_IMPORT_OPERATORREGISTRY_H
#define SETUN_LIB_IMPORT_OPERATORREGISTRY_H

#include "onnx/defs/schema.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace setun::importer {

/// No dimension may be larger: ONNX's shape inference counts some in 32 bits.
inline constexpr int64_t kMaxDimension = std::numeric_limits<int32_t>::max();

class OperatorRegistry final : public ::onnx::ISchemaRegistry {
public:
  OperatorRegistry();

  /// The operator as opset `version` of `domain` has it, or null.
  const ::onnx::OpSchema *GetSchema(const std::string &name, int version,
                                    const std::string &domain) const override;

  /// Does any version of our own `domain` have the operator?
  bool isOwn(llvm::StringRef domain, llvm::StringRef name) const;

  /// Adds an operator that the ONNX library does not have.
  void add(::onnx::OpSchema schema);

private:
  const ::onnx::OpSchema *guard(const ::onnx::OpSchema *schema) const;

  /// Versions of an operator, newest first.
  std::map<std::pair<std::string, std::string>,
           std::vector<std::unique_ptr<::onnx::OpSchema>>>
      own;
  /// Guarded copies of all schemas that were asked for.
  mutable llvm::DenseMap<const ::onnx::OpSchema *,
                         std::unique_ptr<::onnx::OpSchema>>
      guarded;
};

/// A schema for an operator outside ONNX. `inputs` and `outputs` are names with
/// blanks between them, `?` after an optional one and `*` after a last one that
/// may repeat; types and attributes are left to the operator's handler.
::onnx::OpSchema makeSchema(llvm::StringRef domain, llvm::StringRef name,
                            int sinceVersion, llvm::StringRef inputs,
                            llvm::StringRef outputs,
                            ::onnx::InferenceFunction infer);

/// Output 0 has type and shape of input 0.
void inferSameAsFirst(::onnx::InferenceContext &context);

void addQonnxOperators(OperatorRegistry &registry);
void addMicrosoftOperators(OperatorRegistry &registry);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_OPERATORREGISTRY_H
