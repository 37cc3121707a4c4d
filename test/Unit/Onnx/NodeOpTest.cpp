// What the handlers of the conversions ask a node.
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

TEST(NodeOp, Readers) {
  MLIRContext context;
  context.loadDialect<OnnxDialect>();
  Block block;
  OpBuilder builder(&context);
  builder.setInsertionPointToStart(&block);
  Location loc = builder.getUnknownLoc();
  Value none = NoneOp::create(builder, loc, builder.getNoneType());
  Value x =
      block.addArgument(RankedTensorType::get({2}, builder.getF32Type()), loc);

  NamedAttribute attributes[] = {
      builder.getNamedAttr("axis", builder.getI64IntegerAttr(-1)),
      builder.getNamedAttr("alpha", builder.getF32FloatAttr(0.5f)),
      builder.getNamedAttr("mode", builder.getStringAttr("nearest")),
      builder.getNamedAttr("pads", builder.getDenseI64ArrayAttr({1, 2})),
      builder.getNamedAttr("scales", builder.getDenseF32ArrayAttr({2.0f}))};
  auto node = NodeOp::create(builder, loc, x.getType(), "Resize",
                             ValueRange{x, none}, attributes, "", 13);

  EXPECT_TRUE(node.isOp("", "Resize"));
  EXPECT_FALSE(node.isOp(kQonnxDomain, "Resize"));
  EXPECT_EQ(node.getSinceVersion(), 13u);
  EXPECT_EQ(node.getInt("axis", 7), -1);
  EXPECT_EQ(node.getInt("missing", 7), 7);
  EXPECT_EQ(node.getInt("alpha", 7), 7); // another kind
  EXPECT_EQ(node.getFloat("alpha", 0.0f), 0.5f);
  EXPECT_EQ(node.getString("mode", "linear"), "nearest");
  EXPECT_EQ(node.getInts("pads"), ArrayRef<int64_t>({1, 2}));
  EXPECT_EQ(node.getInts("scales"), std::nullopt);
  EXPECT_EQ(node.getFloats("scales"), ArrayRef<float>({2.0f}));
  EXPECT_FALSE(node.getTensor("pads"));

  EXPECT_EQ(node.getInputOrNull(0), x);
  EXPECT_FALSE(node.getInputOrNull(1)); // omitted
  EXPECT_FALSE(node.getInputOrNull(2)); // not there
  EXPECT_FALSE(node.getBody("body"));
}

} // namespace
