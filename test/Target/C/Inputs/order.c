#include "order.h"
#include "check.h"

int main(void) {
  int32_t x[2] = {10, 3}, y[2] = {30, 4}, z[2] = {20, 9}, w[2] = {5, 8};
  order_arena arena;
  order_run(x, y, z, w, &arena);
  CHECK(x[0], 3);
  CHECK(x[1], 105);
  /* swap gives {4, 115}; then 30 / 3 */
  CHECK(y[0], 10);
  CHECK(y[1], 115);
  /* 20 / 2 + 7 / 2 + 2 * (7 / 2) */
  CHECK(z[0], 7);
  CHECK(z[1], 19);
  /* (5 + 8 / 2) / 2 */
  CHECK(w[0], 4);
  CHECK(w[1], 4);
  return failures;
}
