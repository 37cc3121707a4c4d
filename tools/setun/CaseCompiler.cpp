// Compiles a model for test cases.
#include "CaseCompiler.h"

#include "CommandLine.h"

#include "dialects/Onnx/Onnx.h"
#include "setun/Support/NpyType.h"
#include "setun/Target/LLVM/Jit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cstdlib>

using namespace mlir;

namespace setun::driver {

void BackendOptions::addTo(CLI::App &command) {
  command
      .add_option("--backend", backends,
                  "Which compiled form to run (default: c,llvm)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check([this](const std::string &name) {
        if (name == "c" || name == "llvm" || (isSimulated && name == "hls"))
          return std::string();
        return "'" + name + "' is not one of c, llvm" +
               (isSimulated ? ", hls" : "");
      });
  command
      .add_option("--cc", compiler, "C compiler for backend c (default: cc)")
      ->type_name("PROGRAM");
  command
      .add_option("--cflags", compilerFlags,
                  "Further flags for it, behind -std=c99 -O2" +
                      (compilerFlags.empty()
                           ? std::string()
                           : " (default: " + compilerFlags + ")"))
      ->type_name("FLAGS");
  command
      .add_option("--python", python,
                  "Python that has onnx and onnxruntime (default: python3)")
      ->type_name("PROGRAM");
  ModelOptions::addTo(command);
  addThreadsTo(command);
}

void BackendOptions::addSimulationTo(CLI::App &command) {
  isSimulated = true;
  command
      .add_option("--cxx", simulation.compiler,
                  "C++ compiler for backend hls, the simulation of an FPGA "
                  "design (default: c++)")
      ->type_name("PROGRAM");
  command
      .add_option("--ap-types", simulation.apTypes,
                  "Folder with ap_int.h and hls_stream.h for it (default: "
                  "SETUN_AP_TYPES of the environment)")
      ->type_name("DIR");
}

std::optional<HlsRunnerOptions> BackendOptions::getSimulation() const {
  if (llvm::is_contained(backends, "hls"))
    return simulation;
  return std::nullopt;
}

std::string BackendOptions::findApTypes() {
  if (!getSimulation())
    return "";
  std::string &folder = simulation.apTypes;
  if (const char *given = std::getenv("SETUN_AP_TYPES");
      given && folder.empty())
    folder = given;
  if (folder.empty())
    folder = SETUN_AP_TYPES;
  const std::string what =
      "--backend=hls needs a folder with ap_int.h and hls_stream.h: include of "
      "Vitis HLS, or templates/vivado/ap_types of the Python package hls4ml; ";
  if (folder.empty())
    return what + "give it as --ap-types=DIR or in SETUN_AP_TYPES";
  for (const char *name : {"ap_int.h", "hls_stream.h"})
    if (!llvm::sys::fs::exists(folder + "/" + name))
      return what + folder + " has no " + name;
  return "";
}

CRunnerOptions BackendOptions::getCRunnerOptions() const {
  CRunnerOptions options;
  options.compiler = compiler;
  for (StringRef flag : llvm::split(StringRef(compilerFlags), ' '))
    if (!flag.empty())
      options.flags.push_back(flag.str());
  options.hasThreads = threads > 1;
  return options;
}

/// Bound inputs take part in shapes, where more elements make no sense.
static constexpr int64_t maxBoundElements = 4096;

/// Resize and its predecessor take factors and regions as floats.
static bool isFloatSize(Value input) {
  return !input.use_empty() &&
         llvm::all_of(input.getUses(), [](OpOperand &use) {
           auto node = dyn_cast<onnx::NodeOp>(use.getOwner());
           return node &&
                  (node.getOpType() == "Resize" ||
                   node.getOpType() == "Upsample") &&
                  use.getOperandNumber() > 0;
         });
}

/// Has the user bound this input?
bool CaseCompiler::isGiven(StringRef name) const {
  return llvm::any_of(importOptions.bindings, [&](const InputBinding &binding) {
    return binding.name == name;
  });
}

/// Reads the model without bindings; they may take inputs away.
bool CaseCompiler::readInputs() {
  if (modelInputs)
    return true;
  ImportOptions options = importOptions;
  options.bindings.clear();
  OwningOpRef<ModuleOp> module = loadModel(model, context.get(), options);
  if (!module)
    return false;
  auto main = module->lookupSymbol<func::FuncOp>("main");
  modelInputs.emplace();
  for (auto [input, value] : llvm::zip(getInputs(*module), main.getArguments()))
    modelInputs->push_back({input.name, isFloatSize(value)});
  return true;
}

/// May verify take the value of a case for this input? Numbers that a kernel
/// computes with are not among them: vectors of floats, and matrices.
bool CaseCompiler::isBindable(unsigned index, const NpyArray &array) const {
  if (array.shape.size() > 1 || array.size() > maxBoundElements)
    return false;
  return array.shape.empty() || !StringRef(array.dtype).contains("float") ||
         (*modelInputs)[index].isFloatSize;
}

/// A refusal comes with a diagnostic; anything else went wrong on our side.
Compiled CaseCompiler::makeRefusal(llvm::Error error) {
  Compiled compiled;
  std::string message = toString(std::move(error));
  std::string diagnostic = diagnostics.takeFirstError();
  compiled.refusal = diagnostic.empty() ? Outcome{Verdict::Fail, message}
                                        : Outcome{Verdict::Refused, diagnostic};
  return compiled;
}

/// Imports the model and goes on to the stage that both backends share.
Variant CaseCompiler::lower(ArrayRef<NpyArray> inputs,
                            const InputIndices &bound) {
  Variant variant;
  ImportOptions options = importOptions;
  SmallVector<SmallVector<int64_t>> shapes;
  for (auto [index, array] : llvm::enumerate(inputs)) {
    std::string name = modelInputs && index < modelInputs->size()
                           ? (*modelInputs)[index].name
                           : "";
    if (llvm::is_contained(bound, index)) {
      options.bindings.push_back({name, array, ""});
      variant.bound.push_back(name);
    } else if (!isGiven(name)) {
      shapes.push_back(array.shape);
      variant.inputs.push_back(index);
    }
  }
  OwningOpRef<ModuleOp> module = loadModel(model, context.get(), options);
  if (module)
    module = importForShapes(model, context.get(), options, shapes,
                             std::move(module));
  Stage reached = Stage::Onnx;
  if (module && simulation &&
      succeeded(
          runStages(*module, Stage::Onnx, Stage::LowBit, compileOptions))) {
    reached = Stage::LowBit;
    variant.lowbit = module->clone();
  }
  if (module && (!simulation || variant.lowbit) &&
      succeeded(runStages(*module, reached, Stage::Packed, compileOptions)))
    variant.packed = std::move(module);
  variant.refusal = diagnostics.takeFirstError();
  return variant;
}

/// Would a backend take it? Cheaper than asking one: no code is compiled. If
/// none would, the variant is a refusal.
bool CaseCompiler::reachesBuffers(Variant &variant) {
  if (!variant.packed)
    return false;
  OwningOpRef<ModuleOp> module = variant.packed.get().clone();
  if (succeeded(
          runStages(*module, Stage::Packed, Stage::Buffers, compileOptions))) {
    (void)diagnostics.takeFirstError(); // of what only looks like an error
    return true;
  }
  variant.packed = nullptr;
  variant.refusal = diagnostics.takeFirstError();
  return false;
}

/// Binds as few inputs as make the model compile. Of a model that is refused
/// with all of them that refusal is the result: what is left says more.
std::optional<Variant> CaseCompiler::lowerBound(ArrayRef<NpyArray> inputs,
                                                InputIndices &bound) {
  if (!readInputs() || inputs.size() != modelInputs->size()) {
    (void)diagnostics.takeFirstError();
    return std::nullopt;
  }
  InputIndices needed;
  for (auto [index, array] : llvm::enumerate(inputs))
    if (isBindable(index, array) && !isGiven((*modelInputs)[index].name))
      needed.push_back(index);
  if (needed.empty())
    return std::nullopt;
  Variant best = lower(inputs, needed);
  if (!reachesBuffers(best))
    return best;
  for (unsigned index : InputIndices(needed)) {
    InputIndices fewer = needed;
    fewer.erase(llvm::find(fewer, index));
    if (fewer.empty())
      break; // refused with none
    Variant variant = lower(inputs, fewer);
    if (!reachesBuffers(variant))
      continue;
    best = std::move(variant);
    needed = fewer;
  }
  bound = needed;
  return best;
}

Variant &CaseCompiler::getVariant(ArrayRef<NpyArray> inputs) {
  std::string shapes;
  for (const NpyArray &input : inputs)
    shapes += describeArray(input.dtype, input.shape) + ",";
  auto makeKey = [&](const InputIndices &bound) {
    std::string key = shapes;
    for (unsigned index : bound)
      key.append(inputs[index].data.begin(), inputs[index].data.end());
    return key;
  };
  auto [entry, isNew] = boundFor.try_emplace(shapes);
  InputIndices &bound = entry->second;
  auto known = variants.find(makeKey(bound));
  if (known != variants.end())
    return known->second;

  // Whose value is bound by the user has to be known by name.
  if (!importOptions.bindings.empty())
    readInputs();
  Variant variant = lower(inputs, bound);
  bool isSmall = llvm::any_of(
      inputs, [](const NpyArray &input) { return input.shape.size() <= 1; });
  if (isNew && isSmall && !reachesBuffers(variant))
    if (std::optional<Variant> better = lowerBound(inputs, bound))
      variant = std::move(*better);
  return variants.insert_or_assign(makeKey(bound), std::move(variant))
      .first->second;
}

Compiled CaseCompiler::compile(StringRef backend, ModuleOp packed) {
  OwningOpRef<ModuleOp> module = packed.clone();
  CompileOptions options = compileOptions;
  options.lowerKernels = backend == "llvm" && !JitModule::hasKernels();
  if (failed(runStages(*module, Stage::Packed, Stage::Buffers, options)))
    return makeRefusal(llvm::createStringError("cannot be compiled"));
  auto runner =
      backend == "c" ? createCRunner(*module, c) : createJitRunner(*module);
  if (!runner)
    return makeRefusal(runner.takeError());
  Compiled compiled;
  compiled.runner = std::move(*runner);
  return compiled;
}

Compiled CaseCompiler::compileHls(ModuleOp lowbit) {
  if (failed(runHlsPasses(lowbit, compileOptions)))
    return makeRefusal(llvm::createStringError("cannot be compiled"));
  auto runner = createHlsRunner(lowbit, *simulation);
  if (!runner)
    return makeRefusal(runner.takeError());
  Compiled compiled;
  compiled.runner = std::move(*runner);
  return compiled;
}

Compiled &CaseCompiler::getCompiled(Variant &variant, StringRef backend) {
  auto known = variant.backends.find(backend);
  if (known != variant.backends.end())
    return known->second;
  Compiled compiled;
  if (variant.packed)
    compiled = backend == "hls" ? compileHls(*variant.lowbit)
                                : compile(backend, *variant.packed);
  else
    compiled.refusal = {Verdict::Refused, variant.refusal};
  return variant.backends.emplace(backend.str(), std::move(compiled))
      .first->second;
}

} // namespace setun::driver
