"""MatMul with constants that DequantizeLinear scales in blocks, against numpy.

Integers of 4 and 8 bits and FLOAT4E2M1, [K, N] or a transposed [N, K], blocks that do not divide K. numpy dequantises,
(code - zero point) * scale, and adds up in the order of docs/numerics.md; with --accuracy-level=4 it rounds rows within
blocks, as written down there. No bit may differ.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent / "Inputs"))
import lowbit_oracle as oracle
from matmul_nbits import pack
from narrow_weights import FP4

# Bits, type and lowest code; E2M1 has bits of a sign, an exponent and a mantissa instead.
KINDS = {"int4": (4, TensorProto.INT4, -8), "uint4": (4, TensorProto.UINT4, 0), "int8": (8, TensorProto.INT8, -128),
         "uint8": (8, TensorProto.UINT8, 0), "fp4": (4, TensorProto.FLOAT4E2M1, 0)}


def tensor(name, kind, codes):
    bits, element, _ = KINDS[kind]
    stored = pack(codes.reshape(-1) & (2**bits - 1), bits)
    return onnx.TensorProto(name=name, data_type=element, dims=codes.shape, raw_data=stored.tobytes())


def write_case(folder, rng, kind, rows, inputs, outputs, block, in_bytes):
    bits, _, low = KINDS[kind]
    blocks, transposed = -(-inputs // block), bool(rng.integers(2))
    codes = rng.integers(low, low + 2**bits, (outputs, inputs))
    scales = rng.uniform(0.01, 1, (outputs, blocks)).astype(np.float32)
    if rng.integers(2):
        scales = scales.astype(np.float16).astype(np.float32)
    zeros = rng.integers(low, low + 2**bits, (outputs, blocks)) if kind != "fp4" and rng.integers(2) else None
    lay = (lambda matrix: matrix) if transposed else np.transpose
    names, constants = ["w", "s"], [tensor("w", kind, lay(codes)), numpy_helper.from_array(np.ascontiguousarray(lay(scales)), "s")]
    if zeros is not None:
        names.append("z")
        constants.append(tensor("z", kind, lay(zeros)))
    nodes = [helper.make_node("DequantizeLinear", names, ["d"], axis=int(transposed), block_size=block)]
    if transposed:
        nodes.append(helper.make_node("Transpose", ["d"], ["t"], perm=[1, 0]))
    nodes.append(helper.make_node("MatMul", ["x", nodes[-1].output[0]], ["y"]))
    x = rng.normal(size=(rows, inputs)).astype(np.float32)
    zeros = np.zeros((outputs, blocks), np.int64) if zeros is None else zeros
    if kind == "fp4":
        numbers = np.where(codes & 8, -1, 1) * FP4[codes & 7]
    else:
        numbers = (codes - np.repeat(zeros, block, 1)[:, :inputs]).astype(np.float32)
    if in_bytes:
        factor = 2 if kind == "fp4" else 1
        whole = (factor * numbers).astype(np.int64)
        expected = oracle.block_matmul(x, whole, 0 * zeros, scales / np.float32(factor), block)
    else:
        weights = numbers.astype(np.float32) * np.repeat(scales, block, 1)[:, :inputs]
        expected = oracle.float_matmul(x, np.ascontiguousarray(weights.T))
    graph = helper.make_graph(
        nodes, "blocks", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, expected.shape)], constants)
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11), folder / "model.onnx")
    (folder / "expect.json").write_text(json.dumps({"expect": "match", "atol": 0, "rtol": 0}))
    np.save(data / "input_0.npy", x)
    np.save(data / "output_0.npy", expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    arguments = parser.parse_args()
    rng = np.random.default_rng(9)
    result = 0
    for level in ("1", "4"):
        folders = []
        for kind in KINDS:
            for rows, inputs, outputs, block in ((1, 96, 70, 32), (3, 75, 33, 16), (7, 200, 40, 64)):
                folders.append(arguments.work_dir / f"{kind}_{rows}_{level}")
                write_case(folders[-1], rng, kind, rows, inputs, outputs, block, level == "4")
        command = ["setun", "verify", f"--accuracy-level={level}", *folders]
        result |= subprocess.run(command, check=False).returncode
    sys.exit(result)


if __name__ == "__main__":
    main()
