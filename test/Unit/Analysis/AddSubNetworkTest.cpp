// Add/sub networks: counts worked out by hand, random matrices against plain
// products, and proofs that must fail.
#include "setun/Analysis/AddSubNetwork.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace setun;
using ::testing::HasSubstr;

namespace {

using Codes = std::vector<int16_t>;
using Operation = AddSubNetwork::Operation;

constexpr int64_t maxInt32 = INT32_MAX;

std::string proveError(const AddSubNetwork &network,
                       const IntegerMatrix &matrix, int64_t maxInput = 128) {
  return llvm::toString(network.prove(matrix, maxInput, maxInt32));
}

/// The network's outputs for one input vector, node by node.
std::vector<int64_t> run(const AddSubNetwork &network,
                         std::vector<int64_t> values) {
  for (const AddSubNetwork::Node &node : network.nodes) {
    int64_t a = values[node.lhs] * (1 << node.lhsShift);
    int64_t b = values[node.rhs] * (1 << node.rhsShift);
    values.push_back(node.operation == Operation::Add        ? a + b
                     : node.operation == Operation::Subtract ? a - b
                                                             : -a);
  }
  std::vector<int64_t> outputs;
  for (AddSubNetwork::Output output : network.outputs)
    outputs.push_back(output.value == AddSubNetwork::zero
                          ? 0
                          : values[output.value] * (1 << output.shift));
  return outputs;
}

std::vector<std::pair<int, int>> getOutputs(const AddSubNetwork &network) {
  std::vector<std::pair<int, int>> outputs;
  for (AddSubNetwork::Output output : network.outputs)
    outputs.push_back({output.value, output.shift});
  return outputs;
}

Codes makeRandomCodes(int64_t count, double density, unsigned seed) {
  std::mt19937 random(seed);
  Codes codes;
  for (int64_t i = 0; i < count; ++i) {
    bool isZero = random() % 1000 >= density * 1000;
    codes.push_back(isZero ? 0 : random() % 2 ? 1 : -1);
  }
  return codes;
}

TEST(AddSubNetwork, CountsAddersWithoutSharing) {
  Codes codes = {1,  1,  1,  //
                 0,  0,  0,  //
                 -1, 0,  -1, //
                 0,  -1, 0};
  IntegerMatrix matrix{4, 3, codes};
  EXPECT_EQ(matrix.countNonzeros(), 6);
  // 2 for the first row; a sum and a negation; a negation.
  EXPECT_EQ(matrix.countPlainAdders(), 2 + 2 + 1);
}

TEST(AddSubNetwork, SharesACommonPair) {
  // x0 + x1 occurs in every row, once negated.
  Codes codes = {1,  1,  1, 0, //
                 1,  1,  0, 1, //
                 -1, -1, 1, 0};
  AddSubNetwork network = buildAddSubNetwork({3, 4, codes});
  EXPECT_EQ(network.countAdders(), 4);
  EXPECT_EQ(proveError(network, {3, 4, codes}), "");
}

TEST(AddSubNetwork, EqualRowsAreOneValue) {
  Codes codes = {1, -1, 1, //
                 1, -1, 1};
  AddSubNetwork network = buildAddSubNetwork({2, 3, codes});
  EXPECT_EQ(network.countAdders(), 2);
  EXPECT_EQ(network.outputs[0].value, network.outputs[1].value);
}

TEST(AddSubNetwork, OnlyNegativeRowsNegate) {
  Codes codes = {-1, -1, //
                 -1, 0,  //
                 -1, 1,  //
                 0,  0};
  AddSubNetwork network = buildAddSubNetwork({4, 2, codes});
  int64_t negations = 0;
  for (const AddSubNetwork::Node &node : network.nodes)
    negations += node.operation == Operation::Negate;
  EXPECT_EQ(negations, 2);
  EXPECT_EQ(network.countAdders(), 4);
  EXPECT_EQ(network.outputs[3].value, AddSubNetwork::zero);
  EXPECT_EQ(run(network, {5, 7}), (std::vector<int64_t>{-12, -5, 2, 0}));
}

TEST(AddSubNetwork, EachValueIsNegatedOnce) {
  // 500 outputs, but only 8 different ones.
  Codes codes;
  for (int n = 0; n < 500; ++n)
    for (int k = 0; k < 3; ++k)
      codes.push_back((n >> k) % 2 ? 1 : -1);
  AddSubNetwork network = buildAddSubNetwork({500, 3, codes});
  EXPECT_EQ(proveError(network, {500, 3, codes}), "");
  EXPECT_LE(network.countAdders(), 12);
}

TEST(AddSubNetwork, LongRowsStayFast) {
  // Nothing to share in one row, and too many columns to look at all pairs.
  Codes codes(300000, 1);
  AddSubNetwork network = buildAddSubNetwork({1, 300000, codes});
  EXPECT_EQ(network.countAdders(), 299999);
  EXPECT_EQ(proveError(network, {1, 300000, codes}, /*maxInput=*/1), "");
}

TEST(AddSubNetwork, SparseMatricesShareToo) {
  Codes codes = makeRandomCodes(1000 * 1000, 0.02, 5);
  IntegerMatrix matrix{1000, 1000, codes};
  AddSubNetwork network = buildAddSubNetwork(matrix);
  EXPECT_LT(network.countAdders(), matrix.countPlainAdders() * 9 / 10);
}

int64_t countFor(int64_t outputs, int64_t inputs, const Codes &codes,
                 int64_t maxDepth = 0) {
  IntegerMatrix matrix{outputs, inputs, codes};
  AddSubNetwork network = buildAddSubNetwork(matrix, {maxDepth});
  EXPECT_EQ(proveError(network, matrix), "");
  if (maxDepth)
    EXPECT_LE(network.getDepth(), maxDepth);
  return network.countAdders();
}

std::string printDigits(int64_t number) {
  std::string text;
  for (SignedDigit digit : getSignedDigits(number))
    text += (digit.negative ? "-" : "+") + std::to_string(1 << digit.shift);
  return text;
}

TEST(AddSubNetwork, SignedDigitsAreCanonical) {
  EXPECT_EQ(printDigits(0), "");
  EXPECT_EQ(printDigits(1), "+1");
  EXPECT_EQ(printDigits(7), "-1+8");
  EXPECT_EQ(printDigits(-7), "+1-8");
  EXPECT_EQ(printDigits(-128), "-128");
  EXPECT_EQ(printDigits(255), "-1+256");
  EXPECT_EQ(printDigits(85), "+1+4+16+64");
  EXPECT_EQ(printDigits(-3), "+1-4");
}

TEST(AddSubNetwork, MultiplesOfOneInput) {
  // Shifts are free; 7 = 8 - 1; 45 = (16 - 1) * 3; 85 = (1 + 4) * (1 + 16).
  EXPECT_EQ(countFor(1, 1, {8}), 0);
  EXPECT_EQ(countFor(1, 1, {-8}), 1);
  EXPECT_EQ(countFor(1, 1, {7}), 1);
  EXPECT_EQ(countFor(1, 1, {45}), 2);
  EXPECT_EQ(countFor(1, 1, {85}), 2);
  EXPECT_EQ(countFor(4, 1, {3, 6, 12, 96}), 1);
  // 7 = 8 - 1, 9 = 8 + 1, and 63 = 64 - 1.
  EXPECT_EQ(countFor(3, 1, {7, 9, 63}), 3);
}

TEST(AddSubNetwork, SharesShiftedPairs) {
  // x0 + 2 x1 in all rows: shifted, negated, beside others.
  EXPECT_EQ(countFor(3, 3,
                     {1, 2, 0, //
                      4, 8, 1, //
                      -2, -4, 1}),
            3);
  // 3 x0 + 5 x1, and 8 times that less x1.
  EXPECT_EQ(countFor(2, 2,
                     {3, 5, //
                      24, 39}),
            4);
}

TEST(AddSubNetwork, RowsThatDifferByLittle) {
  // 25 without sharing; each row is the one before and an input at most.
  EXPECT_LE(countFor(4, 4,
                     {3, 7, 5, 11, //
                      3, 7, 5, 12, //
                      3, 7, 6, 12, //
                      -6, -14, -12, -24}),
            9);
}

TEST(AddSubNetwork, DepthIsLimited) {
  // x0 + .. + xn for all n: one addition each in a chain, but not at depth 3.
  Codes codes;
  for (int n = 1; n < 8; ++n)
    for (int k = 0; k < 8; ++k)
      codes.push_back(k <= n);
  EXPECT_EQ(countFor(7, 8, codes), 7);
  // No circuit for prefix sums has a size and depth below 2 * 8 - 2 together.
  int64_t flat = countFor(7, 8, codes, /*maxDepth=*/3);
  EXPECT_GE(flat, 11);
  EXPECT_LE(flat, 13);
  // No network of 8 terms is flatter than 3.
  IntegerMatrix matrix{7, 8, codes};
  EXPECT_EQ(buildAddSubNetwork(matrix, {1}).getDepth(), 3);
}

TEST(AddSubNetwork, RandomIntegersOfManyShapes) {
  std::mt19937 random(7);
  for (auto [outputs, inputs] :
       {std::pair(1, 1), {1, 20}, {20, 1}, {9, 13}, {16, 16}, {30, 8}})
    for (auto [min, max] : {std::pair(-1, 0), {-8, 7}, {-128, 127}, {0, 255}})
      for (int64_t maxDepth : {0, 1, 8}) {
        Codes codes;
        for (int64_t i = 0; i < outputs * inputs; ++i)
          codes.push_back(min + int(random() % (max - min + 1)));
        IntegerMatrix matrix{outputs, inputs, codes};
        AddSubNetwork network = buildAddSubNetwork(matrix, {maxDepth});
        EXPECT_EQ(proveError(network, matrix), "");
        EXPECT_LE(network.countAdders(), matrix.countPlainAdders());
        if (maxDepth == 8)
          EXPECT_LE(network.getDepth(), 8);
        std::vector<int64_t> x, expected(outputs, 0);
        for (int64_t k = 0; k < inputs; ++k)
          x.push_back(int64_t(random() % 256) - 128);
        for (int64_t n = 0; n < outputs; ++n)
          for (int64_t k = 0; k < inputs; ++k)
            expected[n] += matrix.at(n, k) * x[k];
        EXPECT_EQ(run(network, x), expected);
      }
}

TEST(AddSubNetwork, ProofLooksAtShiftedOperands) {
  // 7 x fits, but not 8 x.
  Codes codes = {7};
  AddSubNetwork network;
  network.inputs = 1;
  network.nodes = {{0, 0, Operation::Subtract, 3, 0}};
  network.outputs = {{1}};
  EXPECT_EQ(proveError(network, {1, 1, codes}, maxInt32 / 8), "");
  EXPECT_THAT(proveError(network, {1, 1, codes}, maxInt32 / 7),
              HasSubstr("value 0 of the network can reach 8 times"));
  network.nodes[0].lhsShift = 40;
  EXPECT_THAT(proveError(network, {1, 1, codes}),
              HasSubstr("is shifted by 40, expected 0 to 31"));
}

TEST(AddSubNetwork, ProofLooksAtShiftedOutputs) {
  Codes codes = {8};
  AddSubNetwork network;
  network.inputs = 1;
  network.outputs = {{0, 3}};
  EXPECT_EQ(proveError(network, {1, 1, codes}), "");
  EXPECT_THAT(proveError(network, {1, 1, codes}, maxInt32 / 7),
              HasSubstr("can reach 8 times"));
  network.outputs = {{0, 2}};
  EXPECT_EQ(proveError(network, {1, 1, codes}),
            "output 0 has coefficient 4 for input 0, expected 8");
}

TEST(AddSubNetwork, RandomMatricesOfManyShapes) {
  unsigned seed = 0;
  for (auto [outputs, inputs] : {std::pair(1, 1),
                                 {1, 9},
                                 {9, 1},
                                 {7, 13},
                                 {64, 64},
                                 {65, 33},
                                 {10, 200},
                                 {200, 10}})
    for (double density : {0.0, 0.1, 0.5, 1.0}) {
      Codes codes = makeRandomCodes(outputs * inputs, density, ++seed);
      IntegerMatrix matrix{outputs, inputs, codes};
      AddSubNetwork network = buildAddSubNetwork(matrix);
      EXPECT_EQ(proveError(network, matrix), "");
      EXPECT_LE(network.countAdders(), matrix.countPlainAdders());
      std::vector<int64_t> x, expected(outputs, 0);
      for (int64_t k = 0; k < inputs; ++k)
        x.push_back(k % 3 ? 127 - k : -128);
      for (int64_t n = 0; n < outputs; ++n)
        for (int64_t k = 0; k < inputs; ++k)
          expected[n] += matrix.at(n, k) * x[k];
      EXPECT_EQ(run(network, x), expected);
    }
}

TEST(AddSubNetwork, DenseBinaryMatrixNeedsAQuarterAtMost) {
  Codes codes = makeRandomCodes(64 * 64, 1.0, 1);
  AddSubNetwork network = buildAddSubNetwork({64, 64, codes});
  EXPECT_LT(network.countAdders(), 4096 / 4);
}

TEST(AddSubNetwork, SearchIsDeterministic) {
  Codes codes = makeRandomCodes(40 * 50, 0.6, 3);
  AddSubNetwork a = buildAddSubNetwork({40, 50, codes});
  AddSubNetwork b = buildAddSubNetwork({40, 50, codes});
  EXPECT_EQ(getOutputs(a), getOutputs(b));
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].lhs, b.nodes[i].lhs);
    EXPECT_EQ(a.nodes[i].rhs, b.nodes[i].rhs);
    EXPECT_EQ(a.nodes[i].operation, b.nodes[i].operation);
  }
}

TEST(AddSubNetwork, ProofFindsAWrongCoefficient) {
  Codes codes = {1, 1, 0, //
                 0, 1, -1};
  AddSubNetwork network;
  network.inputs = 3;
  network.nodes = {{0, 1, Operation::Add}, {1, 2, Operation::Add}};
  network.outputs = {{3}, {4}};
  EXPECT_EQ(proveError(network, {2, 3, codes}),
            "output 1 has coefficient 1 for input 2, expected -1");
}

TEST(AddSubNetwork, ProofFindsAWrongZero) {
  Codes codes = {0, 1};
  AddSubNetwork network;
  network.inputs = 2;
  network.outputs = {{AddSubNetwork::zero}};
  EXPECT_THAT(proveError(network, {1, 2, codes}), HasSubstr("expected 1"));
}

TEST(AddSubNetwork, ProofFindsAnOverflow) {
  Codes codes = {1, 1, 1};
  AddSubNetwork network;
  network.inputs = 3;
  network.nodes = {{0, 1, Operation::Add}, {3, 2, Operation::Add}};
  network.outputs = {{4}};
  EXPECT_EQ(proveError(network, {1, 3, codes}, maxInt32 / 3), "");
  EXPECT_THAT(proveError(network, {1, 3, codes}, maxInt32 / 3 + 1),
              HasSubstr("value 4 of the network can reach 3 times"));
}

TEST(AddSubNetwork, ProofRefusesForwardReferences) {
  Codes codes = {1, 1};
  AddSubNetwork network;
  network.inputs = 2;
  network.nodes = {{0, 2, Operation::Add}};
  network.outputs = {{2}};
  EXPECT_THAT(proveError(network, {1, 2, codes}),
              HasSubstr("does not exist yet"));
}

} // namespace
