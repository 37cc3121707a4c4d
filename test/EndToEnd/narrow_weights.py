"""Products of int8 codes with weights of 2 and 3 bits and of E2M1 (FP4), against integers of numpy.

The weights are numbers of E2M1 (FLOAT4E2M1, or FloatQuant of QONNX), or codes of -2 .. 1 and -4 .. 3 in INT4, with one
scale or one for each output;
MatMul, Gemm and convolutions of 1x1 and 3x3. No runtime here reads FLOAT4E2M1: numpy multiplies the integers exactly
and scales them as docs/numerics.md says, f32(sum) * f32(s_x * s_w), so nothing may differ.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FP4 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], np.float32)


def pack(fields):
    flat = np.append(fields.reshape(-1), [0] * (fields.size % 2)).astype(np.uint8)
    return flat[0::2] & 15 | flat[1::2] << 4


def draw_weights(rng, kind, shape):
    """A tensor of 4 bits an element, and its numbers."""
    if kind in ("fp4", "floatquant"):
        fields = rng.integers(0, 16, shape)
        numbers, element = np.where(fields & 8, -1, 1) * FP4[fields & 7], TensorProto.FLOAT4E2M1
    else:
        largest = {"int2": 2, "int3": 4}[kind]
        fields = numbers = rng.integers(-largest, largest, shape)
        element = TensorProto.INT4
    tensor = onnx.TensorProto(name="w", data_type=element, dims=shape, raw_data=pack(fields).tobytes())
    return tensor, numbers.astype(np.float32)


def write_case(folder, rng, kind, operator, rows, outputs, inputs):
    signed, per_output = bool(rng.integers(2)), bool(rng.integers(2))
    code = np.int8 if signed else np.uint8
    shape = {"MatMul": (inputs, outputs), "Gemm": (outputs, inputs), "Conv": (outputs, inputs, 1, 1),
             "Conv3": (outputs, inputs // 9 + 1, 3, 3)}[operator]
    tensor, numbers = draw_weights(rng, kind, shape)
    axis = 1 if operator == "MatMul" else 0
    w_scale = rng.uniform(0.01, 0.1, outputs if per_output else ()).astype(np.float32)
    x_scale = np.float32(rng.uniform(0.01, 0.1))
    initializers = [tensor, numpy_helper.from_array(w_scale, "ws"), numpy_helper.from_array(x_scale, "xs"),
                    numpy_helper.from_array(code(0), "xz")]
    nodes = [helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["q"]),
             helper.make_node("DequantizeLinear", ["q", "xs", "xz"], ["xd"])]
    if kind == "floatquant":  # of QONNX: exponent and mantissa bits, bias of exponents, largest number
        scales = w_scale.reshape(-1, *[1] * (len(shape) - axis - 1))
        parameters = {"w": numbers * scales, "ws": scales, "e": 2, "m": 1, "b": 1, "max": 6}
        initializers[:2] = [numpy_helper.from_array(np.array(v, np.float32), k) for k, v in parameters.items()]
        nodes.append(helper.make_node("FloatQuant", list(parameters), ["wd"], domain="qonnx.custom_op.general"))
    else:
        nodes.append(helper.make_node("DequantizeLinear", ["w", "ws"], ["wd"], axis=axis))
    attributes = {"Gemm": {"transB": 1}, "Conv3": {"pads": [1, 1, 1, 1]}}.get(operator, {})
    nodes.append(helper.make_node(operator.rstrip("3"), ["xd", "wd"], ["y"], **attributes))
    image = (1, shape[1], 5, rows) if operator.startswith("Conv") else (rows, inputs)
    info = np.iinfo(code)
    codes = rng.integers(info.min, info.max + 1, image)
    exact = multiply(operator, codes, (2 * numbers).astype(np.int64))
    scale = x_scale * (w_scale / np.float32(2))
    if per_output and operator.startswith("Conv"):
        scale = scale[:, None, None]
    expected = exact.astype(np.float32) * scale
    graph = helper.make_graph(
        nodes, "narrow_weights", [helper.make_tensor_value_info("x", TensorProto.FLOAT, image)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, expected.shape)], initializers)
    imports = [helper.make_opsetid("", 23), helper.make_opsetid("qonnx.custom_op.general", 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=11)
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "expect.json").write_text(json.dumps({"expect": "match", "atol": 0, "rtol": 0}))
    # A multiple of the scale is that code again: rounding leaves less than half a step.
    np.save(data / "input_0.npy", codes.astype(np.float32) * x_scale)
    np.save(data / "output_0.npy", expected)


def multiply(operator, x, w):
    """Exact, in 64 bits."""
    if operator == "MatMul":
        return x @ w
    if operator == "Gemm":
        return x @ w.T
    size = w.shape[2]
    padded = np.pad(x[0], [(0, 0)] + [(size // 2, size // 2)] * 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))
    return np.einsum("chwij,ocij->ohw", windows, w)[None]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    arguments = parser.parse_args()
    rng = np.random.default_rng(3)
    folders = []
    for kind in ("fp4", "floatquant", "int2", "int3"):
        for operator in ("MatMul", "Gemm", "Conv", "Conv3"):
            for rows, outputs, inputs in ((1, 70, 77), (3, 9, 300), (5, 64, 129), (40, 130, 200)):
                folders.append(arguments.work_dir / f"{kind}_{operator}_{rows}")
                write_case(folders[-1], rng, kind, operator, rows, outputs, inputs)
    sys.exit(subprocess.run(["setun", "verify", "--kernel=packed", *folders], check=False).returncode)


if __name__ == "__main__":
    main()
