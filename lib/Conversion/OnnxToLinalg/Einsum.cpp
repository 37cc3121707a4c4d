//===- Einsum.cpp - Sums of products by their indices ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Einsum of any number of operands, from left to right: indices that nobody
// else wants are summed up, two operands become a product of matrices (or, if
// they share no index that is summed, an elementwise one), the result is
// transposed.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "MatMul.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

/// The index of a dimension: a letter, or a dimension of `...`, which are
/// counted from the last one down.
using Label = int64_t;
constexpr Label kFirstEllipsis = 256;

using Labels = SmallVector<Label>;

struct Operand {
  Value value;
  Labels labels;

  RankedTensorType type() const {
    return cast<RankedTensorType>(value.getType());
  }
};

class EinsumLowering {
public:
  explicit EinsumLowering(NodeLowering &node) : node(node) {}

  LogicalResult run();

private:
  LogicalResult parse(StringRef equation);
  FailureOr<Labels> parseTerm(StringRef term, int64_t ellipsisRank);
  LogicalResult collectSizes(ArrayRef<Operand> operands);
  Labels getImplicitOutput() const;
  FailureOr<Operand> makeOperand(unsigned index);
  FailureOr<Operand> takeDiagonal(Operand operand);
  Operand arrange(Operand operand, ArrayRef<Label> order);
  Operand sumUp(Operand operand, ArrayRef<Label> wanted);
  FailureOr<Operand> multiply(Operand lhs, Operand rhs, ArrayRef<Label> wanted);
  SmallVector<int64_t> sizesOf(ArrayRef<Label> labels) const;
  int64_t countOf(ArrayRef<Label> labels) const;

  NodeLowering &node;
  /// The labels of each input, and of the output.
  SmallVector<Labels> terms;
  Labels output;
  llvm::MapVector<Label, int64_t> sizes;
};

} // namespace

//===----------------------------------------------------------------------===//
// The equation
//===----------------------------------------------------------------------===//

/// "a...b" with an ellipsis of rank 2 is a, E1, E0, b.
FailureOr<Labels> EinsumLowering::parseTerm(StringRef term,
                                            int64_t ellipsisRank) {
  Labels labels;
  for (bool hasEllipsis = false; !term.empty();) {
    if (!hasEllipsis && term.consume_front("...")) {
      hasEllipsis = true;
      for (int64_t i = ellipsisRank - 1; i >= 0; --i)
        labels.push_back(kFirstEllipsis + i);
      continue;
    }
    if (!llvm::isAlpha(term.front()))
      return node.error("the equation has '" + Twine(term.front()) +
                        "' where a letter or one '...' is expected");
    labels.push_back(term.front());
    term = term.drop_front();
  }
  return labels;
}

/// Without "->": the dimensions of the ellipsis, then what occurs once.
Labels EinsumLowering::getImplicitOutput() const {
  llvm::MapVector<Label, int> occurrences;
  for (const Labels &term : terms)
    for (Label label : term)
      ++occurrences[label];
  Labels ellipsis, letters;
  for (auto [label, count] : occurrences)
    if (label >= kFirstEllipsis)
      ellipsis.push_back(label);
    else if (count == 1)
      letters.push_back(label);
  llvm::sort(ellipsis, std::greater<>());
  llvm::sort(letters);
  ellipsis.append(letters);
  return ellipsis;
}

LogicalResult EinsumLowering::parse(StringRef equation) {
  std::string text = equation.str();
  llvm::erase_if(text, [](char c) { return c == ' '; });
  auto [left, right] = StringRef(text).split("->");
  bool hasOutput = text.find("->") != std::string::npos;
  SmallVector<StringRef> names;
  left.split(names, ',');
  if (names.size() != node.numInputs())
    return node.error("the equation has " + Twine(names.size()) +
                      " terms for " + Twine(node.numInputs()) + " inputs");
  int64_t ellipsisRank = 0;
  for (auto [index, name] : llvm::enumerate(names)) {
    if (!node.has(index))
      return node.error("input " + Twine(index) + " is missing");
    int64_t rank = node.inputType(index).getRank(), letters = name.size();
    bool hasEllipsis = name.contains("...");
    int64_t covered = hasEllipsis ? rank - (letters - 3) : 0;
    if (covered < 0 || (!hasEllipsis && letters != rank))
      return node.error("term '" + name + "' does not fit input " +
                        Twine(index) + " of rank " + Twine(rank));
    FailureOr<Labels> labels = parseTerm(name, covered);
    if (failed(labels))
      return failure();
    terms.push_back(*labels);
    ellipsisRank = std::max(ellipsisRank, covered);
  }
  if (!hasOutput) {
    output = getImplicitOutput();
    return success();
  }
  FailureOr<Labels> labels = parseTerm(right, ellipsisRank);
  if (failed(labels))
    return failure();
  output = *labels;
  return success();
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

SmallVector<int64_t> EinsumLowering::sizesOf(ArrayRef<Label> labels) const {
  return llvm::map_to_vector(labels,
                             [&](Label label) { return sizes.lookup(label); });
}

int64_t EinsumLowering::countOf(ArrayRef<Label> labels) const {
  return ShapedType::getNumElements(sizesOf(labels));
}

/// A label has one size, but 1 may stand for any.
LogicalResult EinsumLowering::collectSizes(ArrayRef<Operand> operands) {
  for (const Operand &operand : operands)
    for (auto [label, size] :
         llvm::zip(operand.labels, operand.type().getShape())) {
      int64_t &known = sizes.try_emplace(label, size).first->second;
      if (known == 1)
        known = size;
      else if (size != known && size != 1)
        return node.error("an index has size " + Twine(known) +
                          " in one place and " + Twine(size) + " in another");
    }
  for (auto [index, label] : llvm::enumerate(output))
    if (!sizes.contains(label) ||
        llvm::is_contained(ArrayRef(output).take_front(index), label))
      return node.error("each index of the output must occur in the inputs, "
                        "and once in the output");
  return success();
}

/// "ii": the elements whose positions agree.
FailureOr<Operand> EinsumLowering::takeDiagonal(Operand operand) {
  Labels unique;
  SmallVector<int64_t> shape, loopOf;
  for (auto [label, size] :
       llvm::zip(operand.labels, operand.type().getShape())) {
    auto known = llvm::find(unique, label);
    loopOf.push_back(known - unique.begin());
    if (known != unique.end()) {
      if (shape[loopOf.back()] != size)
        return node.error("an index that repeats has sizes " +
                          Twine(shape[loopOf.back()]) + " and " + Twine(size));
      continue;
    }
    unique.push_back(label);
    shape.push_back(size);
  }
  if (unique.size() == operand.labels.size())
    return operand;
  auto type = RankedTensorType::get(shape, operand.type().getElementType());
  Value diagonal = makeFromIndices(
      node, type, [&](OpBuilder &builder, ValueRange loops) -> Value {
        SmallVector<Value> at;
        for (int64_t loop : loopOf)
          at.push_back(loops[loop]);
        return tensor::ExtractOp::create(builder, node.loc, operand.value, at);
      });
  return Operand{diagonal, unique};
}

/// The operand with its dimensions in the order of `order`, which has exactly
/// its labels.
Operand EinsumLowering::arrange(Operand operand, ArrayRef<Label> order) {
  SmallVector<int64_t> permutation;
  for (Label label : order)
    permutation.push_back(llvm::find(operand.labels, label) -
                          operand.labels.begin());
  return {makeTranspose(node, operand.value, permutation), Labels(order)};
}

/// Sums over the labels that are not wanted.
Operand EinsumLowering::sumUp(Operand operand, ArrayRef<Label> wanted) {
  Labels kept, summed;
  for (Label label : operand.labels)
    (llvm::is_contained(wanted, label) ? kept : summed).push_back(label);
  if (summed.empty())
    return operand;
  Labels order = kept;
  order.append(summed);
  Operand arranged = arrange(operand, order);
  SmallVector<int64_t> shape(
      arranged.type().getShape().take_front(kept.size()));
  shape.push_back(ShapedType::getNumElements(
      arranged.type().getShape().drop_front(kept.size())));
  Value sum = makeSum(node, makeReshape(node, arranged.value, shape));
  Type element = operand.type().getElementType();
  auto type = cast<RankedTensorType>(sum.getType());
  if (type.getElementType() != element) // summed in double precision
    sum = *makeElementwise(node, type.clone(element), sum,
                           [&](OpBuilder &builder, ValueRange x) -> Value {
                             return arith::TruncFOp::create(builder, node.loc,
                                                            element, x[0]);
                           });
  return {sum, kept};
}

/// The product of two operands, summed over what both have and nobody wants.
FailureOr<Operand> EinsumLowering::multiply(Operand lhs, Operand rhs,
                                            ArrayRef<Label> wanted) {
  Labels batch, summed, left, right;
  for (Label label : lhs.labels) {
    bool isShared = llvm::is_contained(rhs.labels, label);
    bool isWanted = llvm::is_contained(wanted, label);
    (!isShared ? left : isWanted ? batch : summed).push_back(label);
  }
  for (Label label : rhs.labels)
    if (!llvm::is_contained(lhs.labels, label))
      right.push_back(label);
  auto join = [](ArrayRef<Label> a, ArrayRef<Label> b, ArrayRef<Label> c) {
    Labels all(a);
    llvm::append_range(all, b);
    llvm::append_range(all, c);
    return all;
  };
  Labels result = join(batch, left, right);
  lhs = arrange(lhs, join(batch, left, summed));
  rhs = arrange(rhs, join(batch, summed, right));
  int64_t b = countOf(batch), m = countOf(left), n = countOf(right),
          k = countOf(summed);
  Type element = lhs.type().getElementType();
  FailureOr<Value> product =
      summed.empty()
          ? makeElementwise(node, RankedTensorType::get({b, m, n}, element),
                            {makeReshape(node, lhs.value, {b, m, 1}),
                             makeReshape(node, rhs.value, {b, 1, n})},
                            [&](OpBuilder &builder, ValueRange x) {
                              ScalarBuilder s(builder, node.loc,
                                              /*isUnsigned=*/false);
                              return s.mul(x[0], x[1]);
                            })
      : batch.empty()
          ? makeMatMul(node, makeReshape(node, lhs.value, {m, k}),
                       makeReshape(node, rhs.value, {k, n}), {m, n})
          : makeMatMul(node, makeReshape(node, lhs.value, {b, m, k}),
                       makeReshape(node, rhs.value, {b, k, n}), {b, m, n});
  if (failed(product))
    return failure();
  return Operand{makeReshape(node, *product, sizesOf(result)), result};
}

LogicalResult EinsumLowering::run() {
  if (failed(parse(node.node.getString("equation", ""))))
    return failure();
  SmallVector<Operand> operands;
  Type element = node.outputType().getElementType();
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    if (node.inputType(i).getElementType() != element || element.isInteger(1))
      return node.error("expects numbers of one type");
    FailureOr<Operand> operand = takeDiagonal({node.input(i), terms[i]});
    if (failed(operand))
      return failure();
    operands.push_back(*operand);
  }
  if (failed(collectSizes(operands)))
    return failure();
  if (node.outputType().getShape() != ArrayRef(sizesOf(output)))
    return node.error("computes [")
           << sizesOf(output) << "], but the output is declared as ["
           << node.outputType().getShape() << "]";
  if (llvm::is_contained(llvm::make_second_range(sizes), 0))
    return node.replaceWith(
        makeFilled(node, node.outputType(), getNumber(element, 0)));

  Operand result;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    // A size of 1 that stands for another one is repeated.
    FailureOr<Value> whole =
        makeBroadcast(node, operand.value, sizesOf(operand.labels));
    if (failed(whole))
      return failure();
    operand.value = *whole;
    Labels wantedLater = output;
    for (const Operand &later : ArrayRef(operands).drop_front(index + 1))
      llvm::append_range(wantedLater, later.labels);
    Labels wanted = wantedLater;
    llvm::append_range(wanted, result.labels);
    Operand reduced = sumUp(operand, wanted);
    if (!result.value) {
      result = reduced;
      continue;
    }
    FailureOr<Operand> product = multiply(result, reduced, wantedLater);
    if (failed(product))
      return failure();
    result = sumUp(*product, wantedLater);
  }
  return node.replaceWith(arrange(result, output).value);
}

static LogicalResult lowerEinsum(NodeLowering &node) {
  return EinsumLowering(node).run();
}

void setun::onnx::registerEinsum(HandlerTable &table) {
  table["Einsum"] = lowerEinsum;
}
