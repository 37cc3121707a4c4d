"""Writes a float network with open dimensions: float_model.py FILE.onnx"""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

weights = numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3) / 8, "w")
nodes = [
    helper.make_node("Gemm", ["x", "w"], ["h"], "dense"),
    helper.make_node("Relu", ["h"], ["y"], "relu"),
]
graph = helper.make_graph(
    nodes,
    "float",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
    [weights],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
with open(sys.argv[1], "wb") as file:
    file.write(model.SerializeToString())
