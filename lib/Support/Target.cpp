//===- Target.cpp - Processors that code is made for ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "setun/Support/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace setun {

static constexpr Target targets[] = {
    {"generic", "", "", "", true,
     "any processor with a C compiler; costs are those of x86-64"},
    {"x86-64", "x86_64-unknown-linux-gnu", "x86-64", "", true,
     "every 64-bit x86 processor (SSE2)"},
    {"x86-64-v2", "x86_64-unknown-linux-gnu", "x86-64-v2", "", true,
     "x86 with SSE4.2"},
    {"x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3", "", true,
     "x86 with AVX2"},
    {"x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4", "", true,
     "x86 with AVX-512"},
    {"x86-64-v4-vnni", "x86_64-unknown-linux-gnu", "x86-64-v4", "+avx512vnni",
     true, "x86 with AVX-512 and its dot products of bytes"},
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", "", true,
     "every 64-bit ARM processor"},
    {"aarch64-dotprod", "aarch64-unknown-linux-gnu", "generic",
     "+v8.2a,+dotprod", true, "ARM with dot products of bytes"},
    {"aarch64-i8mm", "aarch64-unknown-linux-gnu", "generic",
     "+v8.6a,+dotprod,+i8mm", true, "ARM with products of matrices of bytes"},
    {"armv7a", "armv7a-unknown-linux-gnueabihf", "cortex-a8", "+neon", true,
     "32-bit ARM with NEON"},
    {"cortex-m0", "thumbv6m-none-eabi", "cortex-m0", "", false,
     "microcontrollers without multiply-add"},
    {"cortex-m4", "thumbv7em-none-eabihf", "cortex-m4", "", false,
     "microcontrollers with instructions on four bytes"},
    {"cortex-m55", "thumbv8.1m.main-none-eabihf", "cortex-m55", "", false,
     "microcontrollers with Helium"},
    {"riscv32", "riscv32-unknown-elf", "generic-rv32", "+m,+c", false,
     "32-bit RISC-V with multiplication"},
    {"riscv64", "riscv64-unknown-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c",
     false, "64-bit RISC-V without vectors"},
    {"wasm32", "wasm32-unknown-unknown", "generic", "+simd128", true,
     "WebAssembly with vectors"},
    {"fpga", "", "", "", false,
     "programmable logic: cost is look-up tables, not time"},
};

ArrayRef<Target> getTargets() { return targets; }

/// The richest level of x86 that has no more than this processor.
static StringRef getHostName() {
  Triple triple(sys::getProcessTriple());
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto has = [&](std::initializer_list<StringRef> names) {
    return all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
  switch (triple.getArch()) {
  case Triple::x86_64:
    if (has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
      return has({"avx512vnni"}) ? "x86-64-v4-vnni" : "x86-64-v4";
    if (has({"avx2", "bmi2", "fma", "lzcnt"}))
      return "x86-64-v3";
    return has({"sse4.2", "popcnt"}) ? "x86-64-v2" : "x86-64";
  case Triple::aarch64:
    if (has({"i8mm"}))
      return "aarch64-i8mm";
    return has({"dotprod"}) ? "aarch64-dotprod" : "aarch64";
  case Triple::arm:
  case Triple::thumb:
    return "armv7a";
  case Triple::riscv64:
    return "riscv64";
  default:
    return "generic";
  }
}

/// The poorest target that has the architecture of `triple`.
static StringRef getNearestName(const Triple &triple) {
  if (triple.isThumb())
    switch (triple.getSubArch()) {
    case Triple::ARMSubArch_v8_1m_mainline:
      return "cortex-m55";
    case Triple::ARMSubArch_v7em:
      return "cortex-m4";
    case Triple::ARMSubArch_v6m:
    case Triple::ARMSubArch_v7m:
    case Triple::ARMSubArch_v8m_baseline:
    case Triple::ARMSubArch_v8m_mainline:
      return "cortex-m0";
    default:
      return "armv7a";
    }
  switch (triple.getArch()) {
  case Triple::x86_64:
    return "x86-64";
  case Triple::aarch64:
    return "aarch64";
  case Triple::arm:
    return "armv7a";
  case Triple::riscv32:
    return "riscv32";
  case Triple::riscv64:
    return "riscv64";
  case Triple::wasm32:
    return "wasm32";
  default:
    return "generic";
  }
}

const Target *findTarget(StringRef name) {
  if (name == "native")
    name = getHostName();
  const Target *target =
      find_if(targets, [&](const Target &t) { return t.name == name; });
  if (target != std::end(targets))
    return target;
  Triple triple(Triple::normalize(name));
  if (!name.contains('-') || triple.getArch() == Triple::UnknownArch)
    return nullptr;
  return findTarget(getNearestName(triple));
}

const Target &getTarget(mlir::Operation *op) {
  auto module = dyn_cast<mlir::ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<mlir::ModuleOp>();
  if (module)
    if (auto name = module->getAttrOfType<mlir::StringAttr>(kTargetAttr))
      if (const Target *target = findTarget(name))
        return *target;
  return targets[0];
}

void setTarget(mlir::ModuleOp module, const Target &target) {
  if (&target == &targets[0])
    module->removeAttr(kTargetAttr);
  else
    module->setAttr(kTargetAttr,
                    mlir::StringAttr::get(module.getContext(), target.name));
}

} // namespace setun
