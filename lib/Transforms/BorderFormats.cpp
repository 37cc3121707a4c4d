//===- BorderFormats.cpp - Bytes in, an index out -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program does around a model belongs to its first and last layer: a
// camera's bytes are scaled and transposed, the largest of the scores is
// looked for. Written as ops in front of and behind the model, the passes that
// follow fold it away.
//===----------------------------------------------------------------------===//

#include "setun/Transforms/Passes.h"

#include "dialects/Onnx/ConstantData.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_BORDERFORMATS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// `NAME=uint8,scale=S,mean=M,layout=NHWC`: real = (byte - mean) * scale, scale
/// and mean one number or one for each channel, with `/` between them.
struct InputFormat {
  StringRef name; // empty: the only input
  SmallVector<float> scales = {1}, means = {0};
  bool isChannelsLast = false;
};

FailureOr<SmallVector<float>> parseNumbers(StringRef text) {
  SmallVector<float> numbers;
  for (StringRef word : llvm::split(text, '/')) {
    double number;
    if (word.getAsDouble(number) || !std::isfinite(float(number)))
      return failure();
    numbers.push_back(float(number));
  }
  return numbers;
}

FailureOr<InputFormat>
parseInputFormat(StringRef text,
                 llvm::function_ref<InFlightDiagnostic()> error) {
  InputFormat format;
  StringRef rest = text;
  if (!text.starts_with("uint8"))
    std::tie(format.name, rest) = text.rsplit("=uint8");
  else
    rest = text.drop_front(5);
  if (text.find("uint8") == StringRef::npos ||
      (!rest.empty() && !rest.consume_front(",")))
    return error() << "input format '" << text
                   << "'; accepted is [NAME=]uint8[,scale=S][,mean=M]"
                      "[,layout=NHWC|NCHW]";
  if (rest.empty())
    return format;
  for (StringRef option : llvm::split(rest, ',')) {
    auto [key, value] = option.split('=');
    if (key == "scale" || key == "mean") {
      FailureOr<SmallVector<float>> numbers = parseNumbers(value);
      if (failed(numbers))
        return error() << "input format '" << text << "': '" << option
                       << "' is not a number, or numbers with '/' between "
                          "them";
      (key == "scale" ? format.scales : format.means) = *numbers;
    } else if (key == "layout" && (value == "NHWC" || value == "NCHW")) {
      format.isChannelsLast = value == "NHWC";
    } else {
      return error() << "input format '" << text << "': unknown option '"
                     << option
                     << "'; accepted are scale=S, mean=M, layout=NHWC and "
                        "layout=NCHW";
    }
  }
  return format;
}

struct BorderFormatsPass : impl::BorderFormatsBase<BorderFormatsPass> {
  using Base::Base;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    for (const std::string &text : inputs)
      if (failed(formatInput(main, text)))
        return signalPassFailure();
    if (!output.empty() && failed(formatOutput(main)))
      return signalPassFailure();
    main.setType(FunctionType::get(
        &getContext(), main.getBody().front().getArgumentTypes(),
        main.getBody().front().getTerminator()->getOperandTypes()));
  }

private:
  LogicalResult formatInput(func::FuncOp main, StringRef text);
  LogicalResult formatOutput(func::FuncOp main);
};

/// A constant that broadcasts to [N, C, ..] of `rank` with numbers along C.
Value createChannels(OpBuilder &builder, Location loc, ArrayRef<float> numbers,
                     int64_t rank) {
  SmallVector<int64_t> shape;
  if (numbers.size() > 1) {
    shape.assign(rank - 1, 1);
    shape.front() = numbers.size();
  }
  return onnx::createConstant(
      builder, loc, RankedTensorType::get(shape, builder.getF32Type()),
      ArrayRef(reinterpret_cast<const char *>(numbers.data()),
               numbers.size() * sizeof(float)),
      "preprocessing");
}

LogicalResult BorderFormatsPass::formatInput(func::FuncOp main,
                                             StringRef text) {
  auto error = [&] { return main.emitError(); };
  FailureOr<InputFormat> format = parseInputFormat(text, error);
  if (failed(format))
    return failure();
  BlockArgument argument;
  std::string names;
  for (BlockArgument candidate : main.getArguments()) {
    auto name = main.getArgAttrOfType<StringAttr>(candidate.getArgNumber(),
                                                  "onnx.name");
    names += (names.empty() ? "'" : ", '") + (name ? name.str() : "") + "'";
    if (name && name.getValue() == format->name)
      argument = candidate;
  }
  if (format->name.empty() && main.getNumArguments() == 1)
    argument = main.getArgument(0);
  if (!argument)
    return error() << "no input '" << format->name
                   << "' for a format; the inputs are " << names;
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || !type.getElementType().isF32() || !type.hasStaticShape())
    return error() << "input '" << format->name << "' of type "
                   << argument.getType()
                   << " cannot be uint8; accepted are tensors of f32";
  int64_t rank = type.getRank();
  for (const auto &numbers : {format->scales, format->means})
    if (numbers.size() > 1 &&
        (rank < 3 || int64_t(numbers.size()) != type.getDimSize(1)))
      return error() << "input format '" << text << "': " << numbers.size()
                     << " numbers for the channels of " << type;
  if (format->isChannelsLast && rank < 3)
    return error() << "input format '" << text << "': " << type
                   << " has no channels that could come last";

  OpBuilder builder = OpBuilder::atBlockBegin(&main.getBody().front());
  Location loc = main.getLoc();
  Type byte = builder.getIntegerType(8, /*isSigned=*/false);
  SmallVector<int64_t> outer(type.getShape()), permutation = {0};
  if (format->isChannelsLast) {
    std::rotate(outer.begin() + 1, outer.begin() + 2, outer.end());
    permutation.push_back(rank - 1);
    for (int64_t dim = 1; dim + 1 < rank; ++dim)
      permutation.push_back(dim);
  }
  // The uses before those that follow.
  SmallVector<OpOperand *> uses = llvm::to_vector(
      llvm::map_range(argument.getUses(), [](OpOperand &use) { return &use; }));
  argument.setType(RankedTensorType::get(outer, byte));
  Value bytes = argument;
  if (format->isChannelsLast)
    bytes = lowbit::TransposeOp::create(builder, loc, type.clone(byte), bytes,
                                        permutation);
  Value mean;
  if (llvm::any_of(format->means, [](float x) { return x != 0; }))
    mean = createChannels(builder, loc, format->means, rank);
  Value real = lowbit::DequantizeOp::create(
      builder, loc, type, bytes,
      createChannels(builder, loc, format->scales, rank), mean);
  for (OpOperand *use : uses)
    use->set(real);
  return success();
}

/// What does not change which score is the largest: a final softmax, and the
/// quantisers of its result.
Value dropSoftmax(Value scores) {
  Value from = scores;
  while (auto node = from.getDefiningOp<onnx::NodeOp>()) {
    bool isQuantiser =
        node.isOp("", "QuantizeLinear") || node.isOp("", "DequantizeLinear");
    bool isSoftmax = node.isOp("", "Softmax") || node.isOp("", "LogSoftmax") ||
                     node.isOp("com.microsoft", "QLinearSoftmax");
    auto rank = cast<RankedTensorType>(node.getResult(0).getType()).getRank();
    if ((!isQuantiser && !isSoftmax) || rank != 2)
      return scores;
    from = node.getInputs()[0];
    if (isSoftmax)
      return from;
  }
  return scores;
}

LogicalResult BorderFormatsPass::formatOutput(func::FuncOp main) {
  auto error = [&] { return main.emitError(); };
  if (output != "argmax")
    return error() << "output format '" << output << "'; accepted is argmax";
  Operation *end = main.getBody().front().getTerminator();
  if (end->getNumOperands() != 1)
    return error() << "argmax is for models of one output, this one has "
                   << end->getNumOperands();
  auto type = dyn_cast<RankedTensorType>(end->getOperand(0).getType());
  if (!type || !type.hasStaticShape() || type.getRank() == 0 ||
      !type.getElementType().isF32())
    return error() << "argmax is for a tensor of f32, the output is "
                   << end->getOperand(0).getType();
  OpBuilder builder(end);
  Value scores = dropSoftmax(end->getOperand(0));
  // Scores run along the second dimension, [N, C, ..].
  int64_t axis = type.getRank() == 1 ? 0 : 1;
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + axis);
  NamedAttrList attributes;
  attributes.set("axis", builder.getI64IntegerAttr(axis));
  attributes.set("keepdims", builder.getI64IntegerAttr(0));
  Value index =
      onnx::NodeOp::create(
          builder, end->getLoc(),
          TypeRange(RankedTensorType::get(shape, builder.getI64Type())),
          "ArgMax", scores, attributes.getAttrs(), "",
          /*sinceVersion=*/13)
          .getResult(0);
  end->setOperand(0, index);
  return success();
}

} // namespace
} // namespace setun
