//===- Padding.cpp - Elements around a tensor -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pad. Mode `constant` puts the input into a filled tensor; in the other modes
// every element of the output is one of the input, looked up by position.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// Elements before and after each dimension; negative ones cut off.
struct Pads {
  SmallVector<int64_t> before, after;
};
} // namespace

static FailureOr<Pads> readPads(NodeLowering &node) {
  RankedTensorType type = node.inputType(0), output = node.outputType();
  int64_t rank = type.getRank();
  if (output.getRank() != rank ||
      output.getElementType() != type.getElementType())
    return node.error("the output does not fit the input");
  // The attribute was called `paddings` in opset 1.
  auto given =
      node.intsAttributeOrInput(node.opset() == 1 ? "paddings" : "pads", 1);
  if (failed(given))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (node.has(3)) {
    FailureOr<SmallVector<int64_t>> some = node.constantInts(3, "axes");
    if (failed(some))
      return failure();
    axes = *some;
  }
  if (!*given || (*given)->size() != 2 * axes.size())
    return node.error("expects two pads for each of " + Twine(axes.size()) +
                      " axes");
  Pads pads{SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 0)};
  for (auto [i, name] : llvm::enumerate(axes)) {
    FailureOr<int64_t> axis = node.normalizeAxis(name, rank);
    if (failed(axis))
      return failure();
    pads.before[*axis] = (**given)[i];
    pads.after[*axis] = (**given)[axes.size() + i];
  }
  for (int64_t dim = 0; dim < rank; ++dim) {
    APInt size(128, type.getDimSize(dim), /*isSigned=*/true);
    size += APInt(128, pads.before[dim], true);
    size += APInt(128, pads.after[dim], true);
    if (size != APInt(128, output.getDimSize(dim), true))
      return node.error("pads do not fit axis " + Twine(dim));
  }
  return pads;
}

/// A tensor of the output's type, all of the value around the input: attribute
/// `value` before opset 11, input 2 since, 0 if there is none.
static FailureOr<Value> makeSurroundings(NodeLowering &node) {
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  if (!node.has(2))
    return makeFilled(node, type,
                      getNumber(element, node.node.getFloat("value", 0.0f)));
  if (node.inputType(2).getNumElements() != 1 ||
      node.inputType(2).getElementType() != element)
    return node.error("the padding value must be one number of the input's "
                      "type");
  return makeElementwise(node, type, makeReshape(node, node.input(2), {}),
                         [](OpBuilder &, ValueRange x) { return x[0]; });
}

static LogicalResult lowerConstantPad(NodeLowering &node, const Pads &pads) {
  RankedTensorType type = node.inputType(0);
  FailureOr<Value> filled = makeSurroundings(node);
  if (failed(filled))
    return failure();
  // A negative pad cuts off: what remains is put into the filled output.
  int64_t rank = type.getRank();
  SmallVector<int64_t> from(rank), to(rank), sizes(rank), steps(rank, 1);
  for (int64_t dim = 0; dim < rank; ++dim) {
    from[dim] = std::max<int64_t>(0, -pads.before[dim]);
    to[dim] = std::max<int64_t>(0, pads.before[dim]);
    sizes[dim] =
        std::max<int64_t>(0, type.getDimSize(dim) - from[dim] -
                                 std::max<int64_t>(0, -pads.after[dim]));
  }
  if (llvm::is_contained(sizes, 0))
    return node.replaceWith(*filled);
  Value part = node.input(0);
  if (type.getShape() != ArrayRef(sizes))
    part = makeSlice(node, part, from, sizes, steps);
  return node.replaceWith(makeInsert(node, part, *filled, to));
}

/// The position in a dimension of `size` that a position outside stands for.
static int64_t moveInside(StringRef mode, int64_t at, int64_t size) {
  auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  if (mode == "edge")
    return std::clamp<int64_t>(at, 0, size - 1);
  if (mode == "wrap")
    return modulo(at, size);
  // reflect: there and back again, the ends once each.
  if (size == 1)
    return 0;
  int64_t there = modulo(at, 2 * (size - 1));
  return std::min(there, 2 * (size - 1) - there);
}

static LogicalResult lowerPad(NodeLowering &node) {
  StringRef mode = node.node.getString("mode", "constant");
  if (!llvm::is_contained({"constant", "reflect", "edge", "wrap"}, mode))
    return node.error("mode '" + mode +
                      "' is none of constant, reflect, edge, wrap");
  FailureOr<Pads> pads = readPads(node);
  if (failed(pads))
    return failure();
  if (mode == "constant")
    return lowerConstantPad(node, *pads);
  RankedTensorType type = node.inputType(0), output = node.outputType();
  if (output.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, output));
  if (type.getNumElements() == 0)
    return node.error("there is nothing to pad an empty tensor with");
  SmallVector<PositionTable> tables(type.getRank());
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (pads->before[dim] == 0 && pads->after[dim] == 0)
      continue;
    int64_t size = output.getDimSize(dim);
    if (failed(checkTableSize(node, size)))
      return failure();
    for (int64_t i = 0; i < size; ++i)
      tables[dim].push_back(
          moveInside(mode, i - pads->before[dim], type.getDimSize(dim)));
  }
  return node.replaceWith(
      makeGathered(node, node.input(0), output.getShape(), tables));
}

void setun::onnx::registerPadding(HandlerTable &table) {
  table["Pad"] = lowerPad;
}
