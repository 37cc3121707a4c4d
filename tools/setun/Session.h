// One model on its way through the compiler: what the subcommands share.
#ifndef SETUN_TOOLS_SETUN_SESSION_H
#define SETUN_TOOLS_SETUN_SESSION_H

#include "setun/Analysis/PackedKernels.h"
#include "setun/Import/Import.h"
#include "setun/Pipelines/Pipelines.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace setun::driver {

/// The exit codes of every subcommand.
enum ExitCode { Success = 0, WrongModel = 1, WrongUsage = 2 };

/// Options of every subcommand that compiles.
struct ModelOptions {
  std::vector<std::string> dims;
  std::vector<std::string> bindings;
  KernelChoice kernel = KernelChoice::Auto;
  std::string target = "generic";
  TernaryPacking ternary = TernaryPacking::Fast;
  bool noMultiplication = false;
  bool fastMath = false;
  int64_t maxNetworkDepth = 0;
  int64_t threads = 1;
  int64_t maxNodes = ImportOptions().maxNodes;
  bool detectLevels = true;
  int64_t accuracyLevel = 0;
  bool fixScales = false;
  bool staticScales = false;
  /// What calibration found, for static scales.
  std::vector<double> scaleMaxima;
  std::vector<std::string> data;
  bool printRemarks = false;
  bool verifyEachNumerics = false;

  void addTo(CLI::App &command);
  /// Only the options that size and bind inputs.
  void addInputOptionsTo(CLI::App &command);

  /// What `--dim` and `--bind` ask of the importer. Fails, with a message that
  /// names the file, if one of the arrays cannot be read.
  llvm::Expected<ImportOptions> getImportOptions() const;

  /// `--threads`, for subcommands that make code.
  void addThreadsTo(CLI::App &command);

  /// What the options ask of the passes.
  CompileOptions getCompileOptions() const;
};

/// A context with every dialect.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Imports the model `path`. A file that ends in `.mlir` is read as a module of
/// the stage "onnx" or "lowbit", as `--emit=mlir` writes it, with a function
/// @main. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(llvm::StringRef path,
                                            mlir::MLIRContext *context,
                                            const ImportOptions &options);

/// Runs the passes that lead from `from` to `to`, and does what the `--mlir-*`
/// options ask for.
llvm::LogicalResult runStages(mlir::ModuleOp module, Stage from, Stage to,
                              CompileOptions options);

/// Runs the passes that lead from stage "lowbit" to HLS code.
llvm::LogicalResult runHlsPasses(mlir::ModuleOp module,
                                 const CompileOptions &options);

/// An input of a model; no type if it is not a tensor of known rank.
struct ModelInput {
  std::string name;
  mlir::RankedTensorType type;
};

/// The inputs of an imported model.
llvm::SmallVector<ModelInput> getInputs(mlir::ModuleOp imported);

/// Gives dimensions that the inputs leave open sizes from `shapes`, one for
/// each input; false if there are none.
bool sizeOpenDimensions(llvm::ArrayRef<ModelInput> inputs,
                        llvm::ArrayRef<llvm::SmallVector<int64_t>> shapes,
                        ImportOptions &options);

/// Imports the model `path` once more, with one shape per input, if `imported`
/// left dimensions open. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp>
importForShapes(llvm::StringRef path, mlir::MLIRContext *context,
                ImportOptions options,
                llvm::ArrayRef<llvm::SmallVector<int64_t>> shapes,
                mlir::OwningOpRef<mlir::ModuleOp> imported);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_SESSION_H
