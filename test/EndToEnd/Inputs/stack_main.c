/* Does a run of net.o need no more stack than its header says? */
#include "net.h"
#include "platform.h"

static net_arena arena;
static NET_INPUT_0_CTYPE input[NET_INPUT_0_COUNT];
static NET_OUTPUT_0_CTYPE output[NET_OUTPUT_0_COUNT];

int main(void) {
  platform_paint_stack();
  net_run(input, output, &arena);
  /* What painting itself uses counts, too. */
  const uint32_t used = platform_used_stack();
  platform_print(used > 0 && used <= NET_WORST_STACK_BYTES ? "within\n"
                                                           : "beyond\n");
  return 0;
}
