// Builds the module from the checked and typed protobuf model. BuildModule.cpp
// has the graphs, BuildNode.cpp what stands in them.
#ifndef SETUN_LIB_IMPORT_MODULEBUILDER_H
#define SETUN_LIB_IMPORT_MODULEBUILDER_H

#include "ImportContext.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include <map>

namespace setun::importer {

class ModuleBuilder {
public:
  ModuleBuilder(::onnx::ModelProto &model, ImportContext &context);

  mlir::OwningOpRef<mlir::ModuleOp> build(llvm::StringRef fileName,
                                          llvm::StringRef sha256);

private:
  /// Starts an error; the caller appends what is wrong.
  using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

  /// The names of one graph, as long as it is being built. Values are looked up
  /// in the outer graphs, too.
  struct Scope {
    Scope(ModuleBuilder &builder, const ::onnx::GraphProto &graph);
    ~Scope() { builder.scope = outer; }

    ModuleBuilder &builder;
    Scope *outer;
    llvm::StringMap<mlir::Value> values;
    llvm::StringMap<const ::onnx::TypeProto *> types;
  };

  // Graphs.
  mlir::LogicalResult buildMain(::onnx::GraphProto &graph);
  mlir::LogicalResult buildSubgraph(::onnx::NodeProto &node,
                                    ::onnx::AttributeProto &attr,
                                    mlir::Region &region);
  mlir::LogicalResult addArguments(const ::onnx::GraphProto &graph,
                                   mlir::Block *block, EmitError emitError);
  mlir::LogicalResult buildBody(::onnx::GraphProto &graph);
  mlir::LogicalResult buildInitializers(::onnx::GraphProto &graph);
  mlir::LogicalResult
  collectOutputs(const ::onnx::GraphProto &graph,
                 llvm::SmallVectorImpl<mlir::Value> &values,
                 llvm::SmallVectorImpl<mlir::Attribute> &names);
  mlir::DictionaryAttr describeModel(llvm::StringRef fileName,
                                     llvm::StringRef sha256);

  // Nodes.
  mlir::LogicalResult buildNode(::onnx::NodeProto &node);
  mlir::LogicalResult buildConstantNode(::onnx::NodeProto &node);
  mlir::FailureOr<mlir::ElementsAttr>
  convertConstant(::onnx::NodeProto &node, ::onnx::AttributeProto &attr);
  mlir::FailureOr<mlir::Attribute>
  convertAttribute(::onnx::NodeProto &node, ::onnx::AttributeProto &attr);
  mlir::LogicalResult
  collectResultTypes(const ::onnx::NodeProto &node,
                     llvm::SmallVectorImpl<mlir::Type> &types);

  // Names.
  mlir::Value lookup(llvm::StringRef name) const;
  mlir::FailureOr<mlir::Type> typeOf(llvm::StringRef name,
                                     EmitError emitError) const;
  mlir::Value getNone();
  mlir::Location locationOf(llvm::StringRef valueName);

  ::onnx::ModelProto &model;
  ImportContext &context;
  mlir::OpBuilder builder;
  std::map<std::string, int64_t> versions;
  mlir::func::FuncOp function;
  Scope *scope = nullptr;
  mlir::Value none;
};

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_MODULEBUILDER_H
