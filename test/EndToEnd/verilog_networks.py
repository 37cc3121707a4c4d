"""Simulates networks in Verilog on random codes, as emitted and after synthesis for an iCE40; the expected sums are numpy's and
those of the C backend.

    verilog_networks.py --setun SETUN [--layers N] [--vectors N] [--popcounts]
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import layers  # noqa: E402

ACTIVATIONS = ["si8", "ui8", "ui4", "si4", "si3", "ui2", "ternary", "bipolar"]
WEIGHTS = ["ternary", "bipolar", "si2", "si4", "si8"]
CELLS = "/usr/share/yosys/ice40/cells_sim.v"


def bits_of(code):
    return {"bipolar": 1, "ternary": 2}.get(code) or int(code[2:])


def pack(codes, code):
    """Rows of codes as hexadecimal numbers, the first code in the lowest bits."""
    bits = bits_of(code)
    raw = (codes.astype(np.int64) + 1) // 2 if code == "bipolar" else codes.astype(np.int64) & ((1 << bits) - 1)
    return [f"{sum(int(value) << (bits * k) for k, value in enumerate(row)):x}" for row in raw]


def simulate(sources, top, x_bits, y_bits, outputs, rows, folder):
    """What the module answers to each row."""
    (folder / "x.hex").write_text("\n".join(rows) + "\n")
    (folder / "tb.v").write_text(
        f"""module tb;
  reg [{x_bits - 1}:0] rows [0:{len(rows) - 1}];
  reg [{x_bits - 1}:0] x;
  wire [{y_bits * outputs - 1}:0] y;
  integer i;
  {top} dut (.x(x), .y(y));
  initial begin
    $readmemh("{folder}/x.hex", rows);
    for (i = 0; i < {len(rows)}; i = i + 1) begin
      x = rows[i];
      #1000 $display("%h", y);
    end
  end
endmodule
"""
    )
    program = folder / "tb.vvp"
    subprocess.run(["iverilog", "-g2005", "-DNO_ICE40_DEFAULT_ASSIGNMENTS", "-s", "tb", "-o", program, folder / "tb.v", *sources], check=True)
    printed = subprocess.run(["vvp", "-n", program], check=True, capture_output=True, text=True).stdout.split()
    assert len(printed) == len(rows), printed[:3]
    return np.array([[(int(word, 16) >> (n * y_bits)) & ((1 << y_bits) - 1) for n in range(outputs)] for word in printed])


def check(options, index, folder):
    rng = np.random.default_rng(index)
    activations, weights = (["bipolar", "ui1"], ["bipolar", "ternary"]) if options.popcounts else (ACTIVATIONS, WEIGHTS)
    x_code, w_code = activations[index % len(activations)], weights[index // len(activations) % len(weights)]
    inputs, outputs = int(rng.integers(1, 70 if options.popcounts else 20)), int(rng.integers(1, 8))
    module = folder / "layer.mlir"
    weights = layers.draw(np.random.default_rng(index + 1000), w_code, (outputs, inputs), 0.7)
    layers.write_module(module, rng, (options.vectors, inputs, outputs), x_code, w_code, 0.7, weights)
    layers.setun(options, "compile", module, "--emit=verilog-networks", f"--kernel={'packed' if options.popcounts else 'auto'}", "--name=m", "-o", folder)
    verilog = (folder / "m_networks.v").read_text()
    flat = re.sub(r"[\s*]+", " ", verilog)
    y_bits, sign = re.search(r"sums of (\d+) bits \((two's complement|no sign)\)", flat).groups()
    top = re.findall(r"module (\w+)", verilog)[-1]
    assert not options.popcounts or "Counts of bits" in flat, "this is no count of bits"
    x = layers.draw(rng, x_code, (options.vectors, inputs))
    low, high = layers.code_range(x_code)
    x[0], x[1] = low, high  # the ends of every range
    expected = x.astype(np.int64) @ weights.astype(np.int64).T
    y = np.zeros(expected.shape, np.int32)
    layers.Compiled(options, module, folder / "c", "addsub").run(x, y)
    sources = {"emitted": [folder / "m_networks.v"]}
    if index % options.synthesize == 0:
        netlist = folder / "netlist.v"
        script = f"read_verilog {folder}/m_networks.v; synth_ice40 -top {top}; write_verilog -noattr {netlist}"
        subprocess.run(["yosys", "-q", "-p", script], check=True)
        sources["synthesized"] = [netlist, CELLS]
    bits = int(y_bits)
    results = {"C": y}
    for name, files in sources.items():
        raw = simulate(files, top, inputs * bits_of(x_code), bits, outputs, pack(x, x_code), folder)
        results[name] = np.where((raw >> (bits - 1)) & 1, raw - (1 << bits), raw) if sign != "no sign" else raw
    for name, result in results.items():
        if not np.array_equal(result, expected):
            row, n = np.argwhere(result != expected)[0]
            print(f"layer {index}, {x_code} x {w_code}, {inputs} -> {outputs}, {name}: row {row}, sum {n} is {result[row, n]}, not {expected[row, n]}")
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setun", required=True)
    parser.add_argument("--layers", type=int, default=40)
    parser.add_argument("--vectors", type=int, default=1000)
    parser.add_argument("--synthesize", type=int, default=1, help="every how many-th layer is simulated after synthesis, too")
    parser.add_argument("--popcounts", action="store_true", help="products of bits, as popcount trees")
    options = parser.parse_args()
    options.cc, options.cflags, options.target = "cc", "-O1", "generic"
    good = 0
    for index in range(options.layers):
        with tempfile.TemporaryDirectory() as temporary:
            good += check(options, index, Path(temporary))
    print(f"{good} of {options.layers} networks agree on {options.vectors} rows")
    sys.exit(good != options.layers)


if __name__ == "__main__":
    main()
