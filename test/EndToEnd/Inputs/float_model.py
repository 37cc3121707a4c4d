"""Writes a model of float arithmetic that code generators like to make vectors of."""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

rng = np.random.default_rng(0)
weights = rng.normal(size=(64, 33)).astype(np.float32)
nodes = [
    helper.make_node("Mul", ["x", "half"], ["halved"]),
    helper.make_node("Add", ["halved", "x"], ["sum"]),
    helper.make_node("MatMul", ["sum", "weights"], ["product"]),
    helper.make_node("Max", ["product", "least"], ["y"]),
]
constants = [
    numpy_helper.from_array(np.float32(0.5), "half"),
    numpy_helper.from_array(np.float32(-1e-39), "least"),
    numpy_helper.from_array(weights, "weights"),
]
graph = helper.make_graph(
    nodes,
    "floats",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 64])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 33])],
    constants,
)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), sys.argv[1])
