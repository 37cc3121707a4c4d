//===- Functor.h - What happens to each element -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A chain of elementwise ops as a C++ function object: `operator()` takes an
// element of each stream and the place in the row, and returns the result.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_FUNCTOR_H
#define SETUN_LIB_TARGET_HLS_FUNCTOR_H

#include "Estimate.h"
#include "Tables.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace setun::hls {

/// The C++ type of a tensor's elements; of sums as narrow as their bounds.
/// Empty if there is none.
std::string getElementType(mlir::Value value);
llvm::ArrayRef<int64_t> getShape(mlir::Value value);
/// The index along `axis` of a tensor of `shape`, 0 if there is one row.
std::function<int64_t(int64_t)> along(int64_t axis, int64_t rows,
                                      llvm::ArrayRef<int64_t> shape);
/// An element of C++ type `type` as a number of a scalar type of MLIR.
std::string convertTo(llvm::StringRef scalar, llvm::StringRef text,
                      llvm::StringRef type);

/// Can the op be part of a function object at all?
bool isElementwise(mlir::Operation *op);

/// The non-constant operands of such an op.
llvm::SmallVector<mlir::Value> getStreamedOperands(mlir::Operation *op);

/// Builds the function object of one stage.
class Functor {
public:
  /// Elements come in `order`; the object is told their place modulo `row`.
  Functor(Design &design, llvm::StringRef stage, StreamOrder order, int64_t row)
      : design(design), stage(stage), order(std::move(order)), row(row) {
    for (const char *name : {"x", "y", "z", "channel"})
      locals.reserve(name);
  }

  /// The element of `value` comes as parameter `x`, `y` or `z`, in C++ of
  /// `type`.
  void addParameter(mlir::Value value, llvm::StringRef name, std::string type);
  /// `value`, one number a frame, is a member that is read before.
  void addMember(mlir::Value value, std::string type);

  /// The least row length that the tables of an op need; 0 if an op cannot be
  /// printed at all.
  int64_t getNeededRow(mlir::Operation *op);

  /// Appends an op, all of whose streamed operands are known.
  llvm::LogicalResult add(mlir::Operation *op);
  /// `value` is what it was plus a number for each index along axis 1.
  void addBias(mlir::Value value, const Numbers &bias, mlir::Operation *op);
  /// `value` is what it was, divided.
  void addDivision(mlir::Value value, float divisor, mlir::Operation *op);
  /// A value that is another one, reshaped.
  void addAlias(mlir::Value alias, mlir::Value value) {
    known[alias] = known.lookup(value);
  }

  /// Appends the body of a fold: its input and its init are known.
  llvm::LogicalResult addFold(mlir::Operation *op);
  /// From here on nobody can read `value`.
  void forget(mlir::Value value) { known.erase(value); }

  bool knows(mlir::Value value) const { return known.contains(value); }
  bool isEmpty() const { return statements.empty(); }
  std::string getType(mlir::Value value) const {
    return known.lookup(value).type;
  }
  struct Member {
    mlir::Value value;
    std::string name, type;
  };
  llvm::ArrayRef<Member> getMembers() const { return members; }
  /// What it takes for each element.
  const StepEstimate &getEstimate() const { return estimate; }

  /// The struct `name` that returns `result`.
  std::string print(llvm::StringRef name, mlir::Value result) const;

private:
  struct Expression {
    std::string text, type;
  };

  std::string define(mlir::Operation *op, llvm::StringRef type,
                     std::string text);
  void set(mlir::Value value, std::string text, std::string type) {
    known[value] = {std::move(text), std::move(type)};
  }
  /// What indexes a constant of `shape` for row-major index i of the elements.
  using Locate = std::function<int64_t(int64_t)>;
  /// The stretch after which what `locate` gives repeats.
  int64_t getPeriod(const Locate &locate);
  /// Element of a constant, in a table if they differ.
  std::string printConstant(const Numbers &numbers, const Locate &locate,
                            mlir::Operation *op);
  /// A row of a table [rows][columns].
  std::string printRow(const Numbers &numbers, int64_t columns,
                       const Locate &locateRow, mlir::Operation *op,
                       unsigned *bits = nullptr);
  std::string printIndex(int64_t period);
  std::string makeTableName(mlir::Operation *op);
  /// Operand `value` of an op with numpy's broadcasting to `shape`.
  std::string printOperand(mlir::Value value, llvm::ArrayRef<int64_t> shape,
                           mlir::Operation *op);
  /// All (operand, locate) pairs of constants of an op.
  llvm::SmallVector<Locate> getLocates(mlir::Operation *op);

  llvm::LogicalResult addGeneric(mlir::Operation *op);
  /// The operations inside of a linalg op; `scalars` are its arguments.
  llvm::LogicalResult
  addBody(mlir::Operation *op,
          llvm::DenseMap<mlir::Value, std::string> &scalars);
  llvm::LogicalResult addQuantize(mlir::Operation *op);
  llvm::LogicalResult addDequantize(mlir::Operation *op);
  llvm::LogicalResult addThreshold(mlir::Operation *op);
  llvm::LogicalResult addRequantize(mlir::Operation *op);
  llvm::LogicalResult addLookup(mlir::Operation *op);
  llvm::LogicalResult addCast(mlir::Operation *op);

  Design &design;
  std::string stage;
  StreamOrder order;
  int64_t row;
  NameScope locals;
  llvm::DenseMap<mlir::Value, Expression> known;
  struct Parameter {
    std::string name, type;
  };
  std::vector<Parameter> parameters;
  llvm::SmallVector<Member> members;
  std::vector<std::string> statements;
  bool usesPlace = false;
  StepEstimate estimate;
};

/// An op on scalars (arith, math) as a C++ expression over those of its
/// operands; empty if there is none.
std::string printScalarOp(mlir::Operation *op,
                          llvm::ArrayRef<std::string> operands);
/// The C++ type of a scalar: float, int32_t, bool; empty if there is none.
std::string getScalarType(mlir::Type type);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_FUNCTOR_H
