"""Is the kernel that --kernel=auto takes the fastest one?

Compiles each layer of LAYERS (and with --more N further ones, drawn from a seed) with every kernel, checks that all
give the same bytes, times them interleaved and prints the choice beside the best. A choice is good within 15 % of it.

    bench/kernel_choice.py --setun build/bin/setun [--cc gcc] [--cflags "-O3 -march=native"] [--more 30]
"""

import argparse
import ctypes
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

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
KERNELS = ["plain", "packed", "addsub"]
# The call is made through a pointer, so that no compiler drops one.
LOOP = """#include "m.h"
typedef void run_t(const void *, void *, void *);
run_t *volatile run = (run_t *)m_run;
void loop(const void *x, void *y, void *arena, long calls) {
  for (long i = 0; i < calls; ++i)
    run(x, y, arena);
}
"""
RANGES = {"bipolar": (-1, 1), "ternary": (-1, 1)}


def code_range(code):
    if code in RANGES:
        return RANGES[code]
    bits = int(code[2:])
    return (0, 2**bits - 1) if code[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def draw(rng, code, shape, density=1.0):
    low, high = code_range(code)
    codes = rng.integers(low, high, shape, endpoint=True)
    if code == "bipolar":
        codes = np.where(codes < 0, -1, 1)
    if code == "ternary":
        codes = rng.choice([-1, 1], shape) * (rng.random(shape) < density)
    return codes.astype(np.uint8 if code[0] == "u" else np.int8)


def element(code):
    return f"!lowbit.{code}" if code in RANGES else code


def write_module(path, rng, size, x, w, density):
    """One layer as a module of the stage lowbit; gives its input."""
    if len(size) == 3:
        rows, inputs, outputs = size
        shapes = (rows, inputs), (outputs, inputs), (rows, outputs)
        op, rest = "matmul", ""
    else:
        channels, height, width, outputs, k, groups = size
        kw = k if width > 1 else 1
        shapes = (1, channels, height, width), (outputs, channels // groups, k, kw), (1, outputs, height, width)
        pads = f"{k // 2}, {kw // 2}, {k // 2}, {kw // 2}"
        op = "conv"
        rest = f" window <size[{k}, {kw}] strides[1, 1] dilations[1, 1] pads[{pads}]>" + (f" groups {groups}" if groups > 1 else "")
    weights = draw(rng, w, shapes[1], density)
    types = [f"tensor<{'x'.join(map(str, s))}x{t}>" for s, t in zip(shapes, (element(x), element(w), "i32"))]
    path.write_text(
        f"""func.func @main(%x: {types[0]} {{onnx.name = "x"}}) -> ({types[2]} {{onnx.name = "y"}}) {{
  %w = lowbit.constant dense_resource<w> : {types[1]}
  %y = lowbit.{op} %x, %w{rest} : {types[0]}, {types[1]} -> {types[2]}
  return %y : {types[2]}
}}
{{-# dialect_resources: {{ builtin: {{ w: "0x01000000{weights.tobytes().hex().upper()}" }} }} #-}}
"""
    )
    return draw(rng, x, shapes[0], 0.7), np.zeros(shapes[2], np.int32)


class Compiled:
    def __init__(self, options, module, folder, kernel):
        done = subprocess.run(
            [options.setun, "compile", str(module), "-o", str(folder), "--name=m", f"--kernel={kernel}"],
            capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.text = (folder / "m.c").read_text()
        library = folder / "m.so"
        (folder / "loop.c").write_text(LOOP)
        subprocess.run(
            [options.cc, "-std=c99", "-w", *options.cflags.split(), "-shared", "-fPIC", "m.c", "loop.c", "-o", "m.so", "-lm"],
            cwd=folder, check=True, timeout=120,
        )
        arena = int(re.search(r"#define M_ARENA_BYTES (\d+)", (folder / "m.h").read_text()).group(1))
        self.arena = np.zeros(arena + 64, np.uint8)
        self.arena = self.arena[-self.arena.ctypes.data % 64 :]
        self.loop = ctypes.CDLL(str(library)).loop

    def run(self, x, y, calls=1):
        self.loop(*(ctypes.c_void_p(a.ctypes.data) for a in (x, y, self.arena)), ctypes.c_long(calls))

    def time(self, x, y, calls):
        start = time.perf_counter()
        self.run(x, y, calls)
        return (time.perf_counter() - start) / calls


def chosen(options, module):
    done = subprocess.run([options.setun, "inspect", str(module), "--json"], capture_output=True, text=True, check=True)
    return next(layer["kernel"] for layer in json.loads(done.stdout)["layers"] if layer["macs"])


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setun", default="build/bin/setun")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--cflags", default="-O3 -march=native")
    parser.add_argument("--more", type=int, default=0)
    options = parser.parse_args()
    good = total = 0
    for size, x, w, density in [*LAYERS, *more_layers(options.more)]:
        rng = np.random.default_rng(1958)
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder) / "layer.mlir"
            given, y = write_module(module, rng, size, x, w, density)
            choice = chosen(options, module)
            built, outputs = {}, {}
            for kernel in KERNELS:
                try:
                    built[kernel] = Compiled(options, module, Path(folder) / kernel, kernel)
                except subprocess.TimeoutExpired:
                    continue
                # An objection makes it another kernel: the same C is not timed twice.
                if any(built[kernel].text.split("*/", 1)[1] == other.text.split("*/", 1)[1] for name, other in built.items() if name != kernel):
                    del built[kernel]
                    continue
                built[kernel].run(given, y)
                outputs[kernel] = y.tobytes()
            assert len(set(outputs.values())) == 1, (size, x, w)
            once = min(k.time(given, y, 20) for k in built.values())
            calls = max(1, int(0.002 / once))
            times = {kernel: [] for kernel in built}
            for _ in range(15):
                for kernel, code in built.items():
                    times[kernel].append(code.time(given, y, calls))
        # The least is what the machine can do; others share it.
        least = {kernel: min(values) * 1e6 for kernel, values in times.items()}
        best = min(least, key=least.get)
        picked = choice if choice in least else best
        ratio = least[picked] / least[best]
        good += ratio <= 1.15
        total += 1
        row = "  ".join(f"{kernel} {least[kernel]:9.2f}" if kernel in least else f"{kernel}         -" for kernel in KERNELS)
        print(f"{'x'.join(map(str, size)):>18} {x:>7} {w:>7} {density:4}  {row}  auto {choice:6} {ratio:5.2f}", flush=True)
    print(f"{good} of {total} choices within 15 % of the best")
    return 0


if __name__ == "__main__":
    sys.exit(main())
