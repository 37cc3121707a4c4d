"""Quantisers behind exact integers, on every integer that can reach them.

A model holds some chains: codes of up to 16 bits times one weight for each channel, a random chain of operators with
random constants, a quantiser. Others add two codes, or take the mean of two, in all pairs. The batch runs over all codes of the input; the codes
that numpy computes in float32, in the order of the graph (docs/numerics.md), must come out of both backends. A quantiser that
is left in floats must say why; the last lines count the forms and the reasons.
"""

import argparse
import collections
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import lowbit_oracle as oracle
import numpy as np
from graph_builder import GraphBuilder

F = np.float32
QONNX = "qonnx.custom_op.general"
MODES = {"ROUND": "half_even", "CEIL": "ceil", "FLOOR": "floor", "UP": "up", "DOWN": "down", "HALF_UP": "half_up", "HALF_DOWN": "half_down"}
CHANNELS = 4


def quant(g, x, scale, zero, bits, signed, narrow=False, mode="ROUND"):
    names = [g.const(scale), g.const(zero), g.const(bits)]
    return g.op("Quant", x, *names, domain=QONNX, signed=int(signed), narrow=int(narrow), rounding_mode=mode)


class Chain:
    """A tensor of the graph and what it holds."""

    def __init__(self, g, rng, name, values, channel_shape):
        self.g, self.rng, self.name, self.values, self.channel_shape = g, rng, name, values, channel_shape
        self.steps = []

    def number(self, signed=True):
        """One constant or one for each channel: round, ordinary, powers of two, rarely huge or tiny."""
        rng = self.rng
        shape = self.channel_shape if rng.random() < 0.5 else ()
        kind = rng.choice(["power", "plain", "whole", "extreme"], p=[0.35, 0.4, 0.2, 0.05])
        if kind == "power":
            value = 2.0 ** rng.integers(-6, 7, shape)
        elif kind == "plain":
            value = rng.uniform(0.01, 9, shape)
        elif kind == "whole":
            value = rng.integers(1, 50, shape) * 1.0
        else:
            value = 10.0 ** rng.integers(-39, 20, shape)
        if signed:
            value = value * rng.choice([-1.0, 1.0], shape, p=[0.3, 0.7])
        return np.asarray(value, F)

    def apply(self, op):
        g, rng, v = self.g, self.rng, self.values
        if op in ("Mul", "Div", "Add", "Sub"):
            c = self.number()
            if op in ("Add", "Sub") and rng.random() < 0.5:
                spread = F(np.nan_to_num(np.abs(v)).max())
                c = np.asarray(c / F(9) * spread, F)
            self.name = g.op(op, self.name, g.const(c))
            self.values = {"Mul": np.multiply, "Div": np.divide, "Add": np.add, "Sub": np.subtract}[op](v, c)
        elif op == "BatchNormalization":
            scale, var = rng.uniform(-2, 2, CHANNELS).astype(F), rng.uniform(0.1, 4, CHANNELS).astype(F)
            spread = float(np.nan_to_num(np.abs(v)).max())
            mean, bias = (rng.uniform(-1, 1, CHANNELS) * min(spread, 1e6)).astype(F), rng.normal(size=CHANNELS).astype(F)
            self.name = g.op(op, self.name, *(g.const(c) for c in (scale, bias, mean, var)), epsilon=1e-5)
            f = scale / np.sqrt(var + F(1e-5))
            self.values = v * f + (bias - mean * f)
        elif op == "Relu":
            self.name, self.values = g.op(op, self.name), np.maximum(v, F(0))
        elif op == "LeakyRelu":
            alpha = F(rng.choice([0.1, 0.125, 0.5, 1.5]))
            self.name, self.values = g.op(op, self.name, alpha=float(alpha)), np.where(v < 0, v * alpha, v)
        elif op == "Clip":
            low, high = np.sort(np.nanquantile(np.nan_to_num(v), [rng.random(), rng.random()])).astype(F)
            self.name, self.values = g.op(op, self.name, g.const(low), g.const(high)), np.minimum(np.maximum(v, low), high)
        elif op in ("Floor", "Round", "Ceil"):
            self.name, self.values = g.op(op, self.name), {"Floor": np.floor, "Round": np.rint, "Ceil": np.ceil}[op](v)
        elif op in ("Abs", "Neg"):
            self.name, self.values = g.op(op, self.name), np.abs(v) if op == "Abs" else F(0) - v
        assert self.values.dtype == F, op
        self.steps.append(op)

    def finish(self):
        """The quantiser, with a scale that most values need; gives the output's name and numbers."""
        g, rng, v = self.g, self.rng, self.values
        spread = float(np.nanquantile(np.abs(v[np.isfinite(v)]), 0.98)) if np.isfinite(v).any() else 1.0
        spread = min(max(spread, 1e-30), 1e30)
        if rng.random() < 0.15:
            scale = F(2.0 ** np.round(np.log2(spread)))
            self.name = g.op("BipolarQuant", self.name, g.const(scale), domain=QONNX)
            self.steps.append("BipolarQuant")
            return self.name, oracle.dequantize(oracle.quantize(v, scale, "bipolar", "half_even", False, None, False), scale, None)
        signed = bool(rng.random() < 0.6)
        bits = int(rng.integers(2 if signed else 1, 9))
        narrow = bool(rng.random() < 0.3) and bits > 1
        mode = str(rng.choice(list(MODES)))
        scale = spread * rng.uniform(0.5, 2) / 2 ** (bits - signed)
        if rng.random() < 0.5:
            scale = 2.0 ** np.round(np.log2(scale))
        scale = np.asarray(scale * rng.choice([0.5, 1.0, 1.5], self.channel_shape) if rng.random() < 0.3 else scale, F)
        zero = F(rng.choice([0, 0, 0, 1, -2, 3]))
        self.name = quant(g, self.name, scale, zero, bits, signed, narrow, mode)
        code = f"{'si' if signed else 'ui'}{bits}"
        self.steps.append(f"Quant {code}{' narrow' * narrow} {mode}")
        codes = oracle.quantize(v, scale, code, MODES[mode], narrow, zero, False)
        return self.name, oracle.dequantize(codes, scale, zero)


OPS = ["Mul", "Div", "Add", "Sub", "BatchNormalization", "Relu", "LeakyRelu", "Clip", "Floor", "Round", "Ceil", "Neg", "Abs"]
ODDS = np.array([4, 3, 4, 3, 4, 3, 2, 2, 1, 1, 0.5, 1, 0.5])


def products(rng, g, chains):
    """x * w, w one small integer for each channel, and a chain behind it."""
    bits = int(rng.choice([8, 12, 16]))
    x = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1)).reshape(-1, 1)
    codes = quant(g, g.input(list(x.shape)), F(1), F(0), bits, True)
    for _ in range(chains):
        w = rng.integers(1, 8, (1, CHANNELS)) * rng.choice([-1, 1], (1, CHANNELS))
        scale = F(rng.choice([1, 0.5, 2.0**-7, 0.013, 0.3]))
        weights = quant(g, g.const(w.astype(F) * scale), scale, F(0), 4, True)
        chain = Chain(g, rng, g.op("MatMul", codes, weights), (x * w).astype(F) * scale, (CHANNELS,))
        for op in rng.choice(OPS, int(rng.integers(0, 5)), p=ODDS / ODDS.sum()):
            chain.apply(op)
        yield chain
    g.arrays = [x.astype(F)]


def residuals(rng, g, chains):
    """Two codes of 8 bits, each with a scale of its own, added; all pairs."""
    a, b = (v.reshape(-1, 1) for v in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)))
    inputs = [g.input(list(a.shape)) for _ in range(2)]
    codes = [quant(g, name, F(1), F(0), 8, True) for name in inputs]
    for _ in range(chains):
        scales = [F(s) for s in (rng.choice([1, 0.5, 0.25], 2) if rng.random() < 0.5 else rng.uniform(0.1, 2, 2))]
        # Codes times a factor that differs: dequantised numbers of another scale.
        sides = [g.op("Mul", name, g.const(s)) for name, s in zip(codes, scales)]
        chain = Chain(g, rng, g.op("Add", *sides), a.astype(F) * scales[0] + b.astype(F) * scales[1], ())
        if rng.random() < 0.5:
            chain.apply("Relu")
        yield chain
    g.arrays = [a.astype(F), b.astype(F)]


def means(rng, g, chains):
    """The mean of two codes of 8 bits; all pairs."""
    pairs = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=-1).reshape(65536, 1, 1, 2)
    scale = F(rng.choice([1, 0.5, 0.017]))
    codes = quant(g, g.input(list(pairs.shape)), scale, F(0), 8, False)
    for _ in range(chains):
        mean = pairs.sum(axis=-1, keepdims=True).astype(F) * scale / F(2)
        global_pool = rng.random() < 0.5
        name = g.op("GlobalAveragePool", codes) if global_pool else g.op("AveragePool", codes, kernel_shape=[1, 2])
        chain = Chain(g, rng, name, mean, ())
        if rng.random() < 0.5:
            chain.apply("Mul")
        yield chain
    g.arrays = [pairs.astype(F) * scale]


def build(seed, chains):
    """A graph, the inputs, and for each chain its output's numbers and its operators."""
    rng = np.random.default_rng([seed, 729])
    g = GraphBuilder(qonnx=True)
    generate = {8: residuals, 9: means}.get(seed % 10, products)
    wanted = []
    with np.errstate(all="ignore"):
        for chain in generate(rng, g, chains):
            name, values = chain.finish()
            g.output(name, list(values.shape))
            wanted.append((values.astype(F), " ".join(chain.steps)))
    return g, wanted


def run(command, **options):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-800:]}")
    return done.stdout


def count_forms(arguments, folder, inputs, forms, reasons):
    """Counts what the quantisers became; those of the inputs, and no others, are floats without a reason."""
    run([arguments.setun, "compile", folder / "model.onnx", "--emit=mlir", "--stage=lowbit", "-o", folder / "lowbit"])
    text = (folder / "lowbit/model.mlir").read_text()
    for form in ("threshold", "requantize", "lookup"):
        forms[form] += len(re.findall(rf"= lowbit\.{form} ", text))
    left = re.findall(r"= lowbit\.quantize .*", text)
    why = [found.group(1) for line in left if (found := re.search(r'setun\.why_float = "([^"]*)"', line))]
    forms["float"] += len(why)
    reasons.update(why)
    return len(left) - len(why) <= inputs


def check(arguments, seed, forms, reasons):
    """The number of chains that are wrong."""
    folder = arguments.work_dir / f"model_{seed:03}"
    folder.mkdir(parents=True)
    g, wanted = build(seed, arguments.chains)
    (folder / "model.onnx").write_bytes(g.model().SerializeToString())
    inputs = []
    for i, array in enumerate(g.arrays):
        inputs.append(folder / f"input_{i}.npy")
        np.save(inputs[-1], array)
    wrong = 0
    if not count_forms(arguments, folder, len(inputs), forms, reasons):
        print(f"FAIL model {seed}: a quantiser is left in floats and does not say why")
        wrong += 1
    outputs = {"llvm": folder / "llvm", "c": folder / "c"}
    run([arguments.setun, "run", folder / "model.onnx", *(part for i in inputs for part in ("--input", i)), "--output-dir", outputs["llvm"]])
    run([arguments.setun, "compile", folder / "model.onnx", "--name=model", "--with-main", "-o", outputs["c"]])
    run([arguments.cc, "-std=c99", "-O1", *outputs["c"].glob("*.c"), "-o", outputs["c"] / "model", "-lm"])
    run([outputs["c"] / "model", *inputs, *(outputs["c"] / f"output_{i}.npy" for i in range(len(wanted)))])
    for backend, results in outputs.items():
        for i, (values, steps) in enumerate(wanted):
            got = np.load(results / f"output_{i}.npy")
            different = np.argwhere(got != values)
            if got.shape == values.shape and not len(different):
                continue
            wrong += 1
            at = tuple(different[0])
            print(f"FAIL model {seed} {backend} output {i} ({steps}): {len(different)} differ, first at {list(map(int, at))}: {got[at]!r}, expected {values[at]!r}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--chains", type=int, default=10, help="in each model")
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work_dir, ignore_errors=True)
    forms, reasons = collections.Counter(), collections.Counter()
    wrong = sum(check(arguments, seed, forms, reasons) for seed in range(arguments.first, arguments.first + arguments.models))
    for reason, count in reasons.most_common():
        print(f"float: {reason} ({count})")
    print(", ".join(f"{count} {form}" for form, count in sorted(forms.items())))
    print(f"{arguments.models * arguments.chains} chains, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
