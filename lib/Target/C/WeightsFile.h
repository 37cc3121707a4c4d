/* Becomes NAME_weights.c: the weights of a model as a program gets them from a
 * file. `model_` and `MODEL_` stand for the model's name. */
#ifndef SETUN_WEIGHTS_FILE_H
#define SETUN_WEIGHTS_FILE_H
/* In NAME.c, which reads them as they are: */
/* setun:begin order */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the file of weights has numbers in little-endian order"
#endif
/* setun:end */
/* setun:begin */
#if defined(__linux__) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* for madvise() */
#endif
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#if defined(__unix__) || defined(__APPLE__)
/* Maps the file: programs that run the same model share its pages. */
static const void *map_file(const char *path, const char **error) {
  const int file = open(path, O_RDONLY);
  struct stat facts;
  void *bytes = MAP_FAILED;
  if (file < 0) {
    *error = "cannot be opened";
    return NULL;
  }
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))
    *error = "is no file";
  else if (facts.st_size != (off_t)MODEL_WEIGHTS_BYTES)
    *error = "has another size than the weights of this model";
  else
    bytes = mmap(NULL, MODEL_WEIGHTS_BYTES, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (bytes == MAP_FAILED) {
    if (*error == NULL)
      *error = "cannot be mapped into memory";
    return NULL;
  }
#if defined(MADV_HUGEPAGE)
  /* Only a wish: not all systems have large pages of files. */
  (void)madvise(bytes, MODEL_WEIGHTS_BYTES, MADV_HUGEPAGE);
#endif
  return bytes;
}

static void unmap_file(const void *bytes) {
  /* The function takes what others may write, too. */
  union {
    const void *read;
    void *write;
  } address;
  address.read = bytes;
  munmap(address.write, MODEL_WEIGHTS_BYTES);
}
#else
/* Reads the file to aligned memory, in front of which stands what malloc()
 * gave. */
static const void *map_file(const char *path, const char **error) {
  const size_t slack = MODEL_WEIGHTS_ALIGN + sizeof(void *);
  FILE *file = fopen(path, "rb");
  unsigned char *block = NULL, *bytes = NULL;
  if (file == NULL) {
    *error = "cannot be opened";
    return NULL;
  }
  block = (unsigned char *)malloc((size_t)MODEL_WEIGHTS_BYTES + slack);
  if (block == NULL) {
    *error = "does not fit into memory";
  } else {
    bytes = block + slack;
    bytes -= (uintptr_t)bytes % MODEL_WEIGHTS_ALIGN;
    memcpy(bytes - sizeof block, &block, sizeof block);
    if (fread(bytes, 1, MODEL_WEIGHTS_BYTES, file) != MODEL_WEIGHTS_BYTES ||
        fgetc(file) != EOF) {
      *error = "has another size than the weights of this model";
      free(block);
      bytes = NULL;
    }
  }
  fclose(file);
  return bytes;
}

static void unmap_file(const void *bytes) {
  void *block;
  memcpy(&block, (const unsigned char *)bytes - sizeof block, sizeof block);
  free(block);
}
#endif

const model_weights *model_weights_open(const char *path, const char **error) {
  const char *reason = NULL;
  const void *bytes = map_file(path, &reason);
  if (error != NULL)
    *error = reason;
  return (const model_weights *)bytes;
}

void model_weights_close(const model_weights *weights) {
  if (weights != NULL)
    unmap_file(weights);
}

static uint32_t rotate(uint32_t word, unsigned bits) {
  return word >> bits | word << (32 - bits);
}

/* One round of SHA-256 (FIPS 180-4) over 64 bytes. */
static void hash_block(uint32_t state[8], const unsigned char *bytes) {
  static const uint32_t constants[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
      0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
      0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
      0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
      0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
      0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
      0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
      0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  uint32_t words[64], s[8];
  for (size_t i = 0; i < 16; ++i)
    words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
               (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
  for (size_t i = 16; i < 64; ++i) {
    const uint32_t a = words[i - 15], b = words[i - 2];
    words[i] = words[i - 16] + words[i - 7] +
               (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (size_t i = 0; i < 64; ++i) {
    const uint32_t first =
        s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
        ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + words[i];
    const uint32_t second =
        (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
        ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += first;
    s[0] = first + second;
  }
  for (size_t i = 0; i < 8; ++i)
    state[i] += s[i];
}

int model_weights_match(const model_weights *weights) {
  const unsigned char *bytes = weights->bytes;
  const uint64_t size = MODEL_WEIGHTS_BYTES;
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  unsigned char last[128] = {0};
  char text[72];
  const size_t rest = (size_t)(size % 64), end = rest < 56 ? 64 : 128;
  for (uint64_t i = 0; i + 64 <= size; i += 64)
    hash_block(state, bytes + i);
  memcpy(last, bytes + (size - rest), rest);
  last[rest] = 0x80;
  for (size_t i = 0; i < 8; ++i)
    last[end - 1 - i] = (unsigned char)(size * 8 >> (8 * i));
  for (size_t i = 0; i < end; i += 64)
    hash_block(state, last + i);
  for (size_t i = 0; i < 8; ++i)
    snprintf(text + 8 * i, 9, "%08lx", (unsigned long)state[i]);
  return strcmp(text, MODEL_WEIGHTS_SHA256) == 0;
}
/* setun:end */
#endif
