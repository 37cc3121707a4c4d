/* Kernels call nothing of math.h that compilers do not have built in.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_FREESTANDING_MATH_H
#define SETUN_FREESTANDING_MATH_H

#define fabsf(x) __builtin_fabsf(x)

#endif
