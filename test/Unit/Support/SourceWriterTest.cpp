//===- SourceWriterTest.cpp - Writing C source ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers read back as the same bits, nothing is wider than a line, and text
// stays inside its comment.
//===----------------------------------------------------------------------===//

#include "setun/Support/SourceWriter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

using namespace setun;

namespace {

/// Runs `write` and returns the text.
std::string print(llvm::function_ref<void(SourceWriter &)> write) {
  std::string text;
  llvm::raw_string_ostream os(text);
  SourceWriter writer(os);
  write(writer);
  return text;
}

void expectNarrow(llvm::StringRef text) {
  for (llvm::StringRef line : llvm::split(text, '\n'))
    EXPECT_LT(line.size(), SourceWriter::maxColumns) << line.str();
}

TEST(SourceWriter, FloatLiterals) {
  EXPECT_EQ(formatLiteral(0.1f), "0.1f");
  EXPECT_EQ(formatLiteral(1e-5f), "1e-05f");
  EXPECT_EQ(formatLiteral(1.0f), "1.0f");
  EXPECT_EQ(formatLiteral(-0.0f), "-0.0f");
  EXPECT_EQ(formatLiteral(1e20f), "1e+20f");
  EXPECT_EQ(formatLiteral(16777216.0f), "16777216.0f");
  EXPECT_EQ(formatLiteral(0.1), "0.1");
  EXPECT_EQ(formatLiteral(NAN), "NAN");
  EXPECT_EQ(formatLiteral(-INFINITY), "-INFINITY");
  EXPECT_EQ(formatLiteral(std::numeric_limits<double>::infinity()), "INFINITY");
}

TEST(SourceWriter, FloatsReadBackExactly) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200000; ++i) {
    float value = llvm::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(value) || std::isinf(value))
      continue;
    std::string text = formatLiteral(value);
    ASSERT_EQ(text.back(), 'f');
    EXPECT_EQ(llvm::bit_cast<uint32_t>(std::strtof(text.c_str(), nullptr)),
              llvm::bit_cast<uint32_t>(value))
        << text;
    double wide = llvm::bit_cast<double>(random());
    if (std::isnan(wide) || std::isinf(wide))
      continue;
    text = formatLiteral(wide);
    EXPECT_EQ(llvm::bit_cast<uint64_t>(std::strtod(text.c_str(), nullptr)),
              llvm::bit_cast<uint64_t>(wide))
        << text;
  }
}

TEST(SourceWriter, IntegerLiterals) {
  EXPECT_EQ(formatLiteral(int8_t(-128)), "-128");
  EXPECT_EQ(formatLiteral(uint8_t(255)), "255");
  EXPECT_EQ(formatLiteral(INT32_MIN), "INT32_MIN");
  EXPECT_EQ(formatLiteral(INT32_MAX), "2147483647");
  EXPECT_EQ(formatLiteral(UINT32_MAX), "4294967295u");
  EXPECT_EQ(formatLiteral(int64_t(INT64_MIN)), "INT64_MIN");
  EXPECT_EQ(formatLiteral(int64_t(-5)), "INT64_C(-5)");
  EXPECT_EQ(formatLiteral(uint64_t(UINT64_MAX)),
            "UINT64_C(18446744073709551615)");
}

TEST(SourceWriter, Scopes) {
  EXPECT_EQ(print([](SourceWriter &w) {
              w.open("for (size_t i = 0; i < 4; ++i) {");
              w.open("if (x[i] > 0) {");
              w.linef("y[i] = {};", 3);
              w.close("} else {");
              w.open("");
              w.line("#pragma omp simd");
              w.close();
              w.close();
              w.blank();
            }),
            "for (size_t i = 0; i < 4; ++i) {\n"
            "  if (x[i] > 0) {\n"
            "    y[i] = 3;\n"
            "  } else {\n"
            "\n"
            "#pragma omp simd\n"
            "  }\n"
            "}\n"
            "\n");
}

TEST(SourceWriter, BreaksLongLinesOutsideStrings) {
  std::string text = print([](SourceWriter &w) {
    w.open("void f(void) {");
    w.line("result = first_operand_of_the_sum + second_operand_of_the_sum + "
           "third_operand_of_the_sum + fourth_operand;");
    w.line("print(\"" + std::string(50, 'a') + " \\\" " + std::string(50, 'b') +
           "\", 1);");
    w.close();
  });
  EXPECT_EQ(text, "void f(void) {\n"
                  "  result = first_operand_of_the_sum + "
                  "second_operand_of_the_sum + third_operand_of_the_sum +\n"
                  "      fourth_operand;\n"
                  "  print(\"" +
                      std::string(50, 'a') + " \\\" " + std::string(50, 'b') +
                      "\",\n      1);\n"
                      "}\n");
}

TEST(SourceWriter, BreaksOutsideBracketsAndBehindCommas) {
  EXPECT_EQ(print([](SourceWriter &w) {
              w.line("static void layer_with_a_name(const int8_t *restrict "
                     "codes, const float *restrict scale, float *restrict "
                     "result) {");
              w.line("sum = first_table[row * 784 + column] * "
                     "second_table[row * 784 + column] + third_table[row * 784 "
                     "+ column];");
            }),
            "static void layer_with_a_name(const int8_t *restrict codes, "
            "const float *restrict scale,\n"
            "    float *restrict result) {\n"
            "sum = first_table[row * 784 + column] * "
            "second_table[row * 784 + column] +\n"
            "    third_table[row * 784 + column];\n");
}

TEST(SourceWriter, CommentsAreWrappedAndSafe) {
  EXPECT_EQ(print([](SourceWriter &w) { w.comment("Layer 1/2: fc1"); }),
            "/* Layer 1/2: fc1 */\n");
  EXPECT_EQ(print([](SourceWriter &w) { w.comment("a\n\nb */ int x; /*"); }),
            "/* a\n *\n * b * / int x; / * */\n");
  std::string text = print([](SourceWriter &w) {
    w.open("{");
    w.comment(std::string(400, 'x') + " and some words " +
              std::string(200, '*') + "/" + std::string(200, '/'));
    w.close();
  });
  expectNarrow(text);
  // Only the comment's own end ends it.
  EXPECT_EQ(llvm::StringRef(text).count("*/"), 1u);
  EXPECT_TRUE(llvm::StringRef(text).contains(" and some words"));
}

TEST(SourceWriter, Arrays) {
  auto table = [](llvm::ArrayRef<int32_t> values,
                  llvm::ArrayRef<int64_t> shape) {
    return print([&](SourceWriter &w) {
      w.array<int32_t>("static const int32_t t", values, shape);
    });
  };
  EXPECT_EQ(table({1, INT32_MIN, 3}, {3}),
            "static const int32_t t = {1, INT32_MIN, 3};\n");
  EXPECT_EQ(table({1, 2, 3, 4}, {2, 2}),
            "static const int32_t t = {{1, 2}, {3, 4}};\n");
  EXPECT_EQ(table({7}, {}), "static const int32_t t = 7;\n");

  std::vector<int32_t> rows(40, 1000000);
  EXPECT_EQ(table(rows, {4, 10}),
            "static const int32_t t = {\n"
            "    {1000000, 1000000, 1000000, 1000000, 1000000, 1000000, "
            "1000000, 1000000, 1000000, 1000000},\n"
            "    {1000000, 1000000, 1000000, 1000000, 1000000, 1000000, "
            "1000000, 1000000, 1000000, 1000000},\n"
            "    {1000000, 1000000, 1000000, 1000000, 1000000, 1000000, "
            "1000000, 1000000, 1000000, 1000000},\n"
            "    {1000000, 1000000, 1000000, 1000000, 1000000, 1000000, "
            "1000000, 1000000, 1000000, 1000000}\n"
            "};\n");
}

TEST(SourceWriter, LongTablesStayNarrow) {
  std::vector<float> values;
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i)
    values.push_back(std::ldexp(static_cast<float>(random()),
                                static_cast<int>(random() % 200) - 130));
  for (llvm::SmallVector<int64_t> shape : {llvm::SmallVector<int64_t>{3000},
                                           {10, 300},
                                           {2, 3, 5, 100},
                                           {3000, 1}}) {
    std::string text = print([&](SourceWriter &w) {
      w.open("{");
      w.array<float>("static const float weight", values, shape);
      w.close();
    });
    expectNarrow(text);
    EXPECT_EQ(llvm::StringRef(text).count(','), 2999u);
  }
}

/// Reads a C string literal of the forms that are written.
std::vector<uint8_t> readLiteral(llvm::StringRef text) {
  std::vector<uint8_t> bytes;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      inside = !inside;
    } else if (inside && text[i] == '\\' && llvm::isDigit(text[i + 1])) {
      bytes.push_back(static_cast<uint8_t>((text[i + 1] - '0') * 64 +
                                           (text[i + 2] - '0') * 8 +
                                           (text[i + 3] - '0')));
      i += 3;
    } else if (inside) {
      i += text[i] == '\\';
      bytes.push_back(static_cast<uint8_t>(text[i]));
    }
  }
  return bytes;
}

TEST(SourceWriter, BytesAreListedOrLiteral) {
  EXPECT_EQ(print([](SourceWriter &w) {
              w.byteArray("static const uint8_t w", {1, 0x9a, 255});
            }),
            "static const uint8_t w[3] = {0x01, 0x9a, 0xff};\n");

  std::vector<uint8_t> bytes(SourceWriter::maxListedBytes + 1);
  std::mt19937 random(9);
  for (uint8_t &byte : bytes)
    byte = static_cast<uint8_t>(random());
  std::string text = print(
      [&](SourceWriter &w) { w.byteArray("static const uint8_t w", bytes); });
  expectNarrow(text);
  EXPECT_TRUE(llvm::StringRef(text).contains(
      "static const uint8_t w[16385 + 1] =\n    \""));
  EXPECT_FALSE(llvm::StringRef(text).contains("??"));
  // Without the pragma's own quotes.
  llvm::StringRef literal =
      llvm::StringRef(text).split("=\n").second.split(";\n").first;
  EXPECT_EQ(readLiteral(literal), bytes);
}

} // namespace
