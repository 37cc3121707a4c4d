// NonZero and Compress make as many elements as their inputs say. Where these
// are known, NonZero is a constant and Compress a Gather.
#include "CopyBody.h"
#include "ImportSteps.h"
#include "KnownValues.h"
#include "MakeNode.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

class ValueShapeFolder {
public:
  ValueShapeFolder(::onnx::ModelProto &model, const KnownValues &known)
      : known(known), used(model.graph()) {}

  bool fold(const ::onnx::NodeProto &node, Nodes &nodes);

private:
  bool foldNonZero(const ::onnx::NodeProto &node, Nodes &nodes);
  bool foldCompress(const ::onnx::NodeProto &node, Nodes &nodes);

  const KnownValues &known;
  UsedNames used;
};

} // namespace

static SmallVector<int64_t> findNonZero(ArrayRef<int64_t> values) {
  SmallVector<int64_t> places;
  for (auto [place, value] : llvm::enumerate(values))
    if (value != 0)
      places.push_back(static_cast<int64_t>(place));
  return places;
}

/// Output [rank, count]: column i is the position of the i-th element that is
/// not zero.
bool ValueShapeFolder::foldNonZero(const ::onnx::NodeProto &node,
                                   Nodes &nodes) {
  auto values = known.getInts(node.input(0));
  auto shape = known.getShape(node.input(0));
  if (!values || !shape || llvm::is_contained(*shape, 0))
    return false;
  SmallVector<int64_t> places = findNonZero(*values);
  int64_t rank = static_cast<int64_t>(shape->size());
  int64_t count = static_cast<int64_t>(places.size());
  SmallVector<int64_t> positions(rank * count);
  for (int64_t dim = rank - 1; dim >= 0; --dim)
    for (auto [i, place] : llvm::enumerate(places)) {
      positions[dim * count + i] = place % (*shape)[dim];
      place /= (*shape)[dim];
    }
  nodes.Add(makeConstant(node.name(), node.output(0),
                         makeInts({rank, count}, positions)));
  return true;
}

/// The slices along the axis (or, without one, the elements) whose condition
/// holds.
bool ValueShapeFolder::foldCompress(const ::onnx::NodeProto &node,
                                    Nodes &nodes) {
  if (node.input_size() != 2)
    return false;
  auto condition = known.getInts(node.input(1));
  auto shape = known.getShape(node.input(0));
  if (!condition || !shape)
    return false;
  int64_t rank = static_cast<int64_t>(shape->size());
  bool hasAxis = llvm::any_of(node.attribute(),
                              [](auto &attr) { return attr.name() == "axis"; });
  int64_t axis = getInt(node, "axis", 0);
  axis = axis < 0 ? axis + rank : axis;
  if (hasAxis && (axis < 0 || axis >= rank))
    return false;
  int64_t size = hasAxis ? (*shape)[axis] : ShapedType::getNumElements(*shape);
  if (static_cast<int64_t>(condition->size()) > size)
    return false;

  SmallVector<int64_t> places = findNonZero(*condition);
  std::string data = node.input(0);
  auto addConstant = [&](const char *suffix, ArrayRef<int64_t> values) {
    std::string name = used.makeUnique(node.name() + suffix);
    int64_t count = static_cast<int64_t>(values.size());
    nodes.Add(makeConstant(node.name(), name, makeInts({count}, values)));
    return name;
  };
  if (!hasAxis) {
    std::string flat = used.makeUnique(node.name() + "/flat");
    nodes.Add(makeNode("Reshape", node.name(),
                       {data, addConstant("/shape", {-1})}, {flat}));
    data = flat;
  }
  ::onnx::NodeProto gather =
      makeNode("Gather", node.name(), {data, addConstant("/indices", places)},
               {node.output(0)});
  setInt(gather, "axis", hasAxis ? axis : 0);
  nodes.Add(std::move(gather));
  return true;
}

bool ValueShapeFolder::fold(const ::onnx::NodeProto &node, Nodes &nodes) {
  if (!node.domain().empty() || node.output_size() != 1)
    return false;
  if (node.op_type() == "NonZero")
    return foldNonZero(node, nodes);
  return node.op_type() == "Compress" && foldCompress(node, nodes);
}

bool importer::foldValueShapes(::onnx::ModelProto &model,
                               const KnownValues &known) {
  ValueShapeFolder folder(model, known);
  return replaceNodes(*model.mutable_graph(),
                      [&](::onnx::NodeProto &node, ::onnx::GraphProto &,
                          Nodes &nodes) { return folder.fold(node, nodes); });
}
