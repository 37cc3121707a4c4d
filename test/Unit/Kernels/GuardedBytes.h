//===- GuardedBytes.h - Reading past an operand is a fault ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H
#define SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H

#include "KernelVariant.h"

#include <cstring>
#include <ostream>

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

inline const Variant variants[] = {{"O0", &kernels_O0},
                                   {"O2", &kernels_O2},
                                   {"O3", &kernels_O3},
                                   {"popcnt", &kernels_popcnt},
                                   {"checked", &kernels_checked}};

#endif // SETUN_TEST_UNIT_KERNELS_GUARDEDBYTES_H
