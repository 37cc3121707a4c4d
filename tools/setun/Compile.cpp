// setun compile: a model becomes C, LLVM IR, code, a project for high-level
// synthesis, or MLIR at some stage.
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "EmitHlsFiles.h"
#include "EmitNative.h"
#include "MeasureScales.h"
#include "Session.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/WeightsFile.h"
#include "setun/Support/FileSystem.h"
#include "setun/Support/Names.h"
#include "setun/Support/Target.h"
#include "setun/Target/Verilog/EmitNetworks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace setun::driver {

namespace {
enum class Emit { C, Mlir, LlvmIr, Object, Shared, Hls, VerilogNetworks };

/// One file of the result.
using NamedText = std::pair<std::string, StringRef>;

struct CompileCommand : ModelOptions {
  std::string model;
  std::string outputFolder;
  std::string name;
  Emit emit = Emit::C;
  Stage stage = Stage::LowBit;
  Requirement requirement = Requirement::None;
  bool quantizedIo = false;
  std::vector<std::string> inputFormats;
  std::string outputFormat;
  bool withMain = false;
  bool weightsInFile = false;
  NativeOptions native;
  HlsOptions hls;

  int run();
  bool isNative() const {
    return emit == Emit::LlvmIr || emit == Emit::Object || emit == Emit::Shared;
  }
  /// Where the passes stop.
  Stage getLastStage() const;

private:
  LogicalResult compile();
  LogicalResult lowerTo(ModuleOp module, Stage last);
  LogicalResult measure(ModuleOp imported);
  std::string getArguments() const;
  LogicalResult emitText(StringRef extension, StringRef text);
  LogicalResult emitCFiles(ModuleOp buffers);
  LogicalResult emitLlvmIr(ModuleOp buffers);
  LogicalResult emitCode(ModuleOp buffers);
  void chooseNetworks();
  LogicalResult emitNetworks(ModuleOp packed);
  LogicalResult emitHlsFiles(ModuleOp module);
  LogicalResult writeResult(SmallVectorImpl<NamedText> &files,
                            const std::string &weightsSource, ModuleOp weights);
  CEmitOptions getCOptions() const;
  LogicalResult fail(llvm::Error error);

  /// What is compiled for, where code or LLVM IR is emitted.
  std::unique_ptr<llvm::TargetMachine> machine;
  BitProducts bitProducts = BitProducts::Smaller;
};

} // namespace

LogicalResult CompileCommand::fail(llvm::Error error) {
  printError(model, llvm::toString(std::move(error)));
  return failure();
}

/// All files or none. The weights of `weights`, if any, are never in memory as
/// a whole file.
static llvm::Error writeFiles(StringRef folder, ArrayRef<NamedText> files,
                              StringRef weightsFile = "",
                              ModuleOp weights = nullptr) {
  auto directory = OutputDirectory::open(folder);
  if (!directory)
    return directory.takeError();
  for (const auto &[name, text] : files)
    if (llvm::Error error = directory->write(name, text))
      return error;
  if (weights)
    if (llvm::Error error =
            directory->write(weightsFile, [&](llvm::raw_ostream &stream) {
              printWeights(weights, stream);
            }))
      return error;
  return directory->commit();
}

LogicalResult CompileCommand::emitText(StringRef extension, StringRef text) {
  if (outputFolder.empty()) {
    llvm::outs() << text;
    return success();
  }
  if (llvm::Error error =
          writeFiles(outputFolder, NamedText(name + extension.str(), text)))
    return fail(std::move(error));
  return success();
}

/// A word as a shell reads it back.
static std::string quoteForShell(StringRef word) {
  auto isPlain = [](char c) {
    return llvm::isAlnum(c) || StringRef("_-+.,:/=[]").contains(c);
  };
  if (llvm::all_of(word, isPlain))
    return word.str();
  std::string quoted = "'";
  for (char c : word)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// The options that decide what is generated, besides --emit and --name. Files
/// lose their folders: the same input gives the same bytes from everywhere.
std::string CompileCommand::getArguments() const {
  std::string text;
  if (StringRef name = getKernelName(kernel); name != "auto")
    text += (" --kernel=" + name).str();
  if (target != "generic")
    text += " --target=" +
            (target == "native" ? findTarget(target)->name.str() : target);
  if (noMultiplication)
    text += " --no-multiply";
  if (ternary == TernaryPacking::Dense)
    text += " --ternary-bits=1.6";
  if (fastMath)
    text += " --fast-math";
  if (maxNetworkDepth != 0)
    text += " --max-depth=" + std::to_string(maxNetworkDepth);
  if (threads != 1)
    text += " --threads=" + std::to_string(threads);
  if (!detectLevels)
    text += " --no-detect";
  if (native.chooseAtRunTime)
    text += " --dispatch=runtime";
  if (weightsInFile)
    text += " --weights=file";
  if (accuracyLevel != 0)
    text += " --accuracy-level=" + std::to_string(accuracyLevel);
  if (fixScales)
    text += " --float-scales=fixed";
  if (staticScales)
    text += " --static-scales";
  for (StringRef file : data) {
    auto [name, path] = file.split('=');
    // (The last name of "folder/" would be ".")
    StringRef last =
        llvm::sys::path::filename((path.empty() ? name : path).rtrim('/'));
    text +=
        " --data " +
        quoteForShell(path.empty() ? last.str() : (name + "=" + last).str());
  }
  if (quantizedIo)
    text += " --io=quantized";
  for (StringRef format : inputFormats)
    text += " --input " + quoteForShell(format);
  if (!outputFormat.empty())
    text += " --output=" + outputFormat;
  for (const std::string &dim : dims)
    text += " --dim " + quoteForShell(dim);
  for (StringRef binding : bindings) {
    bool isFile = binding.ends_with(".npy") || binding.ends_with(".pb");
    auto [name, file] = binding.split('=');
    std::string word =
        isFile ? (name + "=" + llvm::sys::path::filename(file)).str()
               : binding.str();
    text += " --bind " + quoteForShell(word);
  }
  return withMain ? text + " --with-main" : text;
}

CEmitOptions CompileCommand::getCOptions() const {
  CEmitOptions options;
  options.name = name;
  options.version = SETUN_VERSION;
  options.io = quantizedIo ? CEmitOptions::Interface::Quantized
                           : CEmitOptions::Interface::Model;
  options.arguments = getArguments();
  options.withMain = withMain;
  options.chooseAtRunTime = native.chooseAtRunTime;
  return options;
}

LogicalResult CompileCommand::writeResult(SmallVectorImpl<NamedText> &files,
                                          const std::string &weightsSource,
                                          ModuleOp weights) {
  if (weightsInFile)
    files.emplace_back(name + "_weights.c", weightsSource);
  else
    weights = nullptr;
  StringRef folder = outputFolder.empty() ? StringRef(".") : outputFolder;
  if (llvm::Error error = writeFiles(folder, files, name + ".weights", weights))
    return fail(std::move(error));
  return success();
}

LogicalResult CompileCommand::emitCFiles(ModuleOp buffers) {
  llvm::FailureOr<CFiles> files = emitC(buffers, getCOptions());
  if (failed(files))
    return failure();
  SmallVector<NamedText> named = {{name + ".h", files->header},
                                  {name + ".c", files->source}};
  if (withMain)
    named.emplace_back(name + "_main.c", files->main);
  return writeResult(named, files->weights, buffers);
}

LogicalResult CompileCommand::emitLlvmIr(ModuleOp buffers) {
  llvm::Expected<std::string> text =
      printNativeIr(buffers, *machine, getCOptions(), native.chooseAtRunTime);
  if (!text)
    return fail(text.takeError());
  return emitText(".ll", *text);
}

LogicalResult CompileCommand::emitCode(ModuleOp buffers) {
  // The code is made of the rest.
  OwningOpRef<ModuleOp> weights;
  if (weightsInFile) {
    if (machine->createDataLayout().isBigEndian())
      return fail(llvm::createStringError(
          "--weights=file: '" + machine->getTargetTriple().str() +
          "' reads numbers in big-endian order; accepted is "
          "--weights=embedded"));
    weights = buffers.clone();
    dropWeights(buffers);
  }
  llvm::Expected<NativeCode> code =
      compileNative(buffers, *machine, getCOptions(), native.chooseAtRunTime);
  if (!code)
    return fail(code.takeError());
  std::string file = name + ".o";
  std::string bytes(code->object.begin(), code->object.end());
  if (emit == Emit::Shared) {
    auto library =
        linkShared(code->object, *machine, native.linker, threads > 1);
    if (!library)
      return fail(library.takeError());
    file = name + ".so";
    bytes = std::move(*library);
  }
  SmallVector<NamedText> files = {{name + ".h", code->header}, {file, bytes}};
  return writeResult(files, code->weights, *weights);
}

/// The pass makes networks; how they are printed is chosen later.
void CompileCommand::chooseNetworks() {
  if (kernel == KernelChoice::AddSub)
    bitProducts = BitProducts::Networks;
  else if (kernel == KernelChoice::Packed)
    bitProducts = BitProducts::PopcountTrees;
  if (kernel != KernelChoice::Plain)
    kernel = KernelChoice::AddSub;
}

LogicalResult CompileCommand::emitNetworks(ModuleOp packed) {
  llvm::FailureOr<std::string> text =
      emitVerilogNetworks(packed, {name, SETUN_VERSION, bitProducts});
  return failed(text) ? failure() : emitText("_networks.v", *text);
}

Stage CompileCommand::getLastStage() const {
  if (emit == Emit::Mlir)
    return stage;
  if (emit == Emit::Hls)
    return Stage::LowBit;
  return emit == Emit::VerilogNetworks ? Stage::Packed : Stage::Buffers;
}

LogicalResult CompileCommand::emitHlsFiles(ModuleOp module) {
  CompileOptions compileOptions = getCompileOptions();
  compileOptions.quantizedIo = quantizedIo;
  if (failed(runHlsPasses(module, compileOptions)))
    return failure();
  llvm::Expected<HlsEmitOptions> options = hls.getEmitOptions(model);
  if (!options)
    return fail(options.takeError());
  options->name = name;
  options->version = SETUN_VERSION;
  options->arguments = getArguments() + hls.getArguments();
  StringRef folder = outputFolder.empty() ? StringRef(".") : outputFolder;
  if (llvm::Error error = writeHlsProject(module, model, folder, *options))
    return fail(std::move(error));
  return success();
}

/// Runs the passes up to `last` and checks `--require` on the way.
LogicalResult CompileCommand::lowerTo(ModuleOp module, Stage last) {
  CompileOptions options = getCompileOptions();
  options.quantizedIo = quantizedIo;
  options.inputFormats = inputFormats;
  options.outputFormat = outputFormat;
  options.lowerKernels = machine && !hasKernels(*machine);
  options.weightsInFile = weightsInFile;
  Stage reached = Stage::Onnx;
  if (requirement != Requirement::None) {
    if (failed(runStages(module, Stage::Onnx, Stage::Packed, options)) ||
        failed(checkRequirement(collectLayerFacts(module), requirement)))
      return failure();
    reached = Stage::Packed;
  }
  return runStages(module, reached, last, options);
}

/// Says how far the model with fixed point or static scales is from itself.
LogicalResult CompileCommand::measure(ModuleOp imported) {
  // Open dimensions are an error of the passes.
  auto isStatic = [](const ModelInput &input) {
    return input.type && input.type.hasStaticShape();
  };
  if (getLastStage() == Stage::Onnx ||
      !llvm::all_of(getInputs(imported), isStatic))
    return success();
  CompileOptions options = getCompileOptions();
  llvm::FailureOr<ScaleFacts> facts = measureScales(imported, model, options);
  if (failed(facts))
    return failure();
  scaleMaxima = options.scaleMaxima;
  for (const StaticScaleFacts &scale : facts->staticScales)
    llvm::errs() << escapeForTerminal(scale.describe()) << "\n";
  llvm::errs() << escapeForTerminal(model) << ": " << facts->describe() << "\n";
  hls.scaleError = facts->largestError;
  return success();
}

LogicalResult CompileCommand::compile() {
  std::unique_ptr<MLIRContext> context = makeContext();
  DiagnosticPrinter printer(context.get(), model, printRemarks);
  if (isNative()) {
    auto made = native.makeMachine(target);
    if (!made)
      return fail(made.takeError());
    machine = std::move(*made);
  }
  llvm::Expected<ImportOptions> importOptions = getImportOptions();
  if (!importOptions)
    return fail(importOptions.takeError());
  OwningOpRef<ModuleOp> module =
      loadModel(model, context.get(), *importOptions);
  if (!module)
    return failure();

  if ((fixScales || staticScales) && failed(measure(*module)))
    return failure();
  if (failed(lowerTo(*module, getLastStage())))
    return failure();
  switch (emit) {
  case Emit::C:
    return emitCFiles(*module);
  case Emit::LlvmIr:
    return emitLlvmIr(*module);
  case Emit::Object:
  case Emit::Shared:
    return emitCode(*module);
  case Emit::VerilogNetworks:
    return emitNetworks(*module);
  case Emit::Hls:
    return emitHlsFiles(*module);
  case Emit::Mlir:
    // (operator<< would leave out the resources, which hold the weights.)
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.get()->print(stream);
    return emitText(".mlir", text);
  }
  return failure();
}

int CompileCommand::run() {
  noMultiplication |= requirement == Requirement::NoMultiply;
  if (emit == Emit::VerilogNetworks)
    chooseNetworks();
  if (name.empty())
    name = makeIdentifier(llvm::sys::path::stem(model), "model");
  return succeeded(compile()) ? Success : WrongModel;
}

static std::string checkName(const std::string &name) {
  if (makeIdentifier(name) == name && !isReservedIdentifier(name))
    return "";
  return "'" + name + "' is not a C identifier of at most " +
         std::to_string(maxIdentifierLength) + " characters";
}

/// Options that go together, once all are parsed.
static void checkCombination(const CompileCommand &options,
                             const CLI::App &command) {
  if (command.count("--stage") && options.emit != Emit::Mlir)
    throw CLI::ValidationError("--stage: needs --emit=mlir");
  if (options.withMain && options.emit != Emit::C)
    throw CLI::ValidationError("--with-main: needs --emit=c");
  for (const char *option : {"--mcpu", "--mattr"})
    if (command.count(option) && !options.isNative())
      throw CLI::ValidationError(std::string(option) +
                                 ": needs --emit=obj, shared or llvm-ir");
  if (command.count("--dispatch") &&
      (options.emit == Emit::Mlir || options.emit == Emit::Hls))
    throw CLI::ValidationError(
        "--dispatch: needs --emit=c, obj, shared or llvm-ir");
  options.hls.checkUse(command, options.emit == Emit::Hls, "--emit=hls");
  if (options.weightsInFile && options.emit != Emit::C &&
      options.emit != Emit::Object && options.emit != Emit::Shared)
    throw CLI::ValidationError("--weights=file: needs --emit=c, obj or shared");
  if (command.count("--linker") && options.emit != Emit::Shared)
    throw CLI::ValidationError("--linker: needs --emit=shared");
  if (options.requirement != Requirement::None && options.emit == Emit::Hls)
    throw CLI::ValidationError("--require: does not go with --emit=hls");
  if (options.requirement != Requirement::None && options.emit == Emit::Mlir &&
      options.stage < Stage::Packed)
    throw CLI::ValidationError("--require: is judged in stage packed, later "
                               "than the one asked for");
}

void addCompileCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<CompileCommand>();
  CLI::App *command = app.add_subcommand(
      "compile",
      "Compile a model to C (NAME.h and NAME.c), an object or shared "
      "library, LLVM IR, a project for high-level synthesis, or MLIR");
  command
      ->add_option("model", options->model,
                   "The ONNX file, or a .mlir file in stage onnx or lowbit")
      ->required();
  command
      ->add_option("-o,--output-dir", options->outputFolder,
                   "Folder for the result (default: the current one for C "
                   "and code, standard output for text)")
      ->type_name("DIR");
  addChoice<Emit>(*command, "--emit", options->emit,
                  "What to emit (default: c)",
                  {{"c", Emit::C},
                   {"obj", Emit::Object},
                   {"shared", Emit::Shared},
                   {"llvm-ir", Emit::LlvmIr},
                   {"verilog-networks", Emit::VerilogNetworks},
                   {"hls", Emit::Hls},
                   {"mlir", Emit::Mlir}});
  addChoice<Stage>(*command, "--stage", options->stage,
                   "Where --emit=mlir stops (default: lowbit)",
                   {{"onnx", Stage::Onnx},
                    {"lowbit", Stage::LowBit},
                    {"packed", Stage::Packed},
                    {"buffers", Stage::Buffers}});
  command
      ->add_option("--name", options->name,
                   "Prefix of files and symbols (default: from the file name)")
      ->type_name("ID")
      ->check(checkName);
  addChoice<bool>(*command, "--io", options->quantizedIo,
                  "Inputs and outputs of the C function: the model's, or the "
                  "codes inside its outermost quantisers (default: model)",
                  {{"model", false}, {"quantized", true}});
  addRepeated(*command, "--input", options->inputFormats,
              "take an f32 input as bytes: real = (byte - M) * S; S and M one "
              "number, or one for each channel with / between them")
      ->type_name("[NAME=]uint8[,scale=S][,mean=M][,layout=NHWC]");
  addChoice<std::string>(*command, "--output", options->outputFormat,
                         "return the index of the largest score",
                         {{"argmax", "argmax"}});
  addChoice<Requirement>(
      *command, "--require", options->requirement,
      "Fail, naming each layer, unless all products are low-bit; unless "
      "there are only integers; unless no product multiplies",
      {{"lowbit", Requirement::LowBit},
       {"integer", Requirement::Integer},
       {"no-multiply", Requirement::NoMultiply}});
  command->add_flag("--with-main", options->withMain,
                    "Also emit NAME_main.c, which reads and writes .npy files");
  addChoice<bool>(*command, "--weights", options->weightsInFile,
                  "Large constants in the code, or in NAME.weights, which the "
                  "caller opens (default: embedded)",
                  {{"embedded", false}, {"file", true}});
  options->native.addTo(*command);
  options->hls.addTo(*command);
  options->addTo(*command);
  options->addThreadsTo(*command);
  command->callback([options, command, &action] {
    checkCombination(*options, *command);
    action = [options] { return options->run(); };
  });
}

} // namespace setun::driver
