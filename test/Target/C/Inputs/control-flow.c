#include "check.h"
#include "flow.h"

int main(void) {
  const int32_t x[3] = {1, 10, 100}, s[1] = {7};
  const int64_t n[1] = {50};
  int32_t fibonacci[1], window[3], branches[4], calls[1];
  int64_t until[2];
  flow_arena arena;
  flow_run(x, s, n, fibonacci, window, branches, until, calls, &arena);
  CHECK(fibonacci[0], 55);
  /* Each element counts twice. */
  CHECK(window[0], 22);
  CHECK(window[1], 222);
  CHECK(window[2], 220);
  CHECK(branches[0], 2);
  CHECK(branches[1], 3);
  CHECK(branches[2], 4);
  CHECK(branches[3], 3);
  /* 1, 4, .., 49; 50, 25, 12, 6 */
  CHECK(until[0], 49);
  CHECK(until[1], 6);
  CHECK(calls[0], 21);
  return failures;
}
