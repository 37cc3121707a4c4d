/* Copied into NAME_main.c: reads and writes the .npy files of a model whose
 * shapes are known, for little-endian machines. */
#ifndef SETUN_NPY_MAIN_H
#define SETUN_NPY_MAIN_H
/* setun:begin */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *path, const char *message) {
  fprintf(stderr, "%s: error: %s\n", path, message);
  return 0;
}

/* Copies the shape behind `text`, "(1, 784)", to `shape` as "1,784". */
static int read_shape(const char *text, char *shape, size_t size) {
  size_t used = 0;
  if (*text++ != '(')
    return 0;
  for (; *text != ')'; ++text) {
    if ((*text >= '0' && *text <= '9') || *text == ',') {
      if (used + 1 >= size)
        return 0;
      shape[used++] = *text;
    } else if (*text != ' ') {
      return 0;
    }
  }
  if (used > 0 && shape[used - 1] == ',')
    --used;
  shape[used] = '\0';
  return 1;
}

/* The text behind 'key': in the header, or an empty text. */
static const char *find_value(const char *header, const char *key) {
  const char *found = strstr(header, key);
  if (found == NULL)
    return "";
  found += strlen(key);
  while (*found == ':' || *found == ' ')
    ++found;
  return found;
}

/* Reads an array of exactly this type ("<f4") and shape ("1,784"). */
static int read_npy(const char *path, const char *type, const char *shape,
                    void *data, size_t bytes) {
  unsigned char start[12];
  char header[4096], found[256];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return fail(path, "cannot be opened");
  size_t size = 0;
  int ok = fread(start, 1, 10, file) == 10 &&
           memcmp(start, "\223NUMPY", 6) == 0 && start[6] >= 1 && start[6] <= 3;
  if (ok) {
    size = start[8] + ((size_t)start[9] << 8);
    if (start[6] > 1) {
      ok = fread(start + 10, 1, 2, file) == 2;
      size += ((size_t)start[10] << 16) + ((size_t)start[11] << 24);
    }
  }
  ok = ok && size < sizeof header && fread(header, 1, size, file) == size;
  header[ok ? size : 0] = '\0';
  const char *message = NULL;
  const char *descr = find_value(header, "'descr'");
  size_t length = strlen(type);
  if (!ok)
    message = "is no .npy file";
  else if (*descr != '\'' || strncmp(descr + 1, type, length) != 0 ||
           descr[length + 1] != '\'')
    message = "has another element type than the model's input";
  else if (strncmp(find_value(header, "'fortran_order'"), "False", 5) != 0)
    message = "is in Fortran order";
  else if (!read_shape(find_value(header, "'shape'"), found, sizeof found) ||
           strcmp(found, shape) != 0)
    message = "has another shape than the model's input";
  else if (fread(data, 1, bytes, file) != bytes || fgetc(file) != EOF)
    message = "has another size than its header says";
  fclose(file);
  return message == NULL ? 1 : fail(path, message);
}

/* Writes an array; `shape` is the inside of a Python tuple, "1, 784,". */
static int write_npy(const char *path, const char *type, const char *shape,
                     const void *data, size_t bytes) {
  char header[512];
  int size = snprintf(
      header, sizeof header,
      "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  if (size < 0 || (size_t)size + 64 >= sizeof header)
    return fail(path, "has too many dimensions");
  /* Data starts at a multiple of 64 bytes, behind 10 bytes and a newline. */
  size_t padded = ((size_t)size + 10 + 1 + 63) / 64 * 64 - 10;
  memset(header + size, ' ', padded - (size_t)size - 1);
  header[padded - 1] = '\n';
  const unsigned char start[10] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   (unsigned char)(padded & 255u),
                                   (unsigned char)(padded >> 8)};
  FILE *file = fopen(path, "wb");
  if (file == NULL)
    return fail(path, "cannot be written");
  int ok = fwrite(start, 1, sizeof start, file) == sizeof start &&
           fwrite(header, 1, padded, file) == padded &&
           fwrite(data, 1, bytes, file) == bytes;
  ok = fclose(file) == 0 && ok;
  return ok ? 1 : fail(path, "cannot be written");
}
/* setun:end */
#endif
