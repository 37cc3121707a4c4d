/* Copied into generated files that compute with floats, behind their includes.
 * Makes the floats what they are promised to be, whatever the flags. */
/* Generated files have lines of 100 columns, so: */
/* clang-format off */
/* setun:begin guard */
/* The numbers rest on IEEE 754 arithmetic, done as it is written. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile this file without -ffast-math: it would change the results"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "floats have excess precision here: use -mfpmath=sse or -fexcess-precision=standard"
#endif
/* setun:end */
/* As they are without --fast-math: */
/* setun:begin exact */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#elif defined(_MSC_VER)
#pragma fp_contract(off)
#endif
/* setun:end */
/* And with it: */
/* setun:begin fused */
/* --fast-math: a multiplication and an addition may be one operation. */
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#elif defined(_MSC_VER)
#pragma fp_contract(on)
#endif
/* setun:end */
