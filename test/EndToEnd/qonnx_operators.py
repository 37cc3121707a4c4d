"""Models of one QONNX operator each through `setun verify`, against qonnx's own execution.

Random inputs with many exact ties, all rounding modes, scales per tensor and per channel, both
versions of Trunc, the domains and layouts that files use.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx

MODES = ["ROUND", "HALF_EVEN", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "round"]
SCALES = [0.125, 0.25, 0.5, 1.0, 0.1, 0.3]


def pick(rng, values):
    return values[rng.integers(len(values))]


def scale_like(rng, shape):
    """One scale, or one a channel."""
    if rng.integers(2):
        return np.float32(pick(rng, SCALES))
    channels = (1, shape[1]) + (1,) * (len(shape) - 2)
    return rng.choice(np.float32(SCALES), channels)


def values(rng, shape, scale, span):
    """Multiples of a quarter of the scale: every other one of the odd ones is a tie."""
    return (rng.integers(-4 * span, 4 * span + 1, shape) * (np.float32(scale) / 4)).astype(np.float32)


def quant(rng):
    shape = pick(rng, [(2, 3), (1, 3, 4), (2, 3, 4, 5)])
    scale = scale_like(rng, shape)
    bits = int(pick(rng, [1, 2, 2, 3, 4, 8, 8, 12, 16, 17, 24, 32]))
    signed = int(rng.integers(2))
    zero = 0.0 if signed and bits == 1 else float(pick(rng, [0, 0, 1, -2, 3, 0.5, 1.25]))
    widths = np.float32(bits)
    if bits > 2 and rng.integers(4) == 0:
        widths = rng.integers(2, bits + 1, (1, shape[1]) + (1,) * (len(shape) - 2)).astype(np.float32)
    attributes = {"signed": signed, "narrow": int(rng.integers(2)), "rounding_mode": pick(rng, MODES)}
    op = pick(rng, ["Quant", "IntQuant"])
    return op, [values(rng, shape, scale, 40), scale, np.float32(zero), widths], attributes, {}


def bipolar(rng):
    shape = pick(rng, [(2, 3), (2, 3, 4, 5)])
    x = values(rng, shape, 1.0, 2)
    x.reshape(-1)[0] = -0.0
    return "BipolarQuant", [x, scale_like(rng, shape)], {}, {}


def trunc(rng):
    version = int(rng.integers(1, 3))
    shape = pick(rng, [(2, 3), (2, 3, 4, 5)])
    scale, zero = np.float32(pick(rng, SCALES)), np.float32(pick(rng, [0, 0, 4, 3]))
    in_bits = int(rng.integers(6, 12))
    out_bits = int(rng.integers(2, in_bits))
    x = values(rng, shape, scale, 2 ** (in_bits - 1))
    attributes = {"rounding_mode": pick(rng, MODES)}
    if version == 1:
        inputs = [x, scale, zero, np.float32(in_bits), np.float32(out_bits)]
    else:
        out_scale = np.float32(scale * 2.0 ** int(rng.integers(0, 5)))
        inputs = [x, scale, zero, np.float32(in_bits), out_scale, np.float32(out_bits)]
        attributes |= {"signed": int(rng.integers(2)), "narrow": int(rng.integers(2))}
    return "Trunc", inputs, attributes, {"version": version}


def float_quant(rng):
    shape = pick(rng, [(3, 5), (2, 3, 4, 5)])
    exponent, mantissa, bias, largest = pick(
        rng, [(2, 1, 1, 6.0), (2, 3, 1, 7.5), (3, 0, 3, 16.0), (4, 3, 7, 448.0), (5, 2, 15, 57344.0), (3, 2, 3, 28.0), (8, 7, 127, 3e38)]
    )
    scale = scale_like(rng, shape)
    x = (values(rng, shape, 1.0, 8) * rng.choice(np.float32([0.01, 0.25, 1, 1, 3, 1000]), shape)).astype(np.float32)
    saturation = int(rng.integers(3) > 0)
    attributes = {
        "rounding_mode": pick(rng, MODES),
        "has_inf": int(rng.integers(2)),
        "has_nan": 1,
        "has_subnormal": 1,
        "saturation": saturation,
    }
    numbers = [np.float32(v) for v in (exponent, mantissa, bias, largest)]
    return "FloatQuant", [x, scale, *numbers], attributes, {}


def multi_threshold(rng):
    layout, shape = pick(
        rng, [("NCHW", (2, 3, 4, 5)), ("NHWC", (2, 4, 5, 3)), ("NC", (4, 3)), (None, (4, 3)), (None, (2, 3, 4, 5)),
              ("NCW", (2, 3, 5)), ("NWC", (2, 5, 3)), ("NHW", (2, 3, 5))]
    )  # fmt: skip
    count = int(pick(rng, [1, 1, 2, 3, 7, 15, 255]))
    rows = int(pick(rng, [1, 3]))
    thresholds = np.sort(values(rng, (rows, count), 0.5, 20), axis=-1)
    scale, bias = pick(rng, [(1.0, 0.0), (2.0, -1.0), (1.0, -1.0), (1.0, -8.0), (0.5, 0.25), (0.1, -0.05), (0.25, 3.3)])
    attributes = {"out_dtype": "INT16", "out_scale": scale, "out_bias": bias}
    if layout:
        attributes["data_layout"] = layout
    return "MultiThreshold", [values(rng, shape, 0.5, 22), thresholds], attributes, {}


def make_model(op, inputs, attributes, domain, version):
    names = ["x"] + [f"c{i}" for i in range(1, len(inputs))]
    node = helper.make_node(op, names, ["y"], name=f"{op}_0", domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        op,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs[0].shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, inputs[0].shape)],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in zip(names[1:], inputs[1:])],
    )
    imports = [helper.make_opsetid("", 13)]
    if version:
        imports.append(helper.make_opsetid(domain, version))
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def execute(op, inputs, attributes, version):
    """What qonnx makes of the node; it wants its own name of the domain."""
    if op in ("Quant", "IntQuant") and inputs[3].size > 1:
        # It cannot have a bit width for each channel: go channel by channel.
        channels = []
        for c in range(inputs[0].shape[1]):
            at = [v if v.size == 1 else v[:, c : c + 1] for v in inputs]
            channels.append(execute(op, [*at[:3], at[3].reshape(())], attributes, version))
        return np.concatenate(channels, axis=1)
    model = make_model(op, inputs, attributes, "qonnx.custom_op.general", version)
    with np.errstate(all="ignore"):
        return execute_onnx(ModelWrapper(model), {"x": inputs[0]})["y"]


def write_case(folder, rng, build):
    op, inputs, attributes, options = build(rng)
    version = options.get("version", 1)
    domain = pick(rng, ["qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas", ""])
    if version > 1:
        domain = "qonnx.custom_op.general"
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    want = execute(op, inputs, attributes, version)
    # Some files leave the import of the domain out.
    imported = version if domain and (version > 1 or rng.integers(2)) else 0
    onnx.save(make_model(op, inputs, attributes, domain, imported), folder / "model.onnx")
    # One rounding of a scale may differ where it is not a power of two: k * s + b.
    tolerance = {"atol": 1e-6 if "out_bias" in attributes else 0, "rtol": 2.0**-22 if "out_bias" in attributes else 0}
    (folder / "expect.json").write_text(json.dumps({"expect": "match", **tolerance}))
    np.save(data / "input_0.npy", inputs[0])
    np.save(data / "output_0.npy", want.astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=25)
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    folders = []
    for build, factor in [(quant, 2), (bipolar, 0.2), (trunc, 1), (float_quant, 1), (multi_threshold, 1)]:
        rng = np.random.default_rng(13)
        for index in range(int(arguments.cases * factor)):
            folder = arguments.work_dir / f"{build.__name__}_{index}"
            write_case(folder, rng, build)
            if arguments.filter in folder.name:
                folders.append(folder)
    sys.exit(subprocess.run(["setun", "verify", *folders], check=False).returncode)


if __name__ == "__main__":
    main()
