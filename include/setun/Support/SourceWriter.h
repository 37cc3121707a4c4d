//===- SourceWriter.h - Writes readable C source ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emitters say what a line contains; the writer owns indentation, scopes,
// wrapped comments, and tables of numbers that read back bit-exactly.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_SOURCEWRITER_H
#define SETUN_SUPPORT_SOURCEWRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

/// Lets fmt print StringRef like std::string_view.
template <>
struct fmt::formatter<llvm::StringRef> : fmt::formatter<fmt::string_view> {
  template <typename Context>
  auto format(llvm::StringRef text, Context &context) const {
    return fmt::formatter<fmt::string_view>::format(
        fmt::string_view(text.data(), text.size()), context);
  }
};

namespace setun {

/// The shortest C literal of a number that reads back as the same bits. Floats
/// are decimal (`0.1f`, `1e-05f`), NAN and INFINITY are math.h's; a NaN loses
/// its payload. The smallest integers use stdint.h's names.
std::string formatLiteral(int8_t value);
std::string formatLiteral(uint8_t value);
std::string formatLiteral(int16_t value);
std::string formatLiteral(uint16_t value);
std::string formatLiteral(int32_t value);
std::string formatLiteral(uint32_t value);
std::string formatLiteral(int64_t value);
std::string formatLiteral(uint64_t value);
std::string formatLiteral(float value);
std::string formatLiteral(double value);

/// Writes C text to a stream.
class SourceWriter {
public:
  /// Generated lines stay below this many columns.
  static constexpr size_t maxColumns = 100;
  /// Byte tables longer than this become string literals: gcc needs 20 times
  /// longer for a list of numbers.
  static constexpr size_t maxListedBytes = 16384;

  explicit SourceWriter(llvm::raw_ostream &os) : os(os) {}

  /// An empty line.
  void blank() { os << '\n'; }

  /// One line at the current indentation. A line that is too long is broken at
  /// spaces outside string literals, and goes on four columns further in. Lines
  /// that begin with `#` start in the first column and are left whole.
  void line(llvm::StringRef text);

  /// The same through fmt: linef("x[{}] = {};", i, value).
  template <typename... Args>
  void linef(fmt::format_string<Args...> format, Args &&...args) {
    line(fmt::format(format, std::forward<Args>(args)...));
  }

  /// `header` opens a scope (it ends in `{`), close() ends it.
  void open(llvm::StringRef header);
  void close(llvm::StringRef footer = "}");
  /// Ends a scope and opens the next one on the same line: `} else {`.
  void reopen(llvm::StringRef header);

  /// A block comment, wrapped at spaces; newlines in `text` start new lines.
  /// The text is made safe (see escapeForComment).
  void comment(llvm::StringRef text);

  /// `declaration` is `static const float scale[4]` without the value; prints
  /// the value as nested braces of that shape, wrapped.
  template <typename T>
  void array(llvm::StringRef declaration, llvm::ArrayRef<T> values,
             llvm::ArrayRef<int64_t> shape) {
    printArray(declaration, values.size(), shape,
               [&](size_t i) { return formatLiteral(values[i]); });
  }
  template <typename T>
  void array(llvm::StringRef declaration, llvm::ArrayRef<T> values) {
    array(declaration, values, static_cast<int64_t>(values.size()));
  }

  /// A constant table of bytes; `declaration` is `static const uint8_t name`,
  /// the extent is added here. Long tables become a string literal, whose
  /// extent has one more byte for the literal's own end.
  void byteArray(llvm::StringRef declaration, llvm::ArrayRef<uint8_t> bytes);

  /// Lines of ready C text as they are, such as a kernel.
  void verbatim(llvm::StringRef text);

private:
  void printArray(llvm::StringRef declaration, size_t size,
                  llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<std::string(size_t)> literal);
  void printStringLiteral(llvm::ArrayRef<uint8_t> bytes);
  void indent() { os.indent(2 * depth); }

  llvm::raw_ostream &os;
  unsigned depth = 0;
};

} // namespace setun

#endif // SETUN_SUPPORT_SOURCEWRITER_H
