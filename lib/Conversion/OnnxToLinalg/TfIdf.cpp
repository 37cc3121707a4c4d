//===- TfIdf.cpp - How often word sequences occur -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TfIdfVectorizer of integers: counts[index of g] is the number of places at
// which the n-gram g stands, with up to `max_skip_count` elements left out
// between each two of its own.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

/// All n-grams of one length, and the outputs that count them.
struct Grams {
  int64_t length;
  SmallVector<int64_t> elements; // [grams, length]
  SmallVector<int32_t> outputs;  // [grams]
};

/// What the attributes say.
struct Pool {
  SmallVector<Grams> grams;
  int64_t outputs = 0;
  int64_t skips = 0;
};

} // namespace

/// N-grams that are unrolled into comparisons have at most this length.
static constexpr int64_t kMaxLength = 64;

static FailureOr<Pool> readPool(NodeLowering &node) {
  ArrayRef<int64_t> none;
  NodeOp op = node.node;
  ArrayRef<int64_t> items = op.getInts("pool_int64s").value_or(none);
  ArrayRef<int64_t> starts = op.getInts("ngram_counts").value_or(none);
  ArrayRef<int64_t> indices = op.getInts("ngram_indexes").value_or(none);
  int64_t shortest = op.getInt("min_gram_length", 1);
  int64_t longest = op.getInt("max_gram_length", 1);
  Pool pool;
  pool.skips = op.getInt("max_skip_count", 0);
  if (op.getAttr("pool_strings"))
    return node.error("strings are not supported");
  if (shortest < 1 || longest < shortest || longest > kMaxLength)
    return node.error("the lengths of n-grams must lie between 1 and " +
                      Twine(kMaxLength));
  if (pool.skips < 0)
    return node.error("max_skip_count must not be negative");
  constexpr int64_t kMaxOutputs = 1 << 24;
  for (int64_t index : indices) {
    if (index < 0 || index >= kMaxOutputs)
      return node.error("index " + Twine(index) + " is out of range");
    pool.outputs = std::max(pool.outputs, index + 1);
  }
  size_t gram = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t size = static_cast<int64_t>(items.size());
    int64_t first = starts[i];
    int64_t end = i + 1 < starts.size() ? starts[i + 1] : size;
    int64_t length = static_cast<int64_t>(i) + 1;
    if (first < 0 || end < first || end > size || (end - first) % length != 0)
      return node.error("ngram_counts does not divide the pool into n-grams");
    size_t count = (end - first) / length;
    if (gram + count > indices.size())
      return node.error("ngram_indexes has fewer elements than there are "
                        "n-grams");
    if (length >= shortest && length <= longest && count > 0) {
      Grams &grams = pool.grams.emplace_back();
      grams.length = length;
      llvm::append_range(grams.elements, items.slice(first, end - first));
      for (int64_t index : indices.slice(gram, count))
        grams.outputs.push_back(static_cast<int32_t>(index));
    }
    gram += count;
  }
  return pool;
}

/// `counts` with all places of `grams` in `text`, [rows, words], counted.
static Value countGrams(NodeLowering &node, const Grams &grams, Value text,
                        Value counts, int64_t skips) {
  Location loc = node.loc;
  auto type = cast<RankedTensorType>(text.getType());
  int64_t rows = type.getDimSize(0), words = type.getDimSize(1);
  int64_t length = grams.length, number = grams.outputs.size();
  // Beyond this distance no two elements lie in the text.
  int64_t distances = length == 1 ? 1
                                  : std::min(std::min(skips, words) + 1,
                                             (words - 1) / (length - 1));
  if (distances < 1 || words < length)
    return counts;
  auto tableType =
      RankedTensorType::get({number, length}, node.builder.getI64Type());
  Value table = arith::ConstantOp::create(
      node.builder, loc,
      DenseIntElementsAttr::get(tableType, ArrayRef(grams.elements)));
  Value outputs = makePositionTable(node, grams.outputs);
  return makeUpdates(
      node, {rows, distances, words, number}, counts,
      [&](OpBuilder &builder, ValueRange at, Value sums) -> Value {
        ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
        Value distance = s.add(at[1], makeIndex(builder, loc, 1));
        Value last = makeIndex(builder, loc, words - 1), place = at[2], isHere;
        for (int64_t i = 0; i < length; ++i) {
          if (i > 0)
            place = s.add(place, distance);
          Value word = tensor::ExtractOp::create(
              builder, loc, text, ValueRange{at[0], s.min(place, last)});
          Value wanted = tensor::ExtractOp::create(
              builder, loc, table,
              ValueRange{at[3], makeIndex(builder, loc, i)});
          Value isSame = s.equal(toI64(builder, loc, word), wanted);
          isHere = isHere ? arith::AndIOp::create(builder, loc, isHere, isSame)
                                .getResult()
                          : isSame;
        }
        Value isInside = s.lessEqual(place, last);
        isHere = arith::AndIOp::create(builder, loc, isHere, isInside);
        Value output = arith::IndexCastOp::create(
            builder, loc, builder.getIndexType(),
            tensor::ExtractOp::create(builder, loc, outputs, at[3]));
        Value sum = tensor::ExtractOp::create(builder, loc, sums,
                                              ValueRange{at[0], output});
        Value one = arith::ExtUIOp::create(builder, loc, sum.getType(), isHere);
        return tensor::InsertOp::create(builder, loc, s.add(sum, one), sums,
                                        ValueRange{at[0], output});
      });
}

/// The weight of each output, which is that of its n-gram; nothing if all
/// are 1.
static FailureOr<std::optional<SmallVector<double>>>
readWeights(NodeLowering &node, int64_t outputs) {
  using Result = std::optional<SmallVector<double>>;
  std::optional<ArrayRef<float>> weights = node.node.getFloats("weights");
  if (!weights || node.node.getString("mode", "") == "TF")
    return Result();
  ArrayRef<int64_t> indices =
      node.node.getInts("ngram_indexes").value_or(ArrayRef<int64_t>());
  if (weights->size() != indices.size())
    return node.error("expects one weight for each of the " +
                      Twine(indices.size()) + " n-grams");
  SmallVector<double> byOutput(outputs, 0);
  llvm::BitVector isTaken(outputs);
  for (auto [index, weight] : llvm::zip(indices, *weights)) {
    if (isTaken.test(index))
      return node.error("two n-grams of different weights share output " +
                        Twine(index));
    isTaken.set(index);
    byOutput[index] = weight;
  }
  return Result(std::move(byOutput));
}

/// TF: the counts; IDF: the weights of those that are not 0; TFIDF: weight *
/// count. Weights that are not given are 1.
static LogicalResult lowerTfIdfVectorizer(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  StringRef mode = node.node.getString("mode", "");
  if (mode != "TF" && mode != "IDF" && mode != "TFIDF")
    return node.error("mode '" + mode + "' is not one of TF, IDF, TFIDF");
  FailureOr<Pool> pool = readPool(node);
  if (failed(pool))
    return failure();
  if (type.getRank() > 2 || !isa<IntegerType>(type.getElementType()))
    return node.error("expects integers of rank 1 or 2");
  SmallVector<int64_t> shape(type.getShape().drop_back(type.getRank() > 0));
  shape.push_back(pool->outputs);
  RankedTensorType resultType = node.outputType();
  if (resultType.getShape() != ArrayRef(shape) ||
      !resultType.getElementType().isF32())
    return node.error("the output must be of float32, [") << shape << "]";
  FailureOr<std::optional<SmallVector<double>>> weights =
      readWeights(node, pool->outputs);
  if (failed(weights))
    return failure();

  int64_t words = type.getRank() == 0 ? 1 : type.getShape().back();
  int64_t rows = type.getRank() == 2 ? type.getDimSize(0) : 1;
  Value text = makeReshape(node, node.input(0), {rows, words});
  IntegerType i32 = node.builder.getI32Type();
  auto countsType = RankedTensorType::get({rows, pool->outputs}, i32);
  Value counts = makeFilled(node, countsType, getNumber(i32, 0));
  if (words > 0)
    for (const Grams &grams : pool->grams)
      counts = countGrams(node, grams, text, counts, pool->skips);

  Type f32 = resultType.getElementType();
  SmallVector<Value> inputs = {counts};
  if (*weights)
    inputs.push_back(makeFloatTable(node, f32, **weights, "weights"));
  FailureOr<Value> result = makeElementwise(
      node, countsType.clone(f32), inputs,
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value count = s.toFloat(x[0], cast<FloatType>(f32));
        Value weight = x.size() > 1 ? x[1] : s.numberLike(count, 1);
        if (mode == "IDF")
          return s.select(s.equal(x[0], s.numberLike(x[0], 0)),
                          s.numberLike(count, 0), weight);
        return x.size() > 1 ? s.mul(weight, count) : count;
      });
  return failed(result) ? failure() : replaceByReshaped(node, *result);
}

void setun::onnx::registerTfIdf(HandlerTable &table) {
  table["TfIdfVectorizer"] = lowerTfIdfVectorizer;
}
