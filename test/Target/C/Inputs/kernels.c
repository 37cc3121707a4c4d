#include "kernels.h"
#include "check.h"

int main(void) {
  const int8_t x[6] = {1, 2, 3, -1, 0, 10};
  int32_t y[4], z[4];
  const float a[8] = {0, 1, -1, 2, 3, 4, 5, 6}, b[4] = {1, 2, 3, 4};
  const float c[8] = {1, 0, 0, 1, 0, 2, 2, 0};
  float p[8], q[8], s[4], e[1];
  const float i[6] = {1, 2, 3, 4, 5, 6}, k[8] = {1, 0, 0, 1, 2, 1, -1, 0};
  const float o[2] = {10, 20};
  float j[6], l[2], t[4 * 32];
  int8_t d[40], m[18];
  for (int n = 0; n < 40; ++n)
    d[n] = 1;
  for (int n = 0; n < 18; ++n)
    m[n] = (int8_t)(n % 2 ? -1 : 1);
  int32_t u[6], v[24];
  kernels_arena arena;
  kernels_run(x, y, z, a, b, c, p, q, s, e, i, k, o, j, l, t, d, m, u, v,
              &arena);
  /* The input is unsigned: -1 is 255. */
  const int want_y[4] = {1 - 2 + 3, -1 - 2 + 3, 255 - 0 + 10, -255 - 0 + 10};
  const int want_z[4] = {1 - 4 + 9, -4 + 10 - 18, -1 + 30, 4 - 60};
  for (int i = 0; i < 4; ++i) {
    CHECK(y[i], want_y[i]);
    CHECK(z[i], want_z[i]);
  }
  const int want_p[8] = {3, 4, 5, 6, 15, 22, 23, 34};
  const int want_q[8] = {0, 1, -1, 2, 8, 6, 12, 10};
  for (int i = 0; i < 8; ++i) {
    CHECK(p[i], want_p[i]);
    CHECK(q[i], want_q[i]);
  }
  CHECK(s[0], 1);
  CHECK(s[3], 11);
  CHECK(bits_of(e[0]), 0x402df854); /* e */
  const int want_j[6] = {4 + 10, 1 + 5 + 10,     2 + 6 + 10,
                         1 + 20, 2 + 2 - 4 + 20, 4 + 3 - 5 + 20};
  for (int n = 0; n < 6; ++n)
    CHECK(j[n], want_j[n]);
  CHECK(l[0], 1 + 5);
  CHECK(l[1], 2 + 2 - 4);
  /* In the last line 4, 6 and 4 of 9 taps see a 1, the others a padding of 7.
   */
  const int want_u[6] = {4 + 35, -4 - 35, 6 + 21, -6 - 21, 4 + 35, -4 - 35};
  for (int n = 0; n < 6; ++n)
    CHECK(u[n], want_u[n]);
  CHECK(v[0], 4);
  CHECK(v[(3 + 1) * 2 + 1], -9);
  return failures;
}
