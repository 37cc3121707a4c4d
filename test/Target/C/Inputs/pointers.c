#include "pointers.h"
#include "check.h"

int main(void) {
  const float x[2] = {5.5f, -3.0f};
  int32_t y[4];
  static pointers_arena arena;
  memset(&arena, 0, sizeof arena);
  pointers_run(x, y, &arena);
  CHECK(y[0], -5);
  CHECK(y[1], 3);
  CHECK(y[2], 0);
  CHECK(y[3], -5);
  return failures;
}
