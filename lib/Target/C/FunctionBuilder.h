//===- FunctionBuilder.h - From a function to statements --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks one function and builds its C statements. A pure value with one use
// waits as an expression until its user is printed; a value that reads memory
// is put into a variable before any statement that may write.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_FUNCTIONBUILDER_H
#define SETUN_LIB_TARGET_C_FUNCTIONBUILDER_H

#include "CTree.h"
#include "ModuleEmission.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <functional>
#include <memory>
#include <string>

namespace setun::c {

/// Where the elements of a memref are: base[offset + sum(index * stride)].
struct View {
  /// A C pointer or array.
  std::string base;
  /// What the pointer points to, and the type that the IR gives a value.
  CType memory;
  CType value;
  /// Offset in elements: an expression of unchanging variables, and a number.
  const Expr *dynamicOffset = nullptr;
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides = {};
  /// Never written by anyone.
  bool isConstant = false;
  /// The base is a variable, not a pointer.
  bool isVariable = false;
};

/// Builds the statements of one function.
class FunctionBuilder {
public:
  FunctionBuilder(ModuleEmission &module, mlir::func::FuncOp function);
  ~FunctionBuilder();

  /// Builds the body; emits a diagnostic at what C cannot say.
  llvm::FailureOr<Stmts> build();

  //===--------------------------------------------------------------------===//
  // For the handlers of operations
  //===--------------------------------------------------------------------===//

  ModuleEmission &getModule() { return module; }
  ExprBuilder &getExprs() { return exprs; }
  mlir::func::FuncOp getFunction() { return function; }

  /// The expression of an operand. It may be used once.
  const Expr *use(mlir::Value value);
  /// A variable or literal that may be used several times, and stays the same.
  const Expr *useAtom(mlir::Value value);
  /// Says what a result is; it becomes a variable, called like `hint`, if it
  /// has several uses or one elsewhere.
  void define(mlir::Value result, const Expr *expr, llvm::StringRef hint = "v");
  /// Declares a variable that later statements assign to.
  const Expr *declareVariable(llvm::StringRef hint, CType type,
                              const Expr *init);
  /// Says which variable holds a value.
  void bind(mlir::Value value, const Expr *variable) {
    known[value] = variable;
  }

  /// Appends a statement.
  void append(Stmt statement);
  /// To be called before a statement that may write memory, after its operands
  /// were used: waiting reads become variables.
  void beforeWrite();

  /// The view of a memref; null after a diagnostic at `op`.
  const View *getView(mlir::Value memref, mlir::Operation *op);
  void setView(mlir::Value memref, View view);
  /// The element at these indices.
  const Expr *getElement(const View &view,
                         llvm::ArrayRef<const Expr *> indices);
  /// The address of the first element, as a pointer to `type`.
  const Expr *getPointer(const View &view, CType type, bool isConst);
  /// The number of a linear index: sum += term * stride.
  void addTerm(const Expr *&sum, int64_t &constant, const Expr *term,
               int64_t stride);

  /// A new name in the current block.
  std::string makeName(llvm::StringRef hint);
  /// The name of a loop variable at the current depth.
  std::string makeLoopName();

  /// Builds the statements of a nested block but its terminator; `finish` then
  /// reads the operands of the terminator. `isLoop` counts as nesting.
  llvm::LogicalResult
  visitBlock(mlir::Block &block, bool isLoop, Stmts &statements,
             llvm::function_ref<void(mlir::Operation *)> finish);

  /// True if `op` or an operation inside it may write memory.
  static bool mayWrite(mlir::Operation *op);

private:
  struct Scope;

  llvm::LogicalResult visit(mlir::Operation &op);
  llvm::LogicalResult checkTypes(mlir::Operation &op);
  const Expr *declare(mlir::Value value, const Expr *expr,
                      llvm::StringRef hint);
  void bindParameters();

  ModuleEmission &module;
  mlir::func::FuncOp function;
  ExprBuilder exprs;
  /// Values that have a name or are literals.
  llvm::DenseMap<mlir::Value, const Expr *> known;
  llvm::DenseMap<mlir::Value, std::unique_ptr<View>> views;
  /// The block that is being built.
  Scope *scope = nullptr;
  unsigned loopDepth = 0;
};

/// Builds what one kind of operation stands for.
using OpHandler =
    std::function<llvm::LogicalResult(mlir::Operation *, FunctionBuilder &)>;

/// The handlers of all operations that C can say.
class OpHandlers {
public:
  static const OpHandlers &get();

  template <typename Op>
  void add(llvm::LogicalResult (*handler)(Op, FunctionBuilder &)) {
    handlers[Op::getOperationName()] = [handler](mlir::Operation *op,
                                                 FunctionBuilder &builder) {
      return handler(llvm::cast<Op>(op), builder);
    };
  }
  /// Null if there is none.
  const OpHandler *find(mlir::Operation *op) const;

private:
  llvm::StringMap<OpHandler> handlers;
};

void addIntegerHandlers(OpHandlers &handlers);
void addFloatHandlers(OpHandlers &handlers);
void addConversionHandlers(OpHandlers &handlers);
void addMemRefHandlers(OpHandlers &handlers);
void addViewHandlers(OpHandlers &handlers);
void addControlFlowHandlers(OpHandlers &handlers);
void addKernelHandlers(OpHandlers &handlers);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_FUNCTIONBUILDER_H
