//===- Window.cpp - How a window slides over an image ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Window.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

/// Beyond, products of two entries might overflow.
static constexpr int64_t kMaxEntry = INT32_MAX;

bool Window::hasPads() const {
  auto isNotZero = [](int64_t pad) { return pad != 0; };
  return llvm::any_of(before, isNotZero) || llvm::any_of(after, isNotZero);
}

bool Window::isPointwise() const {
  auto isOne = [](int64_t size) { return size == 1; };
  return llvm::all_of(kernel, isOne) && llvm::all_of(strides, isOne) &&
         !hasPads();
}

LogicalResult setun::onnx::checkBuffer(NodeLowering &node,
                                       ArrayRef<int64_t> shape) {
  constexpr int64_t kMaxElements = INT32_MAX;
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size > 0 && count > kMaxElements / size)
      return node.error("needs a buffer of shape [")
             << shape << "]; supported are up to " << kMaxElements
             << " elements";
    count *= size;
  }
  return success();
}

FailureOr<SmallVector<int64_t>>
setun::onnx::readSpatial(NodeLowering &node, StringRef name, size_t count,
                         int64_t minimum, int64_t defaultValue) {
  std::optional<ArrayRef<int64_t>> given = node.node.getInts(name);
  if (!given || given->empty())
    return SmallVector<int64_t>(count, defaultValue);
  if (given->size() != count)
    return node.error("attribute " + name + " has " + Twine(given->size()) +
                      " entries, expected " + Twine(count));
  for (int64_t entry : *given)
    if (entry < minimum || entry > kMaxEntry)
      return node.error("attribute " + name + " has the entry " + Twine(entry) +
                        ", expected " + Twine(minimum) + " to " +
                        Twine(kMaxEntry));
  return SmallVector<int64_t>(*given);
}

/// SAME: enough pads for ceil(input / stride) outputs, the odd one at the end
/// (UPPER) or at the beginning (LOWER).
static void setSamePads(Window &window, ArrayRef<int64_t> input, bool isUpper) {
  for (unsigned dim = 0; dim < window.rank(); ++dim) {
    int64_t outputs = llvm::divideCeil(input[dim], window.strides[dim]);
    int64_t needed =
        (outputs - 1) * window.strides[dim] + window.getExtent(dim);
    int64_t total = std::max<int64_t>(0, needed - input[dim]);
    int64_t less = total / 2;
    window.before[dim] = isUpper ? less : total - less;
    window.after[dim] = total - window.before[dim];
  }
}

static LogicalResult readPads(NodeLowering &node, Window &window,
                              ArrayRef<int64_t> input) {
  unsigned rank = window.rank();
  StringRef mode = node.node.getString("auto_pad", "NOTSET");
  if (mode == "VALID")
    return success();
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    setSamePads(window, input, mode == "SAME_UPPER");
    return success();
  }
  if (mode != "NOTSET" && !mode.empty())
    return node.error("auto_pad '" + mode +
                      "' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID");
  FailureOr<SmallVector<int64_t>> pads =
      readSpatial(node, "pads", 2 * rank, 0, 0);
  if (failed(pads))
    return failure();
  window.before.assign(pads->begin(), pads->begin() + rank);
  window.after.assign(pads->begin() + rank, pads->end());
  return success();
}

/// The outputs that fit: floor, or ceil if so asked, where a last window that
/// would start behind the input and the pads before it may be left out.
static LogicalResult checkOutput(NodeLowering &node, const Window &window,
                                 ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> output) {
  bool isCeil = node.node.getInt("ceil_mode", 0) != 0;
  for (unsigned dim = 0; dim < window.rank(); ++dim) {
    int64_t stride = window.strides[dim];
    int64_t slack = input[dim] + window.before[dim] + window.after[dim] -
                    window.getExtent(dim);
    int64_t fitting = slack < 0 ? 0 : slack / stride + 1;
    int64_t most =
        isCeil && slack >= 0 ? llvm::divideCeil(slack, stride) + 1 : fitting;
    if (output[dim] != fitting && output[dim] != most)
      return node.error("the window fits " + Twine(most) +
                        " times into spatial dimension " + Twine(dim) +
                        ", but the output is declared with size " +
                        Twine(output[dim]));
  }
  return success();
}

FailureOr<Window>
setun::onnx::readStridesAndDilations(NodeLowering &node,
                                     ArrayRef<int64_t> kernel) {
  size_t rank = kernel.size();
  for (int64_t size : kernel)
    if (size < 1 || size > kMaxEntry)
      return node.error("the kernel has the size " + Twine(size) +
                        ", expected 1 to " + Twine(kMaxEntry));
  FailureOr<SmallVector<int64_t>> strides =
      readSpatial(node, "strides", rank, 1, 1);
  FailureOr<SmallVector<int64_t>> dilations =
      readSpatial(node, "dilations", rank, 1, 1);
  if (failed(strides) || failed(dilations))
    return failure();
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = *strides;
  window.dilations = *dilations;
  window.before.assign(rank, 0);
  window.after.assign(rank, 0);
  return window;
}

FailureOr<Window> setun::onnx::readWindow(NodeLowering &node,
                                          ArrayRef<int64_t> input,
                                          ArrayRef<int64_t> kernel,
                                          ArrayRef<int64_t> output) {
  if (kernel.size() != input.size() || output.size() != input.size())
    return node.error("input, kernel and output differ in rank");
  FailureOr<Window> window = readStridesAndDilations(node, kernel);
  if (failed(window) || failed(readPads(node, *window, input)) ||
      failed(checkOutput(node, *window, input, output)))
    return failure();
  return window;
}

FailureOr<int64_t> setun::onnx::readNorm(NodeLowering &node) {
  double p = static_cast<double>(node.node.getInt("p", 2));
  if (auto attr = dyn_cast_or_null<FloatAttr>(node.node.getAttr("p")))
    p = attr.getValueAsDouble();
  if (!(p >= 1 && p <= 64) || p != std::floor(p))
    return node.error("p must be a whole number from 1 to 64");
  return static_cast<int64_t>(p);
}
