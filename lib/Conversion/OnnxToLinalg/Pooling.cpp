//===- Pooling.cpp - One number for each window ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MaxPool, AveragePool and LpPool. Each output visits the positions of its
// window that are inside the input, in rising order, and carries what it has
// found: nothing is padded or copied.
//===----------------------------------------------------------------------===//

#include "Quantization.h"
#include "Window.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// A node of the family: [N, C, in...] -> [N, C, out...].
struct Pool {
  Window window;
  SmallVector<int64_t> input; ///< spatial sizes
};

/// Positions first, first + dilation, ... below `end` of one dimension.
struct Positions {
  Value start; ///< of the first tap, perhaps outside
  Value first, end;
};

/// Computes what is carried on from one position [n, c, i...] of the input.
using Visit = llvm::function_ref<SmallVector<Value>(
    OpBuilder &, ValueRange position, ValueRange carried)>;
} // namespace

static FailureOr<Pool> readPool(NodeLowering &node) {
  RankedTensorType x = node.inputType(0), y = node.outputType();
  if (x.getRank() < 3 || y.getRank() != x.getRank() ||
      y.getShape().take_front(2) != x.getShape().take_front(2) ||
      y.getElementType() != x.getElementType())
    return node.error("expects an input of rank 3 or more and an output like "
                      "it");
  std::optional<ArrayRef<int64_t>> kernel = node.node.getInts("kernel_shape");
  if (!kernel)
    return node.error("attribute kernel_shape is missing");
  FailureOr<Window> window = readWindow(node, x.getShape().drop_front(2),
                                        *kernel, y.getShape().drop_front(2));
  if (failed(window))
    return failure();
  if (x.getNumElements() == 0 && y.getNumElements() != 0)
    return node.error("the input must not be empty");
  return Pool{*window, SmallVector<int64_t>(x.getShape().drop_front(2))};
}

/// Arithmetic on indices.
static ScalarBuilder indices(OpBuilder &builder, Location loc) {
  return ScalarBuilder(builder, loc, /*isUnsigned=*/false);
}

/// Where the window of output `o` meets dimension `dim`.
static Positions getPositions(OpBuilder &builder, Location loc,
                              const Pool &pool, unsigned dim, Value o,
                              int64_t outputs) {
  const Window &window = pool.window;
  int64_t before = window.before[dim], stride = window.strides[dim],
          dilation = window.dilations[dim], extent = window.getExtent(dim);
  ScalarBuilder s = indices(builder, loc);
  auto number = [&](int64_t value) { return s.numberLike(o, value); };
  Positions at;
  at.start = s.sub(s.mul(o, number(stride)), number(before));
  at.first = at.start;
  if (before > 0 && dilation == 1) {
    at.first = s.max(at.start, number(0));
  } else if (before > 0) {
    // The steps that lead from a start before the input into it.
    Value steps = s.max(s.sub(number(dilation - 1), at.start), number(0));
    steps = arith::DivUIOp::create(builder, loc, steps, number(dilation));
    at.first = s.add(at.start, s.mul(steps, number(dilation)));
  }
  at.end = s.add(at.start, number(extent));
  if ((outputs - 1) * stride - before + extent > pool.input[dim])
    at.end = s.min(at.end, number(pool.input[dim]));
  return at;
}

/// Loops over the positions of all dimensions, the first one outermost.
static SmallVector<Value> visitWindow(OpBuilder &builder, Location loc,
                                      const Window &window,
                                      ArrayRef<Positions> dims,
                                      SmallVector<Value> position,
                                      ValueRange carried, Visit visit) {
  if (dims.empty())
    return visit(builder, position, carried);
  unsigned dim = window.rank() - dims.size();
  Value step =
      arith::ConstantIndexOp::create(builder, loc, window.dilations[dim]);
  auto loop = scf::ForOp::create(
      builder, loc, dims[0].first, dims[0].end, step, carried,
      [&](OpBuilder &inner, Location, Value index, ValueRange values) {
        SmallVector<Value> here(position);
        here.push_back(index);
        scf::YieldOp::create(inner, loc,
                             visitWindow(inner, loc, window, dims.drop_front(),
                                         here, values, visit));
      });
  return SmallVector<Value>(loop.getResults());
}

/// Number of positions, as an index.
static Value countPositions(OpBuilder &builder, Location loc,
                            const Window &window, ArrayRef<Positions> dims) {
  Value count;
  for (auto [dim, at] : llvm::enumerate(dims)) {
    ScalarBuilder s = indices(builder, loc);
    Value here = s.sub(at.end, at.first);
    if (int64_t step = window.dilations[dim]; step > 1)
      here = arith::DivUIOp::create(builder, loc,
                                    s.add(here, s.numberLike(here, step - 1)),
                                    s.numberLike(here, step));
    count = count ? s.mul(count, here) : here;
  }
  return count;
}

namespace {
/// Computes the outputs at one place from the positions of its window; the
/// first two indices of `output` are n and c.
using PoolBody = llvm::function_ref<SmallVector<Value>(
    OpBuilder &, Location, ValueRange output, ArrayRef<Positions>)>;
} // namespace

static SmallVector<Value> makePool(NodeLowering &node, const Pool &pool,
                                   ArrayRef<RankedTensorType> types,
                                   PoolBody body) {
  int64_t rank = types[0].getRank();
  SmallVector<Value> inits;
  for (RankedTensorType type : types)
    inits.push_back(makeEmpty(node, type));
  SmallVector<AffineMap> maps(types.size(),
                              node.builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      node.builder, node.loc, TypeRange(ValueRange(inits)), ValueRange(), inits,
      maps, loops, [&](OpBuilder &builder, Location loc, ValueRange) {
        SmallVector<Value> output;
        SmallVector<Positions> dims;
        for (int64_t dim = 0; dim < rank; ++dim) {
          output.push_back(linalg::IndexOp::create(builder, loc, dim));
          if (dim >= 2)
            dims.push_back(getPositions(builder, loc, pool, dim - 2,
                                        output.back(),
                                        types[0].getDimSize(dim)));
        }
        linalg::YieldOp::create(builder, loc, body(builder, loc, output, dims));
      });
  return SmallVector<Value>(generic.getResults());
}

//===----------------------------------------------------------------------===//
// MaxPool
//===----------------------------------------------------------------------===//

/// The index of [n, c, i...] in the input laid out row-major, or with the
/// spatial dimensions in the opposite order.
static Value flattenPosition(OpBuilder &builder, Location loc,
                             ArrayRef<int64_t> shape, ValueRange position,
                             bool columnMajor) {
  ScalarBuilder s = indices(builder, loc);
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, shape.size()));
  if (columnMajor)
    std::reverse(order.begin() + 2, order.end());
  Value flat;
  for (unsigned dim : order)
    flat =
        flat ? s.add(s.mul(flat, s.numberLike(flat, shape[dim])), position[dim])
             : position[dim];
  return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), flat);
}

/// The largest element, the first of equals, and its index. A NaN is never
/// larger.
static LogicalResult lowerMaxPool(NodeLowering &node) {
  FailureOr<Pool> pool = readPool(node);
  if (failed(pool))
    return failure();
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  bool isUnsigned = node.isUnsigned(0);
  SmallVector<RankedTensorType> types = {type};
  bool wantsIndices = node.node.getOutputs().size() > 1 &&
                      !isa<NoneType>(node.node.getOutputs()[1].getType());
  if (wantsIndices) {
    if (node.outputType(1) != type.clone(node.builder.getI64Type()))
      return node.error("Indices must be i64 in the shape of the output");
    types.push_back(node.outputType(1));
  }
  bool columnMajor = node.node.getInt("storage_order", 0) != 0;
  Value input = node.input(0);
  ArrayRef<int64_t> shape = node.inputType(0).getShape();
  return node.replaceWith(makePool(
      node, *pool, types,
      [&](OpBuilder &builder, Location loc, ValueRange output,
          ArrayRef<Positions> dims) {
        SmallVector<Value> inits = {arith::ConstantOp::create(
            builder, loc, getLowest(element, isUnsigned))};
        if (wantsIndices)
          inits.push_back(arith::ConstantOp::create(
              builder, loc, builder.getI64IntegerAttr(0)));
        return visitWindow(
            builder, loc, pool->window, dims, output.take_front(2), inits,
            [&](OpBuilder &inner, ValueRange at, ValueRange best) {
              ScalarBuilder s(inner, loc, isUnsigned);
              Value x = tensor::ExtractOp::create(inner, loc, input, at);
              Value isLarger = s.greater(x, best[0]);
              SmallVector<Value> next = {s.select(isLarger, x, best[0])};
              if (wantsIndices)
                next.push_back(s.select(
                    isLarger,
                    flattenPosition(inner, loc, shape, at, columnMajor),
                    best[1]));
              return next;
            });
      }));
}

//===----------------------------------------------------------------------===//
// AveragePool and LpPool
//===----------------------------------------------------------------------===//

namespace {
/// A number of the sum type made of an element, and an element of the output
/// made of the sum.
using PoolTerm = llvm::function_ref<Value(ScalarBuilder &, Value)>;
using PoolFinish =
    llvm::function_ref<Value(ScalarBuilder &, Value, ArrayRef<Positions>)>;
} // namespace

/// finish(sum of term(x) over each window), added up in `sumType`.
static Value makeSumPool(NodeLowering &node, const Pool &pool, Type sumType,
                         PoolTerm term, PoolFinish finish) {
  Value input = node.input(0);
  return makePool(
      node, pool, node.outputType(),
      [&](OpBuilder &builder, Location loc, ValueRange output,
          ArrayRef<Positions> dims) -> SmallVector<Value> {
        Value zero =
            arith::ConstantOp::create(builder, loc, getNumber(sumType, 0));
        Value sum = visitWindow(
            builder, loc, pool.window, dims, output.take_front(2), zero,
            [&](OpBuilder &inner, ValueRange at,
                ValueRange sums) -> SmallVector<Value> {
              ScalarBuilder s(inner, loc, false);
              Value x = tensor::ExtractOp::create(inner, loc, input, at);
              return {s.add(sums[0], term(s, x))};
            })[0];
        ScalarBuilder s(builder, loc, false);
        return {finish(s, sum, dims)};
      })[0];
}

/// Sums floats in the sum type, then `finish`es and rounds the sum.
static LogicalResult lowerSumPool(NodeLowering &node, const Pool &pool,
                                  PoolTerm term, PoolFinish finish) {
  Type type = node.outputType().getElementType();
  if (!isa<FloatType>(type))
    return node.error("only floats are supported, not ")
           << node.onnxInputElementType(0);
  Type sumType = getSumType(node, type);
  return node.replaceWith(makeSumPool(
      node, pool, sumType,
      [&](ScalarBuilder &s, Value x) { return term(s, s.cast(x, sumType)); },
      [&](ScalarBuilder &s, Value sum, ArrayRef<Positions> dims) {
        return s.cast(finish(s, sum, dims), type);
      }));
}

/// sum / count, where the count is that of the positions inside the input, or
/// inside the input with its pads.
static Value makeMean(NodeLowering &node, const Pool &pool, ScalarBuilder &s,
                      Value sum, ArrayRef<Positions> dims) {
  SmallVector<Positions> counted(dims);
  if (node.node.getInt("count_include_pad", 0) != 0)
    for (auto [dim, at] : llvm::enumerate(counted)) {
      Value end =
          s.add(at.start, s.numberLike(at.start, pool.window.getExtent(dim)));
      at.first = at.start;
      at.end = s.min(
          end, s.numberLike(end, pool.input[dim] + pool.window.after[dim]));
    }
  Value count = countPositions(s.builder, s.loc, pool.window, counted);
  count = arith::IndexCastOp::create(s.builder, s.loc, s.builder.getI64Type(),
                                     count);
  return s.div(sum,
               arith::SIToFPOp::create(s.builder, s.loc, sum.getType(), count));
}

static LogicalResult lowerAveragePool(NodeLowering &node) {
  FailureOr<Pool> pool = readPool(node);
  if (failed(pool))
    return failure();
  return lowerSumPool(
      node, *pool, [](ScalarBuilder &, Value x) { return x; },
      [&](ScalarBuilder &s, Value sum, ArrayRef<Positions> dims) {
        return makeMean(node, *pool, s, sum, dims);
      });
}

/// saturate(rne(mean of scale_x * (x - zero_x) / scale_y + zero_y)), each
/// operation rounded to f32, as onnxruntime computes it.
static LogicalResult lowerQLinearAveragePool(NodeLowering &node) {
  FailureOr<Pool> pool = readPool(node);
  if (failed(pool) || failed(requireBytes(node, 0)))
    return failure();
  Type code = node.onnxInputElementType(0);
  FailureOr<Value> xScale = makeScalarScale(node, 1);
  FailureOr<Value> xZero = makeScalarZeroPoint(node, 2, code);
  FailureOr<Value> yScale = makeScalarScale(node, 3);
  FailureOr<Value> yZero = makeScalarZeroPoint(node, 4, code);
  if (failed(xScale) || failed(xZero) || failed(yScale) || failed(yZero))
    return failure();
  auto read = [&](ScalarBuilder &s, Value parameter) {
    return tensor::ExtractOp::create(s.builder, s.loc, parameter, ValueRange());
  };
  Type f32 = node.builder.getF32Type();
  return node.replaceWith(makeSumPool(
      node, *pool, f32,
      [&](ScalarBuilder &s, Value x) {
        return makeReal(s, x, read(s, *xScale), read(s, *xZero), code);
      },
      [&](ScalarBuilder &s, Value sum, ArrayRef<Positions> dims) {
        Value mean = makeMean(node, *pool, s, sum, dims);
        Value zero = makeWideCode(s, read(s, *yZero), code);
        Value shifted =
            s.add(s.div(mean, read(s, *yScale)),
                  arith::SIToFPOp::create(s.builder, s.loc, f32, zero));
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(shifted),
                                 nullptr, code);
      }));
}

/// (sum |x|^p)^(1/p)
static LogicalResult lowerLpPool(NodeLowering &node) {
  FailureOr<Pool> pool = readPool(node);
  if (failed(pool))
    return failure();
  FailureOr<int64_t> p = readNorm(node);
  if (failed(p))
    return failure();
  auto power = [&](ScalarBuilder &s, Value x) {
    return s.power(s.unary<math::AbsFOp>(x), static_cast<double>(*p));
  };
  auto root = [&](ScalarBuilder &s, Value sum, ArrayRef<Positions>) {
    return s.power(sum, 1.0 / static_cast<double>(*p));
  };
  return lowerSumPool(node, *pool, power, root);
}

void setun::onnx::registerPooling(HandlerTable &table) {
  table["MaxPool"] = lowerMaxPool;
  table["AveragePool"] = lowerAveragePool;
  table["LpPool"] = lowerLpPool;
}

void setun::onnx::registerQLinearPooling(HandlerTable &microsoft) {
  microsoft["QLinearAveragePool"] = {lowerQLinearAveragePool, 4};
}
