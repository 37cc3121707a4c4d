#!/usr/bin/env python3
"""Counts additions of the networks of Setun and of da4ml on the matrices of matrices.py.

    cmake --build build --target count-adders
    python bench/adders/run.py build/bench/count-adders

numpy is needed; da4ml is taken from this Python, or installed from PyPI into --venv. Both sides get
the same limits of depth: none, and 2 more than the shallowest network has (da4ml's hard_dc=2).
Counted are two-operand additions and subtractions; shifts are free on both sides. A negation is
free for da4ml; ours are in a column of their own. Times are processor seconds. Each network is proven (ours) or evaluated on
unit vectors (theirs) before it counts.
"""

import argparse
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import venv

VERSION = "0.6.0"


def add_da4ml(folder):
    """Runs this program again in an environment with da4ml; a message where there is none."""
    python = pathlib.Path(folder) / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    have = subprocess.run([python, "-c", "import da4ml, numpy"], capture_output=True).returncode == 0
    if not have:
        command = [python, "-m", "pip", "install", "-q", f"da4ml=={VERSION}", "numpy"]
        have = subprocess.run(command).returncode == 0
    if have:
        os.execv(python, [python, *sys.argv, "--no-install"])
    print("SKIPPED: da4ml could not be installed; only our own networks are counted", file=sys.stderr)


def find_da4ml(arguments):
    """Is da4ml there, perhaps after it was installed?"""
    if not arguments.no_install:
        add_da4ml(arguments.venv)
    return importlib.util.find_spec("da4ml") is not None


def count_ours(program, path, max_depth, effort):
    limit = [f"--max-depth={max_depth}"] if max_depth else []
    command = [program, *limit, f"--effort={effort}", path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1:]


def get_least_depth(matrix):
    """Of a balanced tree over the signed digits of each row."""
    def count_digits(number):
        # The nonzero digits of the canonical form: where 3n and n differ.
        return bin((3 * abs(int(number))) ^ abs(int(number))).count("1")
    digits = max(sum(map(count_digits, row)) for row in matrix)
    return max(digits - 1, 0).bit_length()


def count_theirs(matrix, hard_dc):
    """Additions, depth and processor seconds of da4ml's solution."""
    import numpy as np
    from da4ml.cmvm import solve
    start = time.process_time()
    pipeline = solve(np.ascontiguousarray(matrix.T, dtype=np.float32), hard_dc=hard_dc)
    seconds = time.process_time() - start
    assert np.array_equal(pipeline.kernel.T, matrix), "da4ml's solution is another matrix"
    operations = [op for stage in pipeline.solutions for op in stage.ops]
    assert all(op.opcode in (-1, 0, 1, 5) for op in operations), "an operation that is not counted"
    return sum(op.opcode in (0, 1) for op in operations), int(max(pipeline.latency)), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="count-adders of the build folder")
    parser.add_argument("--venv", default=os.path.join(tempfile.gettempdir(), "venv-da4ml"))
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("--only", default="", help="matrices whose name contains this")
    parser.add_argument("--effort", type=int, default=1, help="how long our networks are improved")
    arguments = parser.parse_args()
    have_da4ml = find_da4ml(arguments)
    import numpy as np
    from matrices import make_matrices

    matrices = [(name, m) for name, m in make_matrices() if arguments.only in name]
    above_plain = 0
    with tempfile.TemporaryDirectory() as folder:
        for title, hard_dc in (("no limit of depth", -1), ("depth of at most the least + 2", 2)):
            print(f"\n{title}\n{'matrix':<22}{'plain':>7} | {'ours':>6}{'neg':>5}{'depth':>6}{'s':>8} |"
                  f"{'da4ml':>6}{'depth':>6}{'s':>8} | ratio")
            totals = np.zeros(3, dtype=int)
            seconds = np.zeros(2)
            for name, matrix in matrices:
                path = os.path.join(folder, name + ".npy")
                np.save(path, matrix)
                limit = get_least_depth(matrix) + 2 if hard_dc >= 0 else 0
                row = count_ours(arguments.program, path, limit, arguments.effort)
                plain, ours, negations, depth = map(int, row[:4])
                assert not limit or depth <= limit, f"{name} is deeper than {limit}"
                above_plain += ours + negations > plain
                theirs, their_depth, their_seconds = (
                    count_theirs(matrix, hard_dc) if have_da4ml else (0, 0, 0.0))
                assert not limit or their_depth <= limit, f"da4ml's {name} is deeper than {limit}"
                ratio = f"{ours / theirs:.3f}" if theirs else "-"
                print(f"{name:<22}{plain:>7} | {ours:>6}{negations:>5}{depth:>6}{float(row[4]):>8.2f} |"
                      f"{theirs:>6}{their_depth:>6}{their_seconds:>8.2f} | {ratio}", flush=True)
                totals += (plain, ours + negations, theirs)
                seconds += (float(row[4]), their_seconds)
            ratio = f"{totals[1] / totals[2]:.3f}" if totals[2] else "-"
            print(f"total of {len(matrices)}: plain {totals[0]}, ours with negations {totals[1]} in {seconds[0]:.1f} s, "
                  f"da4ml {totals[2]} in {seconds[1]:.1f} s, ratio {ratio}")
    print(f"networks above the plain one: {above_plain}")
    sys.exit(above_plain > 0)


if __name__ == "__main__":
    main()
