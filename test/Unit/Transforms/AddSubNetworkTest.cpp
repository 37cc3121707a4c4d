// Add/sub networks: counts worked out by hand, random matrices against plain
// products, and proofs that must fail.
#include "lib/Transforms/AddSubNetwork.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace setun;
using ::testing::HasSubstr;

namespace {

using Codes = std::vector<int8_t>;
using Operation = AddSubNetwork::Operation;

constexpr int64_t maxInt32 = INT32_MAX;

std::string proveError(const AddSubNetwork &network,
                       const TernaryMatrix &matrix, int64_t maxInput = 128) {
  return llvm::toString(network.prove(matrix, maxInput, maxInt32));
}

/// The network's outputs for one input vector, node by node.
std::vector<int64_t> run(const AddSubNetwork &network,
                         std::vector<int64_t> values) {
  for (const AddSubNetwork::Node &node : network.nodes) {
    int64_t a = values[node.lhs], b = values[node.rhs];
    values.push_back(node.operation == Operation::Add        ? a + b
                     : node.operation == Operation::Subtract ? a - b
                                                             : -a);
  }
  std::vector<int64_t> outputs;
  for (int32_t output : network.outputs)
    outputs.push_back(output == AddSubNetwork::zero ? 0 : values[output]);
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
  TernaryMatrix matrix{4, 3, codes};
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
  EXPECT_EQ(network.outputs[0], network.outputs[1]);
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
  EXPECT_EQ(network.outputs[3], AddSubNetwork::zero);
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
  TernaryMatrix matrix{1000, 1000, codes};
  AddSubNetwork network = buildAddSubNetwork(matrix);
  EXPECT_LT(network.countAdders(), matrix.countPlainAdders() * 9 / 10);
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
      TernaryMatrix matrix{outputs, inputs, codes};
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
  EXPECT_EQ(a.outputs, b.outputs);
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
  network.outputs = {3, 4};
  EXPECT_EQ(proveError(network, {2, 3, codes}),
            "output 1 has coefficient 1 for input 2, expected -1");
}

TEST(AddSubNetwork, ProofFindsAWrongZero) {
  Codes codes = {0, 1};
  AddSubNetwork network;
  network.inputs = 2;
  network.outputs = {AddSubNetwork::zero};
  EXPECT_THAT(proveError(network, {1, 2, codes}), HasSubstr("expected 1"));
}

TEST(AddSubNetwork, ProofFindsAnOverflow) {
  Codes codes = {1, 1, 1};
  AddSubNetwork network;
  network.inputs = 3;
  network.nodes = {{0, 1, Operation::Add}, {3, 2, Operation::Add}};
  network.outputs = {4};
  EXPECT_EQ(proveError(network, {1, 3, codes}, maxInt32 / 3), "");
  EXPECT_THAT(proveError(network, {1, 3, codes}, maxInt32 / 3 + 1),
              HasSubstr("value 4 of the network can reach 3 times"));
}

TEST(AddSubNetwork, ProofRefusesForwardReferences) {
  Codes codes = {1, 1};
  AddSubNetwork network;
  network.inputs = 2;
  network.nodes = {{0, 2, Operation::Add}};
  network.outputs = {2};
  EXPECT_THAT(proveError(network, {1, 2, codes}),
              HasSubstr("does not exist yet"));
}

} // namespace
