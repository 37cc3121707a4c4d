"""Makes the small models of the driver's tests.

    make_models.py tiny DIR   the network of test/Inputs/tiny, committed there
    make_models.py bad DIR    files that are wrong in one way each
"""

import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def value(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def make_model(nodes, inputs, outputs, initializers=(), domains=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", 17)]
    opsets += [helper.make_opsetid(domain, 1) for domain in domains]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def make_tiny():
    """Four activations of four bits times ternary weights, bias and Relu."""
    weights = 0.25 * np.array([[1, 0, -1], [0, 1, 1], [-1, 1, 0], [1, -1, 1]])
    constants = {
        "scale": np.float32(0.5),
        "zero": np.float32(0),
        "bits": np.float32(4),
        "weights": weights.astype(np.float32),
        "bias": np.array([0.5, 0.25, -1], np.float32),
    }
    domain = "qonnx.custom_op.general"
    nodes = [
        helper.make_node("Quant", ["x", "scale", "zero", "bits"], ["codes"], "Quant_0",
                         domain=domain, signed=1, narrow=0, rounding_mode="ROUND"),
        helper.make_node("MatMul", ["codes", "weights"], ["product"], "MatMul_1"),
        helper.make_node("Add", ["product", "bias"], ["sum"], "Add_2"),
        helper.make_node("Relu", ["sum"], ["y"], "Relu_3"),
    ]
    initializers = [numpy_helper.from_array(v, k) for k, v in constants.items()]
    return make_model(nodes, [value("x", [1, 4])], [value("y", [1, 3])], initializers, [domain])


def write_tiny(folder):
    (folder / "model.onnx").write_bytes(make_tiny().SerializeToString())
    (folder / "expect.json").write_text(
        json.dumps({"atol": 0, "rtol": 0, "expect": "match"}) + "\n")
    # By hand: codes 2 -1 0 6 (2.5 would be a tie, 0.5 is one), sums 8 -7 3;
    # codes 7 -8 2 -2 (clamped; ties to even), sums 3 -4 -17.
    cases = [([1, -0.5, 0.25, 3], [1.5, 0, 0]), ([100, -100, 0.75, -0.75], [0.875, 0, 0])]
    for number, (x, y) in enumerate(cases):
        data = folder / f"test_data_set_{number}"
        data.mkdir(exist_ok=True)
        np.save(data / "input_0.npy", np.array([x], np.float32))
        np.save(data / "output_0.npy", np.array([y], np.float32))


def with_external(location):
    tensor = numpy_helper.from_array(np.ones((4, 4), np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"], "product")]
    return make_model(nodes, [value("x", [1, 4])], [value("y", [1, 4])], [tensor])


def wrapped(kind):
    element = helper.make_tensor_type_proto(FLOAT, [3])
    make_type = {"optional": helper.make_optional_type_proto,
                 "sequence": helper.make_sequence_type_proto}[kind]
    return helper.make_value_info("x", make_type(element))


def one_node(op_type, name, inputs, outputs, domain=""):
    node = helper.make_node(op_type, [i.name for i in inputs], [o.name for o in outputs],
                            name, domain=domain)
    return make_model([node], inputs, outputs, domains=[domain] if domain else [])


def make_bad():
    """The wrong files by name."""
    tiny = make_tiny().SerializeToString()
    cycle = [
        helper.make_node("Add", ["x", "b"], ["a"], "first"),
        helper.make_node("Relu", ["a"], ["b"], "second"),
    ]
    models = {
        "unsupported": one_node("Binarizer", "binarizer_7", [value("x", [3])], [value("y", [3])], "ai.onnx.ml"),
        "unknown": one_node("Frobnicate", "frob_1", [value("x", [3])], [value("y", [3])], "acme"),
        "cycle": make_model(cycle, [value("x", [3])], [value("b", [3])]),
        "wrong_type": one_node(
            "MatMul", "typed", [value("x", [2, 2]), value("w", [2, 2], INT64)], [value("y", [2, 2])]),
        "wrong_shape": one_node(
            "MatMul", "shaped", [value("x", [2, 3]), value("w", [4, 2])], [value("y", [2, 2])]),
        "optional": one_node("OptionalGetElement", "get", [wrapped("optional")], [value("y", [3])]),
        "sequence": one_node("SequenceLength", "length", [wrapped("sequence")],
                             [value("y", [], INT64)]),
        "missing_data": with_external("weights.bin"),
        "escaping_data": with_external("../weights.bin"),
        "hostile_name": one_node("Binarizer", "a\n\x1b[2Jb", [value("x", [3])], [value("y", [3])], "ai.onnx.ml"),
    }
    files = {name: model.SerializeToString() for name, model in models.items()}
    files["truncated"] = tiny[: len(tiny) // 2]
    files["empty"] = b""
    files["text"] = b"This is not a model.\n"
    files["lfs"] = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"
    return files


def main():
    kind, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "tiny":
        write_tiny(folder)
    else:
        for name, contents in make_bad().items():
            (folder / f"{name}.onnx").write_bytes(contents)


if __name__ == "__main__":
    main()
