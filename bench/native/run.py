#!/usr/bin/env python3
"""Times the packed products of lib/Kernels under several compilers, beside the limits of the machine and onnxruntime.

    bench/native/run.py                                    # gcc and clang-22, -O3 -march=native
    bench/native/run.py --compilers gcc --cflags="-O2"     # what others get
    bench/native/run.py --python VENV/bin/python           # one that has onnx and onnxruntime

All programs take turns, and of each product the least time of all rounds counts. Compilers and peers that are not
there are named and left out. One thread. Standard library only.
"""

import argparse
import datetime
import pathlib
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
LIMITS = ["reading memory", "multiplying bytes"]


def build(compiler, cflags, folder):
    """The program of one compiler; None if there is no such compiler."""
    if not shutil.which(compiler):
        print(f"{compiler} is not installed, skipped", file=sys.stderr)
        return None
    program = folder / f"products-{compiler}"
    sources = [f"-I{FOLDER.parents[1]}", FOLDER / "products.c", "-o", program]
    subprocess.run([compiler, "-std=c99", *shlex.split(cflags), *sources], check=True)
    return program


def add_times(command, times):
    """Runs a program and keeps the least time of each product."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    for line in result.stdout.splitlines():
        name, time, size, operations = line.split("\t")
        least = min(float(time), times.get(name, (1e30,))[0])
        times[name] = (least, float(size), float(operations))


def describe(measured, limits):
    """Microseconds, and GB/s or GOPS with the share of the limit that it runs into."""
    time, size, operations = measured
    reading, multiplying = (limits[name] for name in LIMITS)
    read, done = size / time / 1e3, operations / time / 1e3
    rates = f"{read:.1f} GB/s" if size else ""
    if operations:
        rates += f"{', ' if rates else ''}{done:.0f} GOPS"
    share = f"{100 * read / reading:.0f} %", f"{100 * done / multiplying:.0f} %"
    return f"{time:,.2f} us", rates, *share


def print_table(title, times, limits):
    print(f"\n| {title} | time | rates | of reading | of multiplying |\n|---|---|---|---|---|")
    for name, measured in times.items():
        if name not in LIMITS:
            print(f"| {name} | {' | '.join(describe(measured, limits))} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compilers", nargs="*", default=["gcc", "clang-22"])
    parser.add_argument("--cflags", default="-O3 -march=native")
    parser.add_argument("--python", default=sys.executable, help="for onnxruntime")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", default="0.2", help="for each product in each round")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        programs = {}
        for compiler in options.compilers:
            program = build(compiler, options.cflags, pathlib.Path(folder))
            if program:
                programs[f"{compiler} {options.cflags}"] = [program, options.seconds]
        has_peer = subprocess.run([options.python, "-c", "import onnx, onnxruntime"], stderr=subprocess.DEVNULL)
        if has_peer.returncode == 0:
            programs["onnxruntime"] = [options.python, FOLDER / "peers.py", options.seconds]
        else:
            print(f"{options.python} has no onnx and onnxruntime, skipped", file=sys.stderr)
        if not options.compilers or len(programs) == 0:
            sys.exit("nothing to run")
        times = {title: {} for title in programs}
        for _ in range(options.rounds):
            for title, command in programs.items():
                add_times(command, times[title])

    # The best of what any program saw.
    limits = dict.fromkeys(LIMITS, 0.0)
    for found in times.values():
        for name in LIMITS:
            if name in found:
                time, size, operations = found[name]
                limits[name] = max(limits[name], (size or operations) / time / 1e3)
    print(f"{datetime.date.today()}; {platform.machine()}, {platform.system()}; one thread")
    print(f"reading memory: {limits[LIMITS[0]]:.1f} GB/s; multiplying bytes: {limits[LIMITS[1]]:.0f} GOPS")
    for title, found in times.items():
        print_table(title, found, limits)


main()
