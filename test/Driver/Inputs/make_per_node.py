"""A model of four nodes and folders with references for its tensors; their values are numpy's."""

import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper

target = pathlib.Path(sys.argv[1])
shape = [2, 3]
values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y")]
nodes = [
    helper.make_node("Relu", ["x"], ["/a/b c"], "first"),
    helper.make_node("Neg", ["/a/b c"], ["n"], "second"),
    helper.make_node("Add", ["n", "x"], ["s"], "third"),
    helper.make_node("Mul", ["s", "s"], ["y"], "fourth"),
]
graph = helper.make_graph(nodes, "main", values[:1], values[1:])
model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
case = target / "model" / "test_data_set_0"
case.mkdir(parents=True)
(target / "model" / "model.onnx").write_bytes(model.SerializeToString())

x = np.array([[-1.5, 2, 0], [4, -0.25, 8]], "f4")
relu = np.maximum(x, 0)
tensors = {"%2Fa%2Fb%20c": relu, "n": -relu, "s": x - relu, "y": (x - relu) ** 2}
np.save(case / "input_0.npy", x)
np.save(case / "output_0.npy", tensors["y"])


def folder(name, **changes):
    (target / name).mkdir()
    for tensor, array in {**tensors, **changes}.items():
        if array is not None:
            np.save(target / name / f"{tensor}.npy", array)


wrong = (x - relu).copy()
wrong[1, 1] = 3
folder("right")
folder("wrong", s=wrong, y=wrong)
folder("some", n=None, s=None)
folder("shape", n=-relu.reshape(-1))
folder("unknown", z=x)
folder("own_input", x=-x, **{"%2Fa%2Fb%20c": np.maximum(-x, 0)}, n=None, s=None, y=None)
folder("empty", **{tensor: None for tensor in tensors})
(target / "damaged").mkdir()
(target / "damaged" / "n.npy").write_bytes(b"no array")
