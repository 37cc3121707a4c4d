// Locations and messages of the importer.
#include "ImportContext.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "setun/Support/NodeLocation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

ImportContext::ImportContext(MLIRContext *context, const ImportOptions &options,
                             StringRef fileName, StringRef folder)
    : context(context), options(options),
      file(FileLineColLoc::get(context, fileName, 0, 0)), folder(folder) {}

Location ImportContext::locationOf(const ::onnx::NodeProto &node) const {
  return getNodeLocation(context, node.name(), node.op_type());
}

/// Control characters as `\xNN`, so that a name stays on its line.
static std::string escapeControl(StringRef text, size_t limit) {
  std::string result;
  for (unsigned char c : text.take_front(limit)) {
    if (c < 0x20 || c == 0x7f)
      result += "\\x" + llvm::toHex(StringRef(reinterpret_cast<char *>(&c), 1),
                                    /*LowerCase=*/true);
    else
      result += static_cast<char>(c);
  }
  if (text.size() > limit)
    result += "...";
  return result;
}

std::string importer::quoted(StringRef name) {
  return "'" + escapeControl(name, 120) + "'";
}

std::string importer::cleaned(StringRef message) {
  for (bool again = true; again;) {
    again = false;
    for (StringRef prefix : {"[ShapeInferenceError]", "[TypeInferenceError]",
                             "Inference error(s):"})
      again |= message.consume_front(prefix);
    message = message.ltrim();
  }
  // What follows a line break repeats the node, which the location names.
  std::string text = escapeControl(message.split('\n').first.rtrim(), 400);
  return text.empty() ? "the ONNX library gave up without a reason" : text;
}

LogicalResult importer::forEachGraph(
    ::onnx::GraphProto &graph,
    llvm::function_ref<LogicalResult(::onnx::GraphProto &)> visit) {
  if (failed(visit(graph)))
    return failure();
  for (::onnx::NodeProto &node : *graph.mutable_node())
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g() && failed(forEachGraph(*attr.mutable_g(), visit)))
        return failure();
  return success();
}
