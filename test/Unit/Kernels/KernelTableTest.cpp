//===- KernelTableTest.cpp - The texts of the micro-kernels ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Kernels/KernelTable.h"

#include "setun/Support/BitPacking.h"

#include "llvm/ADT/StringSet.h"

#include "gtest/gtest.h"

using namespace setun;

namespace {

std::vector<std::string> collect(llvm::ArrayRef<llvm::StringRef> functions) {
  std::vector<std::string> names;
  for (const KernelSource *kernel : collectKernels(functions))
    names.push_back(kernel->name.str());
  return names;
}

TEST(KernelTable, EveryLayoutHasItsKernels) {
  for (PackedLayout layout : getPackedLayouts())
    for (int i : {0, 1}) {
      bool isBits = layout == PackedLayout::BitTiles;
      llvm::StringRef suffix = isBits ? (i ? "_t2" : "_b1") : i ? "_u8" : "_s8";
      std::string name =
          ("setun_matmul_" + stringifyPackedLayout(layout) + suffix).str();
      const KernelSource *kernel = findKernel(name);
      ASSERT_NE(kernel, nullptr) << name;
      EXPECT_EQ(kernel->file,
                ("setun_matmul_" + stringifyPackedLayout(layout) + ".h").str());
    }
  EXPECT_EQ(findKernel("setun_matmul_nibbles_s8"), nullptr);
  EXPECT_EQ(findKernel(""), nullptr);
}

TEST(KernelTable, TextsAreWholeFunctions) {
  for (const KernelSource &kernel : getKernelSources()) {
    std::string name = kernel.name.str();
    EXPECT_TRUE(kernel.text.starts_with("/* ")) << name;
    // Code for some targets only ends with its condition.
    EXPECT_TRUE(kernel.text.ends_with("}\n") ||
                kernel.text.ends_with("}\n#endif\n"))
        << name;
    EXPECT_TRUE(kernel.text.contains("static inline ") ||
                kernel.text.contains("static SETUN_NOINLINE "))
        << name;
    EXPECT_EQ(kernel.text.count('{'), kernel.text.count('}')) << name;
    EXPECT_FALSE(kernel.text.contains("setun:")) << name;
    EXPECT_FALSE(kernel.text.contains("#include \"")) << name;
  }
}

TEST(KernelTable, FunctionsStandBehindThoseTheyCall) {
  llvm::StringSet<> before;
  for (const KernelSource &kernel : getKernelSources()) {
    for (llvm::StringRef needed : kernel.needs)
      EXPECT_TRUE(before.contains(needed)) << kernel.name.str();
    EXPECT_TRUE(before.insert(kernel.name).second) << kernel.name.str();
  }
}

TEST(KernelTable, CollectsWhatIsCalled) {
  EXPECT_EQ(collect({"setun_matmul_f32"}),
            (std::vector<std::string>{"setun_matmul_f32_columns",
                                      "setun_matmul_f32"}));
  // Helpers come once, in front; unknown names are left out.
  EXPECT_EQ(collect({"setun_matmul_ternary_pairs_u8", "unknown",
                     "setun_matmul_ternary_pairs_s8"}),
            (std::vector<std::string>{
                "setun_four_bytes", "setun_ternary_vectors",
                "setun_ternary_words", "setun_matmul_ternary_words",
                "setun_top_bit_mask", "setun_drain_lanes",
                "setun_ternary_block_s8", "setun_matmul_ternary_pairs_s8",
                "setun_ternary_block_u8", "setun_matmul_ternary_pairs_u8"}));
  EXPECT_TRUE(collect({}).empty());
}

TEST(KernelTable, StacksCountArraysOfOneProcessor) {
  // float lanes[16][32].
  const KernelSource *columns = findKernel("setun_matmul_f32_columns");
  EXPECT_EQ(columns->arrayBytes, 2048);
  EXPECT_EQ(columns->stackBytes, 2048 + kFrameBytes);
  EXPECT_EQ(findKernel("setun_matmul_f32")->stackBytes, 2048 + 2 * kFrameBytes);
  // Either vectors with arrays of their own, or words for microcontrollers.
  const KernelSource *pairs = findKernel("setun_matmul_ternary_pairs_s8");
  EXPECT_LT(pairs->stackBytes,
            pairs->arrayBytes +
                findKernel("setun_matmul_ternary_words")->stackBytes +
                kFrameBytes);
}

} // namespace
