/* What a program needs that calls run(): its start and output, with HOSTED by
 * the C library, with BOARD by that of bench/cortex_m; else by the system calls
 * of Linux, with the functions that object files may call. Output is text. */
#include <stddef.h>
#include <stdint.h>

static void run(void);
static void print_text(const char *text, size_t size);

static void print_bytes(const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  char line[66];
  while (size > 0) {
    size_t count = 0;
    for (; count < 64 && size > 0; ++at, --size) {
      line[count++] = "0123456789ABCDEF"[*at / 16];
      line[count++] = "0123456789ABCDEF"[*at % 16];
    }
    line[count] = '\n';
    line[count + 1] = 0;
    print_text(line, count + 1);
  }
}

/* The same numbers everywhere. */
static uint32_t state = 2463534242u;
static uint32_t draw(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

#if defined(HOSTED)
#include <stdio.h>

static void print_text(const char *text, size_t size) {
  fwrite(text, 1, size, stdout);
}

int main(void) {
  run();
  return 0;
}
#elif defined(BOARD)
#include "platform.h"

static void print_text(const char *text, size_t size) {
  (void)size;
  platform_print(text);
}

int main(void) {
  run();
  return 0;
}
#else

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  for (size_t i = 0; i < size; ++i)
    ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  volatile unsigned char *t = to;
  const unsigned char *f = from;
  if (t < f)
    return memcpy(to, from, size);
  while (size-- > 0)
    t[size] = f[size];
  return to;
}

void *memset(void *to, int byte, size_t size) {
  for (size_t i = 0; i < size; ++i)
    ((volatile unsigned char *)to)[i] = (unsigned char)byte;
  return to;
}

#if defined(__wasm__)
__attribute__((import_module("env"), import_name("write"))) void
write_text(const char *text, size_t size);

static void print_text(const char *text, size_t size) {
  write_text(text, size);
}

void _start(void) { run(); }
#else
static long call_system(long number, long a, long b, long c) {
#if defined(__x86_64__)
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return number;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#elif defined(__arm__)
  register long r7 __asm__("r7") = number, r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b, r2 __asm__("r2") = c;
  __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
#elif defined(__riscv)
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
#else
#error "add the system call of this processor"
#endif
}

#if defined(__x86_64__)
enum { WRITE = 1, EXIT = 60 };
#elif defined(__arm__)
enum { WRITE = 4, EXIT = 1 };
#else
enum { WRITE = 64, EXIT = 93 };
#endif

static void print_text(const char *text, size_t size) {
  while (size > 0) {
    const long written = call_system(WRITE, 1, (long)text, (long)size);
    if (written <= 0)
      call_system(EXIT, 1, 0, 0);
    text += written;
    size -= (size_t)written;
  }
}

#if defined(__aarch64__)
/* Objects with --dispatch=runtime ask for it, as C libraries have it: what the
 * system tells of the processor; 0 if it does not. */
unsigned long getauxval(unsigned long type) {
  static unsigned long entries[64][2];
  enum { OPENAT = 56, READ = 63, HERE = -100 };
  const long file = call_system(OPENAT, HERE, (long)"/proc/self/auxv", 0);
  const long bytes = call_system(READ, file, (long)entries, sizeof entries);
  for (long i = 0; i < bytes / (long)sizeof *entries; ++i)
    if (entries[i][0] == type)
      return entries[i][1];
  return 0;
}
#endif

#if defined(__x86_64__)
__attribute__((force_align_arg_pointer))
#endif
void _start(void) {
  run();
  call_system(EXIT, 0, 0, 0);
}
#endif
#endif
