#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The stack of generated C, as gcc sees it: stack_usage.py MODEL... compiles each model for Cortex-M0, M4, M55 and this computer at
# -Os and -O2 and prints the deepest chain of calls (-fstack-usage, -fcallgraph-info) beside what the header states. Fails where the
# header states less, or more than one and a half times the largest and 768 (3072 with kernels of tiles). Functions of the C library
# are not in gcc's numbers.

import argparse
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys

ARM = ["arm-none-eabi-gcc", "-mthumb"]
COMPILERS = {
    "M0": [*ARM, "-mcpu=cortex-m0"],
    "M4": [*ARM, "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
    "M55": [*ARM, "-mcpu=cortex-m55", "-mfloat-abi=hard"],
    platform.machine(): ["gcc"],
    "native": ["gcc", "-march=native"],
}


def deepest_chain(graphs, function):
    """Stack of the deepest chain of calls from a function, out of gcc's call graphs (.ci)."""
    stack, calls = {}, {}
    for graph in graphs:
        text = graph.read_text()
        for name, used in re.findall(r'node: \{ title: "([^"]*)" label: "[^"]*\\n(\d+) bytes', text):
            stack[name] = int(used)
        for caller, callee in re.findall(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', text):
            calls.setdefault(caller, set()).add(callee)

    def depth(name, above=()):
        if name in above:
            return 0
        return stack.get(name, 0) + max((depth(callee, (*above, name)) for callee in calls.get(name, ())), default=0)

    found = [name for name in stack if name.split(":")[-1] == function]
    return depth(found[0]) if found else 0


def measure(model, setun, options, folder):
    """What the header states, and the deepest chain for each compiler and level."""
    subprocess.run([setun, "compile", str(model), "-o", str(folder), "--name=model", *options], check=True)
    stated = int(re.search(r"MODEL_WORST_STACK_BYTES (\d+)", (folder / "model.h").read_text()).group(1))
    seen = {}
    for core, command in COMPILERS.items():
        for level in ["-Os", "-O2"]:
            if not shutil.which(command[0]):
                continue
            part = folder / f"{core}{level}"
            part.mkdir(exist_ok=True)
            flags = [level, "-std=c99", "-fstack-usage", "-fcallgraph-info=su"]
            subprocess.run([*command, *flags, "-c", str(folder / "model.c"), "-o", str(part / "model.o")], check=True)
            seen[f"{core} {level}"] = deepest_chain(part.glob("*.ci"), "model_run")
    return stated, seen


def main():
    parser = argparse.ArgumentParser(description="worst stack of generated C, stated and seen by gcc")
    parser.add_argument("models", nargs="+", type=pathlib.Path, help="folders with a model.onnx, or files")
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--setun-options", default="", help="for setun compile: --setun-options='--kernel=packed ...'")
    parser.add_argument("--work-dir", type=pathlib.Path, default=pathlib.Path("build/stack_usage"))
    options = parser.parse_args()
    failed = False
    for index, path in enumerate(options.models):
        model = path / "model.onnx" if path.is_dir() else path
        folder = options.work_dir / str(index)
        folder.mkdir(parents=True, exist_ok=True)
        stated, seen = measure(model, options.setun, shlex.split(options.setun_options), folder)
        most = max(seen.values())
        # Arrays of vectors are in registers where there are enough of them.
        slack = 3072 if "_tiles" in (folder / "model.c").read_text() else 768
        good = most <= stated <= 1.5 * most + slack
        failed |= not good
        numbers = ", ".join(f"{name} {value}" for name, value in seen.items())
        print(f"{'PASS' if good else 'FAIL'} {path.resolve().name}: {stated} stated, {most} at most; {numbers}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
