/* Helpers of the programs that call generated code and compare with numbers
 * worked out by hand. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

/* Integers. */
#define CHECK(got, want)                                                       \
  do {                                                                         \
    long long got_ = (long long)(got), want_ = (long long)(want);              \
    if (got_ != want_) {                                                       \
      printf("line %d: %s is %lld, not %lld\n", __LINE__, #got, got_, want_);  \
      failures = 1;                                                            \
    }                                                                          \
  } while (0)

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Floats, bit by bit. */
#define CHECK_BITS(got, want) CHECK(bits_of(got), bits_of(want))
