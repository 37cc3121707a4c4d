#!/usr/bin/env python3
"""Counts the lookup tables of Setun's networks and of da4ml's, as yosys makes them of their Verilog, and compares our
estimate with them.

    python bench/luts/run.py --setun build/bin/setun [--flow xilinx|ice40] [--inputs si8|ui1] [--only NAME]

The layers are the matrices of bench/adders/matrices.py with inputs of 8 bits, or some of binary networks. yosys is needed; numpy and da4ml are taken
from this Python, or installed from PyPI into --venv. Both sides go through the same yosys command, flattened and without
pads; what counts are LUT1 to LUT6 of a Xilinx 7 series, or SB_LUT4 of an iCE40. da4ml's is the smaller of two: it may
count adders or their bits.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parents[1] / "adders")]
from run import find_da4ml  # noqa: E402

FLOWS = {"xilinx": ("synth_xilinx -flatten -noiopad -top {top}", "LUT"), "ice40": ("synth_ice40 -flatten -top {top}", "SB_LUT4")}


def count_luts(flow, verilog, top, folder):
    """The lookup tables that yosys makes of module `top`."""
    source, report = folder / "in.v", folder / "stat.json"
    source.write_text(verilog)
    command, cell = FLOWS[flow]
    script = f"read_verilog {source}; {command.format(top=top)}; tee -q -o {report} stat -json -top {top}"
    subprocess.run(["yosys", "-q", "-p", script], check=True, stdout=subprocess.DEVNULL)
    text = report.read_text()
    cells = json.loads(text[text.index("{") :])["design"]["num_cells_by_type"]
    return sum(count for name, count in cells.items() if name.startswith(cell))


def make_bit_matrices():
    """Layers of binary networks: one-bit inputs with bipolar and ternary weights."""
    import numpy as np
    random = np.random.Generator(np.random.PCG64(2412))
    for outputs, inputs in ((1, 64), (1, 256), (2, 64), (4, 64), (8, 64), (16, 16), (32, 32)):
        yield f"bipolar_{outputs}x{inputs}", (random.integers(0, 2, (outputs, inputs)) * 2 - 1).astype(np.int16)
    for outputs, inputs in ((1, 48), (4, 100), (16, 32)):
        yield f"ternary50_{outputs}x{inputs}", random.choice([-1, 0, 0, 1], (outputs, inputs)).astype(np.int16)


def emit_ours(setun, matrix, inputs, folder):
    """Verilog, its module, and the estimate that stands in it."""
    import layers
    import numpy as np
    layer = folder / "layer.mlir"
    code = "ternary" if abs(matrix).max() <= 1 else "si8"
    layers.write_module(layer, np.random.default_rng(1), (1, matrix.shape[1], matrix.shape[0]), inputs, code, 1, matrix)
    command = [setun, "compile", layer, "--emit=verilog-networks", "--name=m", "-o", folder]
    subprocess.run(command, check=True)
    text = (folder / "m_networks.v").read_text()
    flat = re.sub(r"\s+", " ", text)
    return text, re.findall(r"module (\w+)", text)[-1], int(re.search(r"(\d+) tables", flat)[1])


def emit_theirs(matrix, inputs, adder_size):
    """da4ml's Verilog of the same product; `adder_size` -1 counts adders, 1 their bits."""
    import numpy as np
    from da4ml.codegen.rtl import verilog
    from da4ml.trace import FixedVariableArrayInput, HWConfig, comb_trace
    variables = FixedVariableArrayInput((matrix.shape[1],), hwconf=HWConfig(adder_size, -1, -1))
    # Whether there is a sign, bits before and behind the point.
    x = variables.quantize(*(np.full(matrix.shape[1], number) for number in ((1, 7, 0) if inputs == "si8" else (0, 1, 0))))
    network = comb_trace(variables, x @ matrix.T.astype(np.float32))
    low, high = (-128, 127) if inputs == "si8" else (0, 1)
    codes = np.random.default_rng(1).integers(low, high, (100, matrix.shape[1]), endpoint=True)
    assert np.array_equal(network.predict(codes.astype(np.float64)), codes @ matrix.T), "da4ml's network is another matrix"
    library = pathlib.Path(verilog.__file__).parent / "source"
    parts = [(library / f"{name}.v").read_text() for name in ("shift_adder", "negative")]
    return "\n".join([*parts, verilog.comb_logic_gen(network, "top")])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setun", required=True)
    parser.add_argument("--flow", choices=FLOWS, default="xilinx")
    parser.add_argument("--inputs", choices=["si8", "ui1"], default="si8", help="codes of 8 bits; or bits, with layers of binary networks")
    parser.add_argument("--venv", default=os.path.join(tempfile.gettempdir(), "venv-da4ml"))
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("--only", default="", help="matrices whose name contains this")
    arguments = parser.parse_args()
    if not shutil.which("yosys"):
        sys.exit("SKIPPED: there is no yosys (Debian package yosys)")
    have_da4ml = find_da4ml(arguments)
    from matrices import make_matrices
    print(f"{'layer':24} {'estimate':>9} {'yosys':>7} {'error':>7} {'da4ml':>7} {'ratio':>6}")
    ours, theirs, near, total = 0, 0, 0, 0
    for name, matrix in make_matrices() if arguments.inputs == "si8" else make_bit_matrices():
        if arguments.only not in name:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            text, top, estimate = emit_ours(arguments.setun, matrix, arguments.inputs, folder)
            count = count_luts(arguments.flow, text, top, folder)
            other = 0
            if have_da4ml:
                other = min(count_luts(arguments.flow, emit_theirs(matrix, arguments.inputs, size), "top", folder) for size in (-1, 1))
        error = estimate / count - 1
        ours, theirs, near, total = ours + count, theirs + other, near + (abs(error) <= 0.15), total + 1
        ratio = f"{count / other:6.3f}" if other else "     -"
        print(f"{name:24} {estimate:9} {count:7} {100 * error:6.1f}% {other or '-':>7} {ratio}", flush=True)
    ratio = f", {ours / theirs:.3f} of da4ml's {theirs}" if theirs else ""
    print(f"{ours} lookup tables{ratio}; estimate within 15 % for {near} of {total} layers")


if __name__ == "__main__":
    main()
