#!/usr/bin/env python3
"""Is the kernel that --kernel=auto takes the fastest one?

Compiles each layer of LAYERS (and with --more N further ones, drawn from a seed) with every kernel, checks that all
give the same bytes, times them interleaved and prints the choice beside the best. A choice is good within 15 % of it.

    bench/kernel_choice.py --setun build/bin/setun [--target native --cc gcc --cflags "-O3 -march=native"] [--more 30]
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

import layers

# (rows, inputs, outputs) of a product, or (channels, height, width, outputs, size, groups) of a convolution; codes of
# inputs and weights; density of ternary weights.
LAYERS = [
    ((1, 64, 10), "ternary", "ternary", 0.66),
    ((1, 64, 64), "bipolar", "bipolar", 1),
    ((1, 784, 64), "bipolar", "bipolar", 1),
    ((1, 64, 64), "ternary", "ternary", 0.66),
    ((1, 784, 64), "ternary", "ternary", 0.66),
    ((1, 784, 256), "si8", "ternary", 0.5),
    ((1, 256, 256), "si8", "ternary", 0.33),
    ((1, 256, 10), "si8", "ternary", 0.66),
    ((1, 64, 16), "si8", "ternary", 0.1),
    ((1, 32, 32), "ui2", "ternary", 0.5),
    ((1, 512, 128), "ui2", "ternary", 0.5),
    ((8, 128, 128), "ui4", "ternary", 0.66),
    ((1, 256, 256), "ui3", "si3", 1),
    ((1, 490, 256), "si8", "si3", 1),
    ((1, 480, 32), "si8", "si8", 1),
    ((1, 64, 10), "ui8", "si8", 1),
    ((1, 1024, 1024), "si8", "ternary", 0.66),
    ((16, 512, 512), "si8", "si8", 1),
    ((16, 12, 12, 16, 3, 1), "ui8", "si8", 1),
    ((32, 16, 16, 32, 3, 1), "ui2", "ternary", 0.4),
    ((64, 8, 8, 64, 3, 1), "bipolar", "bipolar", 1),
    ((3, 32, 32, 16, 3, 1), "ui8", "si8", 1),
    ((64, 25, 5, 64, 1, 1), "ui8", "si8", 1),
    ((64, 25, 5, 64, 3, 64), "ui8", "si8", 1),
    ((64, 14, 14, 64, 3, 64), "ui4", "ternary", 0.66),
    ((8, 20, 20, 8, 3, 2), "ui4", "ternary", 0.5),
    ((1, 28, 28, 8, 5, 1), "ui8", "ternary", 0.66),
    ((4, 64, 1, 4, 3, 1), "ui8", "si7", 1),
    ((16, 10, 10, 32, 1, 1), "ui4", "si4", 1),
    ((32, 6, 6, 16, 3, 1), "si8", "ternary", 0.2),
]


def more_layers(count, seed=30):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        x = rng.choice(["bipolar", "ternary", "ui2", "ui4", "ui8", "si8"])
        w = "bipolar" if x == "bipolar" else rng.choice(["ternary", "ternary", "si4", "si8"])
        density = round(float(rng.uniform(0.1, 1)), 2)
        if rng.random() < 0.5:
            size = int(rng.choice([1, 1, 4])), int(2 ** rng.uniform(4, 10)), int(2 ** rng.uniform(2, 9))
        else:
            groups = int(rng.choice([1, 1, 1, 2, 16]))
            side = int(rng.integers(5, 30))
            size = 16 * int(rng.integers(1, 4)), side, side, 16 * int(rng.integers(1, 4)), int(rng.choice([1, 3, 3, 5])), groups
        yield size, str(x), str(w), density


def judge(options, layer):
    """Prints one layer; is its choice good?"""
    size, x, w, density = layer
    rng = np.random.default_rng(1958)
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "layer.mlir"
        given, y = layers.write_module(module, rng, size, x, w, density)
        facts = layers.inspect(options, module)
        built = layers.compile_kernels(options, module, Path(folder), facts)
        times = layers.time_kernels(built, given, y)
    best = min(times, key=times.get)
    # A network too long to be compiled here is no good choice.
    ratio = times.get(facts["kernel"], float("inf")) / times[best]
    row = ""
    for estimate in facts["kernels"]:
        if estimate["kernel"] in times:
            row += f"  {estimate['kernel']} {times[estimate['kernel']]:8.2f} ({estimate['time'] / 1000:8.2f})"
    print(f"{'x'.join(map(str, size)):>18} {x:>7} {w:>7} {density:4} {row}  auto {facts['kernel']:6} {ratio:5.2f}", flush=True)
    return ratio <= 1.15


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    layers.add_options(parser)
    parser.add_argument("--more", type=int, default=0)
    options = parser.parse_args()
    print("microseconds measured (and estimated)")
    for title, group in ("committed", LAYERS), ("drawn", list(more_layers(options.more))):
        good = sum(judge(options, layer) for layer in group)
        if group:
            print(f"{title}: {good} of {len(group)} choices within 15 % of the best", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
