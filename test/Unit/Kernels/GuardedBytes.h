//===- GuardedBytes.h - Reading past an operand is a fault ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H
#define SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H

#include "KernelVariant.h"

#include <cstring>
#include <ostream>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <sys/mman.h>
#include <unistd.h>

/// A copy of some bytes right in front of a page that must not be touched.
class GuardedBytes {
public:
  GuardedBytes(const void *bytes, size_t size) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    mapped = (size / page + 2) * page;
    base = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *guard = base + mapped - page;
    mprotect(guard, page, PROT_NONE);
    data = guard - size;
    std::memcpy(data, bytes, size);
  }
  ~GuardedBytes() { munmap(base, mapped); }
  GuardedBytes(const GuardedBytes &) = delete;
  GuardedBytes &operator=(const GuardedBytes &) = delete;

  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(data);
  }

private:
  char *base;
  char *data;
  size_t mapped;
};

struct Variant {
  const char *name;
  const KernelVariant *kernels;
};

inline void PrintTo(const Variant &variant, std::ostream *os) {
  *os << variant.name;
}

/// Those that this processor can run.
inline std::vector<Variant> getVariants() {
  std::vector<Variant> variants = {{"O0", &kernels_O0},
                                   {"O2", &kernels_O2},
                                   {"O3", &kernels_O3},
                                   {"popcnt", &kernels_popcnt},
                                   {"checked", &kernels_checked}};
#if defined(__x86_64__)
  variants.push_back({"lanes", &kernels_lanes});
  if (__builtin_cpu_supports("avx2"))
    variants.push_back({"avx2", &kernels_avx2});
  if (__builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512bw"))
    variants.push_back({"avx512vnni", &kernels_avx512vnni});
  if (__builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512vbmi")) {
    variants.push_back({"vbmi", &kernels_vbmi});
    // Without AMX the system refuses it, and vectors are taken.
    variants.push_back({"amx", &kernels_amx});
  }
  if (__builtin_cpu_supports("avx512vpopcntdq") &&
      __builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512bw"))
    variants.push_back({"vpopcntdq", &kernels_vpopcntdq});
  // gcc 12 has no name for this one: leaf 7, sub-leaf 1, bit 4 of eax.
  unsigned eax, ebx, ecx, edx;
  if (__builtin_cpu_supports("avx2") &&
      __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && eax >> 4 & 1)
    variants.push_back({"avxvnni", &kernels_avxvnni});
#endif
  return variants;
}

#endif // SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H
