//===- KernelChoiceTest.cpp - The cost model ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel that can compute a product has a price on every target, and the
// amounts that are paid for are those of the formulas.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/KernelChoice.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace setun;
using lowbit::KernelKind;

namespace {

class KernelChoice : public testing::Test {
protected:
  KernelChoice() {
    context.loadDialect<func::FuncDialect, lowbit::LowBitDialect>();
  }

  /// A module with one product of 4 codes 1 each.
  OwningOpRef<ModuleOp> parse(const std::string &product) {
    return parseSourceString<ModuleOp>(
        "func.func @main() { return }\n" + product +
            "{-# dialect_resources: { builtin: { "
            "w: \"0x0100000001010101\" } } #-}",
        &context);
  }

  OwningOpRef<ModuleOp> parseMatmul(const std::string &x,
                                    const std::string &w) {
    return parse("func.func @f(%x: tensor<3x2x" + x +
                 ">) { %w = lowbit.constant dense_resource<w> : tensor<2x2x" +
                 w + ">\n%y = lowbit.matmul %x, %w : tensor<3x2x" + x +
                 ">, tensor<2x2x" + w + "> -> tensor<3x2xi32>\nreturn }\n");
  }

  OwningOpRef<ModuleOp> parseConv(const std::string &x, const std::string &w) {
    return parse("func.func @f(%x: tensor<1x2x3x3x" + x +
                 ">) { %w = lowbit.constant dense_resource<w> : "
                 "tensor<2x2x1x1x" +
                 w +
                 ">\n%y = lowbit.conv %x, %w window <size[1, 1] strides[1, 1] "
                 "dilations[1, 1] pads[0, 0, 0, 0]> : " +
                 "tensor<1x2x3x3x" + x + ">, tensor<2x2x1x1x" + w +
                 "> -> tensor<1x2x3x3xi32>\nreturn }\n");
  }

  static lowbit::ProductOp getProduct(ModuleOp module) {
    lowbit::ProductOp found;
    module.walk([&](lowbit::ProductOp op) { found = op; });
    return found;
  }

  MLIRContext context;
};

TEST_F(KernelChoice, EveryKernelHasAPriceOnEveryTarget) {
  std::vector<std::string> codes = {"!lowbit.bipolar", "!lowbit.ternary"};
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const char *sign : {"si", "ui"})
      codes.push_back(sign + std::to_string(bits));
  for (const std::string &x : codes)
    for (const std::string &w : codes) {
      OwningOpRef<ModuleOp> matmul = parseMatmul(x, w), conv = parseConv(x, w);
      ASSERT_TRUE(matmul && conv) << x << " " << w;
      for (const Target &target : getTargets())
        for (ModuleOp module : {*matmul, *conv})
          for (const KernelEstimate &estimate :
               estimateKernels(getProduct(module), target)) {
            std::string what = target.name.str() + " " + estimate.method;
            EXPECT_EQ(
                estimate.objection,
                objectToKernel(estimate.kernel, getProduct(module), target))
                << what;
            if (estimate.objection.empty())
              EXPECT_GT(estimate.cost, 0) << what;
          }
    }
}

TEST_F(KernelChoice, CountsWhatIsPaidFor) {
  OwningOpRef<ModuleOp> module = parseMatmul("si8", "!lowbit.ternary");
  SmallVector<KernelEstimate> estimates =
      estimateKernels(getProduct(*module), *findTarget("cortex-m4"));
  // Without groups, all but `depthwise`.
  ASSERT_EQ(estimates.size(), lowbit::getMaxEnumValForKernelKind());
  // Three rows, two outputs of two terms each.
  const KernelAmounts &plain =
      estimates[static_cast<size_t>(KernelKind::Plain)].amounts;
  EXPECT_EQ(plain.sums, 6);
  EXPECT_EQ(plain.inputs, 6);
  EXPECT_EQ(plain.steps, 12);
  const KernelEstimate &network =
      estimates[static_cast<size_t>(KernelKind::AddSub)];
  // Equal outputs: the two inputs are added once for each row.
  EXPECT_EQ(network.amounts.steps, 3);
  EXPECT_EQ(network.amounts.extra, 0);
  EXPECT_EQ(network.method, "matmul_addsub");
}

TEST_F(KernelChoice, TakesTheCheapestThatCan) {
  SmallVector<KernelEstimate> estimates(3);
  const double costs[] = {2, 3, 1};
  for (unsigned i = 0; i < 3; ++i) {
    estimates[i].kernel = static_cast<KernelKind>(i);
    estimates[i].cost = costs[i];
  }
  EXPECT_EQ(getCheapestKernel(estimates).kernel, KernelKind::AddSub);
  estimates[2].objection = "cannot";
  EXPECT_EQ(getCheapestKernel(estimates).kernel, KernelKind::Plain);
}

} // namespace
