/* Copied into files that choose code for the processor they run on, behind
 * their includes: which compilers can have code for several, and how the
 * processor is asked. */
/* Generated files have lines of 100 columns, so: */
/* clang-format off */
/* setun:begin */
/* Layers are here several times: first for the processor that the compiler's options say, then for
 * richer ones. The last function takes what the processor has that it runs on. Other compilers and
 * systems know the first only. */
#if defined(__clang__) ? __clang_major__ >= 19 : defined(__GNUC__) && __GNUC__ >= 11
#if defined(__x86_64__) && !defined(_WIN32)
#define SETUN_LEVELS_X86
#include <immintrin.h>
/* Read from what the compiler's library found out before main(). */
#define SETUN_CPU_AVX2                                                                             \
  (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&                              \
   __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&                              \
   __builtin_cpu_supports("popcnt"))
#define SETUN_CPU_AVX_VNNI (SETUN_CPU_AVX2 && __builtin_cpu_supports("avxvnni"))
#define SETUN_CPU_AVX512                                                                           \
  (SETUN_CPU_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&    \
   __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&                     \
   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
#define SETUN_CPU_AVX512_VBMI                                                                      \
  (SETUN_CPU_AVX512 && __builtin_cpu_supports("avx512vbmi") &&                                     \
   __builtin_cpu_supports("avx512vpopcntdq"))
#define SETUN_CPU_AMX                                                                              \
  (SETUN_CPU_AVX512_VBMI && __builtin_cpu_supports("gfni") &&                                      \
   __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8"))
#elif defined(__aarch64__) && defined(__ARM_NEON) && defined(__linux__)
#define SETUN_LEVELS_ARM
#include <arm_neon.h>
#include <sys/auxv.h>
#define SETUN_CPU_DOTPROD ((getauxval(16 /* AT_HWCAP */) & (1ul << 20)) != 0)
#endif
#endif
/* setun:end */
