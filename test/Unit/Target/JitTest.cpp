// The LLVM path: a hand-written module of the "buffers" stage, compiled and run
// in this process.
#include "RunText.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <array>

using namespace setun;
using testing::ElementsAre;
using testing::HasSubstr;

/// Two layers with an arena between them: y = round(2 * x), z = y + w, where w
/// are constants; then a strided copy into the second half of the output.
static const char *const kModule = R"mlir(
memref.global "private" constant @w : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>

func.func @main(
    %x: memref<1x4xf32> {onnx.name = "x", setun.role = "input"},
    %out: memref<2x4xf32> {onnx.name = "out", setun.role = "output"},
    %arena: memref<64xi8> {setun.role = "arena", setun.arena}) {
  %c16 = arith.constant 16 : index
  %y = memref.view %arena[%c16][] : memref<64xi8> to memref<4xf32>
  %flat = memref.collapse_shape %x [[0, 1]] : memref<1x4xf32> into memref<4xf32>
  %w = memref.get_global @w : memref<4xf32>
  call @double(%flat, %y) : (memref<4xf32>, memref<4xf32>) -> ()
  call @add(%y, %w, %out) : (memref<4xf32>, memref<4xf32>, memref<2x4xf32>) -> ()
  return
}

func.func private @double(%x: memref<4xf32>, %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %two = arith.constant 2.0 : f32
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %x[%i] : memref<4xf32>
    %1 = arith.mulf %0, %two : f32
    %2 = math.roundeven %1 : f32
    memref.store %2, %y[%i] : memref<4xf32>
  }
  return
}

func.func private @add(%y: memref<4xf32>, %w: memref<4xf32>, %out: memref<2x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %y[%i] : memref<4xf32>
    %1 = memref.load %w[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %out[%c0, %i] : memref<2x4xf32>
  }
  %even = memref.subview %out[0, 0] [1, 2] [1, 2]
      : memref<2x4xf32> to memref<1x2xf32, strided<[4, 2]>>
  %second = memref.subview %out[1, 0] [1, 2] [1, 2]
      : memref<2x4xf32> to memref<1x2xf32, strided<[4, 2], offset: 4>>
  memref.copy %even, %second
      : memref<1x2xf32, strided<[4, 2]>> to memref<1x2xf32, strided<[4, 2], offset: 4>>
  return
}
)mlir";

static std::string messageOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

TEST(JitTest, ReadsTheSignature) {
  auto module = compileText(kModule);
  ASSERT_TRUE(bool(module)) << messageOf(module.takeError());
  const std::vector<EntryArgument> &arguments =
      (*module)->signature().arguments;
  ASSERT_EQ(arguments.size(), 3u);
  EXPECT_EQ(arguments[0].name, "x");
  EXPECT_EQ(arguments[0].role, EntryRole::Input);
  EXPECT_THAT(arguments[0].shape, ElementsAre(1, 4));
  EXPECT_EQ(arguments[0].bytes, 16);
  EXPECT_EQ(arguments[1].role, EntryRole::Output);
  EXPECT_EQ(arguments[2].role, EntryRole::Arena);
  EXPECT_EQ(arguments[2].bytes, 64);
}

TEST(JitTest, RunsAtEveryOptimizationLevel) {
  for (unsigned level = 0; level <= 3; ++level) {
    auto module = compileText(kModule, level);
    ASSERT_TRUE(bool(module)) << messageOf(module.takeError());
    // Ties go to even: 2 * 0.25 = 0.5 -> 0, 2 * 0.75 = 1.5 -> 2.
    std::array<float, 4> x = {0.25f, 0.75f, -1.25f, 10.0f};
    std::array<float, 8> out;
    out.fill(-1.0f);
    alignas(64) std::array<char, 64> arena{};
    llvm::Error error = (*module)->run({x.data(), out.data(), arena.data()});
    ASSERT_FALSE(bool(error)) << messageOf(std::move(error));
    EXPECT_THAT(out, ElementsAre(1, 4, 1, 24, 1, -1, 1, -1)) << level;
  }
}

TEST(JitTest, DoesNotFuseMultiplyAdd) {
  auto module = compileText(R"mlir(
    func.func @main(%x: memref<3xf32> {setun.role = "input"}, %y: memref<1xf32> {setun.role = "output"}) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %a = memref.load %x[%c0] : memref<3xf32>
      %b = memref.load %x[%c1] : memref<3xf32>
      %c = memref.load %x[%c2] : memref<3xf32>
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %0, %c : f32
      memref.store %1, %y[%c0] : memref<1xf32>
      return
    })mlir");
  ASSERT_TRUE(bool(module)) << messageOf(module.takeError());
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: the last term is lost in the product.
  std::array<float, 3> x = {1 + 0x1p-12f, 1 + 0x1p-12f, -(1 + 0x1p-11f)};
  float y = -1;
  ASSERT_FALSE(bool((*module)->run({x.data(), &y})));
  EXPECT_EQ(y, 0.0f);
}

TEST(JitTest, RefusesWrongArguments) {
  auto module = compileText(kModule);
  ASSERT_TRUE(bool(module)) << messageOf(module.takeError());
  EXPECT_THAT(messageOf((*module)->run({})), HasSubstr("takes 3 buffers"));
  float data[8];
  EXPECT_THAT(messageOf((*module)->run({data, nullptr, data})),
              HasSubstr("no buffer is given for 'out'"));
}

TEST(JitTest, RefusesWhatHasNoOneDefinition) {
  auto module = compileText(R"mlir(
    func.func @main(%x: memref<1xf32> {setun.role = "input"}) {
      %c0 = arith.constant 0 : index
      %0 = memref.load %x[%c0] : memref<1xf32>
      %1 = math.sin %0 : f32
      memref.store %1, %x[%c0] : memref<1xf32>
      return
    })mlir");
  ASSERT_FALSE(bool(module));
  EXPECT_THAT(messageOf(module.takeError()),
              HasSubstr("'math.sin' on 'f32' has no definition"));
}

TEST(JitTest, RefusesOtherStages) {
  auto results = compileText("func.func @main() -> i32 {\n"
                             "  %0 = arith.constant 0 : i32\n"
                             "  return %0 : i32\n}");
  EXPECT_THAT(messageOf(results.takeError()),
              HasSubstr("not in the buffers stage"));
  auto role = compileText("func.func @main(%x: memref<1xf32>) { return }");
  EXPECT_THAT(messageOf(role.takeError()), HasSubstr("needs 'setun.role'"));
  auto strided = compileText("func.func @main(%x: memref<?xf32>) { return }");
  EXPECT_THAT(messageOf(strided.takeError()), HasSubstr("no static memref"));
}
