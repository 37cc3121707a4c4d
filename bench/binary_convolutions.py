#!/usr/bin/env python3
"""Binary convolutions beside onnxruntime's in float32 and in int8, microseconds for each.

    bench/binary_convolutions.py --setun build/bin/setun [--channels 256 --size 28 --kernel-size 3 --layers 4]

A model is several equal convolutions, each with a BatchNormalization and the sign behind it; in int8 a QLinearConv
with the same weights. One thread; the programs take turns, and of each the least of all rounds counts. Needs a Python
with numpy, onnx and onnxruntime.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

QONNX = "qonnx.custom_op.general"
ONE = np.float32(1)


class Network:
    """Nodes and constants of `layers` convolutions, from x to y."""

    def __init__(self, options, seed=1):
        self.options, self.random = options, np.random.default_rng(seed)
        self.nodes, self.constants = [], {"one": ONE}

    def add(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name, value):
        self.constants[name] = value
        return name

    def signs(self):
        c, k = self.options.channels, self.options.kernel_size
        return self.random.choice([-1, 1], (c, c, k, k))

    def convolve(self, kind, inputs, output):
        return self.add(kind, inputs, output, pads=[self.options.kernel_size // 2] * 4)

    def normalize(self, i, value):
        names = []
        for name, low, high in [("scale", 0.5, 1.5), ("bias", -1, 1), ("mean", -9, 9), ("variance", 0.5, 1.5)]:
            values = self.random.uniform(low, high, self.options.channels).astype(np.float32)
            names.append(self.constant(f"{name}{i}", values))
        return self.add("BatchNormalization", [value, *names], f"normal{i}")

    def save(self, path, element):
        shape = [1, self.options.channels, self.options.size, self.options.size]
        ends = [[helper.make_tensor_value_info(name, element, shape)] for name in "xy"]
        constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in self.constants.items()]
        graph = helper.make_graph(self.nodes, "binary", *ends, constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(QONNX, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def make_binary(options, path):
    network = Network(options)
    value = network.add("BipolarQuant", ["x", "one"], "sign", domain=QONNX)
    for i in range(options.layers):
        weights = network.constant(f"w{i}", network.signs().astype(np.float32))
        weights = network.add("BipolarQuant", [weights, "one"], f"wq{i}", domain=QONNX)
        value = network.normalize(i, network.convolve("Conv", [value, weights], f"sum{i}"))
        name = "y" if i == options.layers - 1 else f"sign{i}"
        value = network.add("BipolarQuant", [value, "one"], name, domain=QONNX)
    network.save(path, TensorProto.FLOAT)


def make_float(options, path):
    """What onnxruntime makes of it: it fuses the normalization, and has no faster sign."""
    network = Network(options)
    value = "x"
    for i in range(options.layers):
        weights = network.constant(f"w{i}", network.signs().astype(np.float32))
        value = network.normalize(i, network.convolve("Conv", [value, weights], f"sum{i}"))
        value = network.add("Sign", [value], "y" if i == options.layers - 1 else f"sign{i}")
    network.save(path, TensorProto.FLOAT)


def make_int8(options, path):
    network = Network(options)
    network.constants |= {"steps": np.float32(64), "u8": np.uint8(128), "s8": np.int8(0)}
    value = "x"
    for i in range(options.layers):
        weights = network.constant(f"w{i}", network.signs().astype(np.int8))
        name = "y" if i == options.layers - 1 else f"code{i}"
        inputs = [value, "one", "u8", weights, "one", "s8", "steps", "u8"]
        value = network.convolve("QLinearConv", inputs, name)
    network.save(path, TensorProto.UINT8)


def make_peer(path):
    """A function that runs a model in onnxruntime and returns the microseconds."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    x = np.zeros(given.shape, np.uint8 if "uint8" in given.type else np.float32)

    def run():
        start = time.perf_counter()
        session.run(None, {"x": x})
        return (time.perf_counter() - start) * 1e6

    return run


def run_setun(options, path):
    command = [options.setun, "bench", path, "--json", "--backend", "c", "--cc", options.cc, "--target", "native"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return min(result["least_us"] for result in json.loads(done.stdout)["results"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--size", type=int, default=28)
    parser.add_argument("--kernel-size", type=int, default=3)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: str(Path(folder) / f"{name}.onnx") for name in ("binary", "float", "int8")}
        for name, make in [("binary", make_binary), ("float", make_float), ("int8", make_int8)]:
            make(options, paths[name])
        peers = {f"onnxruntime, {name}": make_peer(paths[name]) for name in ("float", "int8")}
        least = {}
        for _ in range(options.rounds):
            found = {f"Setun, {options.cc} -O3 -march=native": run_setun(options, paths["binary"])}
            found |= {name: min(run() for _ in range(10)) for name, run in peers.items()}
            least = {name: min(time, least.get(name, time)) for name, time in found.items()}
    ours = next(iter(least.values()))
    print("| convolution | microseconds | ratio |\n|---|---|---|")
    for name, time_ in least.items():
        print(f"| {name} | {time_ / options.layers:,.0f} | {time_ / ours:.2f} |")


main()
