#include "constants.h"
#include "check.h"

int main(void) {
  float o[8];
  int64_t n[1];
  constants_arena arena;
  constants_run(o, n, &arena);
  CHECK(bits_of(o[0]), 0x3dcccccd);
  CHECK(bits_of(o[1]), 0x80000000);
  CHECK(bits_of(o[2]), 0x7fc00000);
  CHECK(bits_of(o[3]), 0x3dcccccd);
  CHECK(o[4], -128);
  CHECK(o[5], INT32_MIN);
  CHECK(bits_of(o[6]), 1);
  CHECK(o[7], -1);
  CHECK(n[0], INT64_MIN);
  return failures;
}
