"""Runs the design on a board with PYNQ. Nobody has run this on a board: it follows the documentation of PYNQ and of Vitis HLS.

    python3 pynq_driver.py DESIGN.bit INPUT.npy... OUTPUT.npy...

The overlay holds the design as `IP_NAME` of border.py. With streams, each input and output has an AXI DMA in simple mode, called
`dma_` and the name of the port, whose stream is as wide as a word; the design's control port is connected, too.
"""

import sys

import border
import numpy as np


def get_order(port):
    """Which element of the tensor crosses at which position."""
    order = np.zeros(1, np.int64)
    for extent, stride in port["loops"]:
        order = (order[:, None] + np.arange(extent) * stride).reshape(-1)
    return order


def pack(port, tensor):
    """The words of a frame: elements in the order of the border, extended by their sign."""
    tensor = np.asarray(tensor)
    if not np.can_cast(tensor.dtype, port["dtype"], "same_kind"):
        raise ValueError(f"{port['tensor']} is {port['dtype']}, not {tensor.dtype}")
    if list(tensor.shape) != port["shape"]:
        raise ValueError(f"{port['tensor']} is {port['shape']}, not {list(tensor.shape)}")
    return tensor.astype(port["dtype"]).reshape(-1)[get_order(port)].astype(port["word"])


def unpack(port, words):
    """The tensor of a frame."""
    tensor = np.empty(len(words), port["dtype"])
    tensor[get_order(port)] = words.astype(port["dtype"])
    return tensor.reshape(port["shape"])


class Design:
    """The design of a loaded overlay, and buffers for a frame."""

    START, DONE = 1, 2

    def __init__(self, bitstream):
        import pynq

        self.overlay = pynq.Overlay(bitstream)
        self.ip = getattr(self.overlay, border.IP_NAME)

        def allocate(port):
            return pynq.allocate(shape=(int(np.prod(port["shape"])),), dtype=port["word"])

        self.inputs = [allocate(port) for port in border.INPUTS]
        self.outputs = [allocate(port) for port in border.OUTPUTS]

    def run(self, *tensors):
        """One frame."""
        for port, buffer, tensor in zip(border.INPUTS, self.inputs, tensors):
            buffer[:] = pack(port, tensor)
            buffer.flush()
        if border.INTERFACE == "stream":
            self._run_streams()
        else:
            self._run_memory()
        results = []
        for port, buffer in zip(border.OUTPUTS, self.outputs):
            buffer.invalidate()
            results.append(unpack(port, np.array(buffer)))
        return results

    def _run_streams(self):
        senders = [getattr(self.overlay, "dma_" + port["name"]).sendchannel for port in border.INPUTS]
        receivers = [getattr(self.overlay, "dma_" + port["name"]).recvchannel for port in border.OUTPUTS]
        for channel, buffer in zip(receivers, self.outputs):
            channel.transfer(buffer)
        self.ip.write(border.CONTROL, self.START)
        for channel, buffer in zip(senders, self.inputs):
            channel.transfer(buffer)
        # The last words of a frame may still be on their way when the results are there.
        for channel in receivers + senders:
            channel.wait()

    def _run_memory(self):
        ports, buffers = border.INPUTS + border.OUTPUTS, self.inputs + self.outputs
        for port, buffer in zip(ports, buffers):
            self.ip.write(port["register"], buffer.device_address & 0xFFFFFFFF)
            self.ip.write(port["register"] + 4, buffer.device_address >> 32)
        self.ip.write(border.CONTROL, self.START)
        while not self.ip.read(border.CONTROL) & self.DONE:
            pass


def main():
    inputs, outputs = sys.argv[2 : 2 + len(border.INPUTS)], sys.argv[2 + len(border.INPUTS) :]
    if len(inputs) != len(border.INPUTS) or len(outputs) != len(border.OUTPUTS):
        sys.exit(__doc__)
    results = Design(sys.argv[1]).run(*map(np.load, inputs))
    for path, result in zip(outputs, results):
        np.save(path, result)


if __name__ == "__main__":
    main()
