#include "floats.h"
#include "check.h"
#include <math.h>

int main(void) {
  const float a[5] = {-0.0f, 0.0f, NAN, 2.5f, -3.0f};
  const float b[5] = {0.0f, -0.0f, 1.0f, NAN, -4.0f};
  const float p[1] = {6.5f}, q[1] = {NAN};
  const int8_t n[1] = {-1};
  float relu[5], low[5], relu_minus[5], larger[5], smaller[5], y[5];
  uint8_t is[7];
  int32_t m[1];
  floats_arena arena;
  floats_run(a, b, relu, low, relu_minus, larger, smaller, p, q, is, n, y, m,
             &arena);

  CHECK_BITS(relu[0], 0.0f);
  CHECK_BITS(relu[1], 0.0f);
  CHECK(relu[2] != relu[2], 1);
  CHECK_BITS(relu[3], 2.5f);
  CHECK_BITS(relu[4], 0.0f);
  CHECK_BITS(low[0], -0.0f);
  CHECK_BITS(low[1], 0.0f);
  CHECK(low[2] != low[2], 1);
  CHECK_BITS(low[3], 0.0f);
  CHECK_BITS(low[4], -3.0f);
  CHECK_BITS(relu_minus[0], -0.0f);
  CHECK_BITS(relu_minus[1], 0.0f);
  CHECK(relu_minus[2] != relu_minus[2], 1);
  CHECK_BITS(relu_minus[4], -0.0f);

  CHECK_BITS(larger[0], 0.0f);
  CHECK_BITS(larger[1], 0.0f);
  CHECK(larger[2] != larger[2], 1);
  CHECK(larger[3] != larger[3], 1);
  CHECK_BITS(larger[4], -3.0f);
  /* minnum leaves a NaN out. */
  CHECK_BITS(smaller[2], 1.0f);
  CHECK_BITS(smaller[3], 2.5f);
  CHECK_BITS(smaller[4], -4.0f);

  CHECK(is[0], 0);
  CHECK(is[1], 1);
  CHECK(is[2], 0);
  CHECK(is[3], 1);
  CHECK(is[4], 0);
  CHECK(is[5], 1);
  CHECK(is[6], 1);

  CHECK_BITS(y[0], 255.0f + 42.25f);
  /* 1 - (6.5 - 2.549509756...) with each step rounded to 24 bits */
  CHECK_BITS(y[1], -0x1.79a9aap+1f);
  CHECK_BITS(y[2], 6.0f);
  CHECK_BITS(y[3], 0.0f);
  CHECK_BITS(y[4], 19.5f);
  CHECK(m[0], 0x40d00000);
  return failures;
}
