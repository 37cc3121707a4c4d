// setun-translate: the importer alone, for tests and for looking at what a
// model becomes before anything is recognised in it.
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "setun/Import/Import.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

static llvm::cl::list<std::string>
    dimensions("dim", llvm::cl::desc("Size of an open dimension"),
               llvm::cl::value_desc("NAME=VALUE"));
static llvm::cl::list<std::string>
    bindings("bind", llvm::cl::desc("Value of an input that is a constant"),
             llvm::cl::value_desc("NAME=NUMBERS"));
static llvm::cl::list<std::string>
    outputs("output", llvm::cl::desc("Tensor that becomes an output as well"),
            llvm::cl::value_desc("NAME"));
static llvm::cl::opt<bool>
    allOutputs("all-outputs", llvm::cl::desc("Make every tensor an output"));
static llvm::cl::opt<bool>
    expand("expand", llvm::cl::desc("Replace operators that ONNX defines by "
                                    "functions, except the --native ones"));
static llvm::cl::list<std::string>
    native("native", llvm::cl::desc("Operator that is not expanded"),
           llvm::cl::value_desc("NAME"));

static FailureOr<setun::ImportOptions> readOptions(MLIRContext *context) {
  setun::ImportOptions options;
  if (expand)
    options.isNative = [](StringRef, StringRef opType) {
      return llvm::is_contained(native, opType);
    };
  options.extraOutputs.assign(outputs.begin(), outputs.end());
  options.allTensorsAsOutputs = allOutputs;
  for (StringRef text : dimensions) {
    auto [name, value] = text.rsplit('=');
    if (name.empty() || value.getAsInteger(10, options.dims[name]))
      return emitError(UnknownLoc::get(context))
             << "--dim wants NAME=VALUE, not '" << text << "'";
  }
  for (StringRef text : bindings) {
    auto [name, numbers] = text.rsplit('=');
    options.bindings.push_back({name.str(), std::nullopt, numbers.str()});
  }
  return options;
}

static const llvm::MemoryBuffer &mainBuffer(llvm::SourceMgr &source) {
  return *source.getMemoryBuffer(source.getMainFileID());
}

static TranslateToMLIRRegistration importFile(
    "import-onnx", "import an ONNX model",
    [](llvm::SourceMgr &source,
       MLIRContext *context) -> OwningOpRef<Operation *> {
      auto options = readOptions(context);
      if (failed(options))
        return nullptr;
      return OwningOpRef<Operation *>(
          setun::importOnnxFile(mainBuffer(source).getBufferIdentifier(),
                                context, *options)
              .release());
    });

static TranslateToMLIRRegistration importText(
    "import-onnx-text", "import a model in ONNX's textual form",
    [](llvm::SourceMgr &source,
       MLIRContext *context) -> OwningOpRef<Operation *> {
      auto options = readOptions(context);
      if (failed(options))
        return nullptr;
      const llvm::MemoryBuffer &buffer = mainBuffer(source);
      return OwningOpRef<Operation *>(
          setun::importOnnxText(buffer.getBuffer(),
                                buffer.getBufferIdentifier(), context, *options)
              .release());
    });

int main(int argc, char **argv) {
  return failed(mlirTranslateMain(argc, argv, "Setun importer\n"));
}
