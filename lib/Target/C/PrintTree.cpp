//===- PrintTree.cpp - Text of expressions and statements of C ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parentheses stand where the grammar needs them, and where gcc or clang would
// suggest them under -Wall.
//===----------------------------------------------------------------------===//

#include "CTree.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace setun::c {

/// True if compilers warn about `child` as a bare operand of `parent`.
static bool isConfusing(const Expr *parent, const Expr *child) {
  if (parent->kind != Expr::Kind::Binary)
    return false;
  if (child->kind == Expr::Kind::Unary && child->text == "!")
    return parent->precedence != Precedence::LogicalAnd &&
           parent->precedence != Precedence::LogicalOr;
  if (child->kind != Expr::Kind::Binary)
    return false;
  switch (parent->precedence) {
  case Precedence::LogicalOr:
    return child->precedence == Precedence::LogicalAnd;
  case Precedence::BitOr:
  case Precedence::BitXor:
  case Precedence::BitAnd:
  case Precedence::Shift:
    return child->text != parent->text;
  case Precedence::Equality:
  case Precedence::Relational:
    return child->precedence <= Precedence::Relational;
  default:
    return false;
  }
}

static std::string printOperand(const Expr *parent, const Expr *child,
                                bool isLast) {
  bool needsParentheses =
      child->precedence < parent->precedence || isConfusing(parent, child);
  // (a || b) ? c : d
  if (parent->kind == Expr::Kind::Conditional &&
      child == parent->operands.front())
    needsParentheses |= child->precedence <= Precedence::LogicalAnd;
  if (child->precedence == parent->precedence) {
    switch (parent->kind) {
    case Expr::Kind::Binary:
      // a - (b - c), but a - b - c.
      needsParentheses |= isLast;
      break;
    case Expr::Kind::Conditional:
      // Only the last operand may be another choice.
      needsParentheses |= !isLast;
      break;
    case Expr::Kind::Unary:
      // -(-a): `--` is another operator.
      needsParentheses |= child->kind != Expr::Kind::Cast;
      break;
    default:
      break;
    }
  }
  std::string text = print(child);
  return needsParentheses ? "(" + text + ")" : text;
}

std::string print(const Expr *expr) {
  ArrayRef<const Expr *> operands = expr->operands;
  switch (expr->kind) {
  case Expr::Kind::Name:
  case Expr::Kind::Literal:
    return expr->text.str();
  case Expr::Kind::Unary:
    return expr->text.str() + printOperand(expr, operands[0], true);
  case Expr::Kind::Binary:
    return fmt::format("{} {} {}", printOperand(expr, operands[0], false),
                       expr->text, printOperand(expr, operands[1], true));
  case Expr::Kind::Conditional:
    return fmt::format("{} ? {} : {}", printOperand(expr, operands[0], false),
                       printOperand(expr, operands[1], false),
                       printOperand(expr, operands[2], true));
  case Expr::Kind::Cast:
    return fmt::format("({}){}", getTypeName(expr->type),
                       printOperand(expr, operands[0], true));
  case Expr::Kind::Subscript:
    return fmt::format("{}[{}]", expr->text, print(operands[0]));
  case Expr::Kind::Call:
    break;
  }
  std::string arguments;
  for (const Expr *operand : operands)
    arguments += (arguments.empty() ? "" : ", ") + print(operand);
  return fmt::format("{}({})", expr->text, arguments);
}

static void print(const Stmt &statement, SourceWriter &writer) {
  switch (statement.kind) {
  case Stmt::Kind::Declare:
  case Stmt::Kind::Constant:
    if (statement.value)
      writer.linef("{} = {};", statement.text, print(statement.value));
    else
      writer.linef("{};", statement.text);
    return;
  case Stmt::Kind::Assign:
    writer.linef("{} {} {};", print(statement.target), statement.text,
                 print(statement.value));
    return;
  case Stmt::Kind::Evaluate:
    writer.linef("{};", print(statement.value));
    return;
  case Stmt::Kind::Loop:
    writer.open(statement.text + " {");
    print(statement.body, writer);
    writer.close();
    return;
  case Stmt::Kind::If:
    writer.open(fmt::format("if ({}) {{", print(statement.value)));
    print(statement.body, writer);
    if (!statement.otherwise.empty()) {
      writer.reopen("} else {");
      print(statement.otherwise, writer);
    }
    writer.close();
    return;
  case Stmt::Kind::Break:
    writer.line("break;");
    return;
  case Stmt::Kind::Return:
    if (statement.value)
      writer.linef("return {};", print(statement.value));
    else
      writer.line("return;");
    return;
  case Stmt::Kind::Barrier:
    writer.linef("SETUN_BARRIER({});", statement.text);
    return;
  case Stmt::Kind::Blank:
    writer.blank();
    return;
  case Stmt::Kind::Buffer:
  case Stmt::Kind::Line:
    writer.line(statement.text);
    return;
  }
}

void print(const Stmts &statements, SourceWriter &writer) {
  for (const Stmt &statement : statements)
    print(statement, writer);
}

} // namespace setun::c
