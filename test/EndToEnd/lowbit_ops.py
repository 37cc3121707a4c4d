"""Every lowbit op through both backends, bit for bit against numpy.

The oracle follows the formulas of dialects/LowBit/LowBit.td and the layouts of setun/Support/BitPacking.h. Each
case (Inputs/lowbit_*_cases.py) is a module in stage lowbit with many outputs; it is run by the JIT (plain loops, LLVM) and as C. With
--filter only the cases whose name has a match of the regular expression; the last line counts.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
from lowbit_cases import CASES

import lowbit_product_cases  # noqa: F401
import lowbit_step_cases  # noqa: F401


def run(command):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{result.stdout}")


def run_jit(folder, kernel, inputs, _):
    options = [part for path in inputs for part in ("--input", path)]
    run(["setun", "run", folder / "model.mlir", f"--kernel={kernel}", "--output-dir", folder / f"jit_{kernel}", *options])
    return folder / f"jit_{kernel}"


def run_c(folder, kernel, inputs, outputs):
    target = folder / f"c_{kernel}"
    run(["setun", "compile", folder / "model.mlir", f"--kernel={kernel}", "--name=model", "--with-main", "-o", target])
    # Warnings depend on what the optimizer sees: each level has its share of the modules.
    level = f"-O{1 + sum(folder.name.encode()) % 3}"
    flags = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()
    run(["cc", *flags, level, target / "model.c", target / "model_main.c", "-o", target / "model", "-lm"])
    run([target / "model", *inputs, *(target / f"output_{i}.npy" for i in range(outputs))])
    return target


def same_bits(a, b):
    """Equal bytes; a NaN may be any NaN."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        a, b = (np.where(np.isnan(v), np.float32(np.nan), v) for v in (a, b))
    return np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def compare(name, module, results):
    """Prints a line for every wrong output; returns whether there is none."""
    good = True
    for i, (what, expected) in enumerate(module.outputs):
        got = np.load(results / f"output_{i}.npy")
        if same_bits(got, expected):
            continue
        good = False
        print(f"FAIL {name}: {what}")
        if got.shape == expected.shape and got.dtype == expected.dtype:
            wrong = np.argwhere(~((got == expected) | ((got != got) & (expected != expected))))
            for index in map(tuple, wrong[:3]):
                print(f"  at {index}: {got[index]!r}, expected {expected[index]!r}")
        else:
            print(f"  {got.dtype}{list(got.shape)}, expected {expected.dtype}{list(expected.shape)}")
    return good


def check_module(name, module, folder):
    """Compiles and runs one module by each backend and kernel; counts the outputs that are right."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.mlir").write_text(module.text())
    inputs = []
    for i, value in enumerate(module.inputs):
        inputs.append(folder / f"input_{i}.npy")
        np.save(inputs[-1], value)
    failed = 0
    for kernel in module.kernels:
        for backend, execute in (("llvm", run_jit), ("c", run_c)):
            label = f"{name} {backend} {kernel}"
            try:
                good = compare(label, module, execute(folder, kernel, inputs, len(module.outputs)))
            except RuntimeError as error:
                good = False
                print(f"FAIL {label}: {error}")
            if good:
                print(f"PASS {label}: {len(module.outputs)} outputs")
            failed += not good
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    failed = 0
    for name, generate in CASES.items():
        if not re.search(options.filter, name):
            continue
        for i, module in enumerate(generate()):
            failed += check_module(f"{name}_{i}", module, options.work_dir / f"{name}_{i}")
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
