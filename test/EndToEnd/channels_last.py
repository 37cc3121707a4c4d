"""Random networks with channels last, as tf2onnx writes them, against onnxruntime: every convolution and pool stands
between two Transposes, everything else works on channels last. None may be left but those of the graph's own tensors,
and that in front of a float product: its sums keep their order."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
import onnxruntime
from graph_builder import GraphBuilder, write_case

TO_LAST, TO_SECOND = [0, 2, 3, 1], [0, 3, 1, 2]


class Network:
    """A graph in the making; every tensor is [1, height, width, channels]."""

    def __init__(self, rng, integer):
        self.rng, self.integer = rng, integer
        self.g = GraphBuilder(opset=int(rng.choice([13, 17, 18])))
        self.shape = [1, *(int(n) for n in rng.integers(6, 10, 2)), int(rng.integers(1, 5))]
        self.side = {}  # earlier tensors by shape, for Add, Mul and Concat

    def weights(self, shape):
        return self.g.const(self.rng.normal(0, 1, shape))

    def quantised(self, x):
        """Codes of 8 bits and back; the scales are powers of two, so that no code hangs on the last bit."""
        if not self.integer:
            return x
        scale, zero = self.g.const(0.25), self.g.const(int(self.rng.integers(-9, 9)), np.int8)
        return self.g.op("DequantizeLinear", self.g.op("QuantizeLinear", x, scale, zero), scale, zero)

    def weight_codes(self, shape):
        if not self.integer:
            return self.weights(shape)
        w = self.g.const(self.rng.integers(-3, 4, shape), np.int8)
        scales = self.g.const(2.0 ** -self.rng.integers(2, 6, shape[0]))
        return self.g.op("DequantizeLinear", w, scales, self.g.const(np.zeros(shape[0]), np.int8), axis=0)

    def window(self, x):
        """Conv, depthwise Conv, MaxPool or AveragePool between Transposes."""
        _, h, w, c = self.shape
        x = self.g.op("Transpose", x, perm=TO_SECOND)
        kind = self.rng.integers(4)
        if kind < 2 or min(h, w) < 4:
            outputs = c if kind else int(self.rng.integers(1, 6))
            size, groups = (3, c) if kind else (int(self.rng.choice([1, 3])), 1)
            bias = [self.g.const(self.rng.integers(-8, 8, outputs) / 4)] if self.rng.integers(2) else []
            kernel = self.weight_codes([outputs, c // groups, size, size])
            x = self.g.op("Conv", x, kernel, *bias, pads=[size // 2] * 4, group=groups)
            self.shape[3] = outputs
        else:
            # Averages of four codes fall on ties: not with codes.
            op = "MaxPool" if kind == 2 or self.integer else "AveragePool"
            x = self.g.op(op, x, kernel_shape=[2, 2], strides=[2, 2])
            self.shape[1:3] = [h // 2, w // 2]
        return self.g.op("Transpose", x, perm=TO_LAST)

    def elementwise(self, x):
        c, g = self.shape[3], self.g
        choices = [
            lambda: g.op("Relu", x),
            lambda: g.op("Clip", x, g.const(-2.0), g.const(2.0)),
            lambda: g.op("Add", x, g.const(self.rng.integers(-8, 8, c) / 8)),
            lambda: g.op("Mul", g.const(self.rng.integers(1, 8, [1, 1, 1, c]) / 8), x),
            lambda: g.op("PRelu", x, g.const(self.rng.integers(0, 4, [1, 1, c]) / 4)),
            lambda: g.op("Sub", x, g.const(self.rng.integers(-8, 8, [self.shape[2], 1]) / 8)),
            lambda: g.op("Neg", x),
        ]
        return choices[self.rng.integers(len(choices))]()

    def movement(self, x):
        g, (_, h, w, c) = self.g, self.shape
        kind = self.rng.integers(4)
        if kind == 0:
            low, high = (self.rng.integers(0, 2, 3) for _ in range(2))
            self.shape = [1, *(int(n) for n in np.add(self.shape[1:], low) + high)]
            return g.op("Pad", x, g.const([0, *low, 0, *high], np.int64), g.const(0.5))
        if kind == 1 and c > 1:
            self.shape[3] = c - 1
            starts, ends, axes = ([1], [2**40], [-1]) if self.rng.integers(2) else ([0], [c - 1], [3])
            return g.op("Slice", x, *(g.const(v, np.int64) for v in (starts, ends, axes)))
        if kind == 2 and tuple(self.shape) in self.side:
            self.shape[3] *= 2
            return g.op("Concat", x, self.side[(1, h, w, c)], axis=int(self.rng.choice([3, -1])))
        if tuple(self.shape) in self.side:
            return g.op("Add", x, self.side[tuple(self.shape)])
        return x

    def ending(self, x):
        g, kind = self.g, self.rng.integers(3)
        _, h, w, c = self.shape
        if kind == 0 and not self.integer:
            return g.op("Softmax", x, axis=-1), self.shape
        if kind == 1 and not self.integer:
            return g.reduce_mean(x, [1, 2], 1), [1, 1, 1, c]
        if kind == 2:
            flat = g.op("Reshape", x, g.const([1, h * w * c], np.int64))
            return g.op("MatMul", flat, g.op("Transpose", self.weight_codes([3, h * w * c]), perm=[1, 0])), [1, 3]
        return x, self.shape

    def build(self):
        x = self.g.input(list(self.shape))
        inputs = list(self.shape)
        x = self.quantised(x)
        for _ in range(int(self.rng.integers(2, 6))):
            x = self.quantised(self.window(x))
            self.side[tuple(self.shape)] = x
            for _ in range(int(self.rng.integers(0, 3))):
                x = (self.elementwise, self.movement)[self.rng.integers(2)](x)
            x = self.quantised(x)
        y, shape = self.ending(x)
        self.g.output(y, list(shape))
        # A Concat may make more to move than there was before it.
        concatenates = any(node.op_type == "Concat" for node in self.g.nodes)
        self.allowed = 1 if len(shape) == 2 and self.integer and not concatenates else 2
        return inputs


def run_onnxruntime(model, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def count_transposes(folder):
    """Those of tensors of rank 4 that are no constants, behind recognition."""
    done = subprocess.run(
        ["setun", "compile", folder / "model.onnx", "--emit=mlir", "--name=m", "-o", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stderr)
        return 99
    lines = (folder / "m.mlir").read_text().splitlines()
    return sum(bool(re.search(r'"Transpose"|lowbit\.transpose', line)) for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    folders, wrong = [], 0
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        rng = np.random.default_rng([seed, 4])
        n = Network(rng, integer=bool(seed % 2))
        shape = n.build()
        model = n.g.model()
        x = (rng.integers(-20, 20, shape) / 8).astype(np.float32)
        folder = arguments.work_dir / f"net_{seed:03}"
        tolerance = {"atol": 0, "rtol": 0} if n.integer else {"atol": 1e-4, "rtol": 1e-5}
        write_case(folder, model, [([x], run_onnxruntime(model, x))], {"expect": "match", **tolerance})
        folders.append(folder)
        if (count := count_transposes(folder)) > n.allowed:
            wrong += 1
            print(f"{folder.name}: {count} transposes")
    done = subprocess.run(["setun", "verify", *folders], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if not line.startswith("PASS"):
            print(line)
    print(f"{len(folders)} networks, {wrong} with transposes inside")
    sys.exit(done.returncode or wrong != 0)


if __name__ == "__main__":
    main()
