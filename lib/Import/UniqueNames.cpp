// Every value of the model gets a name of its own: ONNX lets subgraphs beside
// each other use the same names, but its shape inference keeps what it knows of
// all graphs in one table.
#include "ImportSteps.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

class NameMaker {
public:
  /// The new names of a graph's values, and those of the graphs around it.
  struct Scope {
    const Scope *outer;
    llvm::StringMap<std::string> names;
  };

  void visit(::onnx::GraphProto &graph, const Scope *outer);

private:
  std::string makeUnique(StringRef name);

  llvm::StringSet<> used;
};

} // namespace

std::string NameMaker::makeUnique(StringRef name) {
  std::string unique = name.str();
  for (int i = 2; !used.insert(unique).second; ++i)
    unique = (name + "_" + Twine(i)).str();
  return unique;
}

static void rename(std::string &name, const NameMaker::Scope *scope) {
  for (; scope; scope = scope->outer) {
    auto it = scope->names.find(name);
    if (it == scope->names.end())
      continue;
    name = it->second;
    return;
  }
}

void NameMaker::visit(::onnx::GraphProto &graph, const Scope *outer) {
  llvm::SetVector<StringRef> defined;
  for (const ::onnx::ValueInfoProto &input : graph.input())
    defined.insert(input.name());
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    defined.insert(tensor.name());
  for (const ::onnx::NodeProto &node : graph.node())
    defined.insert(node.output().begin(), node.output().end());

  // The main graph comes first and keeps its names. A name that stands twice in
  // one graph stays so, for the check to find it.
  Scope scope{outer, {}};
  for (StringRef name : defined)
    scope.names[name] = name.empty() ? "" : makeUnique(name);

  for (auto *infos : {graph.mutable_input(), graph.mutable_output(),
                      graph.mutable_value_info()})
    for (::onnx::ValueInfoProto &info : *infos)
      rename(*info.mutable_name(), &scope);
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer())
    rename(*tensor.mutable_name(), &scope);
  for (::onnx::NodeProto &node : *graph.mutable_node()) {
    for (auto *names : {node.mutable_input(), node.mutable_output()})
      for (std::string &name : *names)
        rename(name, &scope);
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        visit(*attr.mutable_g(), &scope);
  }
}

void importer::makeNamesUnique(::onnx::ModelProto &model) {
  NameMaker().visit(*model.mutable_graph(), /*outer=*/nullptr);
}
