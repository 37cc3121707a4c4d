/* Copied into files some of whose loops may run on several threads. */
/* Generated files have lines of 100 columns, so: */
/* clang-format off */
/* setun:begin */
/* Rounds of the loop behind it run at the same time where the compiler has OpenMP (-fopenmp), else
 * one after the other; the results are the same. */
#if defined(_OPENMP)
#define SETUN_PRAGMA(text) _Pragma(#text)
#define SETUN_PARALLEL(threads) SETUN_PRAGMA(omp parallel for num_threads(threads) schedule(static, 1))
#else
#define SETUN_PARALLEL(threads)
#endif
/* setun:end */
