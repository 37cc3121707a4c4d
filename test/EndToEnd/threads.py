"""Writes models with layers that are long enough for several threads: threads.py FOLDER."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(5)


class Graph:
    """A model as it is written, one tensor behind the other."""

    def __init__(self, shape):
        self.shape, self.nodes, self.constants, self.last = shape, [], [], "x"

    def add(self, operator, *inputs, **attributes):
        names = [self.last]
        for array in inputs:
            names.append(f"c{len(self.constants)}")
            self.constants.append(numpy_helper.from_array(np.asarray(array), names[-1]))
        self.last = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [self.last], **attributes))

    def add_codes(self, scale, dtype=np.int8):
        parameters = np.float32(scale), dtype(0)
        self.add("QuantizeLinear", *parameters)
        self.add("DequantizeLinear", *parameters)

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        ports = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
            for name, shape in (("x", self.shape), (self.last, None))
        ]
        graph = helper.make_graph(self.nodes, "g", *ports, self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.save(model, folder / "model.onnx")


def ternary(*shape):
    return random.integers(-1, 2, shape).astype(np.float32)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32)


def make_product(rows, widths):
    """Products of codes; a width that no group of tiles divides, too."""
    graph = Graph([rows, widths[0]])
    for inputs, outputs in zip(widths, widths[1:]):
        graph.add_codes(0.25)
        graph.add("MatMul", ternary(inputs, outputs))
        graph.add("Relu")
    return graph


def make_blocks(rows):
    """Codes of 4 bits with a scale for 32 of them; rows become int8."""
    graph = Graph([rows, 1024])
    codes = random.integers(0, 256, (600, 32, 16)).astype(np.uint8)
    sizes = dict(K=1024, N=600, bits=4, block_size=32, accuracy_level=4)
    graph.add("MatMulNBits", codes, np.abs(floats(600 * 32)), domain="com.microsoft", **sizes)
    return graph


def make_convolutions():
    """Ternary ones with a pool behind, then a depthwise one, of codes."""
    graph = Graph([1, 16, 24, 24])
    for size, groups in ((3, 1), (1, 1), (3, 32)):
        graph.add_codes(0.125)
        inputs = 16 if graph.last == "t1" else 32
        graph.add("Conv", ternary(32, inputs // groups, size, size), group=groups, pads=[size // 2] * 4)
        graph.add("Relu")
        if groups == 1 and size == 3:
            graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    return graph


def make_floats():
    """Convolutions of one and of three samples come out of the same function."""
    graph = Graph([3, 4, 20, 20])
    graph.add("Conv", floats(18, 4, 3, 3), floats(18))
    graph.add("Sigmoid")
    graph.add("Transpose", perm=[0, 2, 3, 1])
    graph.add("MatMul", floats(18, 40))
    graph.add("ReduceMean", axes=[3])
    return graph


def make_float_row():
    """One row of floats; the second product has a column more than whole vectors."""
    graph = Graph([1, 500])
    graph.add("MatMul", floats(500, 640))
    graph.add("Tanh")
    graph.add("MatMul", floats(640, 321))
    return graph


def make_float_image():
    graph = Graph([1, 3, 40, 40])
    graph.add("Conv", floats(10, 3, 3, 3), floats(10), pads=[1, 1, 1, 1])
    graph.add("Tanh")
    return graph


folder = Path(sys.argv[1])
make_product(1, [700, 1000, 900]).write(folder / "vector")
make_product(3, [500, 641, 300]).write(folder / "few")
make_product(70, [130, 200, 90]).write(folder / "many")
make_blocks(1).write(folder / "blocks")
make_blocks(5).write(folder / "more_blocks")
make_convolutions().write(folder / "convolutions")
make_floats().write(folder / "floats")
make_float_image().write(folder / "image")
make_float_row().write(folder / "row")
