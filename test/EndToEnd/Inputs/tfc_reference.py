"""The TFC models in numpy, a batch at once, from the formulas of ONNX, QONNX and FINN.

Only the operators and attributes that these models use.
"""

import numpy as np
import onnx
from onnx import numpy_helper


def quantize(x, scale, zero_point, bits, signed, narrow):
    """QONNX Quant with rounding_mode ROUND."""
    low = -(2 ** (bits - 1)) + narrow if signed else 0
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
    return (np.rint(np.clip(x / scale + zero_point, low, high)) - zero_point) * scale


def batch_norm(x, scale, bias, mean, variance, epsilon):
    shape = [1, -1] + [1] * (x.ndim - 2)
    scale, bias, mean, variance = (p.reshape(shape) for p in (scale, bias, mean, variance))
    return (x - mean) / np.sqrt(variance + np.float32(epsilon)) * scale + bias


def evaluate(path, digits):
    """The model's output for digits of shape [N, 1, 28, 28]."""
    graph = onnx.load(path).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    values[next(i.name for i in graph.input if i.name not in values)] = digits
    binary = {"Mul": np.multiply, "Sub": np.subtract, "Add": np.add, "Div": np.divide, "Pow": np.power}
    for node in graph.node:
        a = [values[name] for name in node.input]
        attribute = {k.name: onnx.helper.get_attribute_value(k) for k in node.attribute}
        kind = node.op_type
        if kind in binary:
            y = binary[kind](*a)
        elif kind == "Shape" or (kind in ("Gather", "Unsqueeze", "Concat") and a[0].ndim <= 1):
            y = np.array([len(digits), -1])  # the shape arithmetic in front of the flattening
        elif kind == "Reshape":
            y = a[0].reshape(len(digits), -1)
        elif kind == "Unsqueeze":
            y = np.expand_dims(a[0], attribute["axes"][0])
        elif kind == "Squeeze":
            y = np.squeeze(a[0], attribute["axes"][0])
        elif kind == "Transpose":
            y = a[0].T
        elif kind == "MatMul":
            y = a[0] @ a[1]
        elif kind == "BatchNormalization":
            y = batch_norm(*a, attribute["epsilon"])
        elif kind == "BipolarQuant":
            y = np.where(a[0] >= 0, np.float32(1), np.float32(-1)) * a[1]
        elif kind == "Quant":
            y = quantize(*a[:3], int(a[3]), attribute["signed"], attribute["narrow"])
        elif kind == "MultiThreshold":
            reached = (a[0] >= a[1].reshape(1, -1)).astype(np.float32)
            y = attribute["out_scale"] * reached + attribute["out_bias"]
        elif kind == "TopK":
            values[node.output[1]] = np.argmax(a[0], -1)[:, None]
            y = a[0].max(-1, keepdims=True)
        else:
            raise NotImplementedError(kind)
        values[node.output[0]] = y
    return values[graph.output[0].name]
