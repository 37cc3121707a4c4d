/* Runs the compiled network over the example's digits and prints how fast and
 * how right it is. Usage: mnist_bitnet digits-1000-images.npy
 * digits-1000-labels.npy */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "mnist_bitnet.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIXELS = 28 * 28, CLASSES = 10 };

static mnist_bitnet_arena arena;

static void fail(const char *path, const char *problem) {
  fprintf(stderr, "%s: error: %s\n", path, problem);
  exit(1);
}

/* Reads a .npy file of bytes, `size` to each of the `*count` first-dimension
 * entries. */
static uint8_t *read_npy(const char *path, size_t size, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail(path, "cannot be opened");
  /* Magic and version, the length of the header, the header: a Python
   * dictionary in text. */
  uint8_t start[10];
  char header[256];
  if (fread(start, 1, sizeof start, file) != sizeof start ||
      memcmp(start, "\x93NUMPY\x01", 7) != 0)
    fail(path, "is not a .npy file of version 1");
  size_t length = start[8] + 256u * start[9];
  if (length >= sizeof header || fread(header, 1, length, file) != length)
    fail(path, "has an unexpected header");
  header[length] = '\0';
  const char *shape = strstr(header, "'shape': (");
  if (!strstr(header, "'descr': '|u1'") ||
      !strstr(header, "'fortran_order': False") || !shape)
    fail(path, "does not hold an array of uint8");
  *count = strtoul(shape + strlen("'shape': ("), NULL, 10);
  if (*count == 0 || *count > 100000)
    fail(path, "has an unexpected number of entries");
  uint8_t *data = malloc(*count * size);
  if (!data || fread(data, size, *count, file) != *count || fgetc(file) != EOF)
    fail(path, "does not have the expected size");
  fclose(file);
  return data;
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static int largest(const float logits[CLASSES]) {
  int best = 0;
  for (int i = 1; i < CLASSES; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s IMAGES.npy LABELS.npy\n", argv[0]);
    return 2;
  }
  size_t count, label_count;
  uint8_t *digits = read_npy(argv[1], PIXELS, &count);
  uint8_t *labels = read_npy(argv[2], 1, &label_count);
  if (label_count != count)
    fail(argv[2], "does not have a label for each digit");
  double *times = malloc(count * sizeof *times);
  if (!times)
    fail(argv[0], "out of memory");

  size_t right = 0;
  for (size_t i = 0; i < count; ++i) {
    float image[PIXELS], logits[CLASSES];
    for (size_t p = 0; p < PIXELS; ++p)
      image[p] = (float)digits[i * PIXELS + p] / 255.0f;
    double start = microseconds();
    mnist_bitnet_run(image, logits, &arena);
    times[i] = microseconds() - start;
    right += largest(logits) == labels[i];
  }

  qsort(times, count, sizeof *times, compare);
  printf("time:     %.1f microseconds per digit (median of %zu)\n",
         times[count / 2], count);
  printf("accuracy: %.1f %%\n", 100.0 * (double)right / (double)count);
  free(times);
  free(labels);
  free(digits);
  return 0;
}
