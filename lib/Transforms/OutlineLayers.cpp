// Cuts the entry function into layers and makes each a private function.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/Names.h"
#include "setun/Support/NodeLocation.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"
#include <numeric>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_OUTLINELAYERS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Is it a product, or a loop over some?
bool isProduct(Operation *op) {
  if (isa<scf::ForOp>(op))
    return op
        ->walk([&](Operation *inner) {
          return inner != op && isProduct(inner) ? WalkResult::interrupt()
                                                 : WalkResult::advance();
        })
        .wasInterrupted();
  return isa<lowbit::ProductOp, lowbit::AddSubOp, lowbit::DepthwiseOp,
             lowbit::FloatMatmulOp, lowbit::FloatConvOp, lowbit::BlockMatmulOp>(
      op);
}

/// Rows that one product reads are made with it, a few at a time.
bool isOfNextProduct(Operation *op) {
  return isa<lowbit::PatchesOp>(op) && op->hasOneUse() &&
         isProduct(*op->user_begin());
}

/// Does a layer begin here at the latest?
bool beginsProduct(Operation *op) {
  return isOfNextProduct(op) ||
         (isProduct(op) && llvm::none_of(op->getOperands(), [](Value operand) {
            Operation *source = operand.getDefiningOp();
            return source && isOfNextProduct(source);
          }));
}

/// Ops that are copied to their users instead of being passed between layers.
bool isRematerialised(Operation *op) {
  return op->getNumOperands() == 0 &&
         (op->hasTrait<OpTrait::ConstantLike>() || isa<tensor::EmptyOp>(op));
}

/// Ops that only rename elements; alone they are no layer.
bool isReshape(Operation *op) {
  return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp,
             tensor::CastOp, lowbit::ReshapeOp, UnrealizedConversionCastOp>(op);
}

bool isRematerialised(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isRematerialised(op);
}

/// What the op and its regions read from outside of it.
SetVector<Value> getReadValues(Operation *op) {
  SetVector<Value> values(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), values);
  return values;
}

int64_t getBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return 8;
  Type element = tensor.getElementType();
  int64_t bits = lowbit::isCode(element)  ? lowbit::getStorageBits(element)
                 : element.isIntOrFloat() ? element.getIntOrFloatBitWidth()
                                          : 64;
  return tensor.getNumElements() * ((bits + 7) / 8);
}

/// Ops of a layer. Bufferization takes time with the square of them and more;
/// what people would call a layer is far below.
constexpr int64_t kMaxOps = 256;

/// What a reader calls the result of a layer, behind the layer's name.
StringRef getSuffix(Value output) {
  auto quantizer = output.getDefiningOp<lowbit::DynamicQuantizeOp>();
  if (quantizer && output == quantizer.getScales())
    return "_scale";
  return lowbit::isCode(getElementTypeOrSelf(output)) ? "_codes" : "_out";
}

/// The computing ops of the entry function in order, and where they are cut.
class LayerCuts {
public:
  explicit LayerCuts(Block &body);

  /// The ops of each layer; never empty.
  std::vector<ArrayRef<Operation *>> getLayers() const;

private:
  /// First position behind the definition, last position that is used.
  struct Span {
    int64_t begin, end, bytes;
    bool isArgument;
  };

  /// Computes the bytes that cross each position.
  void countCrossingBytes(ArrayRef<Span> spans);
  int64_t getCrossingBytes(int64_t cut, bool countArguments) const {
    return crossing[cut] + (countArguments ? crossingArguments[cut] : 0);
  }
  /// Cuts layers that are longer than kMaxOps.
  void cutLongLayers();
  /// The position in first..last that the fewest bytes cross, the latest one.
  int64_t findBestCut(int64_t first, int64_t last, bool countArguments) const;

  SmallVector<Operation *> ops;
  /// Bytes of the values that cross each position: made before it, read by an
  /// op from it on. A value that is only returned can end anywhere. The
  /// model's inputs are counted apart.
  SmallVector<int64_t> crossing, crossingArguments;
  /// Where layers begin.
  SmallVector<int64_t> begins;
};

LayerCuts::LayerCuts(Block &body) {
  llvm::MapVector<Value, Span> spanOf;
  for (BlockArgument argument : body.getArguments())
    spanOf[argument] = {0, 0, getBytes(argument.getType()), true};
  SmallVector<int64_t> products;
  for (Operation &op : body.without_terminator()) {
    if (isRematerialised(&op))
      continue;
    int64_t position = ops.size();
    if (beginsProduct(&op))
      products.push_back(position);
    ops.push_back(&op);
    for (Value value : getReadValues(&op))
      if (auto found = spanOf.find(value); found != spanOf.end())
        found->second.end = position;
    for (Value result : op.getResults())
      spanOf[result] = {position + 1, 0, getBytes(result.getType()), false};
  }
  countCrossingBytes(llvm::to_vector(llvm::make_second_range(spanOf)));

  if (ops.empty())
    return;
  begins.push_back(0);
  for (auto [i, product] : llvm::enumerate(products)) {
    // Of the ops before the first product none is forced to be there.
    int64_t first = i == 0 ? 0 : products[i - 1] + 1;
    int64_t cut = findBestCut(first, product, /*countArguments=*/i == 0);
    bool onlyReshapes =
        i == 0 && llvm::all_of(ArrayRef(ops).take_front(cut), isReshape);
    if (!onlyReshapes)
      begins.push_back(cut);
  }
  cutLongLayers();
}

void LayerCuts::countCrossingBytes(ArrayRef<Span> spans) {
  crossing.assign(ops.size() + 2, 0);
  crossingArguments.assign(ops.size() + 2, 0);
  // First the changes from one position to the next.
  for (const Span &span : spans) {
    if (span.begin > span.end)
      continue;
    auto &bytes = span.isArgument ? crossingArguments : crossing;
    bytes[span.begin] += span.bytes;
    bytes[span.end + 1] -= span.bytes;
  }
  for (auto *bytes : {&crossing, &crossingArguments})
    std::partial_sum(bytes->begin(), bytes->end(), bytes->begin());
}

void LayerCuts::cutLongLayers() {
  SmallVector<int64_t> all;
  for (auto [i, begin] : llvm::enumerate(begins)) {
    int64_t end = i + 1 < begins.size() ? begins[i + 1] : ops.size();
    all.push_back(begin);
    while (end - all.back() > kMaxOps)
      all.push_back(findBestCut(all.back() + kMaxOps / 2, all.back() + kMaxOps,
                                /*countArguments=*/false));
  }
  begins = std::move(all);
}

int64_t LayerCuts::findBestCut(int64_t first, int64_t last,
                               bool countArguments) const {
  int64_t best = last, bestBytes = getCrossingBytes(last, countArguments);
  for (int64_t cut = last - 1; cut >= first; --cut) {
    int64_t bytes = getCrossingBytes(cut, countArguments);
    if (bytes < bestBytes) {
      best = cut;
      bestBytes = bytes;
    }
  }
  return best;
}

std::vector<ArrayRef<Operation *>> LayerCuts::getLayers() const {
  std::vector<ArrayRef<Operation *>> layers;
  for (auto [i, begin] : llvm::enumerate(begins)) {
    int64_t end = i + 1 < begins.size() ? begins[i + 1] : ops.size();
    layers.push_back(ArrayRef(ops).slice(begin, end - begin));
  }
  return layers;
}

/// Moves the ops of one layer into a function and calls it in their place.
class LayerOutliner {
public:
  LayerOutliner(func::FuncOp entry, NameScope &names)
      : entry(entry), names(names) {}

  void outline(ArrayRef<Operation *> layer);

private:
  /// The name and the location of the layer: its product's node comes first.
  static Operation *findNamingOp(ArrayRef<Operation *> layer);
  static Location fuseLocations(ArrayRef<Operation *> layer);
  func::FuncOp createFunction(ArrayRef<Operation *> layer, Location location,
                              ValueRange inputs, ValueRange outputs);

  func::FuncOp entry;
  NameScope &names;
  /// For each value that a layer made, the location that its readers'
  /// arguments get.
  DenseMap<Value, Location> origins;
};

Operation *LayerOutliner::findNamingOp(ArrayRef<Operation *> layer) {
  auto isNamed = [](Operation *op) {
    return !getLayerName(op->getLoc()).empty();
  };
  for (Operation *op : layer)
    if (isProduct(op) && isNamed(op))
      return op;
  for (Operation *op : layer)
    if (!isReshape(op) && isNamed(op))
      return op;
  return layer.front();
}

Location LayerOutliner::fuseLocations(ArrayRef<Operation *> layer) {
  SmallVector<Location> locations;
  for (Operation *op : layer)
    locations.push_back(op->getLoc());
  return FusedLoc::get(layer.front()->getContext(), locations);
}

func::FuncOp LayerOutliner::createFunction(ArrayRef<Operation *> layer,
                                           Location location, ValueRange inputs,
                                           ValueRange outputs) {
  Location naming = findNamingOp(layer)->getLoc();
  std::string name = names.unique(getLayerName(naming), "layer");
  OpBuilder builder(entry);
  auto type = builder.getFunctionType(inputs.getTypes(), outputs.getTypes());
  auto function = func::FuncOp::create(builder, location, name, type);
  function.setPrivate();
  Block *body = function.addEntryBlock();
  for (auto [input, argument] : llvm::zip(inputs, body->getArguments()))
    argument.setLoc(origins.contains(input) ? origins.at(input)
                                            : input.getLoc());
  for (auto [i, output] : llvm::enumerate(outputs)) {
    StringAttr resultName = builder.getStringAttr(name + getSuffix(output));
    function.setResultAttr(i, "setun.name", resultName);
    origins.insert({output, NameLoc::get(resultName)});
  }
  return function;
}

void LayerOutliner::outline(ArrayRef<Operation *> layer) {
  llvm::SmallSetVector<Operation *, 16> inside(layer.begin(), layer.end());
  SetVector<Value> inputs;
  SetVector<Operation *> constants;
  for (Operation *op : layer)
    for (Value value : getReadValues(op)) {
      if (isRematerialised(value))
        constants.insert(value.getDefiningOp());
      else if (!value.getDefiningOp() ||
               !inside.contains(value.getDefiningOp()))
        inputs.insert(value);
    }
  auto isOutside = [&](Operation *user) {
    return !inside.contains(
        entry.getBody().front().findAncestorOpInBlock(*user));
  };
  SmallVector<Value> outputs;
  for (Operation *op : layer)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), isOutside))
        outputs.push_back(result);

  Location location = fuseLocations(layer);
  func::FuncOp function =
      createFunction(layer, location, inputs.getArrayRef(), outputs);
  Block &body = function.getBody().front();
  OpBuilder builder(layer.back());
  builder.setInsertionPointAfter(layer.back());
  auto call =
      func::CallOp::create(builder, location, function, inputs.getArrayRef());
  for (auto [output, result] : llvm::zip(outputs, call.getResults())) {
    output.replaceUsesWithIf(
        result, [&](OpOperand &use) { return isOutside(use.getOwner()); });
    origins.insert({result, origins.at(output)});
  }

  builder.setInsertionPointToEnd(&body);
  for (Operation *op : layer)
    op->moveBefore(&body, body.end());
  func::ReturnOp::create(builder, location, outputs);
  builder.setInsertionPointToStart(&body);
  // What the ops read instead. Scanning all uses of a constant for those in
  // this layer would take time with the square of the number of layers.
  IRMapping replacements;
  for (Operation *constant : constants)
    builder.clone(*constant, replacements);
  for (auto [i, input] : llvm::enumerate(inputs))
    replacements.map(input, body.getArgument(i));
  for (Operation *op : layer)
    op->walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        operand.set(replacements.lookupOrDefault(operand.get()));
    });
  for (Operation *constant : constants)
    if (constant->use_empty())
      constant->erase();
}

/// Every op within gets a location that names an ONNX node or, for the entry
/// function, itself.
void fillLocations(func::FuncOp function) {
  Location location = function.getLoc();
  if (isa<UnknownLoc>(location)) {
    location = NameLoc::get(function.getSymNameAttr());
    function->setLoc(location);
  }
  function->walk([&](Operation *op) {
    if (isa<UnknownLoc>(op->getLoc()))
      op->setLoc(location);
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        if (isa<UnknownLoc>(argument.getLoc()))
          argument.setLoc(location);
  });
}

/// An input without a location is called as the model calls it.
void nameInputs(func::FuncOp entry) {
  for (BlockArgument argument : entry.getArguments())
    if (auto name = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                       "onnx.name"))
      if (isa<UnknownLoc>(argument.getLoc()) && !name.getValue().empty())
        argument.setLoc(NameLoc::get(name));
}

struct OutlineLayersPass : public impl::OutlineLayersBase<OutlineLayersPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto entry = module.lookupSymbol<func::FuncOp>("main");
    if (!entry || entry.isExternal())
      return;
    if (!entry.getBody().hasOneBlock()) {
      entry.emitError("cannot be cut into layers: it has more than one block; "
                      "expected straight-line code");
      return signalPassFailure();
    }
    nameInputs(entry);
    NameScope names;
    for (auto function : module.getOps<SymbolOpInterface>())
      names.reserve(function.getName());
    LayerCuts cuts(entry.getBody().front());
    LayerOutliner outliner(entry, names);
    for (ArrayRef<Operation *> layer : cuts.getLayers())
      outliner.outline(layer);
    for (auto function : module.getOps<func::FuncOp>())
      fillLocations(function);
  }
};

} // namespace
} // namespace setun
