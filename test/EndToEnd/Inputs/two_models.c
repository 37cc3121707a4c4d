/* Two generated models in one binary: prints the class that each finds for the
 * same digit. */
#include "other.h"
#include "packed.h"

#include <stdio.h>

static int argmax(const float *scores) {
  int best = 0;
  for (int i = 1; i < 10; ++i)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

int main(void) {
  static float digit[784];
  static packed_arena first;
  static other_arena second;
  float a[10], b[10];
  for (int row = 4; row < 24; ++row) /* an upright stroke */
    digit[row * 28 + 13] = digit[row * 28 + 14] = 1.0f;
  packed_run(digit, a, &first);
  other_run(digit, b, &second);
  printf("%d %d\n", argmax(a), argmax(b));
  return 0;
}
