#include "integers.h"
#include "check.h"

int main(void) {
  const int32_t i32[2] = {INT32_MAX, 9};
  const int8_t i8[2] = {-100, -3};
  const int64_t i64[1] = {INT64_MIN + (INT64_C(1) << 32)}, v[1] = {2};
  const int32_t w[2] = {-2, INT32_MAX};
  const uint8_t i1[2] = {1, 0};
  int32_t sums[5], z[2], truth[2];
  int8_t bytes[4];
  int64_t words[6];
  uint8_t y[1];
  integers_arena arena;
  integers_run(i32, sums, i8, bytes, z, i64, w, v, words, i1, y, truth, &arena);

  /* 2^31 - 1 + 9 = -2^31 + 8; 9 * (2^31 - 1) = 2^31 - 9 (mod 2^32), - 7 */
  CHECK(sums[0], INT32_MIN + 8);
  CHECK(sums[1], INT32_MAX - 8 - 7);
  CHECK(sums[2], 536870911 + 2);
  /* (2^31 - 10) (2^31 - 1) = -2^31 * 11 + 10 = -2^31 + 10 (mod 2^32), + 5 */
  CHECK(sums[3], INT32_MIN + 15);
  CHECK(sums[4], 2 - 5);

  /* 300 = 44 (mod 256); -3 is 253 unsigned */
  CHECK(bytes[0], 44);
  CHECK(z[0], -25300);
  CHECK(z[1], 1); /* 156 < 253 */
  /* -800 = -32 (mod 256); 156 / 8; floor(-100 / 8) */
  CHECK(bytes[1], -32);
  CHECK(bytes[2], 19);
  CHECK(bytes[3], -13);

  /* -2 is 2^32 - 2: (-2^63 + 2^32) (2^32 - 2) = 2^64 - 2^33 (mod 2^64) */
  CHECK(words[0], -(INT64_C(1) << 33));
  CHECK(words[1], 4 * (int64_t)INT32_MAX);
  CHECK(words[2], (INT64_C(1) << 62) + (INT64_C(1) << 31));
  CHECK(words[3], INT64_MAX - (INT64_C(1) << 32) + 1);
  CHECK(words[4], 2);
  CHECK(words[5], 1);

  CHECK(y[0], 1);
  CHECK(truth[0], -1);
  CHECK(truth[1], 1); /* -1 < 0 */
  return failures;
}
