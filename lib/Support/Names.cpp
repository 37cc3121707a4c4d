//===- Names.cpp - Safe names and text for generated code -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only ASCII letters, digits and single underscores get into an identifier, and
// only printable ASCII into a comment: what a reviewer sees is what a compiler
// reads.
//===----------------------------------------------------------------------===//

#include "setun/Support/Names.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace setun {

/// Keywords of C up to C23 and of C++, and macros that compilers predefine.
/// Those with a leading underscore are left out: no identifier has one.
static const StringSet<> &getKeywords() {
  static const StringSet<> words = {
      // C, and GNU C.
      "auto", "break", "case", "char", "const", "continue", "default", "do",
      "double", "else", "enum", "extern", "float", "for", "goto", "if",
      "inline", "int", "long", "register", "restrict", "return", "short",
      "signed", "sizeof", "static", "struct", "switch", "typedef", "union",
      "unsigned", "void", "volatile", "while", "alignas", "alignof", "bool",
      "constexpr", "false", "nullptr", "static_assert", "thread_local", "true",
      "typeof", "typeof_unqual", "asm", "fortran",
      // C++.
      "and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t",
      "char8_t", "class", "co_await", "co_return", "co_yield", "compl",
      "concept", "const_cast", "consteval", "constinit", "decltype", "delete",
      "dynamic_cast", "explicit", "export", "final", "friend", "import",
      "module", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
      "operator", "or", "or_eq", "override", "private", "protected", "public",
      "reinterpret_cast", "requires", "static_cast", "template", "this",
      "throw", "try", "typeid", "typename", "using", "virtual", "wchar_t",
      "xor", "xor_eq",
      // Predefined in GNU modes of some target.
      "linux", "unix", "i386", "mips", "sparc", "sun", "vax", "arm", "hpux",
      "PPC", "R3000", "R4000"};
  return words;
}

/// Functions of math.h; each also exists with the suffixes f and l. gcc knows
/// them, and the older ones of GNU and POSIX, without a header.
static const StringSet<> &getMathFunctions() {
  static const StringSet<> words = {
      "acos",      "acosh",      "asin",    "asinh",       "atan",
      "atan2",     "atanh",      "cbrt",    "ceil",        "copysign",
      "cos",       "cosh",       "drem",    "erf",         "erfc",
      "exp",       "exp10",      "exp2",    "expm1",       "fabs",
      "fdim",      "finite",     "floor",   "fma",         "fmax",
      "fmin",      "fmod",       "frexp",   "gamma",       "hypot",
      "ilogb",     "isinf",      "isnan",   "j0",          "j1",
      "jn",        "ldexp",      "lgamma",  "llrint",      "llround",
      "log",       "log10",      "log1p",   "log2",        "logb",
      "lrint",     "lround",     "modf",    "nan",         "nearbyint",
      "nextafter", "nexttoward", "pow",     "pow10",       "remainder",
      "remquo",    "rint",       "round",   "roundeven",   "scalb",
      "scalbln",   "scalbn",     "signbit", "significand", "sin",
      "sincos",    "sinh",       "sqrt",    "tan",         "tanh",
      "tgamma",    "trunc",      "y0",      "y1",          "yn",
      "cabs",      "carg",       "ccos",    "cexp",        "cimag",
      "clog",      "conj",       "cpow",    "cproj",       "creal",
      "csin",      "csqrt",      "ctan"};
  return words;
}

/// Other names of the standard headers and of gcc's builtins.
static const StringSet<> &getLibraryNames() {
  static const StringSet<> words = {
      // stddef.h, stdint.h (see isStdintName), string.h, math.h, errno.h.
      "NULL", "offsetof", "size_t", "ptrdiff_t", "max_align_t", "errno",
      "memchr", "memcmp", "memcpy", "memmove", "memset", "mempcpy", "strcat",
      "strchr", "strcmp", "strcoll", "strcpy", "strcspn", "strdup", "strerror",
      "strlen", "strncat", "strncmp", "strncpy", "strndup", "strpbrk",
      "strrchr", "strspn", "strstr", "strtok", "strxfrm", "stpcpy", "stpncpy",
      "strcasecmp", "strncasecmp", "bcmp", "bcopy", "bzero", "index", "rindex",
      "ffs", "NAN", "INFINITY", "HUGE_VAL", "HUGE_VALF", "HUGE_VALL", "float_t",
      "double_t", "math_errhandling", "fpclassify", "isfinite", "isnormal",
      "isgreater", "isgreaterequal", "isless", "islessequal", "islessgreater",
      "isunordered", "signgam", "OVERFLOW", "UNDERFLOW", "DOMAIN", "SING",
      "PLOSS", "TLOSS",
      // stdio.h, stdlib.h and others that a main, or gcc, brings in.
      "main", "EOF", "FILE", "BUFSIZ", "stdin", "stdout", "stderr", "printf",
      "fprintf", "sprintf", "snprintf", "vprintf", "vfprintf", "vsprintf",
      "vsnprintf", "scanf", "fscanf", "sscanf", "vscanf", "vfscanf", "vsscanf",
      "puts", "fputs", "fputc", "putc", "putchar", "getc", "fgetc", "getchar",
      "fgets", "gets", "fopen", "fclose", "fread", "fwrite", "fseek", "ftell",
      "fflush", "rewind", "remove", "rename", "perror", "malloc", "calloc",
      "realloc", "free", "aligned_alloc", "posix_memalign", "abort", "exit",
      "atexit", "getenv", "system", "abs", "labs", "llabs", "imaxabs", "div",
      "ldiv", "lldiv", "rand", "srand", "qsort", "bsearch", "atoi", "atol",
      "atof", "strtol", "strtoul", "strtod", "strtof", "alloca", "assert",
      "clock", "time", "isalnum", "isalpha", "isascii", "isblank", "iscntrl",
      "isdigit", "isgraph", "islower", "isprint", "ispunct", "isspace",
      "isupper", "isxdigit", "toascii", "tolower", "toupper", "fork", "execl",
      "execle", "execlp", "execv", "execve", "execvp", "gettext", "dgettext",
      "dcgettext", "strfmon", "strftime", "signal", "raise", "setjmp",
      "longjmp", "jmp_buf", "va_list", "va_start", "va_end", "va_arg",
      "va_copy", "std", "asprintf", "vasprintf", "fprintf_unlocked",
      "printf_unlocked", "fputc_unlocked", "fputs_unlocked", "putchar_unlocked",
      "puts_unlocked", "fwrite_unlocked"};
  return words;
}

/// int8_t, uint_fast16_t, INT32_MAX, UINT64_C, SIZE_MAX, FP_NAN, M_PI, ...
static bool isHeaderPattern(StringRef word) {
  if (word.ends_with("_t"))
    return word.starts_with("int") || word.starts_with("uint");
  if (word.ends_with("_MAX") || word.ends_with("_MIN") ||
      word.ends_with("_C") || word.ends_with("_WIDTH"))
    return word == word.upper();
  return word.starts_with("FP_") || word.starts_with("M_") ||
         word.starts_with("MATH_") || word.starts_with("SEEK_") ||
         word.starts_with("PRI") || word.starts_with("SCN");
}

bool isReservedIdentifier(StringRef word) {
  if (getKeywords().contains(word) || getMathFunctions().contains(word) ||
      getLibraryNames().contains(word) || isHeaderPattern(word))
    return true;
  if ((word.ends_with("f") || word.ends_with("l")) &&
      getMathFunctions().contains(word.drop_back()))
    return true;
  // Kernels, and macros of generated code.
  return word.starts_with("setun_") || word.starts_with("SETUN_");
}

std::string makeIdentifier(StringRef name, StringRef prefix) {
  std::string text;
  for (char c : name) {
    if (isAlnum(c))
      text += c;
    else if (!text.empty() && text.back() != '_')
      text += '_';
  }
  StringRef body = StringRef(text).rtrim('_');
  // One character is kept free for the `_` behind a reserved word.
  size_t room = maxIdentifierLength - 1 - prefix.size();
  if (body.size() > room)
    body = body.take_back(room).ltrim('_');
  bool needsPrefix = body.empty() || isDigit(body.front());
  std::string identifier = ((needsPrefix ? prefix : "") + body).str();
  if (isReservedIdentifier(identifier))
    identifier += '_';
  return identifier;
}

bool NameScope::contains(StringRef identifier) const {
  return used.contains(identifier) || (parent && parent->contains(identifier));
}

bool NameScope::reserve(StringRef identifier) {
  return !contains(identifier) && used.insert(identifier).second;
}

std::string NameScope::unique(StringRef name, StringRef prefix) {
  std::string wanted = makeIdentifier(name, prefix);
  if (reserve(wanted))
    return wanted;
  unsigned &number = nextNumber.try_emplace(wanted, 2).first->second;
  for (;; ++number) {
    std::string suffix =
        (StringRef(wanted).ends_with("_") ? "" : "_") + std::to_string(number);
    std::string candidate =
        wanted.substr(0, maxIdentifierLength - suffix.size()) + suffix;
    if (reserve(candidate))
      return candidate;
  }
}

std::string escapeForComment(StringRef text, size_t limit) {
  std::string out;
  for (char c : text) {
    // A backslash could splice lines or be half of a trigraph.
    if (c == '\\' || static_cast<unsigned char>(c) >= 0x7f)
      c = '_';
    else if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
    char last = out.empty() ? ' ' : out.back();
    if ((last == '*' && c == '/') || (last == '/' && c == '*') ||
        (last == '?' && c == '?'))
      out += ' ';
    out += c;
    if (out.size() > limit) {
      out.resize(limit > 3 ? limit - 3 : 0);
      return out + "...";
    }
  }
  return out;
}

std::string escapeForCString(StringRef text) {
  std::string out;
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f || c == '?') {
      // Three digits, so that a digit behind it stays a digit.
      out += '\\';
      out += static_cast<char>('0' + (byte >> 6));
      out += static_cast<char>('0' + (byte >> 3 & 7));
      out += static_cast<char>('0' + (byte & 7));
    } else {
      out += c;
    }
  }
  return out;
}

} // namespace setun
