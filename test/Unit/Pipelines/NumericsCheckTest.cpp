// NumericsCheck names the pass that changes a number, and lets the others be.
#include "setun/Pipelines/NumericsCheck.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Pipelines/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace setun;

namespace {

constexpr const char *kModule = R"mlir(
func.func @main(%x: tensor<1x4xf32> {onnx.name = "x"}) -> (tensor<1x2xf32> {onnx.name = "y"}) {
  %s = onnx.constant dense<0.25> : tensor<f32>
  %w = onnx.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %x, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi8>
  %p = lowbit.quantize %x, %w : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi2>
  %v = lowbit.reshape %p : tensor<1x4xsi2> -> tensor<2x2xsi2>
  %u = lowbit.reshape %q : tensor<1x4xsi8> -> tensor<2x2xsi8>
  %acc = lowbit.matmul %u, %v bias [1, 2] : tensor<2x2xsi8>, tensor<2x2xsi2> -> tensor<2x2xi32>
  %r = lowbit.dequantize %acc, %s : (tensor<2x2xi32>, tensor<f32>) -> tensor<2x2xf32>
  %y = onnx.node "ReduceSum"(%r) {attributes = {axes = array<i64: 0>, keepdims = 1 : i64}, since_version = 11 : i64} : (tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
)mlir";

/// Changes a bias by `amount`.
struct ChangeBias : PassWrapper<ChangeBias, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChangeBias)
  explicit ChangeBias(int64_t amount) : amount(amount) {}
  StringRef getArgument() const override { return "change-bias"; }
  void runOnOperation() override {
    getOperation().walk([&](lowbit::MatmulOp op) {
      op.setBias(ArrayRef<int64_t>{1, 2 + amount});
    });
  }
  int64_t amount;
};

struct NumericsCheckTest : testing::Test {
  NumericsCheckTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(kModule, &context);
  }

  /// The diagnostics of the passes.
  std::string run(int64_t amount) {
    std::string messages;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      messages += diagnostic.str() + "\n";
    });
    PassManager passes(&context);
    check.attach(passes);
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    passes.addPass(std::make_unique<ChangeBias>(amount));
    passes.addPass(createCSEPass());
    EXPECT_TRUE(succeeded(passes.run(*module)));
    return messages;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
  NumericsCheck check;
};

TEST_F(NumericsCheckTest, PassesThatKeepTheNumbers) {
  ASSERT_TRUE(module);
  EXPECT_EQ(run(0), "");
  EXPECT_FALSE(check.hasFailed());
  EXPECT_EQ(check.getChecked(), 3u); // the first one gives the numbers
}

TEST_F(NumericsCheckTest, NamesThePassThatChangesANumber) {
  ASSERT_TRUE(module);
  EXPECT_THAT(run(1),
              testing::HasSubstr(
                  "pass 'change-bias' changes the numbers of the model"));
  EXPECT_TRUE(check.hasFailed());
  EXPECT_EQ(check.getChecked(), 1u);
}

} // namespace
