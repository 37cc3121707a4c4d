"""GatherBlockQuantized and MatMulBnb4 of random shapes against onnxruntime, through `setun verify`."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from matmul_nbits import pack
from onnx import TensorProto, helper

KINDS = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64,
         np.dtype(np.int32): TensorProto.INT32, np.dtype(np.uint8): TensorProto.UINT8}


def tensor(name, value, kind=None):
    """`kind` is INT4 or UINT4 for values that are stored two in a byte."""
    value = np.ascontiguousarray(value)
    if kind is None:
        return helper.make_tensor(name, KINDS[value.dtype], value.shape, value.tobytes(), raw=True)
    packed = pack(value.reshape(-1) & 15, 4)
    return helper.make_tensor(name, kind, value.shape, packed.tobytes(), raw=True)


def gather(rng, index):
    """One table and some indices, half of the tables packed into bytes."""
    rank = int(rng.integers(2, 4))
    shape = [int(rng.choice([1, 3, 5, 34])) for _ in range(rank)]
    block = int(rng.choice([16, 32]))
    kind = [TensorProto.UINT8, TensorProto.UINT4, TensorProto.INT4][rng.integers(3)]
    attributes, low, bits = {"block_size": block}, 0, 4
    if kind == TensorProto.UINT8:
        bits = int(rng.choice([2, 4, 8]))
        shape[-1] = int(rng.choice([8, 48, 64, 72]))
        attributes |= {"gather_axis": 0, "quantize_axis": int(rng.choice([-1, rank - 1])), "bits": bits}
    else:
        attributes |= {"gather_axis": int(rng.integers(-rank, rank)), "quantize_axis": int(rng.integers(-rank, rank))}
        low = -8 if kind == TensorProto.INT4 else 0
    codes = rng.integers(low, low + 2**bits, shape)
    blocks = list(shape)
    blocks[attributes["quantize_axis"]] = -(-shape[attributes["quantize_axis"]] // block)
    zeros = rng.integers(low, low + 2**bits, blocks)
    stored = [codes, zeros]
    if kind == TensorProto.UINT8:
        stored = [pack(value, bits) for value in stored]
    size = shape[attributes["gather_axis"]]
    lead = [(), (4,), (2, 3)][rng.integers(3)]
    # One of the indices may be outside: it gives zeros.
    indices = rng.integers(-size, size + (index % 4 == 0), lead).astype([np.int64, np.int32][rng.integers(2)])
    plain = None if kind == TensorProto.UINT8 else kind
    given = [tensor("data", stored[0], plain), tensor("scales", rng.uniform(0.01, 1, blocks).astype(np.float32))]
    names = ["data", "indices", "scales"]
    if rng.integers(2):
        given.append(tensor("zero_points", stored[1], plain))
        names.append("zero_points")
    node = helper.make_node("GatherBlockQuantized", names, ["y"], "Gather_0", domain="com.microsoft", **attributes)
    return node, given, {"indices": indices}, 0.0


def bnb4(rng, index):
    n, k = int(rng.choice([1, 3, 5, 32])), int(rng.choice([1, 7, 16, 33, 100]))
    block, transposed = int(rng.choice([16, 32, 64])), int(rng.integers(2))
    terms = k if transposed else n
    a = rng.normal(size=[(terms,), (3, terms), (2, 2, terms)][rng.integers(3)]).astype(np.float32)
    b = rng.integers(0, 256, (n * k + 1) // 2).astype(np.uint8)
    absmax = rng.uniform(0.1, 2, -(-n * k // block)).astype(np.float32)
    node = helper.make_node("MatMulBnb4", ["a", "b", "absmax"], ["y"], "Bnb4_0", domain="com.microsoft",
                            N=n, K=k, block_size=block, transB=transposed, quant_type=index % 2)
    # Rounding of a sum of `terms` products of at most 4 * 2.
    return node, [tensor("b", b), tensor("absmax", absmax)], {"a": a}, terms * 8 * 2.0**-23


def run_onnxruntime(model, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def expected_result(model, inputs):
    """onnxruntime's answer. With transB = 0 that is NaN: then A times the matrix that unit vectors show."""
    attributes = {a.name: a for a in model.graph.node[0].attribute}
    if "transB" not in attributes or attributes["transB"].i:
        return run_onnxruntime(model, inputs)
    model = onnx.ModelProto.FromString(model.SerializeToString())
    next(a for a in model.graph.node[0].attribute if a.name == "transB").i = 1
    units = np.eye(attributes["K"].i, dtype=np.float32)
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("a", TensorProto.FLOAT, units.shape))
    weights = run_onnxruntime(model, {"a": units}).T.astype(np.float64)
    return (inputs["a"] @ weights).astype(np.float32)


def write_case(folder, node, initializers, inputs, tolerance):
    values = [helper.make_tensor_value_info(name, KINDS[v.dtype], v.shape) for name, v in inputs.items()]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "block_quantized", values, [output], initializers)
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10)
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "expect.json").write_text(json.dumps({"expect": "match", "atol": tolerance, "rtol": 0}))
    for i, value in enumerate(inputs.values()):
        np.save(data / f"input_{i}.npy", value)
    np.save(data / "output_0.npy", expected_result(model, inputs))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=30)
    arguments = parser.parse_args()
    folders = []
    for build in (gather, bnb4):
        rng = np.random.default_rng(7)
        for index in range(arguments.cases):
            folders.append(arguments.work_dir / f"{build.__name__}_{index}")
            write_case(folders[-1], *build(rng, index))
    sys.exit(subprocess.run(["setun", "verify", *folders], check=False).returncode)


if __name__ == "__main__":
    main()
