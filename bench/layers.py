"""Single layers as modules of the stage lowbit, compiled and called from Python; for kernel_choice.py and calibrate.py.

A layer is (size, code of activations, code of weights, density of ternary weights); its size is (rows, inputs, outputs)
of a product, or (channels, height, width, outputs, size, groups) of a convolution.
"""

import ctypes
import json
import re
import subprocess
import time

import numpy as np

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


def write_module(path, rng, size, x, w, density, weights=None):
    """One layer as a module of the stage lowbit, with weights drawn if none are given; gives its input."""
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
    if weights is None:
        weights = draw(rng, w, shapes[1], density)
    types = [f"tensor<{'x'.join(map(str, s))}x{t}>" for s, t in zip(shapes, (element(x), element(w), "i32"))]
    path.write_text(
        f"""func.func @main(%x: {types[0]} {{onnx.name = "x"}}) -> ({types[2]} {{onnx.name = "y"}}) {{
  %w = lowbit.constant dense_resource<w> : {types[1]}
  %y = lowbit.{op} %x, %w{rest} : {types[0]}, {types[1]} -> {types[2]}
  return %y : {types[2]}
}}
{{-# dialect_resources: {{ builtin: {{ w: "0x01000000{weights.astype(np.int8).tobytes().hex().upper()}" }} }} #-}}
"""
    )
    return draw(rng, x, shapes[0], 0.7), np.zeros(shapes[2], np.int32)


class Compiled:
    def __init__(self, options, module, folder, kernel):
        setun(options, "compile", module, "-o", folder, "--name=m", f"--kernel={kernel}", f"--target={options.target}")
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


def setun(options, *arguments):
    done = subprocess.run([options.setun, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def inspect(options, module):
    """What `setun inspect --json` says of the product of a module, and for which target (`native` is one of the others)."""
    report = json.loads(setun(options, "inspect", module, "--json", f"--target={options.target}"))
    layer = next(layer for layer in report["layers"] if layer["macs"])
    return {**layer, "target": report["target"]}


def compile_kernels(options, module, folder, layer):
    """The layer as each kernel that can compute it, where a C compiler comes to an end within reasonable time."""
    built = {}
    for estimate in layer["kernels"]:
        if "objection" in estimate or (estimate["kernel"] == "addsub" and estimate["bytes"] > options.max_code):
            continue
        built[estimate["kernel"]] = Compiled(options, module, folder / estimate["kernel"], estimate["kernel"])
    return built


def time_kernels(built, x, y, seconds=0.002, rounds=15):
    """Microseconds of each kernel, the least of interleaved rounds: what the machine can do, since others share it."""
    outputs = set()
    for code in built.values():
        code.run(x, y)
        outputs.add(y.tobytes())
    if len(outputs) != 1:
        raise RuntimeError("kernels differ in their results")
    times = {kernel: [] for kernel in built}
    calls = {kernel: max(1, int(seconds / min(code.time(x, y, 3) for _ in range(3)))) for kernel, code in built.items()}
    for _ in range(rounds):
        for kernel, code in built.items():
            times[kernel].append(code.time(x, y, calls[kernel]))
    return {kernel: min(values) * 1e6 for kernel, values in times.items()}


def add_options(parser):
    parser.add_argument("--setun", default="build/bin/setun")
    parser.add_argument("--target", default="native")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--cflags", default="-O3 -march=native")
    parser.add_argument("--max-code", type=int, default=400000, help="bytes of code beyond which networks are left out")
