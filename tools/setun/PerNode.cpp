// References for single tensors: a folder of arrays, or onnxruntime.
#include "PerNode.h"

#include "setun/Support/FileSystem.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace setun::driver {

std::string getReferenceFile(StringRef tensor) {
  std::string file;
  for (char c : tensor)
    if (isAlnum(c) || StringRef("_.-").contains(c))
      file += c;
    else
      file += "%" + toHex(StringRef(&c, 1));
  return file + ".npy";
}

static std::string inFolder(StringRef folder, StringRef file) {
  SmallString<128> path(folder);
  sys::path::append(path, file);
  return path.str().str();
}

Expected<Reference> readReference(StringRef folder,
                                  ArrayRef<std::string> tensors) {
  StringMap<std::string> tensorOf;
  for (const std::string &tensor : tensors)
    tensorOf[getReferenceFile(tensor)] = tensor;
  Reference reference;
  std::error_code error;
  std::vector<std::string> files;
  for (sys::fs::directory_iterator entry(folder, error), end;
       entry != end && !error; entry.increment(error))
    if (StringRef(entry->path()).ends_with(".npy"))
      files.push_back(sys::path::filename(entry->path()).str());
  if (error)
    return createStringError(error, folder + ": " + error.message());
  llvm::sort(files);
  for (const std::string &file : files) {
    auto tensor = tensorOf.find(file);
    if (tensor == tensorOf.end())
      return createStringError(inFolder(folder, file) +
                               ": the model has no tensor of this name");
    Expected<NpyArray> array = readNpy(inFolder(folder, file));
    if (!array)
      return array.takeError();
    reference[tensor->second] = std::move(*array);
  }
  if (reference.empty())
    return createStringError(folder + ": holds no .npy file of a tensor");
  return reference;
}

/// Reads model.txt (the path of the model), inputs.txt and tensors.txt (a file
/// and a hexadecimal name a line) in the folder that is its argument.
static constexpr StringLiteral script = R"(
import os, sys
try:
    import numpy, onnx, onnxruntime
except ImportError as error:
    sys.exit(f"{error}: install the packages onnx and onnxruntime, or choose a Python that has them with --python")
folder = sys.argv[1]
def read(name):
    with open(os.path.join(folder, name), encoding="ascii") as lines:
        return [(file, bytes.fromhex(text).decode("utf-8")) for file, text in (line.rstrip("\n").split(" ") for line in lines)]
try:
    model = onnx.load(read("model.txt")[0][1])
    known = {name for node in model.graph.node for name in node.output}
    present = {output.name for output in model.graph.output}
    wanted = [(file, name) for file, name in read("tensors.txt") if name in known]
    for _, name in wanted:
        if name not in present:
            model.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = {value.name for value in session.get_inputs()}
    feeds = {name: numpy.load(os.path.join(folder, file)) for file, name in read("inputs.txt") if name in given}
    for (file, _), value in zip(wanted, session.run([name for _, name in wanted], feeds)):
        if isinstance(value, numpy.ndarray) and value.dtype != object:
            numpy.save(os.path.join(folder, "reference", file), value)
except Exception as error:
    sys.exit("onnxruntime: " + " ".join(str(error).split()))
)";

/// `python` is given a folder: what it says last is the error.
static Error runScript(StringRef python, StringRef folder) {
  auto program = sys::findProgramByName(python);
  if (!program)
    return createStringError("there is no Python '" + python +
                             "' for onnxruntime (see --python)");
  if (Error error = writeFileAtomically(inFolder(folder, "script.py"), script))
    return error;
  std::string log = inFolder(folder, "log"), message,
              path = inFolder(folder, "script.py");
  int code =
      sys::ExecuteAndWait(*program, {*program, path, folder}, std::nullopt,
                          {StringRef(""), log, log},
                          /*SecondsToWait=*/600, /*MemoryLimit=*/0, &message);
  if (code == 0)
    return Error::success();
  if (auto buffer = MemoryBuffer::getFile(log))
    if (StringRef last = (*buffer)->getBuffer().rtrim().rsplit('\n').second;
        message.empty())
      message = (last.empty() ? (*buffer)->getBuffer().rtrim() : last).str();
  return createStringError(message.empty() ? "onnxruntime failed" : message);
}

Expected<Reference> runOnnxruntime(StringRef python, StringRef model,
                                   ArrayRef<std::string> inputNames,
                                   ArrayRef<NpyArray> inputs,
                                   ArrayRef<std::string> tensors) {
  SmallString<128> folder, absolute(model);
  if (std::error_code error = sys::fs::createUniqueDirectory("setun", folder))
    return createStringError(error, "cannot make a temporary folder: " +
                                        error.message());
  llvm::scope_exit cleanUp([&] { sys::fs::remove_directories(folder); });
  sys::fs::make_absolute(absolute);

  std::string inputList, tensorList;
  auto write = [&](StringRef name, StringRef text) {
    return writeFileAtomically(inFolder(folder, name), text);
  };
  for (auto [index, pair] : enumerate(zip(inputNames, inputs))) {
    auto &[name, array] = pair;
    std::string file = "input_" + std::to_string(index) + ".npy";
    Expected<std::string> bytes = serializeNpy(array);
    if (!bytes)
      return bytes.takeError();
    if (Error error = write(file, *bytes))
      return error;
    inputList += file + " " + toHex(name) + "\n";
  }
  // Names may be longer than those of files.
  for (auto [index, tensor] : enumerate(tensors))
    tensorList += std::to_string(index) + ".npy " + toHex(tensor) + "\n";
  std::string references = inFolder(folder, "reference");
  if (std::error_code error = sys::fs::create_directory(references))
    return createStringError(error, references + ": " + error.message());
  for (auto [name, text] :
       {std::pair<StringRef, std::string>("inputs.txt", inputList),
        {"tensors.txt", tensorList},
        {"model.txt", "model " + toHex(absolute.str()) + "\n"}})
    if (Error error = write(name, text))
      return error;
  if (Error error = runScript(python, folder))
    return error;

  Reference reference;
  for (auto [index, tensor] : enumerate(tensors)) {
    std::string file = inFolder(references, std::to_string(index) + ".npy");
    if (!sys::fs::exists(file))
      continue;
    Expected<NpyArray> array = readNpy(file);
    if (!array)
      return array.takeError();
    reference[tensor] = std::move(*array);
  }
  return reference;
}

} // namespace setun::driver
