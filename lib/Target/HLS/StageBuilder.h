//===- StageBuilder.h - From ops to stages ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks over the ops of a model. Products, windows and the like begin stages;
// elementwise ops behind them become part of them. Reshapes and most
// transpositions are only other orders of the same stream.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_STAGEBUILDER_H
#define SETUN_LIB_TARGET_HLS_STAGEBUILDER_H

#include "Functor.h"
#include "Networks.h"
#include "Project.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseSet.h"

namespace setun::hls {

/// A window over the last two dimensions of an image; rows come first.
struct ImageWindow {
  int64_t images, channels;
  int64_t in[2], out[2], size[2], strides[2], steps[2], before[2];

  int64_t getPlaces() const { return images * out[0] * out[1]; }
  int64_t getTaps() const { return size[0] * size[1]; }
  /// Every element is a window of its own.
  bool isTrivial() const;
  /// Pixels and as much border as windows need.
  int64_t getBorderedPixels() const;
};

/// An op in comments: the name of its node, or what it does.
std::string getTitle(mlir::Operation *op);

class StageBuilder {
public:
  StageBuilder(Design &design, const HlsEmitOptions &options)
      : design(design), options(options) {}

  llvm::LogicalResult build(mlir::func::FuncOp entry);

private:
  /// A tensor as it flows.
  struct Flow {
    Stream *stream = nullptr;
    /// Of this value: a transposition has another one than its stream.
    StreamOrder order;
  };

  // Structure (StageBuilder.cpp).
  llvm::LogicalResult buildOp(mlir::Operation *op);
  llvm::LogicalResult buildInput(mlir::BlockArgument argument,
                                 mlir::func::FuncOp entry);
  llvm::LogicalResult buildOutput(mlir::OpOperand &operand,
                                  mlir::func::FuncOp entry);
  /// The order that the first reader wants who wants one.
  StreamOrder getWantedOrder(mlir::Value value);
  llvm::LogicalResult buildAlias(mlir::Operation *op);
  llvm::LogicalResult buildConcat(onnx::NodeOp op);
  llvm::LogicalResult buildDepthToSpace(onnx::NodeOp op);
  llvm::LogicalResult buildDynamicQuantize(lowbit::DynamicQuantizeOp op);
  llvm::LogicalResult buildNode(onnx::NodeOp op);

  // Elements (Maps.cpp).
  llvm::LogicalResult buildMap(mlir::Operation *op);
  /// Operand `value` of an elementwise op as elements of its result, in
  /// `order`.
  llvm::FailureOr<Stream *> addBroadcast(mlir::Operation *op, mlir::Value value,
                                         const StreamOrder &order);

  // Rows (Rows.cpp).
  llvm::LogicalResult buildFold(mlir::linalg::GenericOp op);
  llvm::LogicalResult buildFloatSum(lowbit::FloatSumOp op);
  llvm::LogicalResult buildFloatMatmul(lowbit::FloatMatmulOp op);
  llvm::LogicalResult buildSelection(onnx::NodeOp op);
  /// A stream of rows that are folded: OUTER times K elements of INNER rows
  /// side by side.
  struct Rows {
    Stream *stream;
    int64_t outer, count, inner;
  };
  /// Rows along the last dimension of `value`.
  llvm::FailureOr<Rows> getRows(mlir::Value value, mlir::Operation *reader);
  /// The stage of a fold; `call` is printed with the three numbers and makes
  /// one `type` of each row.
  llvm::FailureOr<Stage *>
  addFold(mlir::Operation *op, const Rows &rows, mlir::Value result,
          std::string type, llvm::StringRef name, llvm::StringRef declarations,
          llvm::StringRef function, llvm::StringRef arguments);

  // Padding (Padding.cpp).
  llvm::LogicalResult buildPad(lowbit::PadOp op);
  llvm::LogicalResult buildPadNode(onnx::NodeOp op);
  /// `low` and `high` elements of `padding` around each dimension.
  llvm::LogicalResult addPadding(mlir::Operation *op, mlir::Value input,
                                 mlir::Value result,
                                 llvm::ArrayRef<int64_t> low,
                                 llvm::ArrayRef<int64_t> high,
                                 llvm::StringRef padding);

  // Products (Products.cpp).
  llvm::LogicalResult buildMatmul(lowbit::MatmulOp op);
  llvm::LogicalResult buildConv(lowbit::ConvOp op);
  llvm::LogicalResult buildFloatConv(onnx::NodeOp op);
  struct Product {
    mlir::Operation *op;
    mlir::Value result;
    int64_t rows, outputs, inputs;
    /// Elements that come together, which SIMD must divide.
    int64_t group;
    std::function<int64_t(int64_t output, int64_t input)> weight;
    llvm::SmallVector<int64_t> bias;
    StreamOrder order;
    /// Of a convolution: `inputs` are those of one group.
    int64_t groups = 1;
    /// Each channel makes one output; PE channels come together.
    bool isDepthwise = false;
  };
  llvm::LogicalResult buildProduct(const Product &product, Stream *input,
                                   HlsFolding folding, llvm::StringRef name);
  static Product makeWhole(const Product &product);
  static fpga::MatrixVectorUnit describeUnit(const Product &product,
                                             llvm::StringRef code,
                                             HlsFolding folding);
  /// Looks for a network where one is asked for, and where the target wants all
  /// of the product in `networkCycles` and it is smaller; else nothing.
  llvm::FailureOr<std::optional<AdderNetwork>>
  chooseNetwork(const Product &product, mlir::Value codes, int64_t padding,
                HlsFolding folding, int64_t networkCycles,
                llvm::StringRef name);
  llvm::LogicalResult buildNetwork(const Product &product,
                                   const AdderNetwork &network, Stream *input,
                                   llvm::StringRef name);
  /// What bounds a folding: PE divides `outputs` and SIMD divides `inputs`;
  /// beats are PE and SIMD elements of so many bits.
  struct FoldingLimits {
    int64_t outputs, inputs, outputBits, inputBits;

    bool allow(HlsFolding folding) const {
      return folding.pe * outputBits <= maxBeatBits &&
             folding.simd * inputBits <= maxBeatBits;
    }
  };
  HlsFolding chooseFolding(llvm::StringRef name, int64_t rows, int64_t outputs,
                           int64_t inputs, const FoldingLimits &limits);
  static llvm::LogicalResult checkFolding(mlir::Operation *op,
                                          llvm::StringRef name,
                                          HlsFolding folding,
                                          const FoldingLimits &limits);

  // Windows (Windows.cpp).
  llvm::LogicalResult buildPool(lowbit::PoolOp op);
  llvm::LogicalResult buildSumPool(lowbit::SumPoolOp op);
  llvm::LogicalResult buildFloatPool(onnx::NodeOp op);
  llvm::LogicalResult buildResize(onnx::NodeOp op);
  llvm::FailureOr<ImageWindow> readWindow(mlir::Operation *op,
                                          mlir::Value input,
                                          lowbit::WindowAttr window,
                                          mlir::Value result);
  llvm::FailureOr<lowbit::WindowAttr> readNodeWindow(onnx::NodeOp op);
  /// What the window sees, place by place.
  Stream *addWindowStage(mlir::Operation *op, llvm::StringRef name,
                         const ImageWindow &window, Stream *input,
                         int64_t lanes, llvm::StringRef padding);
  /// The same with a window in one beat.
  Stream *addWholeWindowStage(mlir::Operation *op, llvm::StringRef name,
                              const ImageWindow &window, Stream *input,
                              llvm::StringRef padding);
  /// The same for codes, also where no code means what is outside. 0 lanes are
  /// a whole window.
  llvm::FailureOr<Stream *> addCodeWindow(mlir::Operation *op,
                                          llvm::StringRef name,
                                          const ImageWindow &window,
                                          Stream *input, mlir::Value codes,
                                          int64_t padding, int64_t lanes);
  llvm::LogicalResult
  buildPooling(mlir::Operation *op, mlir::Value input, mlir::Value result,
               const ImageWindow &window, llvm::StringRef combine,
               llvm::StringRef padding, int64_t divisor = 1);

  // Shared.
  std::string nameStage(mlir::Operation *op);
  /// What is computed of constants alone becomes a stage once it is wanted.
  llvm::LogicalResult buildConstant(mlir::Value value);
  /// The stream of `value` in the order `wanted`, through a stage that reorders
  /// where it flows otherwise. An error if that is not possible.
  llvm::FailureOr<Stream *> getInOrder(mlir::Value value,
                                       const StreamOrder &wanted,
                                       mlir::Operation *reader);
  Stream *getStream(mlir::Value value) { return flows.lookup(value).stream; }
  const StreamOrder &getOrder(mlir::Value value) { return flows[value].order; }

  /// What behind `result` can be done in the same stage.
  struct Chain {
    std::string functor;  ///< declaration
    std::string instance; ///< expression that makes the object
    mlir::Value result;
    std::string type;
    llvm::SmallVector<Functor::Member> members;
    std::string nodes; ///< for the comment
    StepEstimate estimate;
  };
  llvm::FailureOr<Chain> buildChain(Functor &functor, mlir::Value result,
                                    int64_t row, llvm::StringRef stage);
  /// What `next` reads beside `result` to be done in the same stage: a number a
  /// frame each. Nothing if it cannot be.
  std::optional<llvm::SmallVector<mlir::Value>>
  joinsChain(Functor &functor, mlir::Operation *next, mlir::Value result,
             int64_t row);
  /// Bits of an element of what buildChain() will end with.
  int64_t getChainBits(mlir::Value result, const StreamOrder &order,
                       int64_t row);
  /// The only reader of a value through reshapes, or null.
  mlir::Operation *getOnlyReader(mlir::Value value);
  /// Adds input ports for members and the statements that read them.
  std::string addMembers(Stage &stage, const Chain &chain);
  /// Makes `chain.result` the stage's output.
  void finishStage(Stage &stage, const Chain &chain, const StreamOrder &order,
                   int64_t lanes);
  std::string commentOf(mlir::Operation *op, const Chain &chain);

  Design &design;
  const HlsEmitOptions &options;
  llvm::DenseMap<mlir::Value, Flow> flows;
  llvm::DenseSet<mlir::Operation *> done;
  /// Ports whose streams are known in the end: who makes them may stand behind
  /// in the program.
  struct PendingMember {
    Stage *stage;
    size_t port;
    mlir::Value value;
  };
  std::vector<PendingMember> pendingMembers;
};

int64_t getElements(mlir::Value value);
/// At most six loops as template arguments behind others: `, 1, 0, 4, 2`.
std::string printSixLoops(const StreamOrder &order);
/// Ops that only rename elements.
bool isReshape(mlir::Operation *op);
/// The permutation of a transposition; nothing for other ops.
std::optional<llvm::SmallVector<int64_t>> getPermutation(mlir::Operation *op);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_STAGEBUILDER_H
