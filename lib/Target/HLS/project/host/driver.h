/* Runs the design from a processor without an operating system. Nobody has run
 * this on a board: it follows the register maps that the documentation of AXI
 * DMA (simple mode) and of Vitis HLS gives. Compare them with the headers that
 * the tools generate.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_DRIVER_H
#define SETUN_DRIVER_H

#include "border.h"

#include <stddef.h>
#include <stdint.h>

/* Where the registers are. With streams each port has a DMA of its own, whose
 * stream is as wide as a word and whose length register holds BORDER_BYTES. */
typedef struct {
  uintptr_t control;
  uintptr_t dma[BORDER_PORTS];
} setun_device;

/* To be provided: memory that the processor wrote goes to where the DMA reads
 * it, and the other way round. */
void setun_flush(const void *memory, size_t bytes);
void setun_invalidate(const void *memory, size_t bytes);

/* A frame of a port, inputs first: elements of the tensor, row-major, into
 * words in the order of the border, and back. */
void setun_pack(int port, const void *tensor, void *words);
void setun_unpack(int port, const void *words, void *tensor);

/* One frame; `words` has the memory of each port, inputs first. Gives 0, or -1
 * if nothing has happened after `patience` looks at a register. */
int setun_run(const setun_device *device, void *const words[BORDER_PORTS],
              unsigned long patience);

#endif /* SETUN_DRIVER_H */
