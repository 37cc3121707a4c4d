"""HLS designs of several models, simulated in one program and compared with `setun run`: the same bytes, or a refusal.

Most of the time goes into headers and templates that all designs share, so the designs and their test benches become one
program: each in a namespace of its own, the library outside. Every frame runs twice, since the first may leave something behind.
"""

import re
import shutil
import subprocess

import hls_checker
import numpy as np
from graph_builder import write_case

STANDARD = "cmath cstdint cstdio cstdlib cstring fstream iterator string vector ap_int.h hls_stream.h".split()
FLAGS = "-std=c++14 -O0 -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-uninitialized -Wno-maybe-uninitialized -ffp-contract=off"


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)


def prepare(setun, folder, name, model, inputs, options, numerics=()):
    """The design of a model, and what it should give; `numerics` are options of both. Nothing if that is fine, else ("refused" or "wrong", why)."""
    case = folder / name
    write_case(case, model, [(inputs, [])], {})
    path = str(case / "model.onnx")
    shutil.rmtree(case / "test_data_set_0")
    done = run([setun, "compile", path, "--emit=hls", "-o", str(case), f"--name=net_{name}", *options, *numerics])
    if done.returncode == 1:
        return "refused", re.sub(r"'[^']*'|\d+", "..", done.stdout.strip().split("error: ")[1].split("\n")[0])
    if done.returncode != 0:
        return "wrong", done.stdout[-500:]
    objections = hls_checker.check_project(case)
    if objections:
        return "wrong", objections[0]
    command = [setun, "run", path, "--output-dir", str(case / "want"), *numerics]
    for i, x in enumerate(inputs):
        np.save(case / f"x_{i}.npy", x)
        (case / f"in_{i}.bin").write_bytes(x.tobytes() * 2)
        command += ["--input", str(case / f"x_{i}.npy")]
    done = run(command)
    return ("wrong", done.stdout[-500:]) if done.returncode != 0 else None


def write_program(folder, names):
    """One program of all designs; its first argument is the number of a name, the others are those of the test bench."""
    library = sorted(path.name for path in (folder / names[0] / "setun" / "hls").glob("*.h"))
    lines = [f"#include <{header}>" for header in STANDARD] + [f'#include "{names[0]}/setun/hls/{header}"' for header in library]
    for name in names:
        lines += [
            f"namespace case_{name} {{",
            f'#include "{name}/net_{name}.cpp"',
            "#undef TEST_HEADER",
            f'#define TEST_HEADER "{name}/net_{name}_test.h"',
            f"#define main main_{name}",
            f'#include "{name}/testbench.cpp"',
            "#undef main",
            "}",
        ]
    lines += ["int main(int argc, char **argv) {", "  switch (std::atoi(argv[1])) {"]
    lines += [f"  case {i}:\n    return case_{name}::main_{name}(argc - 1, argv + 1);" for i, name in enumerate(names)]
    (folder / "all.cpp").write_text("\n".join(lines + ["  }", "  return 3;", "}"]) + "\n")


def compare(folder, number, name):
    """Simulates two frames: ("equal", "") or ("wrong", why)."""
    case = folder / name
    want = sorted(case.glob("want/*.npy"), key=lambda file: int(file.stem.split("_")[1]))
    inputs = sorted(map(str, case.glob("in_*.bin")))
    outputs = [case / f"out_{i}.bin" for i in range(len(want))]
    done = run([str(folder / "all"), str(number), "2", *inputs, *map(str, outputs)])
    # What hls::stream says of a stream that keeps something or is read while it is empty is a line, too.
    if done.returncode != 0 or done.stdout:
        return "wrong", done.stdout[-500:] or f"exit code {done.returncode}"
    for file, output in zip(want, outputs):
        if output.read_bytes() != np.load(file).tobytes() * 2:
            return "wrong", f"{file.stem} differs"
    return "equal", ""


def simulate(ap_types, folder, names):
    """What compare() says of each name that prepare() had nothing to say of."""
    if not names:
        return {}
    write_program(folder, names)
    # setun/hls/ is included by name, too: all designs have the same one.
    build = ["g++", *FLAGS.split(), f"-I{folder}", f"-I{folder / names[0]}", "-isystem", ap_types]
    done = run([*build, str(folder / "all.cpp"), "-o", str(folder / "all")])
    if done.returncode != 0:
        reason = "\n".join(line for line in done.stdout.splitlines() if "error" in line)[:500]
        return {name: ("wrong", reason) for name in names}
    return {name: compare(folder, i, name) for i, name in enumerate(names)}
