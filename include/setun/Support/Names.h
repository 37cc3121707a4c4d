//===- Names.h - Safe names and text for generated code ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names in a model are arbitrary bytes and may be hostile. Everything of them
// that reaches generated code passes through here: as an identifier, as text of
// a comment, or as a string literal.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_NAMES_H
#define SETUN_SUPPORT_NAMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace setun {

/// Longest identifier that is made: C99 keeps 63 characters apart.
inline constexpr size_t maxIdentifierLength = 63;

/// True if C, C++, their headers that generated code includes, or a macro that
/// compilers predefine already use the word.
bool isReservedIdentifier(llvm::StringRef word);

/// A C and C++ identifier that resembles `name`: letters and digits are kept,
/// every run of other bytes becomes one `_`. `prefix` (itself an identifier)
/// stands in for an empty name and before a leading digit. Deterministic; two
/// names may give the same identifier, see NameScope. Of a long name the end is
/// kept, which tells more in `/model/layers.7/mlp/down_proj/MatMul`.
std::string makeIdentifier(llvm::StringRef name, llvm::StringRef prefix = "x");

/// Hands out identifiers that are unique in a scope and its parents.
class NameScope {
public:
  explicit NameScope(const NameScope *parent = nullptr) : parent(parent) {}

  /// An unused identifier that resembles `name`; `name_2`, `name_3`, ... when
  /// others took it. It is in use from then on.
  std::string unique(llvm::StringRef name, llvm::StringRef prefix = "x");

  /// Keeps others from taking this exact identifier. False if it was taken.
  bool reserve(llvm::StringRef identifier);

  /// True if this scope or a parent uses the identifier.
  bool contains(llvm::StringRef identifier) const;

private:
  const NameScope *parent;
  llvm::StringSet<> used;
  /// The next number to try for a name, so that many equal names stay cheap.
  llvm::StringMap<unsigned> nextNumber;
};

/// Text for the inside of a comment of either kind: one line of printable
/// ASCII without comment brackets, backslashes and trigraphs, at most `limit`
/// characters (then it ends in "...").
std::string escapeForComment(llvm::StringRef text, size_t limit = 160);

/// Text for the inside of a C string literal, every byte kept: octal escapes
/// for whatever is not plain printable ASCII, `\"`, `\\`, and no trigraphs.
std::string escapeForCString(llvm::StringRef text);

} // namespace setun

#endif // SETUN_SUPPORT_NAMES_H
