"""Fixed point by the formulas of docs/numerics.md, worked out with Python's integers, against C, LLVM and HLS.

Each network adds two products, one of them scaled, shifted and leaky; the sum is returned, quantised to 16 bits, or to its sign.
"""

import argparse
import math
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
from compiled_model import CompiledModel
from graph_builder import GraphBuilder, write_case
from onnx import TensorProto

FIXED = "--float-scales=fixed"


def fraction_bits(number):
    """The least f with number * 2^f whole."""
    numerator, denominator = float(number).as_integer_ratio()
    return denominator.bit_length() - 1 if denominator > 1 else -((numerator & -numerator).bit_length() - 1)


def needed_bits(numbers):
    found = [fraction_bits(x) for x in np.ravel(numbers) if x != 0]
    return max(found) if found else None


def exponent(number):
    """The least e with number < 2^e."""
    return math.frexp(number)[1]


def divide(total, shift, rounding):
    if shift == 0:
        return total
    if rounding == "floor":
        return total >> shift
    if rounding == "half up":
        return (total + (1 << (shift - 1))) >> shift
    half, rest = total >> shift, total & ((1 << shift) - 1)
    tie = 1 << (shift - 1)
    return half + (rest > tie or (rest == tie and half & 1))


class Number:
    """sum_i F[i][c] * x[i][c] + A[c]; x[i][c] lies in ranges[i][c]."""

    def __init__(self, values, ranges, factors, addend):
        self.values, self.ranges = values, ranges
        self.factors = [np.broadcast_to(np.float64(f), len(values[0])) for f in factors]
        self.addend = np.broadcast_to(np.float64(addend), len(values[0]))

    def scaled(self, factor):
        return Number(self.values, self.ranges, [f * np.float64(factor) for f in self.factors], self.addend * np.float64(factor))

    def shifted(self, addend):
        return Number(self.values, self.ranges, self.factors, self.addend + np.float64(addend))

    def plus(self, other):
        return Number(self.values + other.values, self.ranges + other.ranges, self.factors + other.factors, self.addend + other.addend)

    def magnitude(self):
        """The largest that the ranges allow."""
        most = 0.0
        for c, addend in enumerate(self.addend):
            ends = [sorted(f[c] * float(x) for x in r[c]) for f, r in zip(self.factors, self.ranges)]
            most = max(most, abs(addend + sum(e[0] for e in ends)), abs(addend + sum(e[1] for e in ends)))
        return most

    def fraction(self):
        exact = needed_bits([*self.factors, self.addend])
        return min(exact or 0, 23 - exponent(self.magnitude()))

    def whole(self, rounding):
        """Integers, and the range of each."""

        def scale(shift):
            m = [[round(math.ldexp(x, shift)) for x in f] for f in self.factors]
            b = [round(math.ldexp(x, shift)) for x in self.addend]
            largest = max(
                abs(b[c]) + (1 << shift) + sum(abs(m[i][c]) * max(-r[c][0], r[c][1]) for i, r in enumerate(self.ranges)) for c in range(len(b))
            )
            return (m, b) if largest < 2**63 else None

        magnitude = max(1 + sum(max(-r[c][0], r[c][1]) for r in self.ranges) for c in range(len(self.addend)))
        wanted = 5 + (magnitude - 1).bit_length()
        shift = max(0, needed_bits(self.factors) or 0)
        bits = needed_bits(self.addend)
        if bits is not None and bits > shift:
            shift = max(shift, min(bits, wanted))
        found = scale(shift) if shift <= 62 else None
        if found is None or any(abs(x) >= 2**25 for row in found[0] for x in row):
            shift, found = wanted, scale(wanted)
        m, b = found
        results, ranges = [], []
        for c in range(len(b)):
            results.append(divide(sum(m[i][c] * int(v[c]) for i, v in enumerate(self.values)) + b[c], shift, rounding))
            ends = [sorted(m[i][c] * x for x in r[c]) for i, r in enumerate(self.ranges)]
            ranges.append([divide(b[c] + sum(e[k] for e in ends), shift, rounding) for k in (0, 1)])
        # The range analysis has one range for all channels of a requantize.
        hull = (min(r[0] for r in ranges), max(r[1] for r in ranges))
        return results, [hull] * len(b)

    def fixed(self, fraction=None):
        fraction = self.fraction() if fraction is None else fraction
        results, ranges = self.scaled(2.0**fraction).whole("half up")
        return Number([results], [ranges], [2.0**-fraction], 0.0)


class Network:
    def __init__(self, rng, kind):
        self.kind = kind
        self.inputs, self.outputs = int(rng.integers(3, 70)), int(rng.integers(2, 9))
        float32 = lambda low, high, *shape: rng.uniform(low, high, shape).astype(np.float32)
        self.x_scale, self.scales = float32(0.01, 0.1), float32(0.001, 0.1, 2)
        self.zero = int(rng.integers(0, 256))
        self.weights = [rng.integers(-7, 8, (self.inputs, self.outputs)).astype(np.int8) for _ in range(2)]
        self.factor, self.bias = float32(-2, 2, self.outputs), float32(-3, 3, self.outputs)
        self.slope = np.float32(rng.choice([0.1, 0.25, 1.5]))
        self.code_scale, self.code_zero = float32(0.001, 0.01), int(rng.integers(0, 65536))

    def write(self, folder):
        g = GraphBuilder(opset=21, qonnx=True)
        x = g.input([1, self.inputs], TensorProto.UINT8)
        real = g.op("DequantizeLinear", x, g.const(self.x_scale), g.const(self.zero, np.uint8))
        sums = []
        for weight, scale in zip(self.weights, self.scales):
            w = g.op("DequantizeLinear", g.const(weight, np.int8), g.const(scale), g.const(0, np.int8))
            sums.append(g.op("MatMul", real, w))
        y = g.op("Add", g.op("Mul", sums[0], g.const(self.factor)), g.const(self.bias))
        y = g.op("Add", g.op("LeakyRelu", y, alpha=float(self.slope)), sums[1])
        if self.kind == "codes":
            y = g.op("QuantizeLinear", y, g.const(self.code_scale), g.const(self.code_zero, np.uint16))
        if self.kind == "signs":
            y = g.op("BipolarQuant", y, g.const(1.0), domain="qonnx.custom_op.general")
        g.output(y, [1, self.outputs], TensorProto.UINT16 if self.kind == "codes" else TensorProto.FLOAT)
        write_case(folder, g.model(), [], {})

    def sum(self, x, index):
        """One product, with the range that its weights allow."""
        w = self.weights[index].astype(np.int64)
        codes = np.int64([0 - self.zero, 255 - self.zero])
        ranges = [
            (int(np.minimum(codes[0] * column, codes[1] * column).sum()), int(np.maximum(codes[0] * column, codes[1] * column).sum()))
            for column in w.T
        ]
        scale = np.float64(self.x_scale * self.scales[index])
        return Number([((x.astype(np.int64) - self.zero) @ w).tolist()], [ranges], [scale], 0.0)

    def __call__(self, x):
        a = self.sum(x, 0).scaled(np.float64(self.factor)).shifted(np.float64(self.bias))
        b = a.scaled(np.float64(self.slope))
        fraction = max(a.fraction(), b.fraction())
        fraction = min([fraction, *(23 - exponent(part.magnitude()) for part in (a, b))])
        a, b = a.fixed(fraction), b.fixed(fraction)
        choose = max if self.slope <= 1 else min
        larger = [choose(*pair) for pair in zip(a.values[0], b.values[0])]
        ends = [choose(p, q) for p, q in zip(a.ranges[0][0], b.ranges[0][0])]
        leaky = Number([larger], [[tuple(ends)] * self.outputs], [2.0**-fraction], 0.0)
        y = leaky.plus(self.sum(x, 1))
        if self.kind == "floats":
            y = y.fixed()
            return (np.float64(y.values[0]) * y.factors[0]).astype(np.float32)
        if self.kind == "signs":
            whole, _ = y.scaled(2.0 ** y.fraction()).whole("floor")
            return np.where(np.int64(whole) >= 0, 1, -1).astype(np.float32)
        y = y.scaled(1 / np.float64(self.code_scale))
        even = self.code_zero % 2 == 0
        codes, _ = (y.shifted(self.code_zero) if even else y).whole("half even")
        return np.clip(np.int64(codes) + (0 if even else self.code_zero), 0, 65535).astype(np.uint16)


def run(command, folder=None):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-2000:]}")


def simulate(model, folder, frames, ap_types):
    run(["setun", "compile", model, "--emit=hls", "-o", folder, "--name=net", FIXED])
    frames.tofile(folder / "in.bin")
    run(["make", "-s", "testbench", f"AP_TYPES={ap_types}", "CXX=g++", "CXXFLAGS=-O1"], folder)
    run(["./testbench", str(len(frames)), "in.bin", "out.bin"], folder)
    return (folder / "out.bin").read_bytes()


def check(folder, seed, arguments):
    rng = np.random.default_rng([seed, 29])
    network = Network(rng, ("floats", "codes", "signs")[seed % 3])
    network.write(folder)
    model = folder / "model.onnx"
    frames = rng.integers(0, 256, (arguments.frames, 1, network.inputs)).astype(np.uint8)
    frames[0], frames[1] = 0, 255
    want = np.stack([network(frame[0])[None] for frame in frames])
    np.save(folder / "x.npy", frames)
    got = {"C": CompiledModel(model, folder / "c", cc="gcc", options=[FIXED])(frames)}
    run(["setun", "run", model, "--batch", "--input", folder / "x.npy", "--output-dir", folder / "llvm", FIXED])
    got["LLVM"] = np.load(folder / "llvm" / "output_0.npy")
    if arguments.ap_types and seed < arguments.simulated:
        got["HLS"] = simulate(model, folder / "hls", frames, arguments.ap_types)
    for target, values in got.items():
        if (values if isinstance(values, bytes) else values.tobytes()) != want.tobytes():
            sys.exit(f"{folder}: {target} differs from the formulas: {values if isinstance(values, bytes) else (values, want)}")
    return set(got)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--ap-types")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--simulated", type=int, default=3, help="seeds that are simulated as HLS designs, too")
    parser.add_argument("--frames", type=int, default=50)
    arguments = parser.parse_args()
    targets = [check(arguments.work_dir / f"seed_{seed}", seed, arguments) for seed in range(arguments.seeds)]
    print(f"{len(targets)} networks as the formulas say, {sum('HLS' in t for t in targets)} of them as HLS designs, too")


main()
