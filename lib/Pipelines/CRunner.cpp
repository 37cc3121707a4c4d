//===- CRunner.cpp - A model as generated C, loaded into this process -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emits the files a user would get, compiles them with his compiler, and calls
// them through a shim whose only knowledge of the signature is its length.
//===----------------------------------------------------------------------===//

#include "setun/Pipelines/ModelRunner.h"

#include "setun/Support/ExternalProgram.h"
#include "setun/Support/FileSystem.h"
#include "setun/Target/C/EmitC.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <dlfcn.h>

using namespace mlir;

namespace setun {

namespace {
using EntryFunction = void (*)(void *const *);

/// Loaded code; unloaded at the end of the model.
class CRunner : public ModelRunner {
public:
  CRunner(EntrySignature signature, void *library, EntryFunction entry)
      : ModelRunner(std::move(signature)), library(library), entry(entry) {}
  ~CRunner() override { dlclose(library); }

  std::vector<LayerTime> getLayerTimes() override {
    std::vector<LayerTime> times;
    using GetLayer = const char *(size_t, double *);
    if (auto *getLayer =
            reinterpret_cast<GetLayer *>(dlsym(library, "setun_get_layer"))) {
      double seconds;
      while (const char *name = getLayer(times.size(), &seconds))
        times.push_back({name, seconds});
    }
    return times;
  }

private:
  llvm::Error invoke(llvm::ArrayRef<void *> arguments) override {
    entry(arguments.data());
    return llvm::Error::success();
  }

  void *library;
  EntryFunction entry;
};
} // namespace

/// What a profiled model calls at the border of a layer.
static constexpr StringLiteral profileHeader = R"(
void setun_layer_begin(const char *name);
void setun_layer_end(void);
#define SETUN_LAYER_BEGIN(name) setun_layer_begin(#name)
#define SETUN_LAYER_END(name) setun_layer_end()
)";

/// Layers follow each other in the same order in each call, so the next one is
/// found at once. What comes behind the last place is not measured.
static constexpr StringLiteral profileSource = R"(
#define _POSIX_C_SOURCE 199309L
#include <stddef.h>
#include <time.h>
static struct { const char *name; double seconds; } layers[4096];
static size_t count, next, current;
static struct timespec start;
void setun_layer_begin(const char *name) {
  if (next >= count || layers[next].name != name)
    for (next = 0; next < count && layers[next].name != name; ++next)
      ;
  current = next++;
  if (current == count && count < sizeof layers / sizeof *layers)
    layers[count++].name = name;
  clock_gettime(CLOCK_MONOTONIC, &start);
}
void setun_layer_end(void) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (current < count)
    layers[current].seconds += (double)(end.tv_sec - start.tv_sec) +
                               1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}
const char *setun_get_layer(size_t index, double *seconds) {
  *seconds = index < count ? layers[index].seconds : 0;
  return index < count ? layers[index].name : NULL;
}
)";

/// `void *` converts to every pointer type in C, so one shim fits all models.
static std::string makeShim(const EntrySignature &signature) {
  SmallVector<std::string> arguments;
  for (size_t i = 0; i < signature.arguments.size(); ++i)
    arguments.push_back(llvm::formatv("a[{0}]", i));
  return llvm::formatv("#include \"model.h\"\n"
                       "void setun_call(void *const *a);\n"
                       "void setun_call(void *const *a) { model_run({0}); }\n",
                       llvm::join(arguments, ", "));
}

static llvm::Error compile(const TemporaryFolder &folder,
                           const CRunnerOptions &options) {
  if (!llvm::sys::findProgramByName(options.compiler))
    return llvm::createStringError("there is no C compiler '" +
                                   options.compiler + "' (see --cc)");
  std::vector<std::string> command = {options.compiler, "-std=c99", "-O2",
                                      "-shared",        "-fPIC",    "-w"};
  if (options.hasThreads)
    command.push_back("-fopenmp");
  llvm::append_range(command, options.flags);
  if (options.profile)
    llvm::append_range(
        command, std::vector<std::string>{"-include", folder.file("profile.h"),
                                          folder.file("profile.c")});
  llvm::append_range(command,
                     std::vector<std::string>{"-o", folder.file("model.so"),
                                              folder.file("model.c"),
                                              folder.file("shim.c"), "-lm"});
  if (llvm::Error error = runProgram(command, folder))
    return llvm::createStringError("the generated C is refused by " +
                                   llvm::toString(std::move(error)));
  return llvm::Error::success();
}

/// Emits and writes model.h, model.c and shim.c.
static llvm::Error writeSources(ModuleOp buffers,
                                const EntrySignature &signature,
                                const TemporaryFolder &folder) {
  CEmitOptions options;
  options.name = "model";
  llvm::FailureOr<CFiles> files = emitC(buffers, options);
  if (failed(files))
    return llvm::createStringError("the C emitter refuses the model");
  for (auto &[name, text] :
       {std::pair<StringRef, std::string>("model.h", files->header),
        {"model.c", files->source},
        {"shim.c", makeShim(signature)},
        {"profile.h", profileHeader.str()},
        {"profile.c", profileSource.str()}})
    if (llvm::Error error = writeFileAtomically(folder.file(name), text))
      return error;
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<ModelRunner>>
createCRunner(ModuleOp buffers, const CRunnerOptions &options) {
  llvm::Expected<EntrySignature> signature = EntrySignature::read(buffers);
  if (!signature)
    return signature.takeError();
  TemporaryFolder folder;
  if (llvm::Error error = folder.create())
    return error;
  if (llvm::Error error = writeSources(buffers, *signature, folder))
    return error;
  if (llvm::Error error = compile(folder, options))
    return error;

  // The file may go once it is loaded. Threads of an OpenMP library wait in its
  // code, which must stay.
  int flags = RTLD_NOW | RTLD_LOCAL | (options.hasThreads ? RTLD_NODELETE : 0);
  void *library = dlopen(folder.file("model.so").c_str(), flags);
  if (!library)
    return llvm::createStringError(std::string("cannot load the model: ") +
                                   dlerror());
  auto entry = reinterpret_cast<EntryFunction>(dlsym(library, "setun_call"));
  if (!entry) {
    dlclose(library);
    return llvm::createStringError("the compiled model has no entry");
  }
  return std::make_unique<CRunner>(std::move(*signature), library, entry);
}

} // namespace setun
