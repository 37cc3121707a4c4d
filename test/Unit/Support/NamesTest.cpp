//===- NamesTest.cpp - Safe names and text --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names as exporters write them, and hostile ones that must not get out of an
// identifier, a comment or a string literal.
//===----------------------------------------------------------------------===//

#include "setun/Support/Names.h"

#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

#include <random>

using namespace setun;

namespace {

bool isIdentifier(llvm::StringRef text) {
  return !text.empty() && text.size() <= maxIdentifierLength &&
         llvm::isAlpha(text.front()) && !text.contains("__") &&
         llvm::all_of(text,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

TEST(Names, KeepsWhatItCan) {
  EXPECT_EQ(makeIdentifier("MatMul_16"), "MatMul_16");
  EXPECT_EQ(makeIdentifier("fc1.weight"), "fc1_weight");
  EXPECT_EQ(makeIdentifier("/model/layers.0/q_proj/MatMul"),
            "model_layers_0_q_proj_MatMul");
  EXPECT_EQ(makeIdentifier("onnx::MatMul_214"), "onnx_MatMul_214");
}

TEST(Names, IsNeverEmptyNorADigit) {
  EXPECT_EQ(makeIdentifier(""), "x");
  EXPECT_EQ(makeIdentifier("74"), "x74");
  EXPECT_EQ(makeIdentifier("74", "tensor_"), "tensor_74");
  EXPECT_EQ(makeIdentifier("///", "layer"), "layer");
  EXPECT_EQ(makeIdentifier("\xe5\xb1\x82", "layer"), "layer");
  EXPECT_EQ(makeIdentifier("\xe5\xb1\x82"
                           "1",
                           "layer"),
            "layer1");
}

TEST(Names, NeverStartsWithAnUnderscoreNorHasTwo) {
  EXPECT_EQ(makeIdentifier("__builtin_trap"), "builtin_trap");
  EXPECT_EQ(makeIdentifier("_Bool"), "Bool");
  EXPECT_EQ(makeIdentifier("a__b.._c__"), "a_b_c");
  EXPECT_EQ(makeIdentifier("caf\xc3\xa9_au_lait"), "caf_au_lait");
}

TEST(Names, IsNoReservedWord) {
  for (const char *word : {"int",
                           "class",
                           "restrict",
                           "co_await",
                           "typeof",
                           "main",
                           "exp",
                           "expf",
                           "floorl",
                           "memcpy",
                           "size_t",
                           "int8_t",
                           "uint_least16_t",
                           "INT32_MAX",
                           "UINT64_C",
                           "NAN",
                           "linux",
                           "index",
                           "y0",
                           "abs",
                           "FP_NAN",
                           "printf",
                           "setun_matmul_bits_s8"}) {
    EXPECT_TRUE(isReservedIdentifier(word)) << word;
    EXPECT_EQ(makeIdentifier(word), std::string(word) + "_");
  }
  for (const char *word : {"Int", "input", "gamma1", "bn", "half", "Exp", "x"})
    EXPECT_FALSE(isReservedIdentifier(word)) << word;
}

TEST(Names, KeepsTheEndOfLongNames) {
  std::string name(1000, 'a');
  name += "/down_proj";
  std::string identifier = makeIdentifier(name);
  EXPECT_LE(identifier.size(), maxIdentifierLength);
  EXPECT_TRUE(llvm::StringRef(identifier).ends_with("a_down_proj"));
  EXPECT_TRUE(isIdentifier(makeIdentifier(std::string(1000, '7'))));
  EXPECT_TRUE(isIdentifier(makeIdentifier(std::string(1000, '_'))));
}

TEST(Names, ScopeMakesUnique) {
  NameScope file;
  EXPECT_TRUE(file.reserve("acc"));
  EXPECT_FALSE(file.reserve("acc"));
  EXPECT_EQ(file.unique("fc1.weight"), "fc1_weight");
  EXPECT_EQ(file.unique("fc1/weight"), "fc1_weight_2");
  EXPECT_EQ(file.unique("fc1 weight"), "fc1_weight_3");
  EXPECT_EQ(file.unique("fc1_weight_2"), "fc1_weight_2_2");
  EXPECT_EQ(file.unique("int"), "int_");
  EXPECT_EQ(file.unique("int"), "int_2");

  NameScope function(&file);
  EXPECT_EQ(function.unique("acc"), "acc_2");
  EXPECT_EQ(function.unique("i"), "i");
  EXPECT_FALSE(file.contains("i"));
  EXPECT_TRUE(function.contains("fc1_weight"));
}

TEST(Names, ScopeStaysUniqueAtTheLengthLimit) {
  NameScope scope;
  llvm::StringSet<> seen;
  for (int i = 0; i < 1200; ++i) {
    std::string name = scope.unique(std::string(i % 2 ? 63 : 500, 'n'));
    EXPECT_TRUE(isIdentifier(name)) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
  }
}

TEST(Names, RandomBytesGiveIdentifiersAndSafeText) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 80, '\0');
    // Often a character that matters.
    for (char &c : bytes)
      c = random() % 2 ? "*/\\?\"\n_7 a"[random() % 10]
                       : static_cast<char>(random());
    std::string identifier = makeIdentifier(bytes);
    EXPECT_TRUE(isIdentifier(identifier)) << identifier;
    EXPECT_EQ(identifier, makeIdentifier(bytes));

    std::string kept = escapeForComment(bytes);
    for (const char *bad : {"*/", "/*", "??", "\\", "\n", "\r"})
      EXPECT_FALSE(llvm::StringRef(kept).contains(bad)) << kept;
    EXPECT_TRUE(llvm::all_of(kept, llvm::isPrint)) << kept;
  }
}

TEST(Names, CommentsCannotBeLeft) {
  EXPECT_EQ(escapeForComment("a */ system(\"rm\"); /* b"),
            "a * / system(\"rm\"); / * b");
  EXPECT_EQ(escapeForComment("one\ntwo\r\n\tthree"), "one two   three");
  EXPECT_EQ(escapeForComment("spliced \\\nline"), "spliced _ line");
  EXPECT_EQ(escapeForComment("trigraph ?\?/"), "trigraph ? ?/");
  EXPECT_EQ(escapeForComment("\xe2\x80\xae"
                             "bidi"),
            "___bidi");
  EXPECT_EQ(escapeForComment(std::string("a\0b", 3)), "a b");
  EXPECT_EQ(escapeForComment("abcdefghij", 8), "abcde...");
  EXPECT_EQ(escapeForComment("abcdefgh", 8), "abcdefgh");
}

TEST(Names, StringLiteralsCannotBeLeft) {
  EXPECT_EQ(escapeForCString("a\"; system(\"rm\"); \""),
            "a\\\"; system(\\\"rm\\\"); \\\"");
  EXPECT_EQ(escapeForCString("back\\slash\n"), "back\\\\slash\\012");
  EXPECT_EQ(escapeForCString("?\?/"), "\\077\\077/");
  // The 7 is not taken into the escape before it.
  EXPECT_EQ(escapeForCString("\x01"
                             "7\xff"),
            "\\0017\\377");
  EXPECT_EQ(escapeForCString(llvm::StringRef("\0", 1)), "\\000");
}

} // namespace
