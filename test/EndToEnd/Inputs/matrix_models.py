"""The programs of matrix.py: models with what their recorded inputs say about open dimensions, and random graphs."""

import dataclasses
import re
import subprocess
from pathlib import Path


@dataclasses.dataclass
class Program:
    """A model, and how it is compiled."""

    model: Path
    options: list = dataclasses.field(default_factory=list)  # of setun
    # The least and the largest value of an input of integers, as they were recorded: other indices mean nothing.
    ranges: dict = dataclasses.field(default_factory=dict)
    is_random: bool = False


def read_array(path):
    import numpy as np

    if path.suffix == ".npy":
        return np.load(path)
    import onnx
    from onnx import numpy_helper

    return numpy_helper.to_array(onnx.load_tensor(str(path)))


def read_inputs(model):
    """Name, open shape, recorded file and array of each input."""
    import onnx

    graph = onnx.load(str(model), load_external_data=False).graph
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initialized]
    for number, value in enumerate(inputs):
        files = sorted(model.parent.glob(f"test_data_set_0/input_{number}.*"))
        if files:
            yield value, files[0], read_array(files[0])


def describe(model, bound=()):
    """The program of a model: open dimensions are those of its first recorded case, `bound` inputs its values."""
    program = Program(model)
    number = 0
    for value, file, array in read_inputs(model):
        if value.name in bound:
            program.options.append(f"--bind={value.name}={file}")
            continue
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if dim.dim_value <= 0:
                program.options.append(f"--dim={value.name}.{axis}={array.shape[axis]}")
        if array.dtype.kind in "iu" and array.size:
            program.ranges[number] = (int(array.min()), int(array.max()))
        number += 1
    return program


def find_passing(setun, folder):
    """Programs of the models that pass `setun verify`; the others are said."""
    for model in sorted(folder.glob("*/model.onnx")):
        command = [setun, "verify", "--backend=llvm", "--kernel=packed", str(model.parent)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0 or not re.search(r"[1-9]\d* passed, 0 failed, 0 refused", done.stdout):
            print(f"{model}: left out: does not pass setun verify", flush=True)
            continue
        found = re.search(r"bound: (.*)$", done.stdout, re.M)
        yield describe(model, found.group(1).split(", ") if found else ())


def make_product_chain(rows):
    """Quantised products of ternary, bipolar, 4-bit and 8-bit weights; no size is a multiple of what kernels like."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(rows)
    widths = [200, 99, 130, 67, 33]
    draws = [
        lambda shape: random.integers(-1, 2, shape),
        lambda shape: random.integers(0, 2, shape) * 2 - 1,
        lambda shape: random.integers(-8, 8, shape),
        lambda shape: random.integers(-128, 128, shape),
    ]
    constants = {"scale": np.float32(1 / 16), "zero": np.int8(0)}
    nodes, x = [], "x"
    for i, draw in enumerate(draws):
        # The next codes are not all the largest ones.
        step = np.float32(2.0 ** -(5, 5, 8, 12)[i])
        constants[f"w{i}"] = (draw((widths[i], widths[i + 1])) * step).astype(np.float32)
        nodes += [
            helper.make_node("QuantizeLinear", [x, "scale", "zero"], [f"q{i}"]),
            helper.make_node("DequantizeLinear", [f"q{i}", "scale", "zero"], [f"d{i}"]),
            helper.make_node("MatMul", [f"d{i}", f"w{i}"], [f"y{i}"], f"product_{i}"),
        ]
        x = f"y{i}"
    graph = helper.make_graph(
        nodes,
        "products",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, widths[0]])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [rows, widths[-1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def make_products(folder):
    """Products of one, a few and many rows: kernels compute each in another way."""
    import onnx

    for rows, options in [(1, []), (1, ["--ternary-bits=1.6"]), (7, []), (7, ["--ternary-bits=1.6"]), (70, [])]:
        path = folder / f"{rows}_rows{len(options) or ''}" / "model.onnx"
        path.parent.mkdir(parents=True)
        onnx.save(make_product_chain(rows), str(path))
        yield Program(path, ["--kernel=packed", *options])


def make_random(count, folder):
    """Random graphs: of floats and low bits, with QONNX's operators, and quantised ones."""
    import numpy as np
    import onnx
    import random_graphs
    from quantized_blocks import build_network

    for seed in range(count):
        if seed % 2 == 0:
            graph, _ = random_graphs.build(seed // 2, attempt=0)
        else:
            dialect, exact = ("qdq", "qonnx")[seed // 2 % 2], seed // 4 % 2 == 0
            graph = build_network(np.random.default_rng([seed, 729]), dialect, exact).g
        path = folder / f"seed_{seed:03}" / "model.onnx"
        path.parent.mkdir(parents=True)
        onnx.save(graph.model(), str(path))
        yield Program(path, is_random=True)
