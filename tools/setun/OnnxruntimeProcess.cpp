// Two pipes with names in a temporary folder: numbers of calls go in, seconds
// come out.
#include "OnnxruntimeProcess.h"

#include "setun/Support/FileSystem.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace setun::driver {

/// Arguments: folder, model, threads, and for each input a file and its name in
/// hexadecimal digits.
static constexpr StringLiteral script = R"(
import os, sys, time
try:
    import numpy, onnxruntime
except ImportError as error:
    sys.exit(f"{error}: install the packages numpy and onnxruntime, or choose a Python that has them with --python")
folder, model, threads, *inputs = sys.argv[1:]
try:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = int(threads), 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = {value.name for value in session.get_inputs()}
    named = ((bytes.fromhex(name).decode("utf-8"), file) for file, name in zip(inputs[::2], inputs[1::2]))
    feeds = {name: numpy.load(os.path.join(folder, file)) for name, file in named if name in given}
    session.run(None, feeds)
    print(onnxruntime.__version__, flush=True)
    for line in sys.stdin:
        calls = range(int(line))
        session.run(None, feeds)
        start = time.perf_counter()
        for _ in calls:
            session.run(None, feeds)
        print((time.perf_counter() - start) / len(calls), flush=True)
except Exception as error:
    sys.exit("onnxruntime: " + " ".join(str(error).split()))
)";

OnnxruntimeProcess::~OnnxruntimeProcess() {
  // The end of its input ends it.
  if (requests >= 0)
    ::close(requests);
  if (answers >= 0)
    ::close(answers);
  if (process.Pid != 0)
    sys::Wait(process, std::nullopt);
}

Error OnnxruntimeProcess::start(StringRef python, StringRef model,
                                ArrayRef<std::string> names,
                                ArrayRef<NpyArray> inputs, int64_t threads) {
  auto program = sys::findProgramByName(python);
  if (!program)
    return createStringError("there is no Python '" + python +
                             "' for onnxruntime (see --python)");
  if (Error error = folder.create())
    return error;
  if (Error error = writeFileAtomically(folder.file("script.py"), script))
    return error;
  std::vector<std::string> arguments = {*program, folder.file("script.py"),
                                        folder.file(""), model.str(),
                                        std::to_string(threads)};
  for (auto [index, name] : enumerate(names)) {
    std::string file = "input_" + std::to_string(index) + ".npy";
    if (Error error = writeNpy(folder.file(file), inputs[index]))
      return error;
    arguments.insert(arguments.end(), {file, toHex(name)});
  }
  std::string in = folder.file("requests"), out = folder.file("answers"),
              log = folder.file("log");
  if (::mkfifo(in.c_str(), 0600) != 0 || ::mkfifo(out.c_str(), 0600) != 0)
    return createStringError("cannot make a pipe to onnxruntime");
  // A process that is gone is found out by its silence.
  std::signal(SIGPIPE, SIG_IGN);
  std::string message;
  bool failed = false;
  SmallVector<StringRef> words(arguments.begin(), arguments.end());
  // Opened for both directions, no end waits for the other; once the process
  // has its ends, ours have one direction, so that either side sees the other
  // end.
  int bothIn = ::open(in.c_str(), O_RDWR | O_CLOEXEC);
  int bothOut = ::open(out.c_str(), O_RDWR | O_CLOEXEC);
  process = sys::ExecuteNoWait(*program, words, std::nullopt,
                               {StringRef(in), StringRef(out), StringRef(log)},
                               /*MemoryLimit=*/0, &message, &failed);
  requests = ::open(in.c_str(), O_WRONLY | O_CLOEXEC);
  answers = ::open(out.c_str(), O_RDONLY | O_CLOEXEC);
  ::close(bothIn);
  ::close(bothOut);
  if (failed || requests < 0 || answers < 0)
    return createStringError("cannot start '" + python + "': " + message);
  Expected<std::string> first = readLine();
  if (!first)
    return first.takeError();
  version = *first;
  return Error::success();
}

Expected<std::string> OnnxruntimeProcess::readLine() {
  std::string line;
  char byte;
  while (::read(answers, &byte, 1) == 1) {
    if (byte == '\n')
      return line;
    line += byte;
  }
  std::string complaint;
  if (auto log = MemoryBuffer::getFile(folder.file("log")))
    complaint = (*log)->getBuffer().rtrim().rsplit('\n').second.str();
  if (complaint.empty())
    if (auto log = MemoryBuffer::getFile(folder.file("log")))
      complaint = (*log)->getBuffer().rtrim().str();
  return createStringError(complaint.empty() ? "onnxruntime gave no answer"
                                             : complaint);
}

Expected<double> OnnxruntimeProcess::time(int64_t calls) {
  std::string request = std::to_string(calls) + "\n";
  if (::write(requests, request.data(), request.size()) !=
      static_cast<ssize_t>(request.size()))
    return createStringError("onnxruntime is gone");
  Expected<std::string> line = readLine();
  double seconds;
  if (!line)
    return line.takeError();
  if (StringRef(*line).getAsDouble(seconds))
    return createStringError("onnxruntime answered '" + *line + "'");
  return seconds;
}

} // namespace setun::driver
