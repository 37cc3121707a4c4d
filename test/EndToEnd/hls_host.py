"""The drivers of a design's host/ with a board that is simulated: the arrays of `setun run`.

PYNQ is a stub whose DMA and registers hand words to the design's top function, compiled by g++. The C driver is compiled with all
warnings, for this machine and (if there is a compiler) for Cortex-M; it packs and unpacks as the Python driver does. What
setun_run() does to registers is compared with the maps by reading only.
"""

import argparse
import ctypes
import importlib
import shutil
import subprocess
import sys
import threading
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
from graph_builder import GraphBuilder
from onnx import TensorProto, save


def make_model(path):
    """An image with channels; floats, bytes and a class go out."""
    rng = np.random.default_rng(12)
    g = GraphBuilder()
    y = g.op("Conv", g.input([1, 3, 5, 4]), g.const(rng.normal(0, 1, [6, 3, 3, 3])), pads=[1] * 4)
    codes = g.op("QuantizeLinear", y, g.const(0.5), g.const(-3, np.int8))
    best = g.op("ArgMax", y, axis=1, keepdims=0)
    g.output(y, [1, 6, 5, 4])
    g.output(codes, [1, 6, 5, 4], TensorProto.INT8)
    g.output(best, [1, 5, 4], TensorProto.INT64)
    save(g.model(), path)
    return rng.normal(0, 1, [1, 3, 5, 4]).astype(np.float32)


def build_board(design, border, ap_types):
    """A program that reads words of the inputs from files and writes those of the outputs."""
    is_stream = border.INTERFACE == "stream"
    ports = border.INPUTS + border.OUTPUTS
    lines = ['#include "net.h"', "#include <cstdint>", "#include <cstdio>", "int main(int, char **argv) {"]
    for i, port in enumerate(ports):
        name, count = port["name"], int(np.prod(port["shape"]))
        lines.append(f"  hls::stream<{name}_word> {name};" if is_stream else f"  static {name}_word {name}[{count}];")
        if port in border.INPUTS:
            lines += [f"  std::FILE *file_{i} = std::fopen(argv[{i + 1}], \"rb\");", f"  for (int i = 0; i < {count}; ++i) {{"]
            lines += [f"    uint{8 * np.dtype(port['word']).itemsize}_t value;", f"    std::fread(&value, sizeof value, 1, file_{i});"]
            lines += [f"    {name}_word word;\n    word.data = value;\n    {name}.write(word);" if is_stream else f"    {name}[i] = value;", "  }"]
    lines.append(f"  net({', '.join(port['name'] for port in ports)});")
    for i, port in list(enumerate(ports))[len(border.INPUTS) :]:
        name, count = port["name"], int(np.prod(port["shape"]))
        lines += [f"  std::FILE *file_{i} = std::fopen(argv[{i + 1}], \"wb\");", f"  for (int i = 0; i < {count}; ++i) {{"]
        lines += [f"    const uint{8 * np.dtype(port['word']).itemsize}_t value = " + (f"{name}.read().data" if is_stream else f"{name}[i]") + ".to_uint64();"]
        lines += [f"    std::fwrite(&value, sizeof value, 1, file_{i});", "  }", f"  std::fclose(file_{i});"]
    (design / "board.cpp").write_text("\n".join([*lines, "}"]) + "\n")
    command = ["g++", "-std=c++14", "-O0", "-w", "-ffp-contract=off", "-I.", "-isystem", ap_types, "board.cpp", "net.cpp", "-o", "board"]
    subprocess.run(command, cwd=design, check=True)


class Buffer(np.ndarray):
    """Memory that DMA reads and writes, with an address beyond 32 bits."""

    events = []

    def flush(self):
        self.events.append("flush")

    def invalidate(self):
        self.events.append("invalidate")


class Board:
    """What the stub's overlay is: DMA by the names of ports, and the registers of the design."""

    def __init__(self, design, border):
        self.design, self.border, self.buffers, self.registers = design, border, {}, {}
        self.sent, self.received = {}, {}
        for port in border.INPUTS + border.OUTPUTS:
            channels = [types.SimpleNamespace(transfer=self.transfer(port, kind), wait=self.run) for kind in (self.sent, self.received)]
            setattr(self, "dma_" + port["name"], types.SimpleNamespace(sendchannel=channels[0], recvchannel=channels[1]))
        setattr(self, border.IP_NAME, self)

    def allocate(self, shape, dtype):
        buffer = np.zeros(shape, dtype).view(Buffer)
        buffer.device_address = 0x1_0000_0000 * (len(self.buffers) + 1) + 0x40
        self.buffers[buffer.device_address] = buffer
        return buffer

    def transfer(self, port, kind):
        def start(buffer):
            Buffer.events.append("send" if kind is self.sent else "receive")
            kind[port["name"]] = buffer

        return start

    def write(self, register, value):
        if register == self.border.CONTROL:
            Buffer.events.append("start")
        self.registers[register] = value
        if register == self.border.CONTROL and self.border.INTERFACE == "memory":
            assert value == 1
            for ports, kind in ((self.border.INPUTS, self.sent), (self.border.OUTPUTS, self.received)):
                for port in ports:
                    low, high = (self.registers[port["register"] + i] for i in (0, 4))
                    kind[port["name"]] = self.buffers[high << 32 | low]
            self.run()

    def read(self, register):
        return 2

    def run(self):
        assert self.registers[self.border.CONTROL] == 1
        files = []
        for port in self.border.INPUTS + self.border.OUTPUTS:
            files.append(f"{port['name']}.words")
        for port in self.border.INPUTS:
            self.sent[port["name"]].tofile(self.design / f"{port['name']}.words")
        subprocess.run(["./board", *files], cwd=self.design, check=True)
        for port in self.border.OUTPUTS:
            self.received[port["name"]][:] = np.fromfile(self.design / f"{port['name']}.words", port["word"])


def check_c(design, border, driver, tensors):
    host = design / "host"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    stubs = host / "stubs.c"
    stubs.write_text('#include "driver.h"\nvoid setun_flush(const void *p, size_t n) { (void)p, (void)n; }\n'
                     "void setun_invalidate(const void *p, size_t n) { (void)p, (void)n; }\n")
    subprocess.run(["gcc", *flags, "-shared", "-fPIC", "driver.c", "stubs.c", "-o", "driver.so"], cwd=host, check=True)
    if shutil.which("arm-none-eabi-gcc"):
        subprocess.run(["arm-none-eabi-gcc", *flags, "-c", "driver.c", "-o", "driver.o"], cwd=host, check=True)
    library = ctypes.CDLL(str(host / "driver.so"))
    for i, (port, tensor) in enumerate(zip(border.INPUTS + border.OUTPUTS, tensors)):
        want = driver.pack(port, tensor)
        words, back = np.zeros_like(want), np.zeros_like(tensor)
        library.setun_pack(i, ctypes.c_void_p(tensor.ctypes.data), ctypes.c_void_p(words.ctypes.data))
        library.setun_unpack(i, ctypes.c_void_p(words.ctypes.data), ctypes.c_void_p(back.ctypes.data))
        assert words.tobytes() == want.tobytes() and back.tobytes() == tensor.tobytes(), port["name"]
    run_c(library, border)


def serve(registers, border, done):
    """Is AXI DMA: a reset ends, what was started ends, in any order. Words come from the other side."""
    send, receive, status, length = 0x00, 0x30, 0x04, 0x28
    ports = border.INPUTS + border.OUTPUTS
    channels = [registers[i + 1][(send if i < len(border.INPUTS) else receive) // 4 :] for i in range(len(ports))]
    while not done.is_set():
        for channel in channels:
            if channel[0] & 4:
                channel[[0, status // 4, length // 4]] = 0
        if registers[0][0] & 1 and all(channel[length // 4] for channel in channels):
            for channel, port in zip(channels, ports):
                assert channel[0] == 1
                assert channel[length // 4] == int(np.prod(port["shape"])) * np.dtype(port["word"]).itemsize
                channel[status // 4] = 2
        if border.INTERFACE == "memory" and registers[0][0] & 1:
            registers[0][0] = 2


def run_c(library, border):
    """setun_run of driver.c, on registers in memory."""
    ports = border.INPUTS + border.OUTPUTS
    words = [np.ones(int(np.prod(port["shape"])), port["word"]) for port in ports]
    registers = [np.zeros(256, np.uint32) for _ in range(len(ports) + 1)]
    is_stream = border.INTERFACE == "stream"
    device = (ctypes.c_void_p * len(registers))(*(r.ctypes.data for r in registers))
    memory = (ctypes.c_void_p * len(words))(*(w.ctypes.data for w in words))
    library.setun_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
    # Nothing answers.
    assert library.setun_run(device, memory, 10) == -1
    done = threading.Event()
    server = threading.Thread(target=serve, args=(registers, border, done))
    server.start()
    assert library.setun_run(device, memory, 1 << 40) == 0
    done.set()
    server.join()
    for i, (port, array) in enumerate(zip(ports, words)):
        place = registers[i + 1][(0x18 if i < len(border.INPUTS) else 0x48) // 4 :] if is_stream else registers[0][port["register"] // 4 :]
        assert int(place[0]) | int(place[1]) << 32 == array.ctypes.data, port["name"]


def check(arguments, interface):
    work = (arguments.work_dir / interface).absolute()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    x = make_model(work / "model.onnx")
    np.save(work / "x.npy", x)
    design, model = work / "design", str(work / "model.onnx")
    command = ["setun", "compile", model, "--emit=hls", "-o", str(design), "--name=net", f"--interface={interface}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["setun", "run", model, "--input", str(work / "x.npy"), "--output-dir", str(work)], check=True, stdout=subprocess.DEVNULL)
    want = [np.load(work / f"output_{i}.npy") for i in range(3)]
    sys.path.insert(0, str(design / "host"))
    for name in ("border", "pynq_driver"):
        sys.modules.pop(name, None)
    border, driver = importlib.import_module("border"), importlib.import_module("pynq_driver")
    sys.path.pop(0)
    build_board(design, border, arguments.ap_types)
    board = Board(design, border)
    sys.modules["pynq"] = types.SimpleNamespace(Overlay=lambda path: board, allocate=board.allocate)
    # The order of an image: all channels of a pixel together.
    assert (driver.pack(border.INPUTS[0], x) == x.transpose(0, 2, 3, 1).reshape(-1)).all()
    Buffer.events.clear()
    got = driver.Design("net.bit").run(x)
    # Receivers wait before the design starts, and what the DMA wrote is read from memory.
    transfers = ["flush", *["receive"] * 3, "start", "send"] if interface == "stream" else ["flush", "start"]
    assert Buffer.events == [*transfers, *["invalidate"] * 3], Buffer.events
    assert len(got) == len(want)
    for a, b in zip(got, want):
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    check_c(design, border, driver, [x, *want])
    print(f"{interface}: {len(want)} outputs as they should be")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--ap-types", required=True)
    arguments = parser.parse_args()
    for interface in ("stream", "memory"):
        check(arguments, interface)


main()
