// The expected numbers are arithmetic by hand on the constants of Horowitz,
// ISSCC 2014.
#include "setun/Analysis/EnergyModel.h"

#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace setun;

namespace {

TEST(EnergyModelTest, IntegerAddersAreLinearInBits) {
  EXPECT_DOUBLE_EQ(getIntegerAddEnergy(8), 0.03);
  EXPECT_DOUBLE_EQ(getIntegerAddEnergy(32), 0.1);
  EXPECT_DOUBLE_EQ(getIntegerAddEnergy(4), 0.015);
  EXPECT_DOUBLE_EQ(getIntegerAddEnergy(20), 0.065);        // half way
  EXPECT_NEAR(getIntegerAddEnergy(64), 0.193333333, 1e-9); // 0.03 + 0.07 * 7/3
}

TEST(EnergyModelTest, IntegerMultipliersAreLinearInTheProductOfWidths) {
  EXPECT_DOUBLE_EQ(getIntegerMultiplyEnergy(8, 8), 0.2);
  EXPECT_DOUBLE_EQ(getIntegerMultiplyEnergy(32, 32), 3.1);
  EXPECT_DOUBLE_EQ(getIntegerMultiplyEnergy(8, 2), 0.05);
  EXPECT_DOUBLE_EQ(getIntegerMultiplyEnergy(2, 8), 0.05);
  // 0.2 + 2.9 * (128 - 64) / (1024 - 64)
  EXPECT_NEAR(getIntegerMultiplyEnergy(8, 16), 0.393333333, 1e-9);
}

TEST(EnergyModelTest, FloatsOfUpTo16BitsCostTheSame) {
  EXPECT_DOUBLE_EQ(getFloatAddEnergy(8), 0.4);
  EXPECT_DOUBLE_EQ(getFloatAddEnergy(16), 0.4);
  EXPECT_DOUBLE_EQ(getFloatAddEnergy(32), 0.9);
  EXPECT_DOUBLE_EQ(getFloatAddEnergy(64), 1.9);
  EXPECT_DOUBLE_EQ(getFloatMultiplyEnergy(8), 1.1);
  EXPECT_DOUBLE_EQ(getFloatMultiplyEnergy(16), 1.1);
  EXPECT_DOUBLE_EQ(getFloatMultiplyEnergy(32), 3.7);
  // 1.1 + 2.6 * (4096 - 256) / (1024 - 256)
  EXPECT_DOUBLE_EQ(getFloatMultiplyEnergy(64), 14.1);
}

TEST(EnergyModelTest, TakesTheSmallestMemoryThatFits) {
  EXPECT_DOUBLE_EQ(getMemoryLevel(0).picojoulesPerByte, 1.25);
  EXPECT_DOUBLE_EQ(getMemoryLevel(8192).picojoulesPerByte, 1.25);
  EXPECT_DOUBLE_EQ(getMemoryLevel(8193).picojoulesPerByte, 2.5);
  EXPECT_DOUBLE_EQ(getMemoryLevel(32768).picojoulesPerByte, 2.5);
  EXPECT_DOUBLE_EQ(getMemoryLevel(32769).picojoulesPerByte, 12.5);
  EXPECT_DOUBLE_EQ(getMemoryLevel(1048576).picojoulesPerByte, 12.5);
  EXPECT_DOUBLE_EQ(getMemoryLevel(1048577).picojoulesPerByte, 162.5);
  EXPECT_DOUBLE_EQ(getMemoryLevel(INT64_MAX).picojoulesPerByte, 162.5);
}

struct EnergyOfLayers : testing::Test {
  MLIRContext context;

  LayerFacts makeLayer(StringRef op, unsigned inputBits, unsigned outputBits) {
    LayerFacts layer(UnknownLoc::get(&context));
    layer.op = op.str();
    layer.inputBits = inputBits;
    layer.outputBits = outputBits;
    layer.outputShape = {1, 3};
    return layer;
  }

  /// 4 codes of 8 bits times 12 ternary weights, packed in 6 bytes.
  LayerFacts makeTernaryProduct() {
    LayerFacts layer = makeLayer("matmul", 8, 32);
    layer.isProduct = layer.isInteger = true;
    layer.weightBits = 2;
    layer.weights = layer.macs = layer.additions = 12;
    layer.weightBytes = 6;
    layer.operations = {0, 12};
    return layer;
  }
};

TEST_F(EnergyOfLayers, TernaryProduct) {
  LayerFacts layer = makeTernaryProduct();
  // 12 additions of 32 bits.
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Compiled), 1.2);
  // 12 * (3.7 + 0.9)
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Float32), 55.2);
  // 12 * (0.2 + 0.1), and 3 sums requantised for 3.1 + 0.1
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Int8), 13.2);
  EXPECT_EQ(getWeightBytes(layer, NumberFormat::Compiled), 6);
  EXPECT_EQ(getWeightBytes(layer, NumberFormat::Float32), 48);
  EXPECT_EQ(getWeightBytes(layer, NumberFormat::Int8), 12);
}

TEST_F(EnergyOfLayers, MultipliedProduct) {
  LayerFacts layer = makeTernaryProduct();
  layer.weightBits = 4;
  layer.operations = {12, 12};
  // 12 * (0.2 * 32/64 + 0.1)
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Compiled), 2.4);
  // Two activations: both of the input's width.
  layer.weightBits = 0;
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Compiled), 3.6);
}

TEST_F(EnergyOfLayers, QuantizersAreNoPartOfTheReferences) {
  LayerFacts layer = makeLayer("quantize", 32, 4);
  layer.operations = {3, 3};
  // In float: 3 * (3.7 + 0.9)
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Compiled), 13.8);
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Float32), 0);
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Int8), 0);
}

TEST_F(EnergyOfLayers, OtherOperatorsAreTheSameInEachFormat) {
  LayerFacts layer = makeLayer("Relu", 32, 32);
  layer.operations = {0, 3};
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Compiled), 2.7);
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Float32), 2.7);
  EXPECT_DOUBLE_EQ(getComputeEnergy(layer, NumberFormat::Int8), 0.09);
}

TEST_F(EnergyOfLayers, Model) {
  std::vector<LayerFacts> layers = {makeLayer("quantize", 32, 8),
                                    makeTernaryProduct()};
  layers[0].operations = {4, 4};
  MemoryFacts memory;
  // Four floats in, four codes between the steps with scratch of three sums
  // behind them, three sums out.
  BufferFacts input, codes, sums, output;
  input.elements = 4, input.bytes = 16, input.isValue = true;
  codes.offset = 0, codes.elements = codes.bytes = 4, codes.isValue = true;
  codes.lastStep = 1;
  sums.offset = 64, sums.elements = 3, sums.bytes = 12;
  sums.firstStep = sums.lastStep = 1;
  output = sums;
  output.offset = -1;
  memory.buffers = {input, codes, sums, output};
  auto quantize = NameLoc::get(StringAttr::get(&context, "quantize"));
  auto product = NameLoc::get(StringAttr::get(&context, "product"));
  layers[0].location = quantize;
  layers[1].location = product;
  memory.steps = {StepFacts(quantize), StepFacts(product)};
  memory.steps[0].reads = {0};
  memory.steps[0].writes = {1};
  memory.steps[1].reads = {1};
  memory.steps[1].scratch = {2};
  memory.steps[1].writes = {3};
  memory.steps[1].constantBytes = 10; // weights, and a table of 4 bytes
  memory.constantBytes = 10;
  memory.arenaBytes = 128;

  ModelEnergy energy = estimateEnergy(layers, memory);
  EXPECT_EQ(energy.stepOfLayer, (std::vector<int64_t>{0, 1}));
  const FormatEnergy &compiled = energy[NumberFormat::Compiled];
  EXPECT_DOUBLE_EQ(compiled.steps[0].compute, 4 * (3.7 + 0.9));
  EXPECT_DOUBLE_EQ(compiled.steps[0].weights, 0);
  EXPECT_DOUBLE_EQ(compiled.steps[0].activations, (16 + 4) * 1.25);
  EXPECT_DOUBLE_EQ(compiled.steps[1].compute, 1.2);
  EXPECT_DOUBLE_EQ(compiled.steps[1].weights, 10 * 1.25);
  EXPECT_DOUBLE_EQ(compiled.steps[1].activations, (4 + 2 * 12 + 12) * 1.25);
  // 18.4 + 25 and 1.2 + 12.5 + 50
  EXPECT_DOUBLE_EQ(compiled.total.getTotal(), 107.1);
  EXPECT_DOUBLE_EQ(energy.layers[0], 43.4);
  EXPECT_DOUBLE_EQ(energy.layers[1], 63.7);

  const FormatEnergy &floats = energy[NumberFormat::Float32];
  EXPECT_EQ(floats.constantBytes, 10 - 6 + 48);
  EXPECT_EQ(floats.arenaBytes, 16 + 12); // codes as floats, and the sums
  EXPECT_DOUBLE_EQ(floats.total.compute, 55.2);
  EXPECT_DOUBLE_EQ(floats.total.weights, 52 * 1.25);
  EXPECT_DOUBLE_EQ(floats.total.activations,
                   ((16 + 16) + (16 + 2 * 12 + 12)) * 1.25);
  const FormatEnergy &bytes = energy[NumberFormat::Int8];
  EXPECT_DOUBLE_EQ(bytes.total.compute, 13.2);
  EXPECT_DOUBLE_EQ(bytes.total.weights, 16 * 1.25);
  EXPECT_DOUBLE_EQ(bytes.total.activations,
                   ((4 + 4) + (4 + 2 * 12 + 12)) * 1.25);
}

TEST_F(EnergyOfLayers, ProductsBelongToStepsCalledAfterThem) {
  auto name = [&](StringRef text) -> Location {
    return NameLoc::get(StringAttr::get(&context, text));
  };
  // The first step also makes the patches of the second product.
  MemoryFacts memory;
  Location both = FusedLoc::get(&context, {name("first"), name("second")});
  memory.steps = {StepFacts(both), StepFacts(name("second"))};
  memory.steps[0].name = "first";
  memory.steps[1].name = "second";
  std::vector<LayerFacts> layers;
  for (StringRef node : {"first", "second", "second", "elsewhere"}) {
    layers.push_back(makeTernaryProduct());
    layers.back().name = node.str();
    layers.back().location = name(node);
  }
  layers[2].isProduct = false;
  EXPECT_EQ(estimateEnergy(layers, memory).stepOfLayer,
            (std::vector<int64_t>{0, 1, 1, 1}));
  // Without steps there is nothing to belong to.
  EXPECT_EQ(estimateEnergy(layers, MemoryFacts()).stepOfLayer,
            (std::vector<int64_t>{-1, -1, -1, -1}));
}

} // namespace
