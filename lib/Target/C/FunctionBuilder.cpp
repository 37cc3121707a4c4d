//===- FunctionBuilder.cpp - From a function to statements ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The invariant: an expression that waits gives the same value whenever it is
// evaluated between its definition and its use. Its variables do not change in
// that time, and beforeWrite() takes care of what it reads.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"

#include "Layout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace setun::c {

/// Expressions with more nodes than this are cut by a variable.
static constexpr unsigned kMaxInlineSize = 32;

/// A block that is being built.
struct FunctionBuilder::Scope {
  Scope *parent;
  Block *block;
  Stmts &statements;
  /// Names declared in this block, and in blocks inside it: those are out of
  /// scope again, but a variable that stands before them must not have them.
  llvm::StringSet<> names, innerNames;
  /// Expressions that wait for their one user, in order of definition.
  llvm::MapVector<Value, std::pair<const Expr *, std::string>> waiting;

  Scope(Scope *parent, Block *block, Stmts &statements)
      : parent(parent), block(block), statements(statements) {}
};

FunctionBuilder::FunctionBuilder(ModuleEmission &module, func::FuncOp function)
    : module(module), function(function) {}

FunctionBuilder::~FunctionBuilder() = default;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const Expr *FunctionBuilder::use(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  // Only this block has waiting values that it may use: see define().
  auto waiting = scope->waiting.find(value);
  assert(waiting != scope->waiting.end() && "every scalar was defined");
  const Expr *expr = waiting->second.first;
  scope->waiting.erase(waiting);
  return expr;
}

const Expr *FunctionBuilder::useAtom(Value value) {
  auto waiting = scope->waiting.find(value);
  std::string hint =
      waiting == scope->waiting.end() ? "v" : waiting->second.second;
  const Expr *expr = use(value);
  return expr->isAtom() ? expr : declare(value, expr, hint);
}

const Expr *FunctionBuilder::declare(Value value, const Expr *expr,
                                     StringRef hint) {
  std::string name = makeName(hint);
  append(Stmt::constant(name, expr->type, exprs.forAssignment(expr)));
  const Expr *variable = exprs.name(name, expr->type);
  known[value] = variable;
  return variable;
}

void FunctionBuilder::define(Value result, const Expr *expr, StringRef hint) {
  if (result.use_empty())
    return;
  if (expr->isAtom()) {
    known[result] = expr;
    return;
  }
  bool waits = result.hasOneUse() && expr->size <= kMaxInlineSize &&
               result.getUses().begin()->getOwner()->getBlock() == scope->block;
  if (waits)
    scope->waiting[result] = {expr, hint.str()};
  else
    declare(result, expr, hint);
}

const Expr *FunctionBuilder::declareVariable(StringRef hint, CType type,
                                             const Expr *init) {
  std::string name = makeName(hint);
  append(Stmt::declare(fmt::format("{} {}", getTypeName(type), name),
                       init ? exprs.forAssignment(init) : nullptr));
  return exprs.name(name, type);
}

void FunctionBuilder::append(Stmt statement) {
  scope->statements.push_back(std::move(statement));
}

void FunctionBuilder::beforeWrite() {
  SmallVector<std::tuple<Value, const Expr *, std::string>> reads;
  for (auto &[value, waiting] : scope->waiting)
    if (waiting.first->readsMemory)
      reads.push_back({value, waiting.first, waiting.second});
  for (auto &[value, expr, hint] : reads) {
    scope->waiting.erase(value);
    declare(value, expr, hint);
  }
}

bool FunctionBuilder::mayWrite(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        auto call = dyn_cast<func::CallOp>(inner);
        bool writes = (call && !isFunctionOfNumbers(call)) ||
                      !getWrittenMemRefs(inner).empty();
        return writes ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string FunctionBuilder::makeName(StringRef hint) {
  auto isTaken = [&](StringRef name) {
    for (Scope *outer = scope; outer; outer = outer->parent)
      if (outer->names.contains(name))
        return true;
    return scope->innerNames.contains(name) || module.names.contains(name);
  };
  std::string wanted = makeIdentifier(hint, "v");
  std::string name = wanted;
  for (unsigned number = 2; isTaken(name); ++number)
    name = fmt::format("{}_{}", wanted, number);
  scope->names.insert(name);
  return name;
}

std::string FunctionBuilder::makeLoopName() {
  constexpr StringLiteral letters = "ijklmn";
  // The letters are kept free by ModuleEmission.
  if (loopDepth < letters.size())
    return std::string(1, letters[loopDepth]);
  return makeName(fmt::format("i{}", loopDepth));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

const View *FunctionBuilder::getView(Value memref, Operation *op) {
  auto found = views.find(memref);
  if (found != views.end())
    return found->second.get();
  op->emitError() << "uses a memref that C has no address for; accepted are "
                     "arguments, constants, local arrays and views of them";
  return nullptr;
}

void FunctionBuilder::setView(Value memref, View view) {
  views[memref] = std::make_unique<View>(std::move(view));
}

void FunctionBuilder::addTerm(const Expr *&sum, int64_t &constant,
                              const Expr *term, int64_t stride) {
  if (term->isLiteral()) {
    constant += term->integer * stride;
    return;
  }
  CType type = module.indexType;
  // i * 28 + (j - 1) reads better without the parentheses.
  if (stride == 1 && term->kind == Expr::Kind::Binary &&
      (term->text == "+" ||
       (term->text == "-" && term->operands[1]->isLiteral()))) {
    const Expr *rhs = term->operands[1];
    if (term->operands[0]->type == type && rhs->type == type) {
      addTerm(sum, constant, term->operands[0], 1);
      if (term->text == "+")
        addTerm(sum, constant, rhs, 1);
      else
        constant -= rhs->integer;
      return;
    }
  }
  const Expr *product =
      exprs.binary("*", term, exprs.integer(stride, type), type);
  sum = sum ? exprs.binary("+", sum, product, type) : product;
}

const Expr *FunctionBuilder::getElement(const View &view,
                                        ArrayRef<const Expr *> indices) {
  if (view.isVariable)
    return exprs.variable(view.base, view.memory);
  const Expr *sum = view.dynamicOffset;
  int64_t constant = view.offset;
  for (auto [index, stride] : llvm::zip_equal(indices, view.strides))
    if (stride != 0)
      addTerm(sum, constant, index, stride);
  CType type = module.indexType;
  const Expr *offset = exprs.integer(constant, type);
  sum = sum ? exprs.binary("+", sum, offset, type) : offset;
  return exprs.subscript(view.base, sum, view.memory, !view.isConstant);
}

const Expr *FunctionBuilder::getPointer(const View &view, CType type,
                                        bool isConst) {
  const Expr *sum = view.dynamicOffset;
  const Expr *offset = exprs.integer(view.offset, module.indexType);
  sum = sum ? exprs.binary("+", sum, offset, module.indexType) : offset;
  std::string text = (view.isVariable ? "&" : "") + view.base;
  bool hasOffset = !sum->isIntegerLiteral(0);
  if (hasOffset)
    text += " + " + print(sum);
  if (view.memory != type) {
    if (hasOffset)
      text = "(" + text + ")";
    text = fmt::format("({}{} *){}", isConst ? "const " : "", getTypeName(type),
                       text);
  }
  return exprs.name(text, type);
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

LogicalResult FunctionBuilder::checkTypes(Operation &op) {
  auto check = [&](Type type) -> LogicalResult {
    Type element = type;
    if (auto memref = dyn_cast<MemRefType>(type))
      element = memref.getElementType();
    if (module.getType(element))
      return success();
    return op.emitError() << "'" << op.getName() << "' has a value of type "
                          << type << ", which C does not have; accepted are "
                          << kAcceptedTypes << ", and memrefs of them";
  };
  for (Type type : op.getOperandTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op.getResultTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op.getResultTypes())
    module.usesFloat |= isa<FloatType>(type);
  return success();
}

LogicalResult FunctionBuilder::visit(Operation &op) {
  const OpHandler *handler = OpHandlers::get().find(&op);
  if (!handler)
    return op.emitError() << "'" << op.getName()
                          << "' cannot be printed as C; accepted are exact "
                             "operations of arith, math, memref, scf and func, "
                             "and the kernels of lowbit";
  if (failed(checkTypes(op)))
    return failure();
  return (*handler)(&op, *this);
}

LogicalResult
FunctionBuilder::visitBlock(Block &block, bool isLoop, Stmts &statements,
                            function_ref<void(Operation *)> finish) {
  Scope inner(scope, &block, statements);
  scope = &inner;
  loopDepth += isLoop;
  LogicalResult result = success();
  for (Operation &op : block.without_terminator())
    if (failed(result = visit(op)))
      break;
  if (succeeded(result) && block.mightHaveTerminator()) {
    result = checkTypes(*block.getTerminator());
    if (succeeded(result))
      finish(block.getTerminator());
  }
  loopDepth -= isLoop;
  scope = inner.parent;
  for (const llvm::StringSet<> &names : {inner.names, inner.innerNames})
    for (const auto &entry : names)
      scope->innerNames.insert(entry.getKey());
  return result;
}

void FunctionBuilder::bindParameters() {
  ArrayRef<Parameter> parameters = module.getParameters(function);
  for (auto [argument, parameter] :
       llvm::zip_equal(function.getArguments(), parameters)) {
    scope->names.insert(parameter.name);
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type) {
      bind(argument, exprs.name(parameter.name, parameter.type));
      continue;
    }
    View view{parameter.address, parameter.type,
              *module.getType(type.getElementType())};
    view.strides = getStrides(type);
    setView(argument, std::move(view));
  }
}

FailureOr<Stmts> FunctionBuilder::build() {
  Stmts statements;
  Block &block = function.front();
  Scope outermost(nullptr, &block, statements);
  scope = &outermost;
  bindParameters();
  for (Operation &op : block.without_terminator())
    if (failed(visit(op)))
      return failure();
  auto finish = cast<func::ReturnOp>(block.getTerminator());
  if (finish.getNumOperands() == 1)
    append(Stmt(Stmt::Kind::Return, "", nullptr,
                exprs.forAssignment(use(finish.getOperand(0)))));
  scope = nullptr;
  removeUnused(statements);
  return statements;
}

const OpHandlers &OpHandlers::get() {
  static const OpHandlers all = [] {
    OpHandlers handlers;
    addIntegerHandlers(handlers);
    addFloatHandlers(handlers);
    addConversionHandlers(handlers);
    addMemRefHandlers(handlers);
    addViewHandlers(handlers);
    addControlFlowHandlers(handlers);
    addKernelHandlers(handlers);
    return handlers;
  }();
  return all;
}

const OpHandler *OpHandlers::find(Operation *op) const {
  auto found = handlers.find(op->getName().getStringRef());
  return found == handlers.end() ? nullptr : &found->second;
}

} // namespace setun::c
