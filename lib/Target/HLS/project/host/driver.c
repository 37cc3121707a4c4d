/* See driver.h.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "driver.h"

/* Control register of the design: start it; it is done. */
#define CONTROL 0x00u
#define CONTROL_START 1u
#define CONTROL_DONE 2u

#if BORDER_IS_STREAM
/* The length register of AXI DMA has 26 bits at most. */
#if BORDER_BYTES > 0x3ffffff
#error "a frame is too long for one transfer of AXI DMA; use --interface=memory"
#endif
/* A channel of AXI DMA: control, status, address, bytes. */
#define SEND 0x00u
#define RECEIVE 0x30u
#define DMA_CONTROL 0x00u
#define DMA_STATUS 0x04u
#define DMA_ADDRESS 0x18u
#define DMA_ADDRESS_HIGH 0x1cu
#define DMA_LENGTH 0x28u
#define DMA_RUN 1u
#define DMA_RESET 4u
#define DMA_IDLE 2u
#define DMA_ERRORS 0x70u
#endif

static void write_register(uintptr_t address, uint32_t value) {
  *(volatile uint32_t *)address = value;
}

static uint32_t read_register(uintptr_t address) {
  return *(volatile const uint32_t *)address;
}

/* The row-major index of the element at a position of the border. */
static size_t locate(const border_port *port, size_t position) {
  size_t index = 0;
  int i;
  for (i = port->loops; i-- > 0;) {
    index += position % port->loop[i].extent * port->loop[i].stride;
    position /= port->loop[i].extent;
  }
  return index;
}

/* Little-endian, extended by the sign where there is one. */
static void copy_element(const uint8_t *from, size_t from_bytes, uint8_t *to,
                         size_t to_bytes, int is_signed) {
  const int fill = is_signed && (from[from_bytes - 1] & 0x80) ? 0xff : 0;
  size_t i;
  for (i = 0; i < to_bytes; ++i)
    to[i] = i < from_bytes ? from[i] : (uint8_t)fill;
}

void setun_pack(int port, const void *tensor, void *words) {
  const border_port *border = &border_ports[port];
  size_t i;
  for (i = 0; i < border->elements; ++i)
    copy_element(
        (const uint8_t *)tensor + locate(border, i) * border->element_bytes,
        border->element_bytes, (uint8_t *)words + i * border->word_bytes,
        border->word_bytes, border->is_signed);
}

void setun_unpack(int port, const void *words, void *tensor) {
  const border_port *border = &border_ports[port];
  size_t i;
  for (i = 0; i < border->elements; ++i)
    copy_element((const uint8_t *)words + i * border->word_bytes,
                 border->word_bytes,
                 (uint8_t *)tensor + locate(border, i) * border->element_bytes,
                 border->element_bytes, border->is_signed);
}

static size_t get_bytes(int port) {
  return border_ports[port].elements * border_ports[port].word_bytes;
}

/* Waits until one of the bits is set. */
static int wait_for(uintptr_t address, uint32_t bits, unsigned long patience) {
  while (patience-- > 0)
    if (read_register(address) & bits)
      return 0;
  return -1;
}

#if BORDER_IS_STREAM
/* What a frame before left unfinished is dropped. */
static int reset_channel(uintptr_t channel, unsigned long patience) {
  write_register(channel + DMA_CONTROL, DMA_RESET);
  while (patience-- > 0)
    if (!(read_register(channel + DMA_CONTROL) & DMA_RESET))
      return 0;
  return -1;
}

static void start_transfer(uintptr_t channel, const void *memory,
                           size_t bytes) {
  const uint64_t address = (uint64_t)(uintptr_t)memory;
  write_register(channel + DMA_CONTROL, DMA_RUN);
  write_register(channel + DMA_ADDRESS, (uint32_t)address);
  write_register(channel + DMA_ADDRESS_HIGH, (uint32_t)(address >> 32));
  write_register(channel + DMA_LENGTH, (uint32_t)bytes);
}

static int finish_transfer(uintptr_t channel, unsigned long patience) {
  if (wait_for(channel + DMA_STATUS, DMA_IDLE | DMA_ERRORS, patience) != 0)
    return -1;
  return read_register(channel + DMA_STATUS) & DMA_ERRORS ? -1 : 0;
}
#endif

int setun_run(const setun_device *device, void *const words[BORDER_PORTS],
              unsigned long patience) {
  int port, failed = 0;
  for (port = 0; port < BORDER_PORTS; ++port) {
    if (port < BORDER_INPUTS)
      setun_flush(words[port], get_bytes(port));
    else
      setun_invalidate(words[port], get_bytes(port));
  }
#if BORDER_IS_STREAM
  for (port = 0; port < BORDER_PORTS; ++port)
    if (reset_channel(device->dma[port] +
                          (port < BORDER_INPUTS ? SEND : RECEIVE),
                      patience) != 0)
      return -1;
  /* Receivers wait before the first word leaves. */
  for (port = BORDER_INPUTS; port < BORDER_PORTS; ++port)
    start_transfer(device->dma[port] + RECEIVE, words[port], get_bytes(port));
  write_register(device->control + CONTROL, CONTROL_START);
  for (port = 0; port < BORDER_INPUTS; ++port)
    start_transfer(device->dma[port] + SEND, words[port], get_bytes(port));
  for (port = 0; port < BORDER_PORTS; ++port)
    failed |= finish_transfer(
        device->dma[port] + (port < BORDER_INPUTS ? SEND : RECEIVE), patience);
#else
  for (port = 0; port < BORDER_PORTS; ++port) {
    const uint64_t address = (uint64_t)(uintptr_t)words[port];
    const uintptr_t place =
        device->control + border_ports[port].address_register;
    write_register(place, (uint32_t)address);
    write_register(place + 4, (uint32_t)(address >> 32));
  }
  /* Reading clears what a frame before has left there. */
  (void)read_register(device->control + CONTROL);
  write_register(device->control + CONTROL, CONTROL_START);
  failed = wait_for(device->control + CONTROL, CONTROL_DONE, patience);
#endif
  for (port = BORDER_INPUTS; port < BORDER_PORTS; ++port)
    setun_invalidate(words[port], get_bytes(port));
  return failed == 0 ? 0 : -1;
}
