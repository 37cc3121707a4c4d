// An add/sub network becomes private functions of bounded size: C compilers
// take minutes on one function of a hundred thousand statements and seconds on
// the same in pieces. Values that cross functions wait in a scratch buffer.
#include "KernelLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "setun/Support/Names.h"

using namespace mlir;

namespace setun {
namespace {

/// Splits the ops of one network into pieces and writes them as functions.
class NetworkSplitter {
public:
  NetworkSplitter(lowbit::AddSubOp op, unsigned maxStatements)
      : op(op), block(op.getBody().front()),
        yield(cast<lowbit::YieldOp>(block.getTerminator())),
        maxStatements(maxStatements),
        hasRows(llvm::any_of(
            cast<MemRefType>(op.getInput().getType()).getShape().drop_back(),
            [](int64_t size) { return size != 1; })) {}

  /// The functions in call order, inserted before the layer.
  SmallVector<func::FuncOp> build(Value input, Value init,
                                  MemRefType &scratchType);

  /// Whether the functions take the row as an argument; a single row is row 0.
  bool takesRow() const { return hasRows; }

private:
  /// A run of consecutive ops, by position in the block, and the outputs that
  /// it can store.
  struct Piece {
    size_t first;
    size_t end;
  };

  void split();
  void assignSlots();
  func::FuncOp createFunction(size_t piece, Value input, Value init,
                              MemRefType scratchType);
  /// The piece that computes `value`; inputs and constants belong to none.
  std::optional<size_t> getPiece(Value value) const {
    Operation *definition = value.getDefiningOp();
    auto found = pieceOf.find(definition);
    if (!definition || found == pieceOf.end())
      return std::nullopt;
    return found->second;
  }

  lowbit::AddSubOp op;
  Block &block;
  lowbit::YieldOp yield;
  unsigned maxStatements;
  bool hasRows;
  SmallVector<Operation *> ops;
  SmallVector<Piece> pieces;
  DenseMap<Operation *, size_t> pieceOf;
  /// Outputs, by the piece that stores them.
  DenseMap<size_t, SmallVector<unsigned>> outputsOf;
  /// Place of a crossing value in the scratch buffer.
  DenseMap<Value, int64_t> slotOf;
  int64_t slots = 0;
};

/// Counts for each op itself, loads that are used more than once, and stores;
/// closes a piece before it is too long.
void NetworkSplitter::split() {
  DenseMap<Value, unsigned> outputUses;
  for (Value output : yield.getValues())
    ++outputUses[output];
  for (Operation &operation : block.without_terminator())
    if (!isa<arith::ConstantOp>(operation))
      ops.push_back(&operation);

  size_t first = 0;
  unsigned statements = 0;
  DenseSet<Value> seen;
  for (auto [i, operation] : llvm::enumerate(ops)) {
    // Itself, a store for scratch or output, and at most two fresh loads.
    unsigned cost = 2 + outputUses.lookup(operation->getResult(0));
    for (Value operand : operation->getOperands())
      cost += seen.insert(operand).second;
    if (statements + cost > maxStatements && i > first) {
      pieces.push_back({first, i});
      first = i;
      statements = 0;
      seen.clear();
    }
    statements += cost;
    pieceOf[operation] = pieces.size();
  }
  pieces.push_back({first, ops.size()});

  // Outputs that are inputs or constants are stored in bounded groups of their
  // own.
  unsigned direct = 0;
  for (auto [n, output] : llvm::enumerate(yield.getValues())) {
    if (std::optional<size_t> piece = getPiece(output)) {
      outputsOf[*piece].push_back(n);
      continue;
    }
    if (direct++ % (maxStatements / 2) == 0)
      pieces.push_back({ops.size(), ops.size()});
    outputsOf[pieces.size() - 1].push_back(n);
  }
}

/// Crossing values get slots; a slot is free again after the last piece that
/// reads it.
void NetworkSplitter::assignSlots() {
  DenseMap<Value, size_t> lastReader;
  for (Operation *operation : ops)
    for (Value operand : operation->getOperands()) {
      std::optional<size_t> from = getPiece(operand);
      size_t reader = pieceOf[operation];
      if (from && *from != reader)
        lastReader[operand] = std::max(lastReader.lookup(operand), reader);
    }
  SmallVector<SmallVector<int64_t>> freedAfter(pieces.size() + 1);
  SmallVector<int64_t> free;
  for (auto [number, piece] : llvm::enumerate(pieces)) {
    for (size_t i = piece.first; i < piece.end; ++i) {
      Value value = ops[i]->getResult(0);
      auto last = lastReader.find(value);
      if (last == lastReader.end())
        continue;
      int64_t slot = free.empty() ? slots++ : free.pop_back_val();
      slotOf[value] = slot;
      freedAfter[last->second].push_back(slot);
    }
    // Only now: a piece must not overwrite what it may still read.
    llvm::append_range(free, freedAfter[number]);
  }
}

SmallVector<func::FuncOp> NetworkSplitter::build(Value input, Value init,
                                                 MemRefType &scratchType) {
  split();
  assignSlots();
  scratchType =
      MemRefType::get({std::max<int64_t>(slots, 1)},
                      cast<MemRefType>(init.getType()).getElementType());
  SmallVector<func::FuncOp> functions;
  for (size_t piece = 0; piece < pieces.size(); ++piece)
    if (pieces[piece].first < pieces[piece].end || outputsOf.contains(piece))
      functions.push_back(createFunction(piece, input, init, scratchType));
  return functions;
}

func::FuncOp NetworkSplitter::createFunction(size_t piece, Value input,
                                             Value init,
                                             MemRefType scratchType) {
  auto layer = op->getParentOfType<func::FuncOp>();
  auto module = layer->getParentOfType<ModuleOp>();
  MLIRContext *context = op.getContext();
  Location loc = op.getLoc();
  OpBuilder b(layer);
  SmallVector<Type> types = {input.getType(), init.getType(), scratchType};
  if (hasRows)
    types.push_back(b.getIndexType());
  auto type = b.getFunctionType(types, {});
  SymbolTable symbols(module);
  unsigned number = piece;
  std::string name;
  do {
    name = (layer.getName() + "_network_" + Twine(number++)).str();
  } while (symbols.lookup(name));
  auto function = func::FuncOp::create(b, loc, name, type);
  function.setPrivate();
  // Inlined into each other, the pieces would be whole again.
  function.setNoInline(true);
  Block *body = function.addEntryBlock();
  const std::pair<StringRef, StringRef> arguments[] = {
      {"in", "x"}, {"out", "sums"}, {"scratch", "shared"}, {"in", "row"}};
  for (unsigned i = 0; i < types.size(); ++i) {
    auto [role, argument] = arguments[i];
    function.setArgAttr(i, "setun.role", StringAttr::get(context, role));
    body->getArgument(i).setLoc(
        NameLoc::get(StringAttr::get(context, argument)));
  }

  b.setInsertionPointToStart(body);
  Value x = body->getArgument(0), out = body->getArgument(1);
  Value scratch = body->getArgument(2);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value row = hasRows ? Value(body->getArgument(3)) : constant(0);
  bool isUnsigned = lowbit::isUnsignedCode(*op.getActivation());
  Type accumulator = scratchType.getElementType();
  IRMapping mapping;
  // A value of the network in this function: computed here, or loaded where it
  // is first needed.
  auto get = [&](Value value) -> Value {
    if (Value mapped = mapping.lookupOrNull(value))
      return mapped;
    Value loaded;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      Value code = memref::LoadOp::create(
          b, loc, x, ValueRange{row, constant(argument.getArgNumber())});
      loaded = isUnsigned
                   ? Value(arith::ExtUIOp::create(b, loc, accumulator, code))
                   : Value(arith::ExtSIOp::create(b, loc, accumulator, code));
    } else if (auto literal = value.getDefiningOp<arith::ConstantOp>()) {
      loaded = b.clone(*literal)->getResult(0);
    } else {
      loaded = memref::LoadOp::create(b, loc, scratch,
                                      constant(slotOf.lookup(value)));
    }
    mapping.map(value, loaded);
    return loaded;
  };
  for (size_t i = pieces[piece].first; i < pieces[piece].end; ++i) {
    Operation *operation = ops[i];
    for (Value operand : operation->getOperands())
      (void)get(operand);
    Operation *copy = b.clone(*operation, mapping);
    auto slot = slotOf.find(operation->getResult(0));
    if (slot != slotOf.end())
      memref::StoreOp::create(b, loc, copy->getResult(0), scratch,
                              constant(slot->second));
  }
  for (unsigned output : outputsOf.lookup(piece))
    memref::StoreOp::create(b, loc, get(yield.getValues()[output]), out,
                            ValueRange{row, constant(output)});
  func::ReturnOp::create(b, loc);
  return function;
}

/// [.., K] as [rows, K].
Value collapseRows(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 2)
    return buffer;
  if (type.getRank() == 1)
    return memref::ExpandShapeOp::create(
        b, loc, ArrayRef<int64_t>{1, type.getDimSize(0)}, buffer,
        ArrayRef<ReassociationIndices>{{0, 1}});
  SmallVector<ReassociationIndices> groups(2);
  for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
    groups[0].push_back(dim);
  groups[1].push_back(type.getRank() - 1);
  return memref::CollapseShapeOp::create(b, loc, buffer, groups);
}

/// The functions take whole buffers: `buffer`, or room for a copy of a part of
/// one.
Value createPlainBuffer(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getLayout().isIdentity())
    return buffer;
  return memref::AllocOp::create(
      b, loc, MemRefType::get(type.getShape(), type.getElementType()));
}

} // namespace

LogicalResult lowerToFunctions(IRRewriter &rewriter, lowbit::AddSubOp op,
                               unsigned maxStatements) {
  if (maxStatements < 8)
    return op.emitOpError("needs at least 8 statements a function");
  Location loc = op.getLoc();
  Value wholeInput = createPlainBuffer(rewriter, loc, op.getInput());
  if (wholeInput != op.getInput())
    memref::CopyOp::create(rewriter, loc, op.getInput(), wholeInput);
  Value wholeInit = createPlainBuffer(rewriter, loc, op.getInit());
  Value input = collapseRows(rewriter, loc, wholeInput);
  Value init = collapseRows(rewriter, loc, wholeInit);
  MemRefType scratchType;
  NetworkSplitter splitter(op, maxStatements);
  SmallVector<func::FuncOp> functions =
      splitter.build(input, init, scratchType);
  Value scratch = memref::AllocOp::create(rewriter, loc, scratchType);
  auto callAll = [&](ValueRange row) {
    SmallVector<Value> arguments = {input, init, scratch};
    llvm::append_range(arguments, row);
    for (func::FuncOp function : functions)
      func::CallOp::create(rewriter, loc, function, arguments);
  };
  if (!splitter.takesRow()) {
    callAll({});
  } else {
    int64_t rows = cast<MemRefType>(input.getType()).getDimSize(0);
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    Value count = arith::ConstantIndexOp::create(rewriter, loc, rows);
    auto loop = scf::ForOp::create(rewriter, loc, zero, count, one);
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(loop.getBody());
    callAll(loop.getInductionVar());
  }
  if (wholeInit != op.getInit())
    memref::CopyOp::create(rewriter, loc, wholeInit, op.getInit());
  rewriter.eraseOp(op);
  return success();
}

} // namespace setun
