#include "views.h"
#include "check.h"

int main(void) {
  float x[24], y[6], r[3], z[12], w[6], s[1];
  views_arena arena;
  for (int i = 0; i < 24; ++i)
    x[i] = (float)i;
  views_run(x, y, r, z, w, s, &arena);
  /* x[row][column] = 6 * row + column */
  const int want_y[6] = {6, 18, 8, 20, 10, 22};
  const int want_z[12] = {1, 2, 7, 8, 7, 8, 13, 14, 13, 14, 19, 20};
  for (int i = 0; i < 6; ++i) {
    CHECK(y[i], want_y[i]);
    CHECK(w[i], 6 + i);
  }
  for (int i = 0; i < 3; ++i)
    CHECK(r[i], 6 * i + 5);
  for (int i = 0; i < 12; ++i)
    CHECK(z[i], want_z[i]);
  CHECK(s[0], 9 + 129);
  return failures;
}
