"""Builds small ONNX graphs node by node, and writes them as test folders."""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper


class GraphBuilder:
    """One graph; every method that adds a node gives the name of its output."""

    def __init__(self, opset=17, qonnx=False):
        self.opset = opset
        self.qonnx = qonnx
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.initializer_values = {}
        # Tensors whose values decide something discrete; see is_decided().
        self.rounded, self.ranked = [], []
        self.count = 0

    def name(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, shape, dtype=TensorProto.FLOAT):
        name = self.name("x")
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name, shape, dtype=TensorProto.FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def const(self, value, dtype=np.float32):
        name = self.name("c")
        value = np.asarray(value, dtype=dtype)
        self.initializers.append(numpy_helper.from_array(value, name))
        self.initializer_values[name] = value
        return name

    def op(self, op_type, *inputs, outputs=1, domain="", **attributes):
        names = [self.name(op_type) for _ in range(outputs)]
        self.nodes.append(
            helper.make_node(
                op_type, inputs, names, name=names[0], domain=domain, **attributes
            )
        )
        return names[0] if outputs == 1 else names

    def reduce_max(self, x):
        if self.opset >= 18:
            return self.op("ReduceMax", x, self.const([-1], np.int64), keepdims=1)
        return self.op("ReduceMax", x, axes=[-1], keepdims=1)

    def reduce_mean(self, x, axes, keepdims):
        if axes is None:
            return self.op("ReduceMean", x, keepdims=keepdims)
        if self.opset >= 18:
            axes = self.const(axes, np.int64)
            return self.op("ReduceMean", x, axes, keepdims=keepdims)
        return self.op("ReduceMean", x, axes=axes, keepdims=keepdims)

    def model(self, extra_outputs=()):
        outputs = self.outputs + [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in extra_outputs
        ]
        graph = helper.make_graph(
            self.nodes, "random", self.inputs, outputs, self.initializers
        )
        imports = [helper.make_opsetid("", self.opset)]
        if self.qonnx:
            imports.append(helper.make_opsetid("qonnx.custom_op.general", 1))
        if any(node.domain == "com.microsoft" for node in self.nodes):
            imports.append(helper.make_opsetid("com.microsoft", 1))
        model = helper.make_model(graph, opset_imports=imports, ir_version=8)
        if not self.qonnx and not extra_outputs:
            checker.check_model(model)
        return model

    def rounds(self, name, scale=lambda value: value):
        """`scale` of this tensor is rounded to nearest: halves are boundaries."""
        self.rounded.append((name, scale))

    def watched(self):
        return [name for name, _ in self.rounded] + self.ranked

    def is_decided(self, values, margin=1e-3):
        """False if a rounding, comparison or ranking hangs on the last bits.

        Two right evaluations differ there by whole steps; such inputs test
        nothing but luck. An exact zero is fine, it comes from Relu or an integer
        sum.
        """
        for name, scale in self.rounded:
            scaled = scale(values[name].astype(np.float64))
            distance = np.abs(scaled - np.floor(scaled) - 0.5)
            if np.any((distance < margin) & (values[name] != 0)):
                return False
        for name in self.ranked:
            ordered = np.sort(values[name], axis=-1)
            low, high = ordered[..., :-1], ordered[..., 1:]
            if np.any((high - low < margin) & ((low != 0) | (high != 0))):
                return False
        return True


def write_case(folder, model, cases, expectation):
    """model.onnx, expect.json and one test_data_set_N per (inputs, outputs)."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "expect.json").write_text(json.dumps(expectation))
    for number, (inputs, outputs) in enumerate(cases):
        data = folder / f"test_data_set_{number}"
        data.mkdir(exist_ok=True)
        for kind, arrays in (("input", inputs), ("output", outputs)):
            for index, array in enumerate(arrays):
                np.save(data / f"{kind}_{index}.npy", array)
