#!/usr/bin/env python3
"""Times the packed products of lib/Kernels under several compilers, beside the limits of the machine and peers.

    bench/native/run.py                                    # gcc and clang-22, -O3 -march=native
    bench/native/run.py --compilers gcc --cflags="-O2"     # what others get
    bench/native/run.py --python VENV/bin/python           # one that has onnx and onnxruntime
    bench/native/run.py --ggml FOLDER --bitnet FOLDER      # the library of llama.cpp, and bitnet.cpp
    bench/native/run.py --threads 2

FOLDER of ggml is its sources, built into FOLDER/build with shared libraries; that of bitnet.cpp its sources alone. All
programs take turns, and of each product the least time of all rounds counts; all ask for large pages. What is not
there is named and left out. Standard library only.
"""

import argparse
import datetime
import os
import pathlib
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
LIMITS = ["reading memory", "multiplying bytes"]
# The weights of peers that products of ours are compared with.
PEERS = {
    "ternary": ["TQ2_0", "TQ1_0", "I2_S", "2 bits, blocks of 64 (MatMulNBits)"],
    "int4": ["Q4_0 repacked", "Q4_0 in AMX tiles", "4 bits, blocks of 32 (MatMulNBits)"],
    "int4-block32": ["Q4_0 repacked", "Q4_0 in AMX tiles", "4 bits, blocks of 32 (MatMulNBits)"],
    "int4-block32-f16": ["Q4_0 repacked", "Q4_0 in AMX tiles", "4 bits, blocks of 32 (MatMulNBits)"],
    "int2-block64": ["2 bits, blocks of 64 (MatMulNBits)"],
    "int8": ["int8"],
}


def skip(what, reason):
    print(f"{what}: skipped, {reason}", file=sys.stderr)


def compile_program(program, compiler, *arguments):
    """Whether it could be; with OpenMP where the compiler has it."""
    if not shutil.which(compiler):
        skip(program.name, f"{compiler} is not installed")
        return False
    command = [compiler, *arguments, "-o", program]
    threaded = subprocess.run([*command, "-fopenmp"], stderr=subprocess.DEVNULL, check=False)
    if threaded.returncode != 0:
        skip(program.name, f"{compiler} has no OpenMP: one thread")
        subprocess.run(command, check=True)
    return True


def build_ours(options, folder):
    """Programs of products.c and blocks.c, by what the tables call them."""
    for compiler in options.compilers:
        program = folder / f"products-{compiler}"
        flags = ["-std=c99", *shlex.split(options.cflags), f"-I{FOLDER.parents[1]}"]
        if compile_program(program, compiler, *flags, FOLDER / "products.c"):
            yield f"{compiler} {options.cflags}", [program]
        program = folder / f"blocks-{compiler}"
        if compile_program(program, compiler, *flags, "-ffp-contract=off", FOLDER / "blocks.c"):
            yield f"scales in blocks, {compiler} {options.cflags}", [program]


def build_peers(options, folder):
    """Programs of what others made."""
    if options.ggml:
        libraries = options.ggml / "build" / "src"
        link = [f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-lggml", "-lggml-cpu", "-lggml-base"]
        if compile_program(folder / "ggml", "gcc", "-O2", f"-I{options.ggml / 'include'}", FOLDER / "ggml.c", *link):
            yield "ggml", [folder / "ggml"]
    else:
        skip("ggml", "no --ggml")
    if options.bitnet:
        for name in ["ggml", "ggml-backend", "ggml-quants", "ggml-cpu-impl"]:
            (folder / f"{name}.h").touch()  # bitnet.cpp (of this folder) declares what is needed
        include = [f"-I{path}" for path in (folder, options.bitnet / "include", options.bitnet / "src")]
        for compiler in ["g++", "clang++-22"]:
            program = folder / f"bitnet-{compiler}"
            if compile_program(program, compiler, *shlex.split(options.cflags), "-w", *include, FOLDER / "bitnet.cpp"):
                yield f"bitnet.cpp, {compiler} {options.cflags}", [program]
    else:
        skip("bitnet.cpp", "no --bitnet")
    has_peer = subprocess.run([options.python, "-c", "import onnx, onnxruntime"], stderr=subprocess.DEVNULL, check=False)
    if has_peer.returncode == 0:
        yield "onnxruntime", [options.python, FOLDER / "peers.py"]
    else:
        skip("onnxruntime", f"{options.python} has no onnx and onnxruntime")


def add_times(command, times):
    """Runs a program and keeps the least time of each product."""
    # Threads that wait go on looking, as llama.cpp's own do; malloc asks for large pages.
    settings = {"OMP_WAIT_POLICY": "active", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **settings})
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


def print_ratios(title, ours, peers):
    """How many times as long as ours the peers take: products of one name but for the kind of their weights."""
    rows = []
    for name, measured in ours.items():
        kind, _, shape = name.partition(" ")
        for peer, times in peers.items():
            for weights in PEERS.get(kind, []):
                if (other := times.get(f"{weights} {shape}")) is not None:
                    rows.append(f"| {name} | {peer}: {weights} | {other[0]:,.1f} us | {other[0] / measured[0]:.2f} |")
    if rows:
        print(f"\n| {title} | against | time | ratio |\n|---|---|---|---|", *rows, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compilers", nargs="*", default=["gcc", "clang-22"])
    parser.add_argument("--cflags", default="-O3 -march=native")
    parser.add_argument("--python", default=sys.executable, help="for onnxruntime")
    parser.add_argument("--ggml", type=pathlib.Path, help="a built copy of ggml")
    parser.add_argument("--bitnet", type=pathlib.Path, help="a copy of bitnet.cpp")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", default="0.2", help="for each product in each round")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        ours = dict(build_ours(options, pathlib.Path(folder)))
        peers = dict(build_peers(options, pathlib.Path(folder)))
        if not ours:
            sys.exit("nothing to run")
        times = {title: {} for title in [*ours, *peers]}
        for _ in range(options.rounds):
            for title, command in [*ours.items(), *peers.items()]:
                add_times([*command, options.seconds, str(options.threads)], times[title])

    # The best of what any program saw.
    limits = dict.fromkeys(LIMITS, 0.0)
    for title in ours:
        for name in LIMITS:
            if name not in times[title]:
                continue
            time, size, operations = times[title][name]
            limits[name] = max(limits[name], (size or operations) / time / 1e3)
    print(f"{datetime.date.today()}; {platform.machine()}, {platform.system()}; threads: {options.threads}")
    print(f"reading memory: {limits[LIMITS[0]]:.1f} GB/s; multiplying bytes: {limits[LIMITS[1]]:.0f} GOPS")
    for title, found in times.items():
        print_table(title, found, limits)
    for title in ours:
        print_ratios(title, times[title], {peer: times[peer] for peer in peers})


main()
