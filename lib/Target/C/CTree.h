//===- CTree.h - Expressions and statements of C ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The small tree between IR and text. Expressions know the type that C gives
// them, so that casts appear where a value would change or a compiler would
// warn, and nowhere else.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_CTREE_H
#define SETUN_LIB_TARGET_C_CTREE_H

#include "setun/Support/SourceWriter.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"

#include <cstdint>
#include <string>
#include <vector>

namespace setun::c {

/// Types of values. Bool is a C `int` that is 0 or 1; in memory it is uint8_t.
enum class CType : uint8_t {
  Bool,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  F32,
  F64
};

/// How a variable of the type is declared.
llvm::StringRef getTypeName(CType type);
/// Bits of an integer type; 1 for Bool.
unsigned getWidth(CType type);
/// Bytes in memory.
int64_t getBytes(CType type);
bool isFloat(CType type);
bool isUnsigned(CType type);
/// The unsigned integer of the same width, and the signed one.
CType toUnsigned(CType type);
CType toSigned(CType type);

/// From loosest to tightest.
enum class Precedence : uint8_t {
  Conditional,
  LogicalOr,
  LogicalAnd,
  BitOr,
  BitXor,
  BitAnd,
  Equality,
  Relational,
  Shift,
  Additive,
  Multiplicative,
  Unary,
  Postfix
};

/// One node of an expression; immutable and shared freely.
struct Expr {
  enum class Kind : uint8_t {
    Name,
    Literal,
    Unary,
    Binary,
    Conditional,
    Cast,
    Subscript,
    Call
  };

  Kind kind;
  CType type;
  Precedence precedence;
  /// A cast that C does by itself in arithmetic and keeps the value.
  bool isImplicit = false;
  /// Reads memory that some statement may write.
  bool readsMemory = false;
  /// Value of an integer literal.
  int64_t integer = 0;
  /// Number of nodes.
  unsigned size = 1;
  /// Name, literal, operator or function.
  llvm::StringRef text = {};
  llvm::ArrayRef<const Expr *> operands = {};

  bool isLiteral() const { return kind == Kind::Literal; }
  /// Cheap enough to stand in several places.
  bool isAtom() const {
    return (kind == Kind::Name && !readsMemory) || isLiteral();
  }
  bool isIntegerLiteral(int64_t value) const {
    return isLiteral() && !isFloat(type) && integer == value;
  }
};

/// True if both print the same text.
bool isSame(const Expr *a, const Expr *b);
/// True if the variable occurs in the expression.
bool mentions(const Expr *expr, llvm::StringRef variable);
/// C text with as few parentheses as compilers accept without a warning.
std::string print(const Expr *expr);

/// Makes expressions, simplifying casts and constants on the way.
class ExprBuilder {
public:
  const Expr *name(llvm::StringRef text, CType type);
  /// A variable that statements assign to like to memory.
  const Expr *variable(llvm::StringRef text, CType type);
  const Expr *integer(int64_t value, CType type);
  const Expr *real(const llvm::APFloat &value, CType type);
  /// `op` on operands of equal type, computed by C in `type`.
  const Expr *binary(llvm::StringRef op, const Expr *lhs, const Expr *rhs,
                     CType type);
  const Expr *unary(llvm::StringRef op, const Expr *operand, CType type);
  const Expr *conditional(const Expr *condition, const Expr *yes,
                          const Expr *no);
  /// Conversion to `type` as C defines it.
  const Expr *cast(CType type, const Expr *operand);
  /// Conversion that keeps every value of the operand's type.
  const Expr *widen(CType type, const Expr *operand);
  const Expr *subscript(llvm::StringRef base, const Expr *index, CType type,
                        bool readsMemory);
  const Expr *call(llvm::StringRef function,
                   llvm::ArrayRef<const Expr *> arguments, CType type);

  /// The operand without a cast that C does by itself where a value of `type`
  /// is initialised, assigned or passed.
  const Expr *forAssignment(const Expr *operand);

  llvm::StringRef save(const llvm::Twine &text) { return saver.save(text); }

private:
  const Expr *make(Expr expr, llvm::ArrayRef<const Expr *> operands);
  void dropImplicitCasts(const Expr *&lhs, const Expr *&rhs, CType type);
  const Expr *makeExplicit(const Expr *operand);

  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver{allocator};
};

/// One statement, with the statements inside it.
struct Stmt {
  enum class Kind : uint8_t {
    /// `text` is the declarator, `value` its initialiser or null.
    Declare,
    /// The same for a value that never changes; `name` is its name.
    Constant,
    /// `target` `text` `value`, where text is "=", "+=", ...
    Assign,
    Evaluate,
    /// `text` is the whole head: `for (...)` or `for (;;)`.
    Loop,
    /// `value` is the condition.
    If,
    Break,
    Return,
    /// Declares a pointer into the arena; depends on nothing else.
    Buffer,
    /// Between two layers; `text` is the arena.
    Barrier,
    Blank,
    /// Ready text.
    Line
  };

  Kind kind;
  std::string text;
  std::string name;
  const Expr *target;
  const Expr *value;
  std::vector<Stmt> body;
  std::vector<Stmt> otherwise;

  explicit Stmt(Kind kind, std::string text = "", const Expr *target = nullptr,
                const Expr *value = nullptr)
      : kind(kind), text(std::move(text)), target(target), value(value) {}

  static Stmt declare(std::string declarator, const Expr *value = nullptr);
  /// `const TYPE name = value`, of the value's type.
  static Stmt constant(std::string name, CType type, const Expr *value);
  /// `target = value`, or `target += x` where the value is `target + x`.
  static Stmt assign(const Expr *target, const Expr *value);
  static Stmt evaluate(const Expr *value);
  static Stmt line(std::string text);
};

using Stmts = std::vector<Stmt>;

/// Removes constants of which `statements` make no use.
void removeUnused(Stmts &statements);
/// All identifiers in the statements.
llvm::StringSet<> collectNames(const Stmts &statements);

/// Prints statements at the writer's indentation.
void print(const Stmts &statements, SourceWriter &writer);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_CTREE_H
