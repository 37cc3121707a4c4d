// Compiles a model for test cases: the arrays of a case give open dimensions
// their size, and, only where the model is refused otherwise, inputs that
// decide shapes (axes, pads, sizes) their value.
#ifndef SETUN_TOOLS_SETUN_CASECOMPILER_H
#define SETUN_TOOLS_SETUN_CASECOMPILER_H

#include "Diagnostics.h"
#include "Session.h"

#include "setun/Pipelines/HlsRunner.h"

#include <map>

namespace setun::driver {

enum class Verdict { Pass, Fail, Refused };

/// One line of the report, without the case's name.
struct Outcome {
  Verdict verdict;
  std::string text;
};

/// A model compiled by one backend, or why it is not.
struct Compiled {
  std::unique_ptr<ModelRunner> runner;
  Outcome refusal = {Verdict::Fail, ""};
};

/// Positions of inputs of a model, ascending.
using InputIndices = llvm::SmallVector<unsigned>;

/// A model compiled for the arrays of one case, or of several alike.
struct Variant {
  /// C and LLVM start from one module in the "packed" stage, HLS from one in
  /// the "lowbit" stage, which is only there if somebody asks for it.
  mlir::OwningOpRef<mlir::ModuleOp> packed, lowbit;
  std::string refusal;
  std::map<std::string, Compiled, std::less<>> backends;
  /// The inputs that are still there; names of those that this class bound.
  InputIndices inputs;
  std::vector<std::string> bound;
};

/// Options of the subcommands that run compiled models, and run them elsewhere
/// for comparison.
struct BackendOptions : ModelOptions {
  std::vector<std::string> backends = {"c", "llvm"};
  std::string compiler = "cc";
  /// Behind -std=c99 -O2.
  std::string compilerFlags;
  std::string python = "python3";
  HlsRunnerOptions simulation;

  void addTo(CLI::App &command);
  /// Adds the backend "hls" and its options to `--backend`.
  void addSimulationTo(CLI::App &command);
  /// Where the types for simulations are, by `--ap-types`, the environment or
  /// the way this tool was configured. Why they are not, if they are needed.
  std::string findApTypes();
  CRunnerOptions getCRunnerOptions() const;
  /// Nothing unless backend "hls" is asked for.
  std::optional<HlsRunnerOptions> getSimulation() const;

private:
  bool isSimulated = false;
};

/// Compiles one model for its test cases, each variant and backend once.
class CaseCompiler {
public:
  CaseCompiler(const ImportOptions &importOptions,
               const CompileOptions &compileOptions, const CRunnerOptions &c,
               llvm::StringRef model,
               std::optional<HlsRunnerOptions> simulation = std::nullopt)
      : importOptions(importOptions), compileOptions(compileOptions), c(c),
        simulation(std::move(simulation)), model(model), context(makeContext()),
        diagnostics(context.get()) {}

  /// The variant for these arrays, one per input of the model.
  Variant &getVariant(llvm::ArrayRef<NpyArray> inputs);

  Compiled &getCompiled(Variant &variant, llvm::StringRef backend);

private:
  /// An input of the model before anything is bound.
  struct Input {
    std::string name;
    /// Only operators that take sizes as floats use it.
    bool isFloatSize = false;
  };

  bool readInputs();
  bool isGiven(llvm::StringRef name) const;
  bool isBindable(unsigned index, const NpyArray &array) const;
  Variant lower(llvm::ArrayRef<NpyArray> inputs, const InputIndices &bound);
  std::optional<Variant> lowerBound(llvm::ArrayRef<NpyArray> inputs,
                                    InputIndices &bound);
  bool reachesBuffers(Variant &variant);
  Compiled compile(llvm::StringRef backend, mlir::ModuleOp packed);
  Compiled compileHls(mlir::ModuleOp lowbit);
  Compiled makeRefusal(llvm::Error error);

  ImportOptions importOptions;
  CompileOptions compileOptions;
  CRunnerOptions c;
  /// There only if designs are simulated.
  std::optional<HlsRunnerOptions> simulation;
  std::string model;
  std::unique_ptr<mlir::MLIRContext> context;
  DiagnosticCollector diagnostics;
  std::optional<std::vector<Input>> modelInputs;

  /// What has to be bound for arrays of these shapes.
  std::map<std::string, InputIndices> boundFor;
  std::map<std::string, Variant> variants;
};

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_CASECOMPILER_H
