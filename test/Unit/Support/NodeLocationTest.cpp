//===- NodeLocationTest.cpp - Names of ONNX nodes in locations ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Support/NodeLocation.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace setun;

namespace {

class NodeLocation : public testing::Test {
protected:
  MLIRContext context;
  Location conv = getNodeLocation(&context, "Conv_3", "Conv");
  Location relu = getNodeLocation(&context, "Relu_4", "Relu");
};

TEST_F(NodeLocation, OneNode) {
  SmallVector<NodeName> names = getNodeNames(conv);
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(names[0], (NodeName{"Conv_3", "Conv"}));
  EXPECT_EQ(describeNodes(conv), "node 'Conv_3' (Conv)");
}

TEST_F(NodeLocation, FusedKeepsOrderWithoutDuplicates) {
  Location fused = FusedLoc::get(&context, {relu, conv});
  Location again =
      FusedLoc::get({conv, fused, UnknownLoc::get(&context)},
                    StringAttr::get(&context, "metadata"), &context);
  SmallVector<NodeName> names = getNodeNames(again);
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].name, "Conv_3");
  EXPECT_EQ(names[1].name, "Relu_4");
  EXPECT_EQ(describeNodes(again),
            "node 'Conv_3' (Conv) + node 'Relu_4' (Relu)");
}

TEST_F(NodeLocation, OtherLocations) {
  EXPECT_TRUE(getNodeNames(UnknownLoc::get(&context)).empty());
  EXPECT_EQ(describeNodes(FileLineColLoc::get(&context, "a.mlir", 1, 2)), "");
  Location call = CallSiteLoc::get(conv, relu);
  EXPECT_EQ(describeNodes(call), "node 'Conv_3' (Conv)");
  Location plain = NameLoc::get(StringAttr::get(&context, "x"));
  EXPECT_EQ(describeNodes(plain), "node 'x'");
}

} // namespace
