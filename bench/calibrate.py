#!/usr/bin/env python3
"""Measures the prices of the cost model on this machine, or under qemu-system-arm for a Cortex-M.

Draws layers from a seed, compiles each with every kernel, times them, and fits for each method (what a kernel is called
in `setun inspect --explain`) the prices of a call and of the amounts that `setun inspect --json` states: nonnegative least
squares of the relative errors. Prints rows for lib/Analysis/KernelCosts.def; with --write puts them there in place of those
of the same target and method.

    bench/calibrate.py --setun build/bin/setun --target native --cflags "-O3 -march=native" [--write]
    bench/calibrate.py --setun build/bin/setun --target cortex-m4 [--write]
"""

import argparse
import collections
import datetime
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

import layers

sys.path.insert(0, str(Path(__file__).parent / "cortex_m"))
import run as cortex_m  # noqa: E402

TABLE = Path(__file__).parents[1] / "lib" / "Analysis" / "KernelCosts.def"
# A price that differs from that of related kernels by all that a layer takes weighs as much as this many squares of errors.
USUAL_WEIGHT = 0.2
# With fewer layers of a method, or a larger median error, its prices stay what they are.
FEWEST_LAYERS = 3
LARGEST_ERROR = 0.35
AMOUNTS = ["call", "sums", "inputs", "steps", "extra"]
CODES = [
    ("bipolar", "bipolar"), ("ternary", "bipolar"), ("si8", "bipolar"), ("ui8", "bipolar"),
    ("ternary", "ternary"), ("ui2", "ternary"), ("si8", "ternary"), ("ui4", "ternary"), ("si4", "si8"), ("ui8", "si8"),
    ("si8", "si4"), ("ui4", "si3"), ("si8", "si2"), ("ui8", "si2"), ("si8", "si3"),
]  # fmt: skip


def draw_layers(rng, count, largest):
    """`count` products and `count` convolutions for each pair of codes, with up to `largest` weights."""
    for x, w in CODES:
        for index in range(2 * count):
            density = round(float(rng.uniform(0.1, 1)), 2)
            if index < count:
                inputs = int(2 ** rng.uniform(3, 10.5))
                outputs = int(2 ** rng.uniform(2, 10))
                size = int(rng.choice([1, 1, 1, 4, 16])), inputs, max(1, min(outputs, largest // inputs))
            else:
                k = int(rng.choice([1, 3, 3, 5]))
                groups = int(rng.choice([1, 1, 1, 2, 8]))
                channels = groups * int(2 ** rng.uniform(0, 6))
                outputs = groups * int(2 ** rng.uniform(0, 5))
                outputs = max(groups, min(outputs, largest // (k * k * channels) * groups) // groups * groups)
                side = int(rng.integers(5, 24 if largest > 10000 else 9))
                size = channels, side, side, outputs, k, groups
            yield size, x, w, density
    yield from draw_depthwise(np.random.default_rng(int(rng.integers(1000))), largest)


def draw_depthwise(rng, largest):
    """A depthwise convolution for each pair of codes."""
    for x, w in CODES:
        channels = int(2 ** rng.uniform(2, 7 if largest > 10000 else 5))
        side = int(rng.integers(5, 30 if largest > 10000 else 9))
        yield (channels, side, side, channels, int(rng.choice([3, 3, 5])), channels), x, w, 0.6


class Host:
    """Nanoseconds on this machine."""

    largest = 300000

    def measure(self, options, module, folder, facts, x, y):
        built = layers.compile_kernels(options, module, folder, facts)
        return {kernel: 1000 * time for kernel, time in layers.time_kernels(built, x, y, rounds=9).items()}


class CortexM:
    """Instructions under qemu, gcc -Os."""

    largest = 6000

    def __init__(self, target):
        self.core = next(core for core in cortex_m.CORES if f"cortex-{core.name.lower()}" == target)

    def measure(self, options, module, folder, facts, x, y):
        counts = {}
        for estimate in facts["kernels"]:
            if "objection" in estimate:
                continue
            kernel = estimate["kernel"]
            place = folder / kernel
            place.mkdir()
            layers.setun(options, "compile", module, "-o", place, "--name=model", f"--kernel={kernel}", f"--target={options.target}")
            header = '#include "model.h"\nstatic model_arena arena;\n'
            header += "#define RUN(input, output) model_run((const void *)(input), (void *)(output), &arena)"
            program = cortex_m.Program("setun", [place / "model.c"], header)
            cases = [(("", x.tobytes()), ("", y.tobytes()))]
            cortex_m.write_cases(place, program, cases)
            result = cortex_m.measure(self.core, "-Os", program, cases, place)
            if not result.error:  # else it does not fit the board
                counts[kernel] = result.instructions
        return counts


def fit(rows, usual=None):
    """Prices p >= 0 that make sum((amounts @ p / time - 1)^2) least, by coordinate descent; near `usual` where the rows
    say little."""
    matrix = np.array([amounts for amounts, _ in rows]) / np.array([[time] for _, time in rows])
    scale = np.maximum(matrix.max(axis=0), 1e-300)
    matrix = matrix / scale
    gram, right = matrix.T @ matrix, matrix.sum(axis=0)
    if usual is not None:
        gram += USUAL_WEIGHT * np.eye(len(AMOUNTS))
        right += USUAL_WEIGHT * usual * scale
    prices = np.zeros(len(AMOUNTS))
    for _ in range(20000):
        for i, diagonal in enumerate(gram.diagonal()):
            if diagonal > 0:
                prices[i] = max(0.0, prices[i] + (right[i] - gram[i] @ prices) / diagonal)
    errors = np.abs(matrix @ prices - 1)
    return prices / scale, errors


def print_row(target, method, prices):
    return f'SETUN_METHOD("{target}", "{method}", {", ".join(f"{price:.4g}" for price in prices)})'


def write_table(target, rows, about):
    """Puts `rows` in place of those of the same target and method."""
    text = TABLE.read_text()
    for method in rows:
        text = re.sub(rf'SETUN_METHOD\("{target}", "{method}",[^)]*\)\n', "", text)
    text = re.sub(rf"// {target}: .*\n", "", text)
    last = [match.end() for match in re.finditer(rf'SETUN_TARGET\("[^)]*\)\n|SETUN_METHOD\("{target}", [^)]*\)\n', text)][-1]
    lines = [f"// {target}: {about}", *rows.values()]
    TABLE.write_text(text[:last] + "\n".join(lines) + "\n" + text[last:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    layers.add_options(parser)
    parser.add_argument("--count", type=int, default=7, help="products and convolutions for each pair of codes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--about", default="", help="the machine and the compiler, for the comment in the table")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--save", metavar="FILE", help="keep what was measured")
    parser.add_argument("--load", metavar="FILE", help="fit prices to what was kept, and measure nothing")
    options = parser.parse_args()
    if options.load:
        kept = json.loads(Path(options.load).read_text())
        report(options, kept["target"], kept["measured"])
        return 0
    machine = CortexM(options.target) if options.target.startswith("cortex-m") else Host()
    rng = np.random.default_rng(options.seed)
    measured = collections.defaultdict(list)
    for size, x, w, density in draw_layers(rng, options.count, machine.largest):
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder) / "layer.mlir"
            given, y = layers.write_module(module, rng, size, x, w, density)
            facts = layers.inspect(options, module)
            times = machine.measure(options, module, Path(folder), facts, given, y)
        for estimate in facts["kernels"]:
            if estimate["kernel"] in times:
                amounts = [1.0] + [estimate["amounts"][name] for name in AMOUNTS[1:]]
                measured[estimate["method"]].append((amounts, times[estimate["kernel"]]))
        print("x".join(map(str, size)), x, w, density, {k: round(t) for k, t in times.items()}, file=sys.stderr, flush=True)
        if options.save:
            Path(options.save).write_text(json.dumps({"target": facts["target"], "measured": measured}))
    report(options, facts["target"], measured)
    return 0


def family(method):
    """What a kernel does, apart from where its rows come from."""
    return method.partition("_")[2]


def report(options, target, measured):
    """Fits the prices, prints them and, if asked, writes them to the table."""
    families = collections.defaultdict(list)
    for method in measured:
        families[family(method)] += measured[method]
    rows = {}
    for method in sorted(measured):
        prices, errors = fit(measured[method], fit(families[family(method)])[0])
        row = print_row(target, method, prices)
        if len(errors) >= FEWEST_LAYERS and np.median(errors) <= LARGEST_ERROR:
            rows[method] = row
        print(f"{row}  // {len(errors)} layers, median error {np.median(errors):.0%}, largest {max(errors):.0%}")
    if options.write:
        date = datetime.date.today().isoformat()
        write_table(target, rows, f"bench/calibrate.py, {date}; {options.about or options.cc + ' ' + options.cflags}")


if __name__ == "__main__":
    sys.exit(main())
