"""What the generators of hostile models share: short spellings, and writing them to a folder."""

import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL, UINT8 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.UINT8
HUGE = 2**62

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def value(name, shape=(2,), kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, values):
    """Python integers are int64, floats float32."""
    array = np.asarray(values)
    return numpy_helper.from_array(array.astype("f4") if array.dtype == "f8" else array, name)


def graph(nodes, inputs, outputs, initializers=()):
    return helper.make_graph(nodes, "main", inputs, outputs, list(initializers))


def model(nodes, inputs=None, outputs=None, initializers=(), opset=21, domains=()):
    """From x to y, two floats each, unless told otherwise."""
    inputs = [value("x")] if inputs is None else inputs
    outputs = [value("y")] if outputs is None else outputs
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    return helper.make_model(graph(nodes, inputs, outputs, initializers), ir_version=10, opset_imports=opsets)


def node(operator, inputs="x", outputs="y", **attributes):
    return helper.make_node(operator, inputs.split(" "), outputs.split(" "), **attributes)


def save(name, proto):
    data = proto if isinstance(proto, bytes) else proto.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)


def field_head(number, size):
    """What stands before the bytes of a protobuf field."""
    length = b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size])


def field(number, content):
    """A protobuf field, for models that protobuf's own writer would not write."""
    return field_head(number, len(content)) + content
