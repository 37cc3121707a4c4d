// The project of compile --emit=hls: options, recorded frames, files.
#include "EmitHlsFiles.h"

#include "CommandLine.h"
#include "Expectation.h"
#include "HlsTable.h"
#include "Session.h"
#include "TestCases.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Support/FileSystem.h"
#include "setun/Support/Names.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir;

namespace setun::driver {

/// Clock cycles a frame that can be asked for.
static constexpr int64_t kMaxInterval = int64_t(1) << 40;

void HlsOptions::addTo(CLI::App &command) {
  using Interface = HlsEmitOptions::Interface;
  addChoice<Interface>(
      command, "--interface", interface,
      "How frames cross the border of an HLS design: words "
      "of AXI4-Stream, or memory (default: stream)",
      {{"stream", Interface::Stream}, {"memory", Interface::Memory}});
  command
      .add_option("--part", part,
                  "Device for the scripts of an HLS project (default: " + part +
                      ")")
      ->type_name("NAME");
  command
      .add_option("--clock", clock,
                  "Clock period of an HLS design in nanoseconds (default: 5)")
      ->type_name("NS");
  command
      .add_option("--target-ii", targetInterval,
                  "Fold the products of an HLS design for so many clock "
                  "cycles a frame (default: the smallest design)")
      ->type_name("CYCLES");
  command
      .add_option("--fps", framesPerSecond,
                  "The same in frames a second, at --clock")
      ->type_name("NUMBER");
  command
      .add_option("--resources", resources,
                  "Fold the products of an HLS design so that it is as fast as "
                  "these allow, by estimates before synthesis; bram counts "
                  "blocks of 18 Kbit")
      ->type_name("lut=N,ff=N,bram=N,dsp=N");
  command
      .add_option("--folding", foldingFile,
                  "Folding of products of an HLS design that is fixed: a JSON "
                  "file {\"STAGE\": {\"pe\": N, \"simd\": N}, ...}")
      ->type_name("FILE");
}

void HlsOptions::checkUse(const CLI::App &command, bool isWanted,
                          StringRef needed) const {
  for (const char *option : {"--interface", "--part", "--clock", "--target-ii",
                             "--fps", "--folding", "--resources"})
    if (command.count(option) && !isWanted)
      throw CLI::ValidationError(std::string(option) + ": needs " +
                                 needed.str());
  if (std::string mistake = findMistake(); !mistake.empty())
    throw CLI::ValidationError(mistake);
}

/// `lut=N,ff=N,bram=N,dsp=N`, some of them; the others are not limited.
static llvm::Expected<FpgaCost> readResources(StringRef text) {
  constexpr int64_t unlimited = INT64_MAX;
  FpgaCost budget = {unlimited, unlimited, unlimited, unlimited};
  SmallVector<StringRef> words;
  text.split(words, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/!text.empty());
  for (StringRef word : words) {
    auto [kind, number] = word.split('=');
    int64_t *limit = llvm::StringSwitch<int64_t *>(kind)
                         .Case("lut", &budget.luts)
                         .Case("ff", &budget.flipFlops)
                         .Case("bram", &budget.blockRams)
                         .Case("dsp", &budget.dsps)
                         .Default(nullptr);
    int64_t value = 0;
    if (!limit || *limit != unlimited || number.getAsInteger(10, value) ||
        value < 0 || value > (int64_t(1) << 40))
      return llvm::createStringError(
          "'" + word.str() +
          "' is not understood; accepted are lut=N, ff=N, bram=N and dsp=N, "
          "each once, with commas between them");
    *limit = value;
  }
  return budget;
}

std::string HlsOptions::findMistake() const {
  auto isPlain = [](char c) {
    return llvm::isAlnum(c) || StringRef("_-.:").contains(c);
  };
  if (part.empty() || part.size() > 64 || !llvm::all_of(part, isPlain))
    return "--part: '" + part + "' is no name of a device";
  if (!(clock > 0 && clock < 1e6))
    return "--clock: is a period in nanoseconds, more than 0";
  if (targetInterval < 0 || targetInterval > kMaxInterval)
    return "--target-ii: is a number of clock cycles";
  if (!(framesPerSecond >= 0 && framesPerSecond < 1e12) ||
      (framesPerSecond > 0 && 1e9 / clock / framesPerSecond > kMaxInterval))
    return "--fps: is a number of frames";
  if (targetInterval > 0 && framesPerSecond > 0)
    return "--target-ii and --fps: say the same; give one of them";
  if (llvm::Expected<FpgaCost> budget = readResources(resources); !budget)
    return "--resources: " + llvm::toString(budget.takeError());
  return "";
}

static llvm::Expected<std::map<std::string, HlsFolding>>
readFolding(StringRef path) {
  std::map<std::string, HlsFolding> folding;
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return llvm::createStringError(path + ": " + file.getError().message());
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse((*file)->getBuffer());
  if (!json)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(json.takeError()));
  const llvm::json::Object *stages = json->getAsObject();
  auto fail = [&] {
    return llvm::createStringError(
        path + ": expected {\"STAGE\": {\"pe\": N, \"simd\": N}, ...}, with "
               "\"method\": \"unit\" or \"network\" besides");
  };
  if (!stages)
    return fail();
  for (const auto &[name, value] : *stages) {
    const llvm::json::Object *stage = value.getAsObject();
    if (!stage)
      return fail();
    StringRef method = stage->getString("method").value_or("unit");
    std::optional<int64_t> pe = stage->getInteger("pe"),
                           simd = stage->getInteger("simd");
    // A network is never folded.
    bool isNetwork = method == "network";
    if ((!isNetwork && (!pe || !simd)) || (!isNetwork && method != "unit") ||
        (stage->get("method") && !stage->getString("method")))
      return fail();
    folding[StringRef(name).str()] =
        isNetwork ? HlsFolding{1, 1, true} : HlsFolding{*pe, *simd, false};
  }
  return folding;
}

llvm::Expected<HlsEmitOptions>
HlsOptions::getEmitOptions(StringRef model) const {
  HlsEmitOptions options;
  options.interface = interface;
  options.part = part;
  options.clock = clock;
  options.targetInterval = targetInterval;
  if (framesPerSecond > 0)
    options.targetInterval = std::max<int64_t>(
        1, static_cast<int64_t>(1e9 / clock / framesPerSecond));
  if (!resources.empty()) {
    llvm::Expected<FpgaCost> budget = readResources(resources);
    if (!budget)
      return budget.takeError();
    options.budget = *budget;
  }
  if (!foldingFile.empty()) {
    auto folding = readFolding(foldingFile);
    if (!folding)
      return folding.takeError();
    options.folding = std::move(*folding);
  }
  llvm::Expected<Expectation> expectation =
      readExpectation(getModelFolder(model));
  if (!expectation)
    return expectation.takeError();
  options.atol = expectation->atol;
  options.rtol = expectation->rtol;
  // A few values may be off by more: the test bench knows one bound for all.
  if (expectation->maxMismatchFraction > 0)
    options.atol = std::max(options.atol, expectation->mismatchAtol);
  if (!std::isfinite(scaleError))
    return llvm::createStringError(
        "--float-scales=fixed and --static-scales: an output is infinite or no "
        "number where the floats give another one, so that no tolerance of a "
        "test bench is right; accepted is --float-scales=float without "
        "--static-scales");
  options.atol += scaleError;
  return options;
}

std::string HlsOptions::getArguments() const {
  std::string text;
  if (interface == HlsEmitOptions::Interface::Memory)
    text += " --interface=memory";
  if (part != HlsEmitOptions().part)
    text += " --part=" + part;
  if (clock != HlsEmitOptions().clock)
    text += " --clock=" + llvm::formatv("{0}", clock).str();
  if (targetInterval > 0)
    text += " --target-ii=" + std::to_string(targetInterval);
  if (framesPerSecond > 0)
    text += " --fps=" + llvm::formatv("{0}", framesPerSecond).str();
  if (!resources.empty())
    text += " --resources=" + resources;
  if (!foldingFile.empty())
    text += " --folding=folding.json";
  return text;
}

/// Bytes of a tensor at the border, as .npy files have it.
static int64_t getBytes(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = tensor.getElementType();
  int64_t bits = lowbit::isCode(element) ? lowbit::getStorageBits(element)
                                         : element.getIntOrFloatBitWidth();
  return tensor.getNumElements() * bits / 8;
}

/// The recorded frames that fit the design's inputs and outputs.
static llvm::Expected<std::vector<HlsFile>> collectGolden(ModuleOp module,
                                                          StringRef model) {
  auto entry = module.lookupSymbol<func::FuncOp>("main");
  std::vector<HlsFile> files;
  int64_t frame = 0;
  auto fits = [](ArrayRef<NpyArray> arrays, TypeRange types) {
    return arrays.size() == types.size() &&
           llvm::all_of(llvm::zip(arrays, types), [](auto pair) {
             auto [array, type] = pair;
             return static_cast<int64_t>(array.data.size()) == getBytes(type);
           });
  };
  for (const std::string &folder : findTestCases(getModelFolder(model))) {
    llvm::Expected<TestCase> test = readTestCase(folder);
    if (!test)
      return test.takeError();
    if (!fits(test->inputs, entry.getArgumentTypes()) ||
        !fits(test->outputs, entry.getResultTypes()))
      continue;
    auto add = [&](StringRef kind, ArrayRef<NpyArray> arrays) {
      for (auto [i, array] : llvm::enumerate(arrays))
        files.push_back(
            {llvm::formatv("golden/set_{0}_{1}_{2}.bin", frame, kind, i).str(),
             std::string(array.data.begin(), array.data.end())});
    };
    add("input", test->inputs);
    add("output", test->outputs);
    ++frame;
  }
  return files;
}

/// The choices, in the form in which `--folding` reads them.
static std::string printFolding(const HlsProject &project) {
  llvm::json::Object stages;
  for (const HlsStage &stage : project.estimate.stages)
    if (stage.pe > 0)
      stages[stage.name] =
          llvm::json::Object{{"pe", stage.pe},
                             {"simd", stage.simd},
                             {"method", stage.isNetwork ? "network" : "unit"}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(stages))).str();
}

llvm::Error writeHlsProject(ModuleOp module, StringRef model, StringRef folder,
                            const HlsEmitOptions &options) {
  llvm::FailureOr<HlsProject> project = emitHls(module, options);
  if (failed(project))
    return llvm::createStringError("no HLS project can be written");
  llvm::Expected<std::vector<HlsFile>> golden = collectGolden(module, model);
  if (!golden)
    return golden.takeError();
  std::vector<HlsFile> files = std::move(project->files);
  files.insert(files.end(), golden->begin(), golden->end());
  files.push_back({"folding.json", printFolding(*project)});
  auto output = OutputDirectory::open(folder);
  if (!output)
    return output.takeError();
  for (const HlsFile &file : files)
    if (llvm::Error error = output->write(file.name, file.text))
      return error;
  if (llvm::Error error = output->commit())
    return error;
  printHlsTable(project->estimate, /*allStages=*/false, llvm::outs());
  return llvm::Error::success();
}

} // namespace setun::driver
