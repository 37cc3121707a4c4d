//===- ValueBounds.cpp - Which integers a tensor can hold -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Analysis/ValueBounds.h"

#include "dialects/Onnx/Onnx.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {

using lowbit::CodeRange;

static CodeRange unite(CodeRange a, CodeRange b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max)};
}

CodeRange ValueBounds::getHull() const {
  CodeRange hull = ranges.front();
  for (CodeRange range : ranges)
    hull = unite(hull, range);
  return hull;
}

/// Behind so many ops a value has the bounds of its type.
constexpr unsigned kMaxDepth = 64;

namespace {
/// One question. Values that several ops read are looked at once.
class Search {
public:
  ValueBounds getBounds(Value value);
  CodeRange getHull(Value value) { return getBounds(value).getHull(); }

private:
  ValueBounds findBounds(Operation *producer, CodeRange all);

  llvm::DenseMap<Value, ValueBounds> known;
  unsigned depth = 0;
};
} // namespace

static CodeRange getTypeBounds(Type element) {
  if (lowbit::isCode(element))
    return lowbit::getCodeRange(element);
  return element.isInteger(64) ? CodeRange{INT64_MIN, INT64_MAX}
                               : CodeRange{INT32_MIN, INT32_MAX};
}

/// Of any product: what its verifier knows.
static ValueBounds getProductBoundsOfTypes(lowbit::ProductOp op,
                                           int64_t rhsZeroPoint = 0) {
  CodeRange all = getTypeBounds(op.getResult().getType().getElementType());
  int64_t limit = lowbit::getProductBound(
      {op.getLhs().getType().getElementType(), int64_t(op.getLhsZeroPoint())},
      {op.getRhs().getType().getElementType(), rhsZeroPoint}, op.getTerms(),
      op.getBias().value_or(ArrayRef<int64_t>()));
  if (limit == INT64_MAX)
    return {{all}, 0};
  return {{{std::max(all.min, -limit), std::min(all.max, limit)}}, 0};
}

/// bias[n] + sum_k w[n][k] * x_k, each x_k anywhere in `x`. Nothing is added up
/// that the verifier has not bounded already.
static ValueBounds getProductBounds(lowbit::ProductOp op, CodeRange x,
                                    int64_t axis) {
  RankedTensorType type = op.getResult().getType();
  auto weights = op.getRhs().getDefiningOp<lowbit::ConstantOp>();
  RankedTensorType rhs = op.getRhs().getType();
  ValueBounds bounds;
  bounds.axis = axis;
  int64_t outputs = type.getDimSize(axis);
  if (!weights || lowbit::getLayout(rhs) || outputs == 0 ||
      rhs.getDimSize(0) != outputs)
    return getProductBoundsOfTypes(op);
  lowbit::CodeArray codes = weights.getCodes();
  int64_t inputs = codes.size() / outputs;
  for (int64_t n = 0; n < outputs; ++n) {
    int64_t bias = op.getBias() ? (*op.getBias())[n] : 0;
    int64_t positive = 0, negative = 0;
    for (int64_t w : codes.slice(n * inputs, inputs))
      (w < 0 ? negative : positive) += w;
    bounds.ranges.push_back({bias + positive * x.min + negative * x.max,
                             bias + positive * x.max + negative * x.min});
  }
  return bounds;
}

static ValueBounds getMatmulBounds(lowbit::MatmulOp op, Search &search) {
  auto product = cast<lowbit::ProductOp>(op.getOperation());
  if (op.getRhsZeroPoint() != 0 || op.getRhs().getType().getRank() != 2)
    return getProductBoundsOfTypes(product, op.getRhsZeroPoint());
  CodeRange x = search.getHull(op.getLhs());
  int64_t zero = op.getLhsZeroPoint();
  return getProductBounds(product, {x.min - zero, x.max - zero},
                          op.getType().getRank() - 1);
}

static ValueBounds getConvBounds(lowbit::ConvOp op, Search &search) {
  CodeRange x = search.getHull(op.getLhs());
  if (op.getWindow().isPadded())
    x = unite(x, {op.getPaddingCode(), op.getPaddingCode()});
  int64_t zero = op.getLhsZeroPoint();
  return getProductBounds(cast<lowbit::ProductOp>(op.getOperation()),
                          {x.min - zero, x.max - zero}, /*axis=*/1);
}

/// Does each window of a MaxPool see an element?
static bool seesElements(onnx::NodeOp node) {
  auto size = node.getInts("kernel_shape"), pads = node.getInts("pads"),
       dilations = node.getInts("dilations");
  auto isOne = [](int64_t d) { return d == 1; };
  if (!size || node.getInt("ceil_mode", 0) != 0 ||
      (dilations && !llvm::all_of(*dilations, isOne)))
    return false;
  for (size_t i = 0; pads && i < pads->size(); ++i)
    if ((*pads)[i] >= (*size)[i % size->size()])
      return false;
  return true;
}

/// Operators that choose among the elements of their inputs.
static CodeRange getNodeBounds(onnx::NodeOp node, CodeRange all,
                               Search &search) {
  if (!node.getDomain().empty() || node.getInputs().empty())
    return all;
  auto of = [&](unsigned i) { return search.getHull(node.getInputs()[i]); };
  StringRef name = node.getOpType();
  bool isMax = name == "Max";
  if (isMax || name == "Min") {
    CodeRange range = of(0);
    for (unsigned i = 1; i < node.getInputs().size(); ++i) {
      CodeRange next = of(i);
      range = isMax ? CodeRange{std::max(range.min, next.min),
                                std::max(range.max, next.max)}
                    : CodeRange{std::min(range.min, next.min),
                                std::min(range.max, next.max)};
    }
    return range;
  }
  if (llvm::is_contained({"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                          "Identity", "Transpose", "DepthToSpace"},
                         name))
    return of(0);
  if (name == "MaxPool")
    return seesElements(node) ? of(0) : unite(of(0), {all.min, all.min});
  return all;
}

ValueBounds Search::getBounds(Value value) {
  CodeRange all = getTypeBounds(getElementTypeOrSelf(value.getType()));
  Operation *producer = value.getDefiningOp();
  if (!producer || depth == kMaxDepth)
    return {{all}, 0};
  if (auto found = known.find(value); found != known.end())
    return found->second;
  ++depth;
  ValueBounds bounds = findBounds(producer, all);
  --depth;
  known[value] = bounds;
  return bounds;
}

ValueBounds Search::findBounds(Operation *producer, CodeRange all) {
  auto one = [](CodeRange range) { return ValueBounds{{range}, 0}; };
  return llvm::TypeSwitch<Operation *, ValueBounds>(producer)
      .Case([&](lowbit::MatmulOp op) { return getMatmulBounds(op, *this); })
      .Case([&](lowbit::ConvOp op) { return getConvBounds(op, *this); })
      .Case([&](lowbit::QuantizeOp op) {
        return one(lowbit::getCodeRange(op.getType().getElementType(),
                                        op.getNarrow()));
      })
      .Case([&](lowbit::RequantizeOp op) {
        return one({int64_t(op.getLo()), int64_t(op.getHi())});
      })
      .Case([&](lowbit::ThresholdOp op) {
        if (isa<lowbit::BipolarType>(op.getType().getElementType()))
          return one(all);
        int64_t first = op.getFirstCode();
        return one({first, first + op.getThresholds().getType().getDimSize(1)});
      })
      .Case<lowbit::ReshapeOp, lowbit::TransposeOp>(
          [&](auto op) { return one(getHull(op.getInput())); })
      .Case([&](lowbit::PoolOp op) {
        CodeRange input = getHull(op.getInput());
        // A window may lie outside of the image.
        return one(op.getWindow().isPadded() ? unite(input, {all.min, all.min})
                                             : input);
      })
      .Case([&](lowbit::SumPoolOp op) {
        // Any number of the positions may lie outside of the image.
        CodeRange x = getHull(op.getInput());
        int64_t zero = op.getZeroPoint(), n = op.getWindow().getPositions();
        x = {n * (x.min - zero), n * (x.max - zero)};
        return one(op.getWindow().isPadded() ? unite(x, {0, 0}) : x);
      })
      .Case([&](lowbit::PadOp op) {
        int64_t code = op.getCode();
        return one(unite(getHull(op.getInput()), {code, code}));
      })
      .Case([&](onnx::NodeOp op) { return one(getNodeBounds(op, all, *this)); })
      .Default([&](Operation *) { return one(all); });
}

ValueBounds getValueBounds(Value value) { return Search().getBounds(value); }

} // namespace setun
