"""A product of codes whose weights use 3 of 256 levels: wide_weights.py FILE.onnx"""

import sys
from pathlib import Path

import numpy as np
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parents[2] / "Inputs"))
from make_models import make_model, value

domain = "qonnx.custom_op.general"
constants = {
    "one": np.float32(1),
    "zero": np.float32(0),
    "bits": np.float32(8),
    "weights": np.float32([[100, 0, 7], [0, 7, 7], [100, 100, 0], [0, 0, 7]]),
}
quant = {"domain": domain, "signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
nodes = [
    helper.make_node("Quant", ["x", "one", "zero", "bits"], ["q"], "quant", **quant),
    helper.make_node("Quant", ["weights", "one", "zero", "bits"], ["w"], "weight_quant", **quant),
    helper.make_node("MatMul", ["q", "w"], ["y"], "product"),
]
initializers = [numpy_helper.from_array(v, k) for k, v in constants.items()]
model = make_model(nodes, [value("x", [1, 4])], [value("y", [1, 3])], initializers, [domain])
Path(sys.argv[1]).write_bytes(model.SerializeToString())
