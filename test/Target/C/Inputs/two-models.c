#include "check.h"
#include "first.h"
#include "second.h"

int main(void) {
  int32_t x[2] = {10, 3}, y[2] = {0, 0}, z[2] = {0, 0}, w[2] = {0, 0},
          again[2] = {10, 3};
  first_arena one;
  second_arena two;
  first_run(x, y, z, w, &one);
  second_run(again, y, z, w, &two);
  CHECK(x[1], 105);
  CHECK(again[1], 105);
  return failures;
}
