//===- ControlFlowOps.cpp - Loops, branches and calls as C ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values that a loop carries, and those that a branch yields, become variables.
// Where an inner loop continues the sum of an outer one, both use the same.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "Layout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace setun::c {

/// variables[i] = values[i] for all i at the same time.
static void assignAll(ArrayRef<const Expr *> variables,
                      SmallVector<const Expr *> values,
                      FunctionBuilder &builder) {
  auto isChanged = [&](size_t i) { return !isSame(variables[i], values[i]); };
  // A value that reads a variable assigned before it is taken first.
  for (size_t i = 1; i < values.size(); ++i) {
    bool reads = false;
    for (size_t j = 0; j < i; ++j)
      reads |= isChanged(j) && mentions(values[i], variables[j]->text);
    if (reads && isChanged(i))
      values[i] =
          builder.declareVariable("next", variables[i]->type, values[i]);
  }
  for (size_t i = 0; i < values.size(); ++i)
    if (isChanged(i))
      builder.append(Stmt::assign(variables[i],
                                  builder.getExprs().forAssignment(values[i])));
}

static SmallVector<const Expr *> useAll(ValueRange values,
                                        FunctionBuilder &builder) {
  return llvm::map_to_vector(values,
                             [&](Value value) { return builder.use(value); });
}

static LogicalResult checkCarried(Operation *op) {
  for (Type type : op->getResultTypes())
    if (isa<MemRefType>(type))
      return op->emitError() << "'" << op->getName()
                             << "' yields a memref; C needs to know at compile "
                                "time where data is";
  return success();
}

/// A good name for a value that a loop carries.
static StringRef getCarriedHint(Value yielded) {
  Operation *op = yielded.getDefiningOp();
  if (op && isa<arith::AddFOp, arith::AddIOp, arith::SubIOp, arith::SubFOp>(op))
    return "acc";
  if (op &&
      isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MaxSIOp, arith::MaxUIOp>(
          op))
    return "largest";
  if (op &&
      isa<arith::MinimumFOp, arith::MinNumFOp, arith::MinSIOp, arith::MinUIOp>(
          op))
    return "smallest";
  if (auto loop = dyn_cast_or_null<scf::ForOp>(op))
    return getCarriedHint(
        loop.getYieldedValues()[cast<OpResult>(yielded).getResultNumber()]);
  return "carried";
}

//===----------------------------------------------------------------------===//
// scf.for
//===----------------------------------------------------------------------===//

/// True if the loop carries on the variable that its parent loop carries: no
/// other operation of the parent reads it before the loop or after it.
static bool continuesOuter(scf::ForOp loop, unsigned index) {
  auto argument = dyn_cast<BlockArgument>(loop.getInitArgs()[index]);
  auto outer = dyn_cast<scf::ForOp>(loop->getParentOp());
  if (!argument || !outer || argument.getOwner() != outer.getBody() ||
      argument.getArgNumber() == 0 || !argument.hasOneUse())
    return false;
  Value result = loop.getResult(index);
  return result.hasOneUse() &&
         outer.getYieldedValues()[argument.getArgNumber() - 1] == result;
}

static std::string getLoopHead(scf::ForOp loop, StringRef name,
                               FunctionBuilder &builder) {
  ModuleEmission &module = builder.getModule();
  CType type = *module.getType(loop.getInductionVar().getType());
  const Expr *first = builder.use(loop.getLowerBound());
  // C looks at these again in every round.
  const Expr *end = builder.useAtom(loop.getUpperBound());
  const Expr *step = builder.useAtom(loop.getStep());
  std::string next = step->isIntegerLiteral(1)
                         ? fmt::format("++{}", name)
                         : fmt::format("{} += {}", name, print(step));
  return fmt::format("for ({} {} = {}; {} < {}; {})", getTypeName(type), name,
                     print(builder.getExprs().forAssignment(first)), name,
                     print(end), next);
}

static LogicalResult emitFor(scf::ForOp loop, FunctionBuilder &builder) {
  if (failed(checkCarried(loop)))
    return failure();
  if (loop.getUnsignedCmp())
    return loop.emitError() << "'scf.for' that compares as unsigned; accepted "
                               "are signed bounds";
  ModuleEmission &module = builder.getModule();
  ExprBuilder &exprs = builder.getExprs();
  CType type = *module.getType(loop.getInductionVar().getType());
  if (getWidth(type) < 32)
    return loop.emitError()
           << "'scf.for' over " << loop.getInductionVar().getType()
           << "; accepted are index, i32 and i64";

  SmallVector<const Expr *> inits = useAll(loop.getInitArgs(), builder);
  std::string name = builder.makeLoopName();
  std::string head = getLoopHead(loop, name, builder);
  if (FunctionBuilder::mayWrite(loop))
    builder.beforeWrite();
  SmallVector<const Expr *> carried;
  for (auto [i, init] : llvm::enumerate(inits)) {
    const Expr *variable =
        continuesOuter(loop, i)
            ? init
            : builder.declareVariable(
                  getCarriedHint(loop.getYieldedValues()[i]), init->type, init);
    carried.push_back(variable);
    builder.bind(loop.getRegionIterArg(i), variable);
  }
  builder.bind(loop.getInductionVar(), exprs.name(name, type));

  Stmt statement(Stmt::Kind::Loop, head);
  auto finish = [&](Operation *yield) {
    assignAll(carried, useAll(yield->getOperands(), builder), builder);
  };
  if (failed(builder.visitBlock(*loop.getBody(), /*isLoop=*/true,
                                statement.body, finish)))
    return failure();
  builder.append(std::move(statement));
  for (auto [result, variable] : llvm::zip_equal(loop.getResults(), carried))
    builder.bind(result, variable);
  return success();
}

//===----------------------------------------------------------------------===//
// scf.parallel
//===----------------------------------------------------------------------===//

/// A loop over few parts, each of which may be a thread's.
static LogicalResult emitParallel(scf::ParallelOp loop,
                                  FunctionBuilder &builder) {
  if (loop.getNumLoops() != 1 || loop.getNumResults() > 0 ||
      getConstantIntValue(loop.getLowerBound()[0]) != 0 ||
      getConstantIntValue(loop.getStep()[0]) != 1)
    return loop.emitError() << "'scf.parallel' with several variables, results "
                               "or other bounds than 0 and a constant; "
                               "accepted is what lowbit-split-for-threads "
                               "writes";
  std::optional<int64_t> parts = getConstantIntValue(loop.getUpperBound()[0]);
  if (!parts)
    return loop.emitError() << "'scf.parallel' over a number of parts that is "
                               "known only at run time";
  ModuleEmission &module = builder.getModule();
  module.usesThreads = true;
  Value part = loop.getInductionVars()[0];
  CType type = *module.getType(part.getType());
  std::string name = builder.makeLoopName();
  builder.beforeWrite();
  builder.bind(part, builder.getExprs().name(name, type));
  Stmt statement(Stmt::Kind::Loop,
                 fmt::format("for ({} {} = 0; {} < {}; ++{})",
                             getTypeName(type), name, name, *parts, name));
  if (failed(builder.visitBlock(*loop.getBody(), /*isLoop=*/true,
                                statement.body, [](Operation *) {})))
    return failure();
  builder.append(Stmt::line(fmt::format("SETUN_PARALLEL({})", *parts)));
  builder.append(std::move(statement));
  return success();
}

//===----------------------------------------------------------------------===//
// scf.while
//===----------------------------------------------------------------------===//

/// for (;;) { before; if (condition) { after } else { break; } }
static LogicalResult emitWhile(scf::WhileOp loop, FunctionBuilder &builder) {
  if (failed(checkCarried(loop)))
    return failure();
  SmallVector<const Expr *> inits = useAll(loop.getInits(), builder);
  if (FunctionBuilder::mayWrite(loop))
    builder.beforeWrite();
  SmallVector<const Expr *> carried, results;
  for (auto [argument, init] :
       llvm::zip_equal(loop.getBeforeArguments(), inits)) {
    carried.push_back(builder.declareVariable("carried", init->type, init));
    builder.bind(argument, carried.back());
  }
  for (auto [result, argument] :
       llvm::zip_equal(loop.getResults(), loop.getAfterArguments())) {
    CType type = *builder.getModule().getType(result.getType());
    results.push_back(builder.declareVariable("passed", type, nullptr));
    builder.bind(argument, results.back());
  }
  Stmt statement(Stmt::Kind::Loop, "for (;;)");
  const Expr *goesOn = nullptr;
  auto decide = [&](Operation *terminator) {
    auto condition = cast<scf::ConditionOp>(terminator);
    goesOn = builder.useAtom(condition.getCondition());
    assignAll(results, useAll(condition.getArgs(), builder), builder);
  };
  if (failed(builder.visitBlock(*loop.getBeforeBody(), /*isLoop=*/true,
                                statement.body, decide)))
    return failure();
  Stmt branch(Stmt::Kind::If, "", nullptr, goesOn);
  auto next = [&](Operation *yield) {
    assignAll(carried, useAll(yield->getOperands(), builder), builder);
  };
  if (failed(builder.visitBlock(*loop.getAfterBody(), /*isLoop=*/true,
                                branch.body, next)))
    return failure();
  branch.otherwise.push_back(Stmt(Stmt::Kind::Break));
  statement.body.push_back(std::move(branch));
  builder.append(std::move(statement));
  for (auto [result, variable] : llvm::zip_equal(loop.getResults(), results))
    builder.bind(result, variable);
  return success();
}

//===----------------------------------------------------------------------===//
// scf.if
//===----------------------------------------------------------------------===//

namespace {
/// One side of a branch.
struct Side {
  Stmts statements;
  SmallVector<const Expr *> values;
};
} // namespace

static LogicalResult visitSide(Block *block, Side &side,
                               FunctionBuilder &builder) {
  if (!block)
    return success();
  return builder.visitBlock(
      *block, /*isLoop=*/false, side.statements, [&](Operation *yield) {
        side.values = useAll(yield->getOperands(), builder);
      });
}

static LogicalResult emitIf(scf::IfOp op, FunctionBuilder &builder) {
  if (failed(checkCarried(op)))
    return failure();
  ExprBuilder &exprs = builder.getExprs();
  const Expr *condition = builder.use(op.getCondition());
  if (FunctionBuilder::mayWrite(op))
    builder.beforeWrite();
  Side yes, no;
  if (failed(visitSide(op.thenBlock(), yes, builder)) ||
      failed(visitSide(op.elseBlock(), no, builder)))
    return failure();

  // Without statements a branch with one result is a choice. Either side is
  // evaluated only where the condition says so, as in the IR.
  constexpr unsigned maxChoiceSize = 24;
  bool isChoice = op.getNumResults() == 1 && yes.statements.empty() &&
                  no.statements.empty() &&
                  yes.values[0]->size + no.values[0]->size <= maxChoiceSize;
  if (isChoice) {
    builder.define(op.getResult(0),
                   exprs.conditional(condition, yes.values[0], no.values[0]));
    return success();
  }
  for (auto [i, result] : llvm::enumerate(op.getResults())) {
    const Expr *variable =
        builder.declareVariable("v", yes.values[i]->type, nullptr);
    builder.bind(result, variable);
    for (Side *side : {&yes, &no})
      side->statements.push_back(
          Stmt::assign(variable, exprs.forAssignment(side->values[i])));
  }
  if (yes.statements.empty() && no.statements.empty())
    return success();
  if (yes.statements.empty()) {
    condition = exprs.unary("!", condition, CType::Bool);
    std::swap(yes, no);
  }
  Stmt statement(Stmt::Kind::If, "", nullptr, condition);
  statement.body = std::move(yes.statements);
  statement.otherwise = std::move(no.statements);
  builder.append(std::move(statement));
  return success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static LogicalResult emitCall(func::CallOp op, FunctionBuilder &builder) {
  ModuleEmission &module = builder.getModule();
  func::FuncOp callee = CallGraph::getCallee(op);
  ExprBuilder &exprs = builder.getExprs();
  SmallVector<const Expr *> arguments;
  for (auto [operand, parameter] :
       llvm::zip_equal(op.getOperands(), module.getParameters(callee))) {
    if (!parameter.isPointer) {
      arguments.push_back(builder.use(operand));
      continue;
    }
    const View *view = builder.getView(operand, op);
    if (!view)
      return failure();
    if (!isContiguous(cast<MemRefType>(operand.getType()), *view))
      return op.emitError() << "hands a memref with gaps to '" << op.getCallee()
                            << "'; accepted are contiguous ones";
    arguments.push_back(
        builder.getPointer(*view, parameter.type, parameter.isConst));
  }
  if (isFunctionOfNumbers(op)) {
    CType type = *module.getType(op.getResult(0).getType());
    builder.define(op.getResult(0),
                   exprs.call(module.getName(callee), arguments, type));
    return success();
  }
  builder.beforeWrite();
  bool isLayer = builder.getFunction() == module.graph.getEntry();
  if (op.getNumResults() == 0) {
    builder.append(Stmt::evaluate(
        exprs.call(module.getName(callee), arguments, CType::Bool)));
    if (isLayer)
      builder.append(Stmt(Stmt::Kind::Barrier, "arena"));
    return success();
  }
  CType type = *module.getType(op.getResult(0).getType());
  const Expr *call = exprs.call(module.getName(callee), arguments, type);
  if (op.getResult(0).use_empty())
    builder.append(Stmt::line("(void)" + print(call) + ";"));
  else
    builder.bind(op.getResult(0), builder.declareVariable("v", type, call));
  return success();
}

void addControlFlowHandlers(OpHandlers &handlers) {
  handlers.add(emitFor);
  handlers.add(emitParallel);
  handlers.add(emitWhile);
  handlers.add(emitIf);
  handlers.add(emitCall);
}

} // namespace setun::c
