# Compiles networks of 19 million ternary weights in a side file, spelled in several ways, and looks at what the
# compiler takes for them beyond a tiny one of the same spelling: memory, and processor time, which other work on
# the machine does not change much. Bounds are generous; docs/performance.md has what was measured.
#
#   big_models.py SETUN FOLDER

import os
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS = 8
BIG, TINY = 1536, 32
# Bytes beyond those of the tiny model, as multiples of all weights in float32. Weights that are computed are so in
# batches, which are a part of these models only.
MOST_MEMORY = {"floats": 1.6, "live": 2.8, "bytes": 1.1}
MOST_SECONDS = 8.0


class Graph:
    """A chain of layers as BitNet has them."""

    def __init__(self, folder, width, spelling):
        self.folder, self.width, self.spelling = folder, width, spelling
        self.nodes, self.initializers = [], []
        folder.mkdir(parents=True, exist_ok=True)
        self.side_file = open(folder / "weights.bin", "wb")

    def constant(self, name, value):
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def external(self, name, array):
        tensor = TensorProto(name=name, dims=array.shape, data_location=TensorProto.EXTERNAL)
        tensor.data_type = TensorProto.INT8 if array.dtype == np.int8 else TensorProto.FLOAT
        entries = {"location": "weights.bin", "offset": self.side_file.tell(), "length": array.nbytes}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        self.side_file.write(array.tobytes())
        self.initializers.append(tensor)
        return name

    def node(self, op_type, *inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [output], output, **attributes))
        return output

    def activation(self, x):
        peak = self.node("ReduceMax", self.node("Abs", x), axes=[-1], keepdims=1)
        scale = self.node("Div", "127", self.node("Clip", peak, "eps"))
        codes = self.node("Clip", self.node("Round", self.node("Mul", x, scale)), "-128", "127")
        return self.node("Div", codes, scale)

    def weights(self, layer, random):
        shape, name = (self.width, self.width), f"w{layer}"
        if self.spelling == "live":
            w = self.external(name, random.standard_normal(shape, dtype=np.float32))
            mean = self.node("Clip", self.node("ReduceMean", self.node("Abs", w), keepdims=0), "eps")
            scale = self.node("Div", "1", mean)
            codes = self.node("Clip", self.node("Round", self.node("Mul", w, scale)), "-1", "1")
            return self.node("Transpose", self.node("Div", codes, scale), perm=[1, 0])
        codes = random.integers(-1, 2, size=shape, dtype=np.int8)
        if self.spelling == "bytes":
            return self.node("DequantizeLinear", self.external(name, codes), "step")
        return self.external(name, codes * np.float32(0.03))

    def write(self):
        random = np.random.default_rng(LAYERS)
        for name, value in {"127": 127, "-128": -128, "1": 1, "-1": -1, "eps": 1e-5, "step": 0.03}.items():
            self.constant(name, np.float32(value))
        x = "x"
        for layer in range(LAYERS):
            product = self.node("MatMul", self.activation(x), self.weights(layer, random))
            x = self.node("Relu", product)
        shape = [1, self.width]
        graph = helper.make_graph(
            self.nodes,
            "big",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(x, TensorProto.FLOAT, shape)],
            self.initializers,
        )
        self.side_file.close()
        path = self.folder / "model.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
        return path


def measure(*command):
    """Peak memory in bytes, and processor seconds."""
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def main():
    setun, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    failures = 0
    for spelling, most in MOST_MEMORY.items():
        models = [Graph(folder / f"{spelling}{w}", w, spelling).write() for w in [TINY, BIG]]
        for emit in ["c", "obj"]:
            (least, _), (memory, seconds) = [
                measure(setun, "compile", str(model), "-o", str(model.parent), f"--emit={emit}") for model in models
            ]
            ratio = (memory - least) / (4 * LAYERS * BIG * BIG)
            isFine = ratio <= most and seconds <= MOST_SECONDS
            failures += not isFine
            verdict = "PASS" if isFine else "FAIL"
            print(f"{verdict} {spelling} {emit}: {ratio:.2f} times the weights in float32, {seconds:.1f} s")
    sys.exit(failures != 0)


main()
