// A copy of a model that gives values from inside as well, and the data to run
// it on.
#ifndef SETUN_TOOLS_SETUN_PROBEDMODEL_H
#define SETUN_TOOLS_SETUN_PROBEDMODEL_H

#include "Session.h"

#include "setun/Pipelines/ModelRunner.h"

namespace setun::driver {

/// Inputs of one run.
using Sample = std::vector<NpyArray>;

/// What `--data` names: folders of test_data_set_*, or arrays for `inputs`.
llvm::Expected<std::vector<Sample>>
readSamples(llvm::ArrayRef<std::string> data,
            llvm::ArrayRef<ModelInput> inputs);

/// A module of the stage "lowbit" that is run in this process.
class ProbedModel {
public:
  /// Chooses values of @main of the stage "lowbit", each with a name.
  using Choose =
      llvm::function_ref<llvm::SmallVector<std::pair<std::string, mlir::Value>>(
          mlir::ModuleOp)>;

  /// Compiles a copy of `imported`, with borders as the model has them. Null
  /// after a diagnostic.
  static std::unique_ptr<ProbedModel>
  create(mlir::ModuleOp imported, CompileOptions options, Choose choose);

  /// The names of the values that were chosen.
  llvm::ArrayRef<std::string> getNames() const { return names; }
  std::vector<const EntryArgument *> getInputs() const {
    return runner->getArguments(EntryRole::Input);
  }

  /// Does the model take these?
  llvm::Error checkInputs(llvm::ArrayRef<NpyArray> inputs) const {
    return runner->checkInputs(inputs);
  }

  /// The outputs of the model, then the values.
  llvm::Expected<std::vector<NpyArray>> run(llvm::ArrayRef<NpyArray> inputs) {
    return runner->run(inputs);
  }

private:
  std::vector<std::string> names;
  std::unique_ptr<ModelRunner> runner;
};

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_PROBEDMODEL_H
