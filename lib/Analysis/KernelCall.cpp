//===- KernelCall.cpp - The kernel that computes an op --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions are those of lib/Kernels; layouts and order of sums are said in
// their headers.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/KernelCall.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/PackedKernels.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {

/// The product of all extents but the last `count`.
static int64_t getLeading(MemRefType type, unsigned count) {
  return ShapedType::getNumElements(type.getShape().drop_back(count));
}

static MemRefType getType(Value memref) {
  return cast<MemRefType>(memref.getType());
}

static KernelArgument makePointer(Value memref, Type element, bool isConst,
                                  int64_t batchStep = 0) {
  KernelArgument argument;
  argument.kind = KernelArgument::Kind::Pointer;
  argument.memref = memref;
  argument.element = element;
  argument.isConst = isConst;
  argument.batchStep = batchStep;
  return argument;
}

static KernelArgument makeSize(StringRef name, int64_t size) {
  KernelArgument argument;
  argument.name = name;
  argument.size = size;
  return argument;
}

static KernelCall getCall(lowbit::PackedMatmulOp op) {
  Builder builder(op.getContext());
  StringRef layout = op.getLayout().getName();
  KernelCall call;
  call.kernel = getMatmulKernel(layout, op.getActivation());
  bool isUnsignedInput = StringRef(call.kernel).contains("_u");
  Type input = builder.getIntegerType(8, /*isSigned=*/!isUnsignedInput);
  // Only whole bytes of codes have a sign of their own.
  Type packed = builder.getIntegerType(8, /*isSigned=*/layout == "bytes");
  MemRefType init = getType(op.getInit());
  call.arguments = {
      makePointer(op.getInput(), input, true),
      makePointer(op.getPacked(), packed, true),
      makePointer(op.getInit(), builder.getIntegerType(32, true), false),
      makeSize("rows", getLeading(init, 1)),
      makeSize("outputs", init.getShape().back()),
      makeSize("inputs", getType(op.getInput()).getShape().back())};
  return call;
}

/// If one row meets columns of a larger matrix: the distance of its rows.
static std::optional<int64_t> getRowStep(lowbit::FloatMatmulOp op) {
  MemRefType rhs = getType(op.getRhs());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (rhs.getRank() != 2 || getLeading(getType(op.getInit()), 1) != 1 ||
      failed(rhs.getStridesAndOffset(strides, offset)) || strides[1] != 1 ||
      ShapedType::isDynamic(strides[0]) || strides[0] <= rhs.getDimSize(1))
    return std::nullopt;
  return strides[0];
}

/// One row times some columns of a matrix whose rows are `step` elements long.
static KernelCall getPartCall(lowbit::FloatMatmulOp op, int64_t step) {
  Type f32 = Float32Type::get(op.getContext());
  MemRefType rhs = getType(op.getRhs());
  KernelCall call;
  call.kernel = "setun_matmul_f32_part";
  call.isFloat = true;
  call.arguments = {makePointer(op.getLhs(), f32, true),
                    makePointer(op.getRhs(), f32, true),
                    makePointer(op.getInit(), f32, false),
                    makeSize("outputs", rhs.getShape().back()),
                    makeSize("step", step),
                    makeSize("inputs", rhs.getShape().front())};
  call.withGaps = op.getRhs();
  return call;
}

static KernelCall getCall(lowbit::FloatMatmulOp op) {
  Type f32 = Float32Type::get(op.getContext());
  MemRefType lhs = getType(op.getLhs()), rhs = getType(op.getRhs());
  int64_t inputs = lhs.getShape().back(), outputs = rhs.getShape().back();
  if (std::optional<int64_t> step = getRowStep(op))
    return getPartCall(op, *step);
  KernelCall call;
  call.kernel = "setun_matmul_f32";
  call.isFloat = true;
  // With one right side all rows are one product.
  call.batches = rhs.getRank() == 2 ? 1 : getLeading(rhs, 2);
  int64_t rows = getLeading(lhs, 1) / std::max<int64_t>(call.batches, 1);
  call.arguments = {makePointer(op.getLhs(), f32, true, rows * inputs),
                    makePointer(op.getRhs(), f32, true, inputs * outputs),
                    makePointer(op.getInit(), f32, false, rows * outputs),
                    makeSize("rows", rows),
                    makeSize("outputs", outputs),
                    makeSize("inputs", inputs)};
  return call;
}

static KernelCall getCall(lowbit::FloatSumOp op) {
  Type f32 = Float32Type::get(op.getContext());
  MemRefType input = getType(op.getInput());
  KernelCall call;
  call.kernel = "setun_sum_f32";
  call.isFloat = true;
  call.arguments = {makePointer(op.getInput(), f32, true),
                    makePointer(op.getInit(), f32, false),
                    makeSize("rows", getLeading(input, 1)),
                    makeSize("inputs", input.getShape().back())};
  return call;
}

/// A row for each of depth, height and width; dimensions that the image does
/// not have are of size 1.
static KernelArgument makeWindow(lowbit::WindowAttr window,
                                 ArrayRef<int64_t> inputs,
                                 ArrayRef<int64_t> outputs) {
  KernelArgument argument;
  argument.kind = KernelArgument::Kind::Window;
  unsigned missing = 3 - window.getRank();
  for (unsigned dim = 0; dim < missing; ++dim)
    argument.window[dim] = {1, 1, 1, 1, 1, 0};
  for (unsigned dim = 0; dim < window.getRank(); ++dim)
    argument.window[missing + dim] = {inputs[dim],
                                      outputs[dim],
                                      window.getSize()[dim],
                                      window.getStrides()[dim],
                                      window.getDilations()[dim],
                                      window.getBegin(dim)};
  return argument;
}

static KernelCall getCall(lowbit::FloatConvOp op) {
  Type f32 = Float32Type::get(op.getContext());
  MemRefType weights = getType(op.getWeights());
  int64_t groups = op.getGroups();
  KernelCall call;
  call.kernel = "setun_conv_f32";
  call.isFloat = true;
  call.arguments = {makePointer(op.getInput(), f32, true),
                    makePointer(op.getWeights(), f32, true),
                    makePointer(op.getBias(), f32, true),
                    makePointer(op.getInit(), f32, false),
                    makePointer(op.getScratch(), f32, false),
                    makeSize("samples", getType(op.getInput()).getDimSize(0)),
                    makeSize("groups", groups),
                    makeSize("inputs", weights.getDimSize(1)),
                    makeSize("outputs", weights.getDimSize(0) / groups),
                    makeWindow(op.getWindow(),
                               getType(op.getInput()).getShape().drop_front(2),
                               getType(op.getInit()).getShape().drop_front(2))};
  return call;
}

static KernelCall getCall(lowbit::BlockMatmulOp op) {
  Builder builder(op.getContext());
  Type f32 = builder.getF32Type();
  Type byte = builder.getIntegerType(8, /*isSigned=*/false);
  BlockShape shape = op.getShape();
  KernelCall call;
  call.kernel =
      (op.getFloats() ? "setun_block_matmul_f32_" : "setun_block_matmul_") +
      (op.getFp4() ? "fp4" : std::to_string(shape.bits));
  call.isFloat = true;
  call.arguments = {makePointer(op.getInput(), f32, true),
                    makePointer(op.getPacked(), byte, true),
                    makePointer(op.getInit(), f32, false)};
  if (!op.getFloats())
    call.arguments.push_back(makePointer(op.getScratch(), byte, false));
  for (KernelArgument size :
       {makeSize("rows", getLeading(getType(op.getInit()), 1)),
        makeSize("outputs", shape.outputs), makeSize("inputs", shape.inputs),
        makeSize("block", shape.block),
        makeSize("has_zeros", shape.hasZeroPoints),
        makeSize("zero", op.getZeroPoint().value_or(0)),
        makeSize("scale_bits", shape.scaleBits)})
    call.arguments.push_back(size);
  return call;
}

/// The places of a tile follow each other: of all but one of its dimensions it
/// has one, those behind it are whole.
static bool isRun(ArrayRef<int64_t> tile, ArrayRef<int64_t> whole) {
  size_t dim = 0;
  while (dim < tile.size() && tile[dim] == 1)
    ++dim;
  return dim == tile.size() ||
         tile.drop_front(dim + 1) == whole.drop_front(dim + 1);
}

static std::optional<KernelCall> getCall(lowbit::DepthwiseOp op) {
  Builder builder(op.getContext());
  bool isUnsigned = lowbit::isUnsignedCode(*op.getActivation());
  MemRefType init = getType(op.getInit());
  SmallVector<int64_t> image =
      lowbit::getImageShape(getType(op.getInput()), /*channelsLast=*/true);
  SmallVector<int64_t> places = *op.getWindow().getOutputShape(image, 1);
  places.erase(places.begin() + 1);
  if (!isRun(init.getShape().drop_back(), places))
    return std::nullopt;
  KernelArgument first;
  first.kind = KernelArgument::Kind::Index;
  first.indices.assign(op.getOffsets().begin(), op.getOffsets().end());
  int64_t step = 1;
  for (size_t dim = places.size(); dim-- > 0; step *= places[dim])
    first.steps.insert(first.steps.begin(), step);
  KernelCall call;
  call.kernel = isUnsigned ? "setun_depthwise_u8" : "setun_depthwise_s8";
  call.arguments = {
      makePointer(op.getInput(), builder.getIntegerType(8, !isUnsigned), true),
      makePointer(op.getWeights(), builder.getIntegerType(8, true), true),
      makePointer(op.getInit(), builder.getIntegerType(32, true), false),
      first,
      makeSize("places", getLeading(init, 1)),
      makeSize("channels", image[1]),
      makeSize("padding", op.getPadding() & 0xff),
      makeWindow(op.getWindow(), ArrayRef(image).drop_front(2),
                 ArrayRef(places).drop_front())};
  return call;
}

std::optional<KernelCall> getKernelCall(Operation *op) {
  return TypeSwitch<Operation *, std::optional<KernelCall>>(op)
      .Case<lowbit::PackedMatmulOp, lowbit::DepthwiseOp, lowbit::FloatMatmulOp,
            lowbit::FloatSumOp, lowbit::FloatConvOp, lowbit::BlockMatmulOp>(
          [](auto kernel) { return getCall(kernel); })
      .Default(std::nullopt);
}

} // namespace setun
