/* Copied into every generated file, behind its includes: the hooks. */
/* Generated files have lines of 100 columns, so: */
/* clang-format off */
/* setun:begin */
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

#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__) && !defined(__clang__)
/* At -Os gcc 12 keeps numbers in registers that a called function of Thumb-1 code changes. */
#pragma GCC optimize("no-ipa-ra")
#endif

/* Parts of an add/sub network: inlined into each other they would be one function that takes
 * compilers minutes. */
#if defined(__GNUC__)
#define SETUN_NOINLINE __attribute__((noinline))
#else
#define SETUN_NOINLINE
#endif
/* setun:end */
