/* Copied into every generated file, behind its includes. Makes the floats what
 * they are promised to be, whatever the flags, and defines the hooks. */
/* Generated files have lines of 100 columns, so: */
/* clang-format off */
/* setun:begin */
/* The numbers rest on IEEE 754 arithmetic, done as it is written. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile this file without -ffast-math: it would change the results"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "floats have excess precision here: use -mfpmath=sse or -fexcess-precision=standard"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#elif defined(_MSC_VER)
#pragma fp_contract(off)
#endif

/* Hooks: a section for constants; what happens before and after each layer. */
#ifndef SETUN_WEIGHTS
#define SETUN_WEIGHTS
#endif
#ifndef SETUN_LAYER_BEGIN
#define SETUN_LAYER_BEGIN(name)
#endif
#ifndef SETUN_LAYER_END
#define SETUN_LAYER_END(name)
#endif

/* Layers reuse bytes of the arena for other types. A compiler that inlines them
 * must not move an access of one type over an earlier one of another. */
#if defined(__GNUC__)
#define SETUN_BARRIER(arena) __asm__ __volatile__("" : : "r"(arena) : "memory")
#else
#define SETUN_BARRIER(arena) ((void)(arena))
#endif

/* Parts of an add/sub network: inlined into each other they would be one function that takes
 * compilers minutes. */
#if defined(__GNUC__)
#define SETUN_NOINLINE __attribute__((noinline))
#else
#define SETUN_NOINLINE
#endif
/* setun:end */
