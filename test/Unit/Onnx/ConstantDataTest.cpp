// Constants in every form that MLIR keeps them in give the same elements.
#include "dialects/Onnx/ConstantData.h"

#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/MLIRContext.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace setun::onnx;
using testing::ElementsAre;

namespace {

class ConstantDataTest : public testing::Test {
protected:
  ConstantDataTest() : builder(&context) {
    context.loadDialect<OnnxDialect>();
    block = std::make_unique<Block>();
    builder.setInsertionPointToStart(block.get());
  }

  RankedTensorType tensorOf(int64_t size, Type element) {
    return RankedTensorType::get({size}, element);
  }
  Type integer(unsigned width, bool isSigned) {
    return IntegerType::get(&context, width,
                            isSigned ? IntegerType::Signed
                                     : IntegerType::Unsigned);
  }

  /// The bytes of `count` elements 0, 1, 2, ... put in and read back.
  std::vector<int64_t> throughConstant(Type element, ArrayRef<char> bytes,
                                       int64_t count) {
    Value value = createConstant(builder, builder.getUnknownLoc(),
                                 tensorOf(count, element), bytes);
    std::optional<ConstantData> data = getConstantData(value);
    EXPECT_TRUE(data.has_value());
    EXPECT_EQ(data->getBytes(), bytes);
    std::vector<int64_t> values;
    for (int64_t i = 0; i < data->size(); ++i) {
      values.push_back(data->asInt(i));
      EXPECT_EQ(data->asDouble(i), static_cast<double>(values.back()));
    }
    return values;
  }

  MLIRContext context;
  std::unique_ptr<Block> block;
  OpBuilder builder;
};

TEST_F(ConstantDataTest, NarrowIntegersAreWholeBytes) {
  const char bytes[] = {-2, -1, 0, 1};
  EXPECT_THAT(throughConstant(integer(2, true), bytes, 4),
              ElementsAre(-2, -1, 0, 1));
  EXPECT_THAT(throughConstant(integer(4, true), bytes, 4),
              ElementsAre(-2, -1, 0, 1));
  const char codes[] = {0, 1, 2, 3};
  EXPECT_THAT(throughConstant(integer(2, false), codes, 4),
              ElementsAre(0, 1, 2, 3));
  const char bits[] = {1, 0, 1};
  EXPECT_THAT(throughConstant(builder.getI1Type(), bits, 3),
              ElementsAre(1, 0, 1));
}

TEST_F(ConstantDataTest, ManyElementsMakeAResource) {
  for (Type element : {integer(4, true), integer(2, true),
                       Type(builder.getI1Type()), integer(8, false)}) {
    std::vector<char> bytes(100, 0);
    bytes[7] = 1;
    Value value = createConstant(builder, builder.getUnknownLoc(),
                                 tensorOf(100, element), bytes);
    auto constant = value.getDefiningOp<ConstantOp>();
    EXPECT_TRUE(isa<DenseResourceElementsAttr>(constant.getValue()));
    EXPECT_EQ(getConstantData(value)->asInt(7), 1);
    EXPECT_EQ(getConstantData(value)->getBytes(), ArrayRef<char>(bytes));
  }
}

TEST_F(ConstantDataTest, SplatsExpand) {
  auto type = tensorOf(3, integer(4, true));
  auto attr = DenseElementsAttr::get(type, APInt(4, -3, /*isSigned=*/true));
  std::optional<ConstantData> data = ConstantData::get(attr);
  ASSERT_TRUE(data && data->isSplat());
  EXPECT_EQ(data->asInt(2), -3);
  EXPECT_THAT(data->getBytes(), ElementsAre(-3, -3, -3));

  auto bits = DenseElementsAttr::get(tensorOf(20, builder.getI1Type()), true);
  EXPECT_EQ(ConstantData::get(bits)->getBytes(),
            ArrayRef<char>(std::vector<char>(20, 1)));
}

TEST_F(ConstantDataTest, NumbersOfEveryType) {
  auto asDouble = [&](Type element, ArrayRef<char> bytes) {
    auto attr =
        DenseElementsAttr::getFromRawBuffer(tensorOf(1, element), bytes);
    return ConstantData::get(attr)->asDouble(0);
  };
  EXPECT_EQ(asDouble(Float16Type::get(&context), {0x00, '\xc0'}), -2.0);
  EXPECT_EQ(asDouble(BFloat16Type::get(&context), {'\x80', 0x3f}), 1.0);
  EXPECT_EQ(asDouble(Float8E5M2Type::get(&context), {0x3c}), 1.0);
  EXPECT_EQ(asDouble(Float4E2M1FNType::get(&context), {0x0f}), -6.0);
  EXPECT_EQ(asDouble(integer(16, false), {'\xff', '\xff'}), 65535.0);
  EXPECT_EQ(asDouble(integer(64, false), std::vector<char>(8, '\xff')),
            18446744073709551615.0);
}

TEST_F(ConstantDataTest, WhatHasNoBytesIsNotRead) {
  Type string = StringType::get(&context);
  auto strings =
      DenseElementsAttr::get(tensorOf(1, string), ArrayRef<StringRef>{"a"});
  EXPECT_FALSE(ConstantData::get(strings));
  EXPECT_FALSE(getConstantData(Value()));
  EXPECT_EQ(getElementBytes(string), 0);
}

TEST_F(ConstantDataTest, SizesDoNotOverflow) {
  Type f64 = builder.getF64Type();
  EXPECT_EQ(getStorageBytes(RankedTensorType::get({2, 3}, f64)), 48);
  EXPECT_EQ(getStorageBytes(RankedTensorType::get({0, 3}, f64)), 0);
  EXPECT_FALSE(getStorageBytes(
      RankedTensorType::get({int64_t(1) << 40, int64_t(1) << 40}, f64)));
  EXPECT_FALSE(
      getStorageBytes(RankedTensorType::get({ShapedType::kDynamic}, f64)));
}

} // namespace
