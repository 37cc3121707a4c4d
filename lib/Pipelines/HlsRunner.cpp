//===- HlsRunner.cpp - A design for an FPGA, simulated --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The test bench of the project runs in a process of its own: frames go in and
// out as files, and a design that crashes is an error.
//===----------------------------------------------------------------------===//

#include "setun/Pipelines/HlsRunner.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Support/ExternalProgram.h"
#include "setun/Support/FileSystem.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <cstring>

using namespace mlir;

namespace setun {

static constexpr StringLiteral benchName = "testbench";

/// What the program before has printed, up to the end of the first line.
static std::string readFirstLine(const TemporaryFolder &folder) {
  auto log = llvm::MemoryBuffer::getFile(folder.file("log"));
  return log ? (*log)->getBuffer().trim().split('\n').first.str() : "";
}

namespace {
/// A compiled test bench in its folder.
class HlsRunner : public ModelRunner {
public:
  HlsRunner(EntrySignature signature, std::unique_ptr<TemporaryFolder> folder)
      : ModelRunner(signature), arguments(std::move(signature.arguments)),
        folder(std::move(folder)) {}

private:
  llvm::Error invoke(ArrayRef<void *> buffers) override;
  llvm::Error readOutput(const std::string &path, const EntryArgument &argument,
                         void *buffer);

  std::vector<EntryArgument> arguments;
  std::unique_ptr<TemporaryFolder> folder;
};
} // namespace

llvm::Error HlsRunner::readOutput(const std::string &path,
                                  const EntryArgument &argument, void *buffer) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(file.getError(),
                                   "the simulation has written no output");
  if (static_cast<int64_t>((*file)->getBufferSize()) != argument.bytes)
    return llvm::createStringError(
        llvm::formatv("the simulation gives {0} bytes instead of {1}",
                      (*file)->getBufferSize(), argument.bytes));
  std::memcpy(buffer, (*file)->getBufferStart(), argument.bytes);
  return llvm::Error::success();
}

llvm::Error HlsRunner::invoke(ArrayRef<void *> buffers) {
  std::vector<std::string> command = {folder->file(benchName), "1"};
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    command.push_back(folder->file("tensor_" + Twine(i) + ".bin"));
    if (argument.role != EntryRole::Input)
      continue;
    StringRef bytes(static_cast<const char *>(buffers[i]), argument.bytes);
    if (llvm::Error error = writeFileAtomically(command.back(), bytes))
      return error;
  }
  llvm::Error failure = runProgram(command, *folder);
  // A stream that is read while it is empty, or that keeps something, is a
  // warning on the standard output.
  std::string said = readFirstLine(*folder);
  if (failure) {
    std::string reason = toString(std::move(failure));
    return llvm::createStringError("the simulation fails: " +
                                   (said.empty() ? reason : said));
  }
  if (!said.empty())
    return llvm::createStringError("the simulation says: " + said);
  for (auto [i, argument] : llvm::enumerate(arguments))
    if (argument.role == EntryRole::Output)
      if (llvm::Error error = readOutput(command[2 + i], argument, buffers[i]))
        return error;
  return llvm::Error::success();
}

/// Inputs and outputs of @main while they still are tensors.
static EntrySignature readSignature(func::FuncOp main) {
  EntrySignature signature;
  auto add = [&](Type type, StringAttr name, EntryRole role) {
    EntryArgument argument;
    argument.name = name ? name.str() : "";
    argument.role = role;
    auto tensor = cast<RankedTensorType>(type);
    Type element = tensor.getElementType();
    unsigned bits = lowbit::isCode(element) ? lowbit::getStorageBits(element)
                                            : element.getIntOrFloatBitWidth();
    argument.elementType = argument.storageType = element;
    argument.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
    argument.bytes = tensor.getNumElements() * bits / 8;
    signature.arguments.push_back(std::move(argument));
  };
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    add(main.getArgumentTypes()[i],
        main.getArgAttrOfType<StringAttr>(i, "onnx.name"), EntryRole::Input);
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    add(main.getResultTypes()[i],
        main.getResultAttrOfType<StringAttr>(i, "onnx.name"),
        EntryRole::Output);
  return signature;
}

static llvm::Error compile(const TemporaryFolder &folder,
                           const HlsRunnerOptions &options) {
  if (!llvm::sys::findProgramByName(options.compiler))
    return llvm::createStringError("there is no C++ compiler '" +
                                   options.compiler + "' (see --cxx)");
  std::vector<std::string> command = {options.compiler,
                                      "-std=c++14",
                                      "-O2",
                                      "-w",
                                      "-ffp-contract=off",
                                      "-I" + folder.file("."),
                                      "-isystem",
                                      options.apTypes,
                                      "-DTEST_HEADER=\"model_test.h\"",
                                      folder.file("testbench.cpp"),
                                      folder.file("model.cpp"),
                                      "-o",
                                      folder.file(benchName)};
  if (llvm::Error error = runProgram(command, folder))
    return llvm::createStringError("the generated design is refused by " +
                                   toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<ModelRunner>>
createHlsRunner(ModuleOp module, const HlsRunnerOptions &options) {
  HlsEmitOptions emitOptions = options.emit;
  emitOptions.name = "model";
  llvm::FailureOr<HlsProject> project = emitHls(module, emitOptions);
  if (failed(project))
    return llvm::createStringError("the HLS emitter refuses the model");
  auto folder = std::make_unique<TemporaryFolder>();
  if (llvm::Error error = folder->create())
    return error;
  auto output = OutputDirectory::open(folder->file(""));
  if (!output)
    return output.takeError();
  for (const HlsFile &file : project->files)
    if (llvm::Error error = output->write(file.name, file.text))
      return error;
  if (llvm::Error error = output->commit())
    return error;
  if (llvm::Error error = compile(*folder, options))
    return error;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  return std::make_unique<HlsRunner>(readSignature(main), std::move(folder));
}

} // namespace setun
