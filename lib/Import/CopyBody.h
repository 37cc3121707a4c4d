// Puts the nodes of a body (of a function, a loop, a branch) into the graph
// around it: parameters become arguments, all other names become new ones.
#ifndef SETUN_LIB_IMPORT_COPYBODY_H
#define SETUN_LIB_IMPORT_COPYBODY_H

#include "MakeNode.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <string>

namespace setun::importer {

/// The names of all values of a graph and its subgraphs.
class UsedNames {
public:
  explicit UsedNames(const ::onnx::GraphProto &graph) { collect(graph); }

  /// `name`, or with a number behind it if that is taken.
  std::string makeUnique(const std::string &name);

private:
  void collect(const ::onnx::GraphProto &graph);

  llvm::StringSet<> used;
};

/// Renames one copy of a body.
class BodyCopier {
public:
  /// Nodes and values of the copy are called `prefix/...`. Nodes of the body
  /// that are called `origin...` lose that part of their names.
  BodyCopier(std::string prefix, UsedNames &used, std::string origin = "")
      : prefix(std::move(prefix)), origin(std::move(origin)), used(used) {}

  /// A parameter of the body becomes `actual`, "" if it is not given.
  void bind(const std::string &formal, const std::string &actual) {
    names[formal] = actual;
  }
  /// A result of the body gets a name of its own.
  void bindToNew(const std::string &formal);

  /// What `name` of the body is called in the copy. Names that the body takes
  /// from the graphs around it stay.
  std::string getName(const std::string &name) const;

  /// Renames the nodes of the body, in order, and moves them to `target`.
  void moveTo(Nodes &target, Nodes &&nodes);

private:
  void define(std::string &name);
  void rename(::onnx::NodeProto &node, size_t index, const std::string &path);
  void rename(::onnx::GraphProto &graph, const std::string &path);

  std::string prefix, origin;
  UsedNames &used;
  llvm::StringMap<std::string> names;
};

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_COPYBODY_H
