// What the subcommands share: context, import, passes.
#include "Session.h"

#include "CalibrateScales.h"
#include "Diagnostics.h"

#include "CommandLine.h"
#include "MlirOptions.h"

#include "dialects/Onnx/Onnx.h"
#include "setun/Conversion/SupportedOperators.h"
#include "setun/Import/TensorFile.h"
#include "setun/Pipelines/JitEvaluator.h"
#include "setun/Pipelines/NumericsCheck.h"
#include "setun/Pipelines/ReleaseConstants.h"
#include "setun/Support/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace setun::driver {

/// Splits NAME=VALUE at the last `=`: names of dimensions are arbitrary.
static bool parseDim(StringRef text, StringRef &name, int64_t &value) {
  StringRef number;
  std::tie(name, number) = text.rsplit('=');
  return !name.empty() && !number.getAsInteger(10, value) && value > 0;
}

static std::string checkDim(const std::string &text) {
  StringRef name;
  int64_t value;
  if (parseDim(text, name, value))
    return "";
  return "'" + text +
         "' is not NAME=VALUE with a positive whole number, as in batch=1";
}

/// Splits NAME=FILE at the first `=`, NAME=NUMBERS at the last.
static InputBinding parseBinding(StringRef text) {
  bool isFile = text.ends_with(".npy") || text.ends_with(".pb");
  auto [name, value] = isFile ? text.split('=') : text.rsplit('=');
  return {name.str(), std::nullopt, value.str()};
}

static std::string checkBinding(const std::string &text) {
  if (text.find('=') != std::string::npos && !parseBinding(text).name.empty())
    return "";
  return "'" + text + "' is not NAME=FILE or NAME=NUMBERS, as in axes=0,1";
}

void ModelOptions::addInputOptionsTo(CLI::App &command) {
  addRepeated(command, "--dim", dims,
              "Size of a dimension that the model leaves open, by its name or "
              "as INPUT.AXIS")
      ->type_name("NAME=VALUE")
      ->check(checkDim);
  addRepeated(command, "--bind", bindings,
              "Makes an input a constant: an array (.npy or .pb) or numbers "
              "with commas between")
      ->type_name("NAME=VALUE")
      ->check(checkBinding);
}

static SmallVector<StringRef> getTargetNames() {
  return llvm::map_to_vector(
      getTargets(),
      [](const Target &target) -> StringRef { return target.name; });
}

static std::string checkTarget(const std::string &name) {
  if (findTarget(name))
    return "";
  return "unknown target '" + name + "'; accepted: native, " +
         llvm::join(getTargetNames(), ", ") +
         ", and triples such as aarch64-linux-gnu";
}

void ModelOptions::addTo(CLI::App &command) {
  addInputOptionsTo(command);
  addChoice<KernelChoice>(command, "--kernel", kernel,
                          "How low-bit products are computed (default: auto)",
                          {{"auto", KernelChoice::Auto},
                           {"addsub", KernelChoice::AddSub},
                           {"packed", KernelChoice::Packed},
                           {"depthwise", KernelChoice::Depthwise},
                           {"plain", KernelChoice::Plain}});
  command
      .add_option("--target", target,
                  "The processor that kernels are chosen for (default: "
                  "generic)")
      ->type_name("native|" + llvm::join(getTargetNames(), "|") + "|TRIPLE")
      ->check(checkTarget);
  addChoice<TernaryPacking>(
      command, "--ternary-bits", ternary,
      "Bits of a ternary weight of kernel packed, where bits are not counted: "
      "1.6 are slower (default: 2)",
      {{"2", TernaryPacking::Fast}, {"1.6", TernaryPacking::Dense}});
  command.add_flag("--no-multiply", noMultiplication,
                   "Take kernels that only add and subtract for products with "
                   "ternary and bipolar weights");
  command.add_flag("--fast-math", fastMath,
                   "Fuse multiplications and additions of floats where the "
                   "processor can: faster, with other last bits");
  command
      .add_option("--max-depth", maxNetworkDepth,
                  "Most additions one after another in a network of kernel "
                  "addsub (default: any number)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--max-nodes", maxNodes,
                  "Refuse models of more nodes, loops unrolled (default: "
                  "200000)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_flag("!--no-detect", detectLevels,
                   "Leave float weights float, whatever their values");
  addChoice<bool>(command, "--float-scales", fixScales,
                  "What computes scales, biases and activations that are left "
                  "between integers: floats, or integers in fixed point "
                  "(default: float)",
                  {{"float", false}, {"fixed", true}});
  addRepeated(command, "--data", data,
              "Samples for --static-scales, and to measure fixed point with: a "
              "folder of test_data_set_*, or arrays with a leading dimension "
              "for samples")
      ->type_name("DIR|[NAME=]FILE.npy")
      ->check([&command](const std::string &) -> std::string {
        if (command.count("--static-scales") || command.count("--float-scales"))
          return "";
        return "needs --static-scales or --float-scales=fixed";
      });
  command.add_flag_function(
      "--static-scales",
      [this, &command](int64_t) {
        staticScales = true;
        if (!command.count("--data"))
          throw CLI::ValidationError(
              "--static-scales: needs --data; accepted is a folder of "
              "test_data_set_*, or [NAME=]FILE.npy with samples for each "
              "input");
      },
      "Give every scale that a row finds at run time (BitNet) the value for "
      "the largest row of --data");
  command
      .add_option("--accuracy-level", accuracyLevel,
                  "How every MatMulNBits computes, whatever its "
                  "accuracy_level: 1 with float32, 4 with int8 within blocks "
                  "(default: as the model says)")
      ->type_name("1|4")
      ->check(CLI::IsMember({1, 4}));
  command.add_flag("--verify-each-numerics", verifyEachNumerics,
                   "Run the model on a sample after every pass; fail at the "
                   "first one that changes a number beyond what it declares");
  command.add_flag("-v,--remarks", printRemarks,
                   "Say what the passes did, and what they missed and why");
}

/// Has the target a system that starts threads?
static bool mayHaveThreads(StringRef target) {
  const Target *known = findTarget(target);
  if (!known || known->name == "generic")
    return true;
  bool isTriple =
      target != "native" && !llvm::is_contained(getTargetNames(), target);
  llvm::Triple triple(isTriple ? llvm::Triple::normalize(target)
                               : known->triple.str());
  return triple.getOS() != llvm::Triple::UnknownOS;
}

void ModelOptions::addThreadsTo(CLI::App &command) {
  constexpr int64_t most = 256;
  command
      .add_option("--threads", threads,
                  "Split long layers for up to so many threads, which OpenMP "
                  "starts; the results are the same (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(int64_t(1), most));
  command.parse_complete_callback([this] {
    if (threads > 1 && !mayHaveThreads(target))
      throw CLI::ValidationError("--threads: --target=" + target +
                                 " has no system with threads; accepted is 1");
  });
}

CompileOptions ModelOptions::getCompileOptions() const {
  CompileOptions options;
  options.kernel = kernel;
  options.target = findTarget(target);
  options.noMultiplication = noMultiplication;
  options.denseTernary = ternary == TernaryPacking::Dense;
  options.fastMath = fastMath;
  options.maxNetworkDepth = maxNetworkDepth;
  options.threads = threads;
  options.detectLevels = detectLevels;
  options.accuracyLevel = accuracyLevel;
  options.fixScales = fixScales;
  options.staticScales = staticScales;
  options.scaleMaxima = scaleMaxima;
  options.data = data;
  options.verifyEachNumerics = verifyEachNumerics;
  return options;
}

llvm::Expected<ImportOptions> ModelOptions::getImportOptions() const {
  ImportOptions options;
  options.maxNodes = maxNodes;
  for (const std::string &dim : dims) {
    StringRef name;
    int64_t value;
    if (parseDim(dim, name, value))
      options.dims[name] = value;
  }
  for (const std::string &text : bindings) {
    InputBinding binding = parseBinding(text);
    StringRef file = binding.numbers;
    if (file.ends_with(".npy") || file.ends_with(".pb")) {
      llvm::Expected<NpyArray> array =
          file.ends_with(".npy") ? readNpy(file) : readTensorFile(file);
      if (!array)
        return array.takeError();
      binding.array = std::move(*array);
    }
    options.bindings.push_back(std::move(binding));
  }
  return options;
}

std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registerAllDialects(registry);
  // One thread: the names of resources, and so the output, must not depend on
  // who comes first.
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  // A diagnostic of ours says what is wrong; the op itself says nothing to a
  // user.
  context->printOpOnDiagnostic(false);
  return context;
}

/// What every stage before "buffers" has: a function @main on tensors.
static LogicalResult checkMain(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
  if (main && !main.isExternal() &&
      llvm::all_of(main.getArgumentTypes(), isTensor) &&
      llvm::all_of(main.getResultTypes(), isTensor))
    return success();
  return module.emitError() << "expected a function @main on tensors, as "
                               "'setun compile --emit=mlir --stage=lowbit' "
                               "writes it";
}

OwningOpRef<ModuleOp> loadModel(StringRef path, MLIRContext *context,
                                const ImportOptions &options) {
  if (!path.ends_with(".mlir")) {
    ImportOptions expanding = options;
    expanding.isNative = isSupportedOperator;
    return importOnnxFile(path, context, expanding);
  }
  if (!options.bindings.empty()) {
    emitError(FileLineColLoc::get(context, path, 0, 0))
        << "--bind is for inputs of ONNX files";
    return nullptr;
  }
  context->loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, context);
  if (!module || failed(checkMain(*module)))
    return nullptr;
  return module;
}

/// A program takes arrays.
static LogicalResult emitNoTensor(ModuleOp module, StringRef input, Type type) {
  InFlightDiagnostic error = module.emitError() << "input '" << input << "' ";
  if (isa<onnx::SequenceType>(type))
    return error << "is a sequence; not supported: sequences";
  if (isa<onnx::OptionalType>(type))
    return error << "is an optional; not supported: optionals";
  return error << "is no tensor of known rank";
}

/// Shapes are static from here on; says how to make them so.
static LogicalResult checkShapes(ModuleOp module) {
  // Open dimensions by what --dim calls them, in the order of the model.
  llvm::MapVector<StringRef, std::string> open;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (auto [index, input] : llvm::enumerate(getInputs(module))) {
    if (!input.type)
      return emitNoTensor(module, input.name,
                          main.getArgument(index).getType());
    auto names = main.getArgAttrOfType<ArrayAttr>(index, "onnx.dims");
    for (int64_t axis = 0; axis < input.type.getRank(); ++axis) {
      if (!input.type.isDynamicDim(axis))
        continue;
      std::string place = input.name + "." + std::to_string(axis);
      StringRef name;
      if (names && axis < static_cast<int64_t>(names.size()))
        name = cast<StringAttr>(names[axis]).getValue();
      if (name.empty())
        name = StringAttr::get(module.getContext(), place).getValue();
      std::string &places = open[name];
      places += (places.empty() ? "" : ", ") + place;
    }
  }
  if (open.empty())
    return success();
  InFlightDiagnostic error = module.emitError()
                             << "the model leaves dimensions open";
  for (const auto &[name, places] : open)
    error.attachNote() << "give " << places << " a size with --dim " << name
                       << "=SIZE";
  return error;
}

LogicalResult runStages(ModuleOp module, Stage from, Stage to,
                        CompileOptions options) {
  std::unique_ptr<Evaluator> evaluator = createJitEvaluator();
  options.evaluator = evaluator.get();
  if (from == Stage::Onnx && to != Stage::Onnx && failed(checkShapes(module)))
    return failure();
  if (from == Stage::Onnx && to != Stage::Onnx && options.staticScales &&
      options.scaleMaxima.empty() && !options.hasCopies) {
    auto scales = calibrateScales(module, options);
    if (failed(scales))
      return failure();
    for (const StaticScaleFacts &scale : *scales)
      llvm::errs() << escapeForTerminal(scale.describe()) << "\n";
  }
  if (options.target)
    setTarget(module, *options.target);
  if (options.noMultiplication)
    module->setAttr(kNoMultiplicationAttr, UnitAttr::get(module.getContext()));
  if (options.fastMath)
    module->setAttr(kFastMathAttr, UnitAttr::get(module.getContext()));
  if (options.denseTernary)
    module->setAttr(kDenseTernaryAttr, UnitAttr::get(module.getContext()));
  NumericsCheck numerics;
  PassManager passes(module.getContext());
  if (failed(applyMlirOptions(passes)))
    return failure();
  // Behind the packed stage there are no tensors, and nothing to lower.
  if (options.verifyEachNumerics && from < Stage::Packed)
    numerics.attach(passes);
  // A packed module may have copies, one for each backend.
  options.releaseConstants = from < Stage::Packed && !options.hasCopies;
  if (options.releaseConstants)
    releaseConstants(module, passes);
  for (int stage = static_cast<int>(from) + 1; stage <= static_cast<int>(to);
       ++stage)
    addStagePasses(passes, static_cast<Stage>(stage), options);
  if (failed(passes.run(module)) || numerics.hasFailed())
    return failure();
  if (numerics.getChecked() > 0)
    module.emitRemark() << "the numbers are the same after "
                        << numerics.getChecked() << " passes";
  return success();
}

LogicalResult runHlsPasses(ModuleOp module, const CompileOptions &options) {
  PassManager passes(module.getContext());
  if (failed(applyMlirOptions(passes)))
    return failure();
  addHlsPasses(passes, options);
  return passes.run(module);
}

SmallVector<ModelInput> getInputs(ModuleOp imported) {
  SmallVector<ModelInput> inputs;
  auto main = imported.lookupSymbol<func::FuncOp>("main");
  for (BlockArgument argument : main.getArguments()) {
    auto name =
        main.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
    inputs.push_back({name ? name.str() : "",
                      dyn_cast<RankedTensorType>(argument.getType())});
  }
  return inputs;
}

bool sizeOpenDimensions(ArrayRef<ModelInput> inputs,
                        ArrayRef<SmallVector<int64_t>> shapes,
                        ImportOptions &options) {
  bool isOpen = false;
  for (auto [input, shape] : llvm::zip(inputs, shapes)) {
    if (!input.type ||
        input.type.getRank() != static_cast<int64_t>(shape.size()))
      continue;
    for (auto [axis, extent] : llvm::enumerate(shape)) {
      if (!input.type.isDynamicDim(axis))
        continue;
      options.dims[input.name + "." + std::to_string(axis)] = extent;
      isOpen = true;
    }
  }
  return isOpen;
}

OwningOpRef<ModuleOp> importForShapes(StringRef path, MLIRContext *context,
                                      ImportOptions options,
                                      ArrayRef<SmallVector<int64_t>> shapes,
                                      OwningOpRef<ModuleOp> imported) {
  return sizeOpenDimensions(getInputs(*imported), shapes, options)
             ? loadModel(path, context, options)
             : std::move(imported);
}

} // namespace setun::driver
