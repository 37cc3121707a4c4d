"""Functions of real numbers on both backends: equal bits, and close to what they should be.

Each function is called on numbers of every size, on special values and near the places where its formula changes.
The reference is numpy in 80 bits, math.erf for the error function; the error is counted in units in the last place.
A line says the greatest error of each function; the last line counts what is wrong.
"""

import argparse
import math
import subprocess
import sys
from pathlib import Path

import numpy as np

RNG = np.random.default_rng(1707)
WIDE = np.longdouble

# The function in `math`, what it should be, where, and the errors that are allowed in f32 and f64.
UNARY = {
    "exp": (np.exp, (-110, 95), (-760, 720), 1, 1.5),
    "log": (np.log, None, None, 1, 1),
    "log1p": (np.log1p, (-1, 5), (-1, 5), 2, 2),
    "sin": (np.sin, (-1e6, 1e6), (-1e6, 1e6), 0.51, 2),
    "cos": (np.cos, (-1e6, 1e6), (-1e6, 1e6), 0.51, 2),
    "tan": (np.tan, (-1e6, 1e6), (-1e6, 1e6), 0.51, 3),
    "asin": (np.arcsin, (-1.01, 1.01), (-1.01, 1.01), 0.51, 2.5),
    "acos": (np.arccos, (-1.01, 1.01), (-1.01, 1.01), 0.51, 2.5),
    "atan": (np.arctan, (-20, 20), (-20, 20), 0.51, 2.5),
    "sinh": (np.sinh, (-95, 95), (-715, 715), 0.51, 4),
    "cosh": (np.cosh, (-95, 95), (-715, 715), 0.51, 4),
    "tanh": (np.tanh, (-10, 10), (-20, 20), 1.5, 2),
    "asinh": (np.arcsinh, (-1e6, 1e6), (-1e6, 1e6), 0.51, 3),
    "acosh": (np.arccosh, (0.9, 1e6), (0.9, 1e6), 0.51, 3),
    "atanh": (np.arctanh, (-1.01, 1.01), (-1.01, 1.01), 0.51, 3),
    "erf": (np.vectorize(math.erf, otypes=[float]), (-5, 5), (-7, 7), 1.6, 2),
}
MLIR_TYPE = {np.float32: "f32", np.float64: "f64", np.int64: "i64"}


def numbers(dtype, bounds):
    """Random numbers between the bounds and of every size, their neighbourhood of 0 and 1, special values."""
    bits = np.uint32 if dtype == np.float32 else np.uint64
    parts = [np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 1e-30, -1e-30, np.inf, -np.inf, np.nan])]
    parts.append(RNG.integers(0, np.iinfo(bits).max, 30000, bits, endpoint=True).view(dtype))
    parts.append(RNG.normal(size=30000))
    for center in (1, -1):
        parts.append(center + RNG.normal(size=1000) * np.geomspace(1e-15, 1e-2, 1000))
    if bounds:
        parts.append(RNG.uniform(*bounds, 60000))
    with np.errstate(all="ignore"):
        x = np.concatenate([np.asarray(part, dtype) for part in parts])
    # Angles beyond 2^40 are not reduced to the last bit.
    return np.clip(x, -(2.0**40), 2.0**40) if bounds and bounds[1] >= 1e6 else x


def module(functions, dtype, result):
    """@main calls each function on every element of its arguments."""
    element, out = MLIR_TYPE[dtype], MLIR_TYPE[result]
    arguments, body, results, count = [], [], [], 0
    for i, (operation, arrays) in enumerate(functions):
        tensors = [f"tensor<{array.size}x{MLIR_TYPE[array.dtype.type]}>" for array in arrays]
        names = [f"%in{count + j}" for j in range(len(arrays))]
        count += len(arrays)
        arguments += [f"{name}: {tensor}" for name, tensor in zip(names, tensors)]
        to = f"tensor<{arrays[0].size}x{out}>"
        maps = ", ".join(["affine_map<(d0) -> (d0)>"] * (len(arrays) + 1))
        scalars = [f"%x{j}" for j in range(len(arrays))]
        block = ", ".join([f"{s}: {MLIR_TYPE[a.dtype.type]}" for s, a in zip(scalars, arrays)] + [f"%o: {out}"])
        body.append(f"  %e{i} = tensor.empty() : {to}")
        body.append(f'  %v{i} = linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}} ins({", ".join(names)} : {", ".join(tensors)})')
        body.append(f"    outs(%e{i} : {to}) {{ ^bb0({block}): %y = {operation} {', '.join(scalars)} : {element} linalg.yield %y : {out} }} -> {to}")
        results.append((f"%v{i}", to))
    types = ", ".join(to for _, to in results)
    lines = [f"func.func @main({', '.join(arguments)}) -> ({types}) {{", *body]
    lines += [f"  return {', '.join(name for name, _ in results)} : {types}", "}"]
    return "\n".join(lines) + "\n"


def run(command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def compute(folder, text, inputs, outputs):
    """What both backends make of the module: a list of arrays each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.mlir").write_text(text)
    paths = []
    for i, array in enumerate(inputs):
        paths.append(folder / f"input_{i}.npy")
        np.save(paths[-1], array)
    run(["setun", "run", folder / "model.mlir", "--output-dir", folder / "jit", *(part for path in paths for part in ("--input", path))])
    run(["setun", "compile", folder / "model.mlir", "--name=model", "--with-main", "-o", folder])
    flags = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror -O2".split()
    run(["cc", *flags, folder / "model.c", folder / "model_main.c", "-o", folder / "model", "-lm"])
    (folder / "c").mkdir(exist_ok=True)
    run([folder / "model", *paths, *(folder / "c" / f"output_{i}.npy" for i in range(outputs))])
    return [[np.load(folder / kind / f"output_{i}.npy") for i in range(outputs)] for kind in ("jit", "c")]


def ulps(got, expected):
    """Errors in units in the last place; infinite where only one of the two is a NaN or infinite."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(got.dtype)
        unit = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, 1)).astype(got.dtype)).astype(WIDE)
        error = np.abs(got.astype(WIDE) - expected.astype(WIDE)) / unit
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    largest = np.finfo(got.dtype).max
    overflow = np.isinf(got) & (np.abs(rounded) == largest) | np.isinf(rounded) & (np.abs(got) == largest)
    error = np.where(overflow, 1, np.where(np.isfinite(error), error, np.inf))
    # Of zeros the sign counts.
    signs = (got == 0) & (rounded == 0) & (np.signbit(got) != np.signbit(rounded))
    return np.where(signs, np.inf, np.where(same & np.isinf(error), 0, error))


def same_bits(a, b):
    return (np.where(np.isnan(a), 0, a).tobytes() == np.where(np.isnan(b), 0, b).tobytes()) and (np.isnan(a) == np.isnan(b)).all()


def report(name, jit, c, expected, allowed, x):
    """Prints the greatest error; returns whether something is wrong."""
    if not same_bits(jit, c):
        print(f"FAIL {name}: the backends differ")
        return True
    error = ulps(jit, expected)
    worst = error.argmax()
    word = "FAIL" if error[worst] > allowed else "PASS"
    at = ", ".join(repr(float(array[worst])) for array in x)
    print(f"{word} {name}: {float(error[worst]):.3g} ulp at {at}: {float(jit[worst])!r}")
    return word == "FAIL"


def check_unary(dtype, folder):
    position = 0 if dtype == np.float32 else 1
    inputs = [numbers(dtype, UNARY[name][1 + position]) for name in UNARY]
    text = module([(f"math.{name}", [x]) for name, x in zip(UNARY, inputs)], dtype, dtype)
    jit, c = compute(folder, text, inputs, len(UNARY))
    failed = 0
    for (name, case), x, a, b in zip(UNARY.items(), inputs, jit, c):
        with np.errstate(all="ignore"):
            expected = case[0](x.astype(WIDE))
        failed += report(f"{name} {MLIR_TYPE[dtype]}", a, b, expected, case[3 + position], [x])
    return failed


def check_pow(dtype, folder):
    special = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 1e30, np.inf, -np.inf, np.nan]).astype(dtype)
    pairs = np.array(np.meshgrid(special, special)).reshape(2, -1)
    small = np.array(np.meshgrid(np.arange(-49, 50), np.arange(8))).reshape(2, -1)
    x = np.concatenate([pairs[0], small[0], np.exp(RNG.uniform(-20, 20, 50000)), RNG.normal(size=20000) * 5]).astype(dtype)
    y = np.concatenate([pairs[1], small[1], RNG.normal(size=50000) * 4, RNG.integers(-9, 9, 20000)]).astype(dtype)
    jit, c = compute(folder, module([("math.powf", [x, y])], dtype, dtype), [x, y], 1)
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(WIDE), y.astype(WIDE))
    # Where the power is a float, it is that float.
    whole = (np.abs(x) < 50) & (x == np.rint(x)) & (y >= 0) & (y < 8) & (y == np.rint(y)) & (np.abs(expected) < 2.0**24)
    exact = bool((jit[0][whole] != expected[whole]).any())
    print(f"{'FAIL' if exact else 'PASS'} pow {MLIR_TYPE[dtype]} of {whole.sum()} integers")
    return report(f"pow {MLIR_TYPE[dtype]}", jit[0], c[0], expected, 0.51 if dtype == np.float32 else 1.2, [x, y]) + exact


def check_integer_pow(folder):
    x = np.concatenate([np.arange(-5, 6).repeat(9), RNG.integers(-(2**63), 2**63 - 1, 1000)])
    y = np.concatenate([np.tile(np.array([0, 1, 2, 3, 7, 64, -1, -2, -3]), 11), RNG.integers(0, 2**62, 1000)])
    jit, c = compute(folder, module([("math.ipowi", [x, y])], np.int64, np.int64), [x, y], 1)
    expected = []
    for base, exponent in zip(x.tolist(), y.tolist()):
        if exponent < 0:
            value = {1: 1, -1: -1 if exponent % 2 else 1}.get(base, 0)
        else:
            value = pow(base, exponent, 2**64)
        expected.append(value - 2**64 if value >= 2**63 else value)
    right = (jit[0] == expected).all() and (c[0] == expected).all()
    print(f"{'PASS' if right else 'FAIL'} pow i64")
    return not right


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    options = parser.parse_args()
    failed = 0
    for dtype in (np.float32, np.float64):
        failed += check_unary(dtype, options.work_dir / f"unary_{MLIR_TYPE[dtype]}")
        failed += check_pow(dtype, options.work_dir / f"pow_{MLIR_TYPE[dtype]}")
    failed += check_integer_pow(options.work_dir / "pow_i64")
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
