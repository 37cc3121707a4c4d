//===- SourceWriter.cpp - Writes readable C source ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Support/SourceWriter.h"

#include "setun/Support/Names.h"

#include <cmath>
#include <limits>

using namespace llvm;

namespace setun {

//===----------------------------------------------------------------------===//
// Literals
//===----------------------------------------------------------------------===//

std::string formatLiteral(int8_t value) { return fmt::format("{}", value); }
std::string formatLiteral(uint8_t value) { return fmt::format("{}", value); }
std::string formatLiteral(int16_t value) { return fmt::format("{}", value); }
std::string formatLiteral(uint16_t value) { return fmt::format("{}", value); }
std::string formatLiteral(uint32_t value) { return fmt::format("{}u", value); }

std::string formatLiteral(int32_t value) {
  // -2147483648 is a negated long in C.
  if (value == std::numeric_limits<int32_t>::min())
    return "INT32_MIN";
  return fmt::format("{}", value);
}

std::string formatLiteral(int64_t value) {
  if (value == std::numeric_limits<int64_t>::min())
    return "INT64_MIN";
  return fmt::format("INT64_C({})", value);
}

std::string formatLiteral(uint64_t value) {
  return fmt::format("UINT64_C({})", value);
}

template <typename T>
static std::string formatFloat(T value, StringRef suffix) {
  if (std::isnan(value))
    return "NAN";
  if (std::isinf(value))
    return value < 0 ? "-INFINITY" : "INFINITY";
  // fmt gives the shortest decimal that reads back as the same bits.
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + suffix.str();
}

std::string formatLiteral(float value) { return formatFloat(value, "f"); }
std::string formatLiteral(double value) { return formatFloat(value, ""); }

//===----------------------------------------------------------------------===//
// Lines and scopes
//===----------------------------------------------------------------------===//

/// How badly a line is broken at the space at `i`, lower being better.
static unsigned rateBreak(StringRef text, size_t i) {
  constexpr StringLiteral operators = "+-*/%<>=!&|^?:";
  auto isOperator = [&](size_t begin, size_t end) {
    return begin < end && end <= text.size() &&
           text.slice(begin, end).find_first_not_of(operators) ==
               StringRef::npos;
  };
  if (text[i - 1] == ',' || text[i - 1] == ';')
    return 0;
  if (isOperator(text.rfind(' ', i - 1) + 1, i))
    return 1;
  bool isBeforeOperator =
      isOperator(i + 1, std::min(text.find(' ', i + 1), text.size()));
  return isBeforeOperator ? 2 : 3;
}

/// Where to break a line so that its first part has at most `width` columns:
/// the index of a space outside string and character literals, or npos. Of the
/// second half of the line, the place with the fewest open brackets, behind a
/// comma or an operator rather than before it.
static size_t findBreak(StringRef text, size_t width) {
  size_t best = StringRef::npos;
  std::pair<int, unsigned> bestRating;
  char quote = 0;
  int brackets = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > width && best != StringRef::npos)
      break;
    char c = text[i];
    if (quote && c == '\\') {
      ++i;
    } else if (quote) {
      quote = c == quote ? 0 : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ' && i > 0 && text.drop_front(i + 1) != "{") {
      std::pair<int, unsigned> rating(brackets, rateBreak(text, i));
      if (best == StringRef::npos || best <= width / 2 ||
          rating <= bestRating) {
        best = i;
        bestRating = rating;
      }
    } else {
      brackets += StringRef("([{").contains(c);
      brackets -= StringRef(")]}").contains(c);
    }
  }
  return best;
}

void SourceWriter::line(StringRef text) {
  if (text.empty() || text.starts_with("#")) {
    os << text << '\n';
    return;
  }
  size_t indentation = 2 * depth;
  while (indentation + text.size() >= maxColumns) {
    size_t width = maxColumns - 1 - std::min(indentation, maxColumns / 2);
    size_t position = findBreak(text, width);
    if (position == StringRef::npos)
      break;
    os.indent(indentation) << text.take_front(position) << '\n';
    text = text.drop_front(position).ltrim(' ');
    indentation = 2 * depth + 4;
  }
  os.indent(indentation) << text << '\n';
}

void SourceWriter::open(StringRef header) {
  line(header);
  ++depth;
}

void SourceWriter::close(StringRef footer) {
  assert(depth > 0 && "no scope is open");
  --depth;
  line(footer);
}

void SourceWriter::reopen(StringRef header) {
  close(header);
  ++depth;
}

void SourceWriter::verbatim(StringRef text) {
  os << text;
  if (!text.empty() && text.back() != '\n')
    os << '\n';
}

void SourceWriter::comment(StringRef text) {
  constexpr size_t unlimited = 1 << 20;
  // "/* " or " * " before and " */" behind a line.
  size_t width = maxColumns - 1 - 6 - std::min<size_t>(2 * depth, 40);
  SmallVector<std::string> lines;
  SmallVector<StringRef> paragraphs;
  text.split(paragraphs, '\n');
  for (StringRef paragraph : paragraphs) {
    std::string safe = escapeForComment(paragraph, unlimited);
    StringRef rest = StringRef(safe).rtrim(' ');
    while (rest.size() > width) {
      size_t position = rest.take_front(width + 1).rfind(' ');
      if (position == StringRef::npos || position == 0)
        position = width;
      lines.push_back(rest.take_front(position).rtrim(' ').str());
      rest = rest.drop_front(position).ltrim(' ');
    }
    lines.push_back(rest.str());
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    indent();
    os << (i == 0 ? "/*" : " *");
    if (!lines[i].empty())
      os << ' ' << lines[i];
    os << (i + 1 == lines.size() ? " */\n" : "\n");
  }
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

namespace {
/// Prints a tensor of literals as nested braces: a row on one line where it
/// fits, else wrapped between braces on their own lines.
class ArrayPrinter {
public:
  ArrayPrinter(raw_ostream &os, function_ref<std::string(size_t)> literal)
      : os(os), literal(literal) {}

  /// Prints elements from `first` on with the given shape behind text that
  /// ends in column `column`; `footer` follows the closing brace.
  void print(ArrayRef<int64_t> shape, size_t first, size_t indentation,
             size_t column, StringRef footer) {
    size_t count = getCount(shape);
    std::string flat;
    size_t room = SourceWriter::maxColumns - 1 - footer.size();
    if (appendFlat(shape, first, flat, room - std::min(room, column))) {
      os << flat << footer << '\n';
      return;
    }
    os << "{\n";
    size_t inner = indentation + 4;
    if (shape.size() <= 1) {
      printWrapped(count, first, inner);
    } else {
      size_t step = getCount(shape.drop_front());
      for (int64_t i = 0; i < shape[0]; ++i) {
        os.indent(inner);
        print(shape.drop_front(), first + i * step, inner, inner,
              i + 1 < shape[0] ? "," : "");
      }
    }
    os.indent(indentation) << '}' << footer << '\n';
  }

private:
  static size_t getCount(ArrayRef<int64_t> shape) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }

  /// Appends "{1, 2}" to `text`; false as soon as that exceeds `room`.
  bool appendFlat(ArrayRef<int64_t> shape, size_t first, std::string &text,
                  size_t room) {
    if (shape.empty()) {
      text += literal(first);
      return text.size() <= room;
    }
    text += '{';
    size_t step = getCount(shape.drop_front());
    for (int64_t i = 0; i < shape[0]; ++i) {
      if (i > 0)
        text += ", ";
      if (!appendFlat(shape.drop_front(), first + i * step, text, room))
        return false;
    }
    text += '}';
    return text.size() <= room;
  }

  void printWrapped(size_t count, size_t first, size_t indentation) {
    size_t column = 0;
    for (size_t i = 0; i < count; ++i) {
      std::string text = literal(first + i);
      if (i + 1 < count)
        text += ',';
      if (column > 0 && column + 1 + text.size() >= SourceWriter::maxColumns) {
        os << '\n';
        column = 0;
      }
      if (column == 0)
        os.indent(indentation);
      else
        os << ' ';
      os << text;
      column += text.size() + (column == 0 ? indentation : 1);
    }
    if (count > 0)
      os << '\n';
  }

  raw_ostream &os;
  function_ref<std::string(size_t)> literal;
};
} // namespace

void SourceWriter::printArray(StringRef declaration, size_t size,
                              ArrayRef<int64_t> shape,
                              function_ref<std::string(size_t)> literal) {
  indent();
  os << declaration << " = ";
  size_t indentation = 2 * depth;
  ArrayPrinter(os, literal)
      .print(shape, /*first=*/0, indentation,
             indentation + declaration.size() + 3, ";");
}

void SourceWriter::byteArray(StringRef declaration, ArrayRef<uint8_t> bytes) {
  if (bytes.size() > maxListedBytes) {
    // C99 compilers must take 4095 characters; gcc and clang take any number,
    // but say so under -pedantic.
    line("#if defined(__GNUC__)");
    line("#pragma GCC diagnostic push");
    line("#pragma GCC diagnostic ignored \"-Woverlength-strings\"");
    line("#endif");
    linef("{}[{} + 1] =", declaration, bytes.size());
    printStringLiteral(bytes);
    line("#if defined(__GNUC__)");
    line("#pragma GCC diagnostic pop");
    line("#endif");
    return;
  }
  int64_t size = bytes.size();
  printArray(fmt::format("{}[{}]", declaration, size), bytes.size(), size,
             [&](size_t i) { return fmt::format("0x{:02x}", bytes[i]); });
}

void SourceWriter::printStringLiteral(ArrayRef<uint8_t> bytes) {
  size_t indentation = 2 * depth + 4;
  // Two quotes and a semicolon.
  size_t room = maxColumns - 1 - 3 - indentation;
  std::string text;
  auto flush = [&](StringRef footer) {
    os.indent(indentation) << '"' << text << '"' << footer << '\n';
    text.clear();
  };
  for (uint8_t byte : bytes) {
    std::string piece =
        escapeForCString(StringRef(reinterpret_cast<const char *>(&byte), 1));
    if (text.size() + piece.size() > room)
      flush("");
    text += piece;
  }
  flush(";");
}

} // namespace setun
