//===- CTree.cpp - Building expressions and statements of C ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Simplifications here keep the exact value: C's integer promotions instead of
// written casts, no cast of a cast, `a - 5` for `a + -5`.
//===----------------------------------------------------------------------===//

#include "CTree.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <limits>

using namespace llvm;

namespace setun::c {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

StringRef getTypeName(CType type) {
  static constexpr StringLiteral names[] = {
      "int",      "int8_t",  "uint8_t",  "int16_t", "uint16_t", "int32_t",
      "uint32_t", "int64_t", "uint64_t", "float",   "double"};
  return names[static_cast<unsigned>(type)];
}

unsigned getWidth(CType type) {
  static constexpr unsigned widths[] = {1,  8,  8,  16, 16, 32,
                                        32, 64, 64, 32, 64};
  return widths[static_cast<unsigned>(type)];
}

int64_t getBytes(CType type) { return (getWidth(type) + 7) / 8; }

bool isFloat(CType type) { return type == CType::F32 || type == CType::F64; }

bool isUnsigned(CType type) {
  return type == CType::U8 || type == CType::U16 || type == CType::U32 ||
         type == CType::U64;
}

/// Integer types come in pairs: signed, then unsigned.
CType toUnsigned(CType type) {
  bool isSignedInteger = !isFloat(type) && type != CType::Bool &&
                         static_cast<unsigned>(type) % 2 == 1;
  return isSignedInteger ? static_cast<CType>(static_cast<unsigned>(type) + 1)
                         : type;
}

CType toSigned(CType type) {
  return isUnsigned(type) ? static_cast<CType>(static_cast<unsigned>(type) - 1)
                          : type;
}

/// The value that a conversion to an integer type gives.
static int64_t wrap(int64_t value, CType type) {
  switch (type) {
  case CType::Bool:
    return value != 0;
  case CType::I8:
    return static_cast<int8_t>(value);
  case CType::U8:
    return static_cast<uint8_t>(value);
  case CType::I16:
    return static_cast<int16_t>(value);
  case CType::U16:
    return static_cast<uint16_t>(value);
  case CType::I32:
    return static_cast<int32_t>(value);
  case CType::U32:
    return static_cast<uint32_t>(value);
  default:
    return value;
  }
}

/// The text of an integer literal. Literals of 64 bits that an int holds are
/// plain: C widens them.
static std::string formatInteger(int64_t value, CType type) {
  switch (type) {
  case CType::U32:
    return formatLiteral(static_cast<uint32_t>(value));
  case CType::U64:
    return formatLiteral(static_cast<uint64_t>(value));
  case CType::I64:
    if (value != static_cast<int32_t>(value))
      return formatLiteral(value);
    [[fallthrough]];
  default:
    return formatLiteral(static_cast<int32_t>(value));
  }
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

static Precedence getPrecedence(StringRef op) {
  return StringSwitch<Precedence>(op)
      .Cases({"*", "/", "%"}, Precedence::Multiplicative)
      .Cases({"+", "-"}, Precedence::Additive)
      .Cases({"<<", ">>"}, Precedence::Shift)
      .Cases({"<", "<=", ">", ">="}, Precedence::Relational)
      .Cases({"==", "!="}, Precedence::Equality)
      .Case("&", Precedence::BitAnd)
      .Case("^", Precedence::BitXor)
      .Case("|", Precedence::BitOr)
      .Case("&&", Precedence::LogicalAnd)
      .Default(Precedence::LogicalOr);
}

const Expr *ExprBuilder::make(Expr expr, ArrayRef<const Expr *> operands) {
  expr.operands = operands.copy(allocator);
  for (const Expr *operand : operands) {
    expr.size += operand->size;
    expr.readsMemory |= operand->readsMemory;
  }
  return new (allocator) Expr(expr);
}

const Expr *ExprBuilder::name(StringRef text, CType type) {
  Expr expr{Expr::Kind::Name, type, Precedence::Postfix};
  expr.text = save(text);
  return make(expr, {});
}

const Expr *ExprBuilder::variable(StringRef text, CType type) {
  Expr expr{Expr::Kind::Name, type, Precedence::Postfix};
  expr.text = save(text);
  expr.readsMemory = true;
  return make(expr, {});
}

const Expr *ExprBuilder::integer(int64_t value, CType type) {
  value = wrap(value, type);
  std::string text = formatInteger(value, type);
  bool isNegative = StringRef(text).starts_with("-");
  Expr expr{Expr::Kind::Literal, type,
            isNegative ? Precedence::Unary : Precedence::Postfix};
  expr.integer = value;
  expr.text = save(text);
  return make(expr, {});
}

const Expr *ExprBuilder::real(const APFloat &value, CType type) {
  std::string text = type == CType::F32
                         ? formatLiteral(value.convertToFloat())
                         : formatLiteral(value.convertToDouble());
  bool isNegative = StringRef(text).starts_with("-");
  Expr expr{Expr::Kind::Literal, type,
            isNegative ? Precedence::Unary : Precedence::Postfix};
  expr.text = save(text);
  return make(expr, {});
}

/// True if C computes a 64-bit value in 64 bits: a plain literal is an int.
static bool isWide(const Expr *expr) {
  switch (expr->kind) {
  case Expr::Kind::Literal:
    return expr->integer != static_cast<int32_t>(expr->integer);
  case Expr::Kind::Unary:
    return isWide(expr->operands[0]);
  case Expr::Kind::Binary:
    return isWide(expr->operands[0]) || isWide(expr->operands[1]);
  case Expr::Kind::Conditional:
    return isWide(expr->operands[1]) || isWide(expr->operands[2]);
  case Expr::Kind::Cast:
    return !expr->isImplicit;
  default:
    return true;
  }
}

/// Operands of arithmetic in `type`: C promotes small integers to int, and the
/// narrower operand to the wider type.
void ExprBuilder::dropImplicitCasts(const Expr *&lhs, const Expr *&rhs,
                                    CType type) {
  if (isUnsigned(type) || isFloat(type))
    return;
  auto strip = [](const Expr *expr) {
    return expr->isImplicit ? expr->operands.front() : expr;
  };
  if (type != CType::I64) {
    lhs = strip(lhs);
    rhs = strip(rhs);
  } else if (isWide(lhs)) {
    rhs = strip(rhs);
  } else if (isWide(rhs)) {
    lhs = strip(lhs);
  } else if (lhs->isImplicit) {
    rhs = strip(rhs);
  } else if (!rhs->isImplicit) {
    lhs = makeExplicit(lhs);
  }
}

const Expr *ExprBuilder::binary(StringRef op, const Expr *lhs, const Expr *rhs,
                                CType type) {
  bool isArithmetic = op == "+" || op == "-";
  if (!isFloat(type)) {
    bool isSum = isArithmetic || op == "<<" || op == ">>" || op == "|";
    if ((isSum && rhs->isIntegerLiteral(0)) ||
        (op == "*" && rhs->isIntegerLiteral(1)))
      return lhs;
    if ((op == "+" && lhs->isIntegerLiteral(0)) ||
        (op == "*" && lhs->isIntegerLiteral(1)))
      return rhs;
  }
  // a + -5 -> a - 5, a - -5 -> a + 5; also exact for floats.
  if (isArithmetic && rhs->isLiteral() && rhs->text.starts_with("-") &&
      rhs->text != "-INFINITY") {
    Expr positive{Expr::Kind::Literal, rhs->type, Precedence::Postfix};
    positive.integer = -rhs->integer;
    positive.text = rhs->text.drop_front();
    rhs = make(positive, {});
    op = op == "+" ? "-" : "+";
  }
  CType operandType = lhs->type;
  if (operandType == CType::Bool || getWidth(rhs->type) > getWidth(operandType))
    operandType = rhs->type;
  if (op != "<<" && op != ">>")
    dropImplicitCasts(lhs, rhs, operandType);
  else if (lhs->type == CType::I64 && !lhs->isImplicit && !isWide(lhs))
    lhs = makeExplicit(lhs);
  Expr expr{Expr::Kind::Binary, type, getPrecedence(op)};
  expr.text = save(op);
  return make(expr, {lhs, rhs});
}

const Expr *ExprBuilder::unary(StringRef op, const Expr *operand, CType type) {
  if (operand->isImplicit && type == CType::I32)
    operand = operand->operands.front();
  Expr expr{Expr::Kind::Unary, type, Precedence::Unary};
  expr.text = save(op);
  return make(expr, {operand});
}

const Expr *ExprBuilder::conditional(const Expr *condition, const Expr *yes,
                                     const Expr *no) {
  CType type = yes->type;
  if (getWidth(type) < 32) {
    yes = forAssignment(yes);
    no = forAssignment(no);
  } else {
    dropImplicitCasts(yes, no, type);
  }
  Expr expr{Expr::Kind::Conditional, type, Precedence::Conditional};
  return make(expr, {condition, yes, no});
}

const Expr *ExprBuilder::cast(CType type, const Expr *operand) {
  // (T)(U)x is (T)x if U keeps the value, or keeps the bits that T needs.
  auto isInner = [&](const Expr *inner) {
    if (inner->kind != Expr::Kind::Cast)
      return false;
    if (inner->isImplicit)
      return true;
    return !isFloat(type) && type != CType::Bool && !isFloat(inner->type) &&
           !isFloat(inner->operands.front()->type) &&
           getWidth(inner->type) >= getWidth(type);
  };
  while (isInner(operand) && operand->type != type)
    operand = operand->operands.front();
  if (operand->type == type)
    return operand;
  if (operand->isLiteral() && !isFloat(operand->type) && !isFloat(type))
    return integer(operand->integer, type);
  Expr expr{Expr::Kind::Cast, type, Precedence::Unary};
  return make(expr, {operand});
}

const Expr *ExprBuilder::widen(CType type, const Expr *operand) {
  if (operand->isImplicit)
    operand = operand->operands.front();
  if (operand->type == type)
    return operand;
  if (operand->isLiteral() && !isFloat(type))
    return integer(operand->integer, type);
  Expr expr{Expr::Kind::Cast, type, Precedence::Unary};
  expr.isImplicit = true;
  return make(expr, {operand});
}

const Expr *ExprBuilder::subscript(StringRef base, const Expr *index,
                                   CType type, bool readsMemory) {
  Expr expr{Expr::Kind::Subscript, type, Precedence::Postfix};
  expr.text = save(base);
  expr.readsMemory = readsMemory;
  return make(expr, {forAssignment(index)});
}

const Expr *ExprBuilder::call(StringRef function,
                              ArrayRef<const Expr *> arguments, CType type) {
  Expr expr{Expr::Kind::Call, type, Precedence::Postfix};
  expr.text = save(function);
  return make(expr, llvm::map_to_vector(arguments, [&](const Expr *argument) {
                return forAssignment(argument);
              }));
}

/// A written cast to the type that the operand already counts as.
const Expr *ExprBuilder::makeExplicit(const Expr *operand) {
  Expr expr{Expr::Kind::Cast, operand->type, Precedence::Unary};
  return make(expr,
              {operand->isImplicit ? operand->operands.front() : operand});
}

const Expr *ExprBuilder::forAssignment(const Expr *operand) {
  if (!operand->isImplicit)
    return operand;
  // A truth value is an int, which compilers do not let shrink silently.
  bool shrinks = operand->operands.front()->type == CType::Bool &&
                 getWidth(operand->type) < 32;
  return shrinks ? makeExplicit(operand) : operand->operands.front();
}

bool isSame(const Expr *a, const Expr *b) {
  return a == b ||
         (a->kind == b->kind && a->type == b->type && a->text == b->text &&
          a->size == b->size && llvm::equal(a->operands, b->operands, isSame));
}

bool mentions(const Expr *expr, StringRef variable) {
  if (expr->kind == Expr::Kind::Name && expr->text == variable)
    return true;
  return llvm::any_of(expr->operands, [&](const Expr *operand) {
    return mentions(operand, variable);
  });
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

Stmt Stmt::declare(std::string declarator, const Expr *value) {
  return Stmt(Kind::Declare, std::move(declarator), nullptr, value);
}

Stmt Stmt::assign(const Expr *target, const Expr *value) {
  Stmt statement(Kind::Assign, "=", target, value);
  // Small types are computed as int: `a += b` would narrow without a cast.
  bool isCompound =
      value->kind == Expr::Kind::Binary && getWidth(target->type) >= 32 &&
      value->type == target->type && StringRef("+-*").contains(value->text);
  if (!isCompound)
    return statement;
  const Expr *lhs = value->operands[0], *rhs = value->operands[1];
  bool commutes = value->text != "-" && !isFloat(value->type);
  if (!isSame(lhs, target) && commutes)
    std::swap(lhs, rhs);
  if (!isSame(lhs, target))
    return statement;
  statement.text = (value->text + "=").str();
  statement.value = rhs;
  return statement;
}

Stmt Stmt::constant(std::string name, CType type, const Expr *value) {
  Stmt statement(Kind::Constant,
                 fmt::format("const {} {}", getTypeName(type), name), nullptr,
                 value);
  statement.name = std::move(name);
  return statement;
}

Stmt Stmt::evaluate(const Expr *value) {
  return Stmt(Kind::Evaluate, "", nullptr, value);
}

Stmt Stmt::line(std::string text) { return Stmt(Kind::Line, std::move(text)); }

static void addWords(StringRef text, llvm::StringSet<> &words) {
  auto isInWord = [](char c) { return isAlnum(c) || c == '_'; };
  while (!text.empty()) {
    text = text.drop_until(isInWord);
    StringRef word = text.take_while(isInWord);
    words.insert(word);
    text = text.drop_front(word.size());
  }
}

static void addNames(const Expr *expr, llvm::StringSet<> &names) {
  if (!expr)
    return;
  if (!expr->isLiteral())
    addWords(expr->text, names);
  for (const Expr *operand : expr->operands)
    addNames(operand, names);
}

/// From back to front: all uses of a name come behind its declaration. What is
/// used behind a block was not declared in it.
static void removeUnused(Stmts &statements, llvm::StringSet<> &used) {
  Stmts kept;
  for (Stmt &statement : llvm::reverse(statements)) {
    if (statement.kind == Stmt::Kind::Constant &&
        !used.contains(statement.name))
      continue;
    addNames(statement.target, used);
    addNames(statement.value, used);
    addWords(statement.text, used);
    for (Stmts *inner : {&statement.body, &statement.otherwise}) {
      llvm::StringSet<> usedInside;
      removeUnused(*inner, usedInside);
      for (const auto &name : usedInside)
        used.insert(name.getKey());
    }
    kept.push_back(std::move(statement));
  }
  std::reverse(kept.begin(), kept.end());
  statements = std::move(kept);
}

static void collectNames(const Stmts &statements, llvm::StringSet<> &names) {
  for (const Stmt &statement : statements) {
    addNames(statement.target, names);
    addNames(statement.value, names);
    addWords(statement.text, names);
    collectNames(statement.body, names);
    collectNames(statement.otherwise, names);
  }
}

llvm::StringSet<> collectNames(const Stmts &statements) {
  llvm::StringSet<> names;
  collectNames(statements, names);
  return names;
}

void removeUnused(Stmts &statements) {
  llvm::StringSet<> used;
  removeUnused(statements, used);
}

} // namespace setun::c
