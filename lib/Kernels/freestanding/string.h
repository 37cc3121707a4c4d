/* What the kernels need of string.h, for processors without a C library.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_FREESTANDING_STRING_H
#define SETUN_FREESTANDING_STRING_H

#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)

#endif
