//===- Machine.cpp - The processor that LLVM compiles for -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/LLVM/Machine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;

namespace setun {

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

void setFloatOptions(TargetOptions &options) {
  options.AllowFPOpFusion = FPOpFusion::Strict;
}

bool hasSharedLibraries(const TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  return triple.getOS() != Triple::UnknownOS && !triple.isWasm();
}

/// Code for Linux and its like may end up in position-independent programs;
/// firmware stands at fixed addresses.
static Reloc::Model getRelocation(const Triple &triple) {
  return triple.getOS() == Triple::UnknownOS ? Reloc::Static : Reloc::PIC_;
}

/// LLVM's code generators for other processors are experimental, or not for
/// functions in C.
static bool isSupported(const Triple &triple) {
  return triple.isX86() || triple.isARM() || triple.isThumb() ||
         triple.isAArch64() || triple.isRISCV() || triple.isWasm() ||
         triple.isPPC() || triple.isSystemZ() || triple.isMIPS() ||
         triple.isLoongArch() || triple.isSPARC64();
}

static Expected<const llvm::Target *> findTarget(const Triple &triple) {
  InitializeAllTargetInfos();
  InitializeAllTargets();
  InitializeAllTargetMCs();
  InitializeAllAsmPrinters();
  InitializeAllAsmParsers();
  std::string message;
  const llvm::Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target || !isSupported(triple))
    return error("no code can be made for '" + triple.str() +
                 "'; accepted are the names that --help lists and triples "
                 "such as aarch64-unknown-linux-gnu");
  return target;
}

/// LLVM only warns of what it does not know.
static Error checkNames(const MCSubtargetInfo &info, StringRef triple,
                        StringRef cpu, StringRef features) {
  if (!cpu.empty() && !info.isCPUStringValid(cpu)) {
    auto names = map_range(
        info.getAllProcessorDescriptions(),
        [](const SubtargetSubTypeKV &known) { return StringRef(known.Key); });
    return error("'" + triple + "' has no processor '" + cpu +
                 "'; accepted are " + join(names, ", "));
  }
  SmallVector<StringRef> words;
  features.split(words, ',', -1, /*KeepEmpty=*/false);
  for (StringRef word : words) {
    StringRef name = word.drop_front();
    if ((word[0] != '+' && word[0] != '-') || name.empty())
      return error("'" + word + "' is not +FEATURE or -FEATURE");
    if (none_of(
            info.getAllProcessorFeatures(),
            [&](const SubtargetFeatureKV &known) { return known.Key == name; }))
      return error("'" + triple + "' has no feature '" + name +
                   "' (`llc -mtriple=" + triple + " -mattr=help` lists them)");
  }
  return Error::success();
}

/// Is this code unable to keep to IEEE 754?
static Error checkFloats(const Triple &triple, const MCSubtargetInfo &info) {
  if (triple.getArch() == Triple::x86 && !info.checkFeatures("+sse2"))
    return error("32-bit x86 without SSE2 rounds floats otherwise; accepted is "
                 "--mattr=+sse2");
  return Error::success();
}

/// All features of this machine.
static std::string getHostFeatures() {
  SmallVector<std::string> features;
  for (const auto &[name, enabled] : sys::getHostCPUFeatures())
    features.push_back((enabled ? "+" : "-") + name.str());
  llvm::sort(features);
  return join(features, ",");
}

Expected<std::unique_ptr<TargetMachine>>
createMachine(const MachineOptions &options) {
  Triple host(sys::getProcessTriple());
  Triple triple(options.triple.empty() ? host.str()
                                       : Triple::normalize(options.triple));
  Expected<const llvm::Target *> target = findTarget(triple);
  if (!target)
    return target.takeError();

  std::string cpu = options.cpu, features = options.features;
  if (cpu == "native") {
    if (triple.getArch() != host.getArch())
      return error("--mcpu=native is '" + host.str() + "', which is no '" +
                   triple.str() + "'");
    cpu = sys::getHostCPUName().str();
    features = getHostFeatures() + (features.empty() ? "" : "," + features);
  }
  // Every x86 that a current system runs on has SSE2.
  if (triple.getArch() == Triple::x86 && cpu.empty())
    cpu = "pentium4";
  std::unique_ptr<MCSubtargetInfo> known(
      (*target)->createMCSubtargetInfo(triple, "", ""));
  if (!known)
    return error("LLVM knows no processors of '" + triple.str() + "'");
  if (Error wrong = checkNames(*known, triple.str(), cpu, features))
    return wrong;
  std::unique_ptr<MCSubtargetInfo> info(
      (*target)->createMCSubtargetInfo(triple, cpu, features));
  if (Error wrong = checkFloats(triple, *info))
    return wrong;
  // Vectors of floats on Helium and NEON take subnormal numbers for 0, and a
  // Cortex-A8 would use those of NEON for single floats, too.
  for (StringRef vectors : {"mve.fp", "neonfp"})
    if ((triple.isThumb() || triple.isARM()) &&
        info->checkFeatures(("+" + vectors).str()))
      features += (features.empty() ? "-" : ",-") + vectors.str();

  TargetOptions targetOptions;
  setFloatOptions(targetOptions);
  std::unique_ptr<TargetMachine> machine((*target)->createTargetMachine(
      triple, cpu, features, targetOptions, getRelocation(triple)));
  if (!machine)
    return error("no code can be made for '" + triple.str() + "'");
  unsigned bits = machine->createDataLayout().getPointerSizeInBits();
  if (bits != 32 && bits != 64)
    return error("'" + triple.str() + "' has addresses of " + Twine(bits) +
                 " bits; accepted are 32 and 64");
  return machine;
}

} // namespace setun
