/* The exponential that emitted C contains, callable from the test. */
#include "lib/Kernels/setun_float.h"

float setun_test_exp(float x);

float setun_test_exp(float x) { return setun_exp_f32(x); }
