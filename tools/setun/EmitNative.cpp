// Objects and shared libraries: which processor, and how they are linked.
#include "EmitNative.h"

#include "CommandLine.h"

#include "setun/Support/ExternalProgram.h"
#include "setun/Support/FileSystem.h"
#include "setun/Support/Target.h"
#include "setun/Target/LLVM/EmitObject.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;

namespace setun::driver {

void NativeOptions::addTo(CLI::App &command) {
  command
      .add_option("--mcpu", cpu,
                  "Processor as LLVM names it, for --emit=obj, shared and "
                  "llvm-ir (native: this machine's)")
      ->type_name("CPU");
  command
      .add_option("--mattr", features,
                  "Features that the processor has or lacks beyond its usual "
                  "ones")
      ->type_name("+A,-B,...");
  addChoice<bool>(command, "--dispatch", chooseAtRunTime,
                  "Kernels for --target, or chosen by the processor that the "
                  "code runs on: AVX2 to AMX, products of bytes of AArch64 "
                  "(default: static)",
                  {{"static", false}, {"runtime", true}});
  command
      .add_option("--linker", linker,
                  "What makes shared libraries (default: cc for this kind of "
                  "machine, ld.lld for others)")
      ->type_name("PROGRAM");
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
NativeOptions::makeMachine(StringRef name) const {
  MachineOptions machine;
  const Target *target = llvm::find_if(
      getTargets(), [&](const Target &known) { return known.name == name; });
  if (name == "native")
    target = findTarget(name);
  if (target == getTargets().end()) {
    machine.triple = name.str();
  } else {
    if (target->triple.empty() && target->name != "generic")
      return llvm::createStringError("--target=" + name +
                                     " is no processor that runs code");
    machine.triple = target->triple.str();
    machine.cpu = target->cpu.str();
    machine.features = target->features.str();
  }
  if (!cpu.empty())
    machine.cpu = cpu;
  if (!features.empty())
    machine.features += (machine.features.empty() ? "" : ",") + features;
  auto made = createMachine(machine);
  if (made && chooseAtRunTime && !hasDispatch(**made))
    return llvm::createStringError("--dispatch=runtime is for targets of "
                                   "x86-64 and AArch64, not '" +
                                   (*made)->getTargetTriple().str() + "'");
  return made;
}

/// The C backend knows the names and whether indices fit in short addresses.
static llvm::Expected<CHeader> makeHeader(ModuleOp buffers,
                                          const CEmitOptions &options) {
  llvm::FailureOr<CHeader> header = emitCHeader(buffers, options);
  if (failed(header))
    return llvm::createStringError("no header can be written");
  return std::move(*header);
}

llvm::Expected<std::string> printNativeIr(ModuleOp buffers,
                                          llvm::TargetMachine &machine,
                                          const CEmitOptions &options,
                                          bool chooseAtRunTime) {
  llvm::Expected<CHeader> header = makeHeader(buffers, options);
  if (!header)
    return header.takeError();
  return printLlvmIr(
      buffers, machine,
      {options.name, header->indicesFitIn32Bits, chooseAtRunTime});
}

llvm::Expected<NativeCode> compileNative(ModuleOp buffers,
                                         llvm::TargetMachine &machine,
                                         const CEmitOptions &options,
                                         bool chooseAtRunTime) {
  // Code is made of the module itself; the header tells of the code.
  OwningOpRef<ModuleOp> original = buffers.clone();
  llvm::Expected<CHeader> header = makeHeader(*original, options);
  if (!header)
    return header.takeError();
  auto object =
      emitObject(buffers, machine,
                 {options.name, header->indicesFitIn32Bits, chooseAtRunTime});
  if (!object)
    return object.takeError();
  CEmitOptions headerOptions = options;
  headerOptions.stackBytes = object->stackBytes;
  header = makeHeader(*original, headerOptions);
  if (!header)
    return header.takeError();
  return NativeCode{std::move(header->text), std::move(header->weights),
                    std::move(object->bytes)};
}

/// cc knows the libraries of this system; for others their functions are left
/// open, as shared libraries may.
static std::string findLinker(const llvm::Triple &triple) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (triple.getArch() == host.getArch() && triple.getOS() == host.getOS())
    return "cc";
  for (StringRef name : {"ld.lld", "ld.lld-22"})
    if (llvm::sys::findProgramByName(name))
      return name.str();
  return "ld.lld";
}

llvm::Expected<std::string> linkShared(llvm::ArrayRef<char> object,
                                       const llvm::TargetMachine &machine,
                                       std::string linker, bool hasThreads) {
  const llvm::Triple &triple = machine.getTargetTriple();
  if (!hasSharedLibraries(machine) || !triple.isOSBinFormatELF())
    return llvm::createStringError(
        "'" + triple.str() +
        "' has no shared libraries that this can make; accepted is --emit=obj");
  if (linker.empty())
    linker = findLinker(triple);
  if (!llvm::sys::findProgramByName(linker))
    return llvm::createStringError("there is no linker '" + linker +
                                   "'; --linker=PROGRAM names another, and "
                                   "--emit=obj needs none");
  TemporaryFolder folder;
  if (llvm::Error error = folder.create())
    return error;
  std::string input = folder.file("model.o"), output = folder.file("model.so");
  if (llvm::Error error =
          writeFileAtomically(input, StringRef(object.data(), object.size())))
    return error;
  std::vector<std::string> command = {linker, "-shared", "-o", output, input};
  // Linkers that know no system leave its functions open.
  if (hasThreads && !llvm::sys::path::filename(linker).starts_with("ld"))
    command.push_back("-lgomp");
  if (llvm::Error error = runProgram(command, folder))
    return error;
  auto bytes = llvm::MemoryBuffer::getFile(output);
  if (!bytes)
    return llvm::createStringError("the linker '" + linker + "' made no file");
  return (*bytes)->getBuffer().str();
}

} // namespace setun::driver
