"""Products with packed block-quantised weights, against onnxruntime.

300 random nodes, ten in a model: bits, block sizes, odd N and K, zero points of every kind or none,
bias, ranks of A. At accuracy levels 0 and 1 both backends must agree with onnxruntime within 1e-5 of
the sum of the magnitudes |a * w| of a result. At level 4 A becomes bytes, one scale a block. Setun
must give the very bits of docs/numerics.md's formula, which stands below in numpy; zero points that
are no whole numbers keep it at float32. onnxruntime may round otherwise, or keep float32 itself, so
each a may be off by half a step of its block: |difference| <= sum over blocks of max|a| / 254 *
sum |w|, plus the former bound.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

NODES = 10
MODELS = 30
FLOAT_BOUND = 1e-5


def pack(codes, bits):
    """Codes along the last axis into bytes, the first in the lowest bits; padded with 0."""
    each = 8 // bits
    codes = np.pad(codes, [(0, 0)] * (codes.ndim - 1) + [(0, -codes.shape[-1] % each)])
    grouped = codes.reshape(*codes.shape[:-1], -1, each).astype(np.uint32)
    return (grouped << (np.arange(each) * bits)).sum(-1).astype(np.uint8)


class Case:
    """One node with random parameters."""

    def __init__(self, rng, index, level):
        self.index, self.level = index, level
        self.bits = int(rng.choice([2, 4, 8]))
        self.block = int(rng.choice([16, 32, 64, 128, 256]))
        self.n = int(rng.choice([1, 2, 3, 5, 17, 32, 33]))
        self.k = int(rng.choice([1, 7, 15, 16, 17, 31, 33, 64, 100, 129, 200, 256, 300]))
        self.lead = [(), (1,), (3,), (2, 3), (1, 2, 2)][rng.integers(5)]
        self.has_bias = bool(rng.integers(2))
        # onnxruntime has no kernel for float zero points and 8 bits.
        kinds = ["none", "packed"] if self.bits == 8 else ["none", "packed", "float"]
        self.zero_kind = str(rng.choice(kinds))
        blocks = -(-self.k // self.block)
        self.codes = rng.integers(0, 2**self.bits, (self.n, blocks, self.block))
        self.scales = rng.uniform(0.01, 0.2, (self.n, blocks)).astype(np.float32)
        self.zero_points = None
        if self.zero_kind == "packed":
            self.zero_points = rng.integers(0, 2**self.bits, (self.n, blocks)).astype(np.float32)
        elif self.zero_kind == "float":
            self.zero_points = rng.uniform(0, 2**self.bits - 1, (self.n, blocks)).astype(np.float32)
        self.bias = rng.normal(size=self.n).astype(np.float32)
        self.a = rng.normal(size=self.lead + (self.k,)).astype(np.float32)

    def __str__(self):
        return (
            f"level {self.level}, {self.bits} bits, blocks of {self.block}, N {self.n}, K {self.k}, "
            f"A {self.a.shape}, zero points {self.zero_kind}, bias {self.has_bias}"
        )

    def name(self, what):
        return f"{what}_{self.index}"

    def initializers(self):
        tensors = {"b": pack(self.codes, self.bits), "scales": self.scales}
        if self.zero_kind == "packed":
            tensors["zero_points"] = pack(self.zero_points, self.bits)
        elif self.zero_kind == "float":
            tensors["zero_points"] = self.zero_points
        if self.has_bias:
            tensors["bias"] = self.bias
        return {self.name(what): value for what, value in tensors.items()}

    def node(self):
        given = self.initializers()
        optional = [self.name(what) if self.name(what) in given else "" for what in ("zero_points", "g_idx", "bias")]
        while optional and not optional[-1]:
            optional.pop()
        return helper.make_node(
            "MatMulNBits",
            [self.name("a"), self.name("b"), self.name("scales"), *optional],
            [self.name("y")],
            name=self.name("MatMulNBits"),
            domain="com.microsoft",
            N=self.n,
            K=self.k,
            bits=self.bits,
            block_size=self.block,
            accuracy_level=self.level,
        )

    def in_bytes(self):
        """The result with A as bytes, each operation rounded to float32; None where floats stay floats."""
        if self.level != 4 or self.zero_kind == "float":
            return None
        zero = 2 ** (self.bits - 1) if self.zero_points is None else self.zero_points[..., None].astype(np.int64)
        blocks = -(-self.k // self.block)
        codes = (self.codes - zero).reshape(self.n, -1)
        codes[:, self.k :] = 0
        codes = codes.reshape(self.n, blocks, self.block)
        a = self.a.reshape(-1, self.k)
        a = np.pad(a, ((0, 0), (0, blocks * self.block - self.k))).reshape(-1, blocks, self.block)
        largest = np.abs(a).max(-1, keepdims=True)
        q = np.rint(a * (np.float32(127) / largest)).astype(np.int64)
        step = largest[..., 0] / np.float32(127)
        result = np.zeros((a.shape[0], self.n), np.float32)
        for b in range(blocks):
            exact = (q[:, b] @ codes[:, b].T).astype(np.float32)
            result += exact * (step[:, b, None] * self.scales[:, b])
        if self.has_bias:
            result += self.bias
        assert result.dtype == np.float32
        return result.reshape(self.lead + (self.n,))

    def weights(self):
        """The magnitudes of the matrix, [n, blocks, block], zero behind column k."""
        zero = 2 ** (self.bits - 1) if self.zero_points is None else self.zero_points[..., None]
        w = (self.codes - zero) * self.scales[..., None].astype(np.float64)
        flat = w.reshape(self.n, -1)
        flat[:, self.k :] = 0
        return np.abs(flat).reshape(w.shape)

    def bound(self):
        """What |difference| may be, for each element of the result."""
        w = self.weights()
        a = np.abs(self.a.reshape(-1, self.k).astype(np.float64))
        a = np.pad(a, ((0, 0), (0, w.shape[1] * w.shape[2] - self.k)))
        total = np.abs(a) @ w.reshape(self.n, -1).T
        if self.has_bias:
            total += np.abs(self.bias)
        bound = FLOAT_BOUND * total + np.finfo(np.float32).tiny
        if self.level == 4:
            steps = a.reshape(-1, *w.shape[1:]).max(-1) / 254
            bound += steps @ w.sum(-1).T
        return bound.reshape(self.lead + (self.n,))


def make_model(cases):
    graph = helper.make_graph(
        [case.node() for case in cases],
        "products",
        [helper.make_tensor_value_info(case.name("a"), TensorProto.FLOAT, case.a.shape) for case in cases],
        [helper.make_tensor_value_info(case.name("y"), TensorProto.FLOAT, case.lead + (case.n,)) for case in cases],
        [numpy_helper.from_array(v, k) for case in cases for k, v in case.initializers().items()],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def run_onnxruntime(model, cases):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {case.name("a"): case.a for case in cases})


def run_setun(folder, cases):
    """Through the JIT; the folder then holds inputs and results as a case of `verify`."""
    data = folder / "test_data_set_0"
    data.mkdir()
    command = ["setun", "run", folder / "model.onnx", "--output-dir", data]
    for i, case in enumerate(cases):
        np.save(data / f"input_{i}.npy", case.a)
        command += ["--input", f"{case.name('a')}={data}/input_{i}.npy"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [np.load(data / f"output_{i}.npy") for i in range(len(cases))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--models", type=int, default=MODELS)
    arguments = parser.parse_args()
    rng = np.random.default_rng(20260821)
    folders, worst, failed = [], {0: 0.0, 1: 0.0, 4: 0.0}, 0
    for number in range(arguments.models):
        cases = [Case(rng, i, int(rng.choice([0, 1, 4]))) for i in range(NODES)]
        model = make_model(cases)
        folder = arguments.work_dir / f"products_{number}"
        folder.mkdir(parents=True)
        onnx.save(model, folder / "model.onnx")
        (folder / "expect.json").write_text(json.dumps({"expect": "match", "atol": 0, "rtol": 0}))
        for case, want, got in zip(cases, run_onnxruntime(model, cases), run_setun(folder, cases)):
            ratio = float((np.abs(got - want) / case.bound()).max())
            worst[case.level] = max(worst[case.level], ratio)
            if not ratio <= 1:
                failed += 1
                print(f"FAIL {folder.name} {case.name('y')}: {ratio:.3g} of the bound, {case}")
            exact = case.in_bytes()
            if exact is not None and not np.array_equal(exact, got):
                failed += 1
                print(f"FAIL {folder.name} {case.name('y')}: not as the formula says, {case}")
        folders.append(folder)
    # The generated C gives the same bits.
    done = subprocess.run(["setun", "verify", "--backend=c", *folders], capture_output=True, text=True, check=False)
    if done.returncode:
        failed += 1
        print(done.stdout, done.stderr)
    print("worst, as part of the bound:", ", ".join(f"level {k}: {v:.2g}" for k, v in worst.items()))
    print(f"{arguments.models * NODES - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
