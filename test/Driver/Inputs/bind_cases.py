"""Two reductions whose axes are an input, with cases: bind_cases.py OUT_FOLDER"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

out = Path(sys.argv[1])
x = np.arange(6, dtype=np.float32).reshape(2, 3)


def write(name, nodes, inputs, cases):
    """One case is a list of arrays, the last one the output."""
    types = [
        helper.make_tensor_value_info(
            key, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape
        )
        for key, dtype, shape in inputs
    ]
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, name, types, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    folder = out / name
    for number, (*arrays, wanted) in enumerate(cases):
        data = folder / f"test_data_set_{number}"
        data.mkdir(parents=True)
        for index, array in enumerate(arrays):
            np.save(data / f"input_{index}.npy", array)
        np.save(data / "output_0.npy", wanted)
    (folder / "model.onnx").write_bytes(model.SerializeToString())


sums = [
    [x, np.array([axis]), x.sum(axis=axis, keepdims=True)] for axis in (0, 1)
]
write(
    "sum",
    [helper.make_node("ReduceSum", ["x", "axes"], ["y"], "sum")],
    [("x", "f4", [2, 3]), ("axes", "i8", [1])],
    sums,
)
# The second vector only takes part in arithmetic: it stays an input.
write(
    "shifted",
    [
        helper.make_node("ReduceSum", ["x", "axes"], ["s"], "sum", keepdims=0),
        helper.make_node("Cast", ["shift"], ["f"], "cast", to=TensorProto.FLOAT),
        helper.make_node("Add", ["s", "f"], ["y"], "add"),
    ],
    [("x", "f4", [2, 3]), ("shift", "i8", [3]), ("axes", "i8", [1])],
    [[x, np.array([1, 2, 3]), np.array([0]), x.sum(axis=0) + np.float32([1, 2, 3])]],
)
np.save(out / "x.npy", x)
np.save(out / "axes.npy", np.array([1]))
(out / "axes.pb").write_bytes(numpy_helper.from_array(np.array([1])).SerializeToString())
np.save(out / "narrow.npy", np.array([1], np.int32))
