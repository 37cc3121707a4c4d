#!/usr/bin/env python3
"""Compares the estimates of `setun inspect --hls` with what yosys makes of the same units.

    python bench/luts/units.py --setun build/bin/setun [--only NAME] [--fast]

A unit is a product with constant weights, folded into PE outputs and SIMD inputs at a time, with thresholds behind it
or without. Its Verilog is written here as HLS tools are told to build it: signs selected, XNORs or multipliers, trees of
two-operand adders with a register behind each level, an accumulator, comparisons and their count. Weights and
thresholds come from outside, as from a memory, but for units that are unrolled; memories, loops and handshakes are
estimated elsewhere and left out on both sides. yosys 0.23 or newer is needed: synth_xilinx -flatten -noiopad
-nowidelut, which counts what is wider than six inputs as tables, not as multiplexers beside them. An inverter in front
of a carry chain counts as a table, which it is on a device.
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

sys.path[:0] = [str(pathlib.Path(__file__).parents[1])]
from layers import code_range, draw, element  # noqa: E402

COMMAND = "synth_xilinx -flatten -noiopad -nowidelut -top unit"


@dataclasses.dataclass
class Unit:
    inputs: int
    outputs: int
    x: str
    w: str
    pe: int
    simd: int
    steps: int = 0  # thresholds of each output
    fast: bool = False  # part of the test

    @property
    def name(self):
        return f"{self.x}-{self.w}-{self.inputs}x{self.outputs}-pe{self.pe}-simd{self.simd}" + (f"-t{self.steps}" if self.steps else "")

    @property
    def unrolled(self):
        return self.pe == self.outputs and self.simd == self.inputs


UNITS = [
    Unit(64, 32, "si8", "ternary", 1, 1),
    Unit(64, 32, "si8", "ternary", 1, 8),
    Unit(64, 32, "si8", "ternary", 4, 16, fast=True),
    Unit(196, 128, "si8", "ternary", 2, 28),
    Unit(64, 32, "ui8", "ternary", 2, 8),
    Unit(64, 32, "ui4", "ternary", 4, 8, steps=15),
    Unit(64, 32, "ui2", "ternary", 8, 16, steps=3),
    Unit(288, 64, "si2", "ternary", 2, 32, steps=2),
    Unit(96, 96, "ternary", "ternary", 4, 32, steps=2),
    Unit(64, 32, "si8", "bipolar", 2, 16),
    Unit(64, 32, "si4", "bipolar", 4, 8, steps=7),
    Unit(64, 64, "bipolar", "bipolar", 1, 1, steps=1),
    Unit(64, 64, "bipolar", "bipolar", 4, 16, steps=1, fast=True),
    Unit(784, 64, "bipolar", "bipolar", 8, 49, steps=1),
    Unit(256, 64, "bipolar", "bipolar", 2, 128),
    Unit(64, 64, "bipolar", "bipolar", 2, 64),
    Unit(64, 32, "bipolar", "ternary", 4, 16),
    Unit(64, 32, "bipolar", "si4", 2, 16),
    Unit(64, 32, "ui2", "si2", 4, 8, steps=3),
    Unit(64, 32, "ui3", "si3", 2, 8, steps=7, fast=True),
    Unit(64, 32, "ui4", "si4", 2, 8),
    Unit(64, 32, "si4", "si4", 4, 4, steps=15),
    Unit(64, 32, "si8", "si4", 2, 8),
    Unit(64, 32, "si8", "si8", 4, 8, fast=True),
    Unit(16, 8, "si8", "ternary", 8, 16),
    Unit(32, 16, "ui4", "ternary", 16, 32),
    Unit(32, 16, "bipolar", "bipolar", 16, 32),
    Unit(16, 8, "si4", "si4", 8, 16),
]


def signed_bits(low, high):
    bits = 1
    while not -(1 << (bits - 1)) <= low <= high < 1 << (bits - 1):
        bits += 1
    return bits


def code_bits(code):
    return {"bipolar": 1, "ternary": 2}.get(code) or int(code[2:])


class Module:
    """The Verilog of a unit."""

    def __init__(self, unit, weights):
        self.unit, self.weights, self.ports, self.lines, self.names = unit, weights, ["input clk", "input first"], [], 0
        low, high = code_range(unit.x)
        bounds = [(np.minimum(w * low, w * high).sum(), np.maximum(w * low, w * high).sum()) for w in weights.astype(np.int64)]
        self.sum_bits = signed_bits(min(b[0] for b in bounds), max(b[1] for b in bounds))
        self.x_bits, self.w_bits = code_bits(unit.x), code_bits(unit.w)
        if unit.w == "bipolar" and set(np.unique(weights)) != {-1, 1}:
            raise ValueError("bipolar weights have no zeros")

    def new(self):
        self.names += 1
        return f"v{self.names}"

    def wire(self, width, value, signed=True):
        name = self.new()
        self.lines.append(f"wire {'signed ' * signed}[{width - 1}:0] {name} = {value};")
        return name

    def register(self, width, value, signed=True):
        name = self.new()
        self.lines.append(f"reg {'signed ' * signed}[{width - 1}:0] {name}; always @(posedge clk) {name} <= {value};")
        return name

    def tree(self, terms, width, signed=True):
        while len(terms) > 1:
            width += 1
            pairs = [" + ".join(terms[i : i + 2]) for i in range(0, len(terms), 2)]
            terms = [self.register(width, pair, signed) for pair in pairs]
        return terms[0], width

    def input_values(self):
        """Each input as a signed number of one bit more than its code, and its negative."""
        values = []
        for s in range(self.unit.simd):
            if self.unit.x == "bipolar":
                self.ports.append(f"input x{s}")
                values.append((f"x{s}", f"x{s}"))
                continue
            is_signed = self.unit.x[0] != "u"
            self.ports.append(f"input {'signed ' * is_signed}[{self.x_bits - 1}:0] x{s}")
            value = self.wire(self.x_bits + 1, f"x{s}" if is_signed else f"$signed({{1'b0, x{s}}})")
            negative = "" if self.unit.w[0] == "s" else self.wire(self.x_bits + 1, f"-{value}")
            values.append((value, negative))
        return values

    def folded_terms(self, p, values):
        """The products of one processing element, and their bits."""
        unit, bits = self.unit, self.x_bits + 1
        terms = []
        for s, (value, negative) in enumerate(values):
            low = s * self.w_bits
            weight = f"w{p}[{low + self.w_bits - 1}:{low}]"
            if unit.x == unit.w == "bipolar":
                terms.append(self.wire(1, f"{value} ~^ {weight}", signed=False))
                continue
            if unit.x == "bipolar" and unit.w == "ternary":
                terms.append(self.wire(2, f"w{p}[{low}] ? ({value} ^ w{p}[{low + 1}] ? 2'sd1 : -2'sd1) : 2'sd0"))
                bits = 2
            elif unit.x == "bipolar":
                bits = self.w_bits + 1
                number = self.wire(bits, f"$signed({weight})")
                terms.append(self.wire(bits, f"{value} ? {number} : {self.wire(bits, f'-{number}')}"))
            elif unit.w == "ternary":
                terms.append(self.wire(bits, f"w{p}[{low}] ? (w{p}[{low + 1}] ? {negative} : {value}) : {bits}'sd0"))
            elif unit.w == "bipolar":
                terms.append(self.wire(bits, f"{weight} ? {value} : {negative}"))
            else:
                bits = self.x_bits + self.w_bits
                terms.append(self.register(bits, f"{value} * $signed({weight})"))
        return terms, bits

    def unrolled_terms(self, p, values):
        """A term for each digit of each weight that is not 0."""
        terms, width = [], self.x_bits + 1
        for weight, (value, negative) in zip(self.weights[p].tolist(), values):
            if self.unit.x == self.unit.w == "bipolar":
                terms.append(value if weight > 0 else self.wire(1, f"~{value}", signed=False))
                continue
            shift = 0
            while weight:
                digit = 0
                if weight & 1:
                    digit = 2 - (weight & 3)
                    terms.append((value if digit > 0 else self.wire(width, f"-{value}"), shift))
                weight, shift = (weight - digit) >> 1, shift + 1
        if self.unit.x == self.unit.w == "bipolar":
            return terms, 1
        most = max(shift for _, shift in terms)
        return [self.wire(width + most, f"{value} <<< {shift}") if most else value for value, shift in terms], width + most

    def sum(self, p, values):
        unit = self.unit
        is_count = unit.x == unit.w == "bipolar"
        terms, bits = (self.unrolled_terms if unit.unrolled else self.folded_terms)(p, values)
        total, bits = self.tree(terms, bits, signed=not is_count)
        if is_count:
            bits += 1
            total = self.register(bits, f"$signed({{{total}, 1'b0}}) - {bits}'sd{unit.simd}")
        if unit.simd == unit.inputs:
            return self.register(self.sum_bits, total)
        name = self.new()
        self.lines.append(f"reg signed [{self.sum_bits - 1}:0] {name}; "
                          f"always @(posedge clk) {name} <= (first ? {self.sum_bits}'sd0 : {name}) + {total};")
        return name

    def print(self):
        unit = self.unit
        values = self.input_values()
        if not unit.unrolled:
            self.ports += [f"input [{self.w_bits * unit.simd - 1}:0] w{p}" for p in range(unit.pe)]
        for p in range(unit.pe):
            total, bits = self.sum(p, values), self.sum_bits
            if unit.steps:
                self.ports.append(f"input [{unit.steps * bits - 1}:0] t{p}")
                tests = [f"({total} >= $signed(t{p}[{j * bits + bits - 1}:{j * bits}]))" for j in range(unit.steps)]
                bits = unit.steps.bit_length()
                total = self.register(bits, " + ".join(tests), signed=False)
            self.ports.append(f"output [{bits - 1}:0] y{p}")
            self.lines.append(f"assign y{p} = {total};")
        return "\n".join([f"module unit({', '.join(self.ports)});", *self.lines, "endmodule", ""])


def write_layer(path, unit, weights, rng):
    """The unit as a module of the stage lowbit."""
    codes = {"x": element(unit.x), "w": element(unit.w)}
    result, steps = "i32", ""
    types = f"tensor<1x{unit.inputs}x{codes['x']}>, tensor<{unit.outputs}x{unit.inputs}x{codes['w']}>"
    if unit.steps:
        result = f"ui{unit.steps.bit_length()}"
        thresholds = np.sort(rng.integers(-9, 9, (unit.outputs, unit.steps)), axis=1).tolist()
        steps = (f"  %t = arith.constant dense<{thresholds}> : tensor<{unit.outputs}x{unit.steps}xi32>\n"
                 f"  %y = lowbit.threshold %sum, %t {{axis = 1 : i64}} : (tensor<1x{unit.outputs}xi32>, "
                 f"tensor<{unit.outputs}x{unit.steps}xi32>) -> tensor<1x{unit.outputs}x{result}>\n")
    path.write_text(
        f"""func.func @main(%x: tensor<1x{unit.inputs}x{codes["x"]}> {{onnx.name = "x"}}) -> (tensor<1x{unit.outputs}x{result}> {{onnx.name = "y"}}) {{
  %w = lowbit.constant dense_resource<w> : tensor<{unit.outputs}x{unit.inputs}x{codes["w"]}>
  %sum = lowbit.matmul %x, %w : {types} -> tensor<1x{unit.outputs}xi32> loc("unit")
{steps}  return %{"y" if unit.steps else "sum"} : tensor<1x{unit.outputs}x{result}>
}}
{{-# dialect_resources: {{ builtin: {{ w: "0x01000000{weights.astype(np.int8).tobytes().hex().upper()}" }} }} #-}}
"""
    )


def estimate(setun, unit, weights, rng, folder):
    """LUT, FF and DSP of the unit's products, sums and steps, as Setun says."""
    layer, folding = folder / "layer.mlir", folder / "folding.json"
    write_layer(layer, unit, weights, rng)
    folding.write_text(json.dumps({"unit": {"pe": unit.pe, "simd": unit.simd}}))
    command = [setun, "inspect", layer, "--hls", "--json", f"--folding={folding}"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    [stage] = [stage for stage in report["hls"]["stages"] if stage.get("pe")]
    parts = [part for name, part in stage["parts"].items() if name in ("products", "sums", "steps")]
    return {kind: sum(part[kind] for part in parts) for kind in ("lut", "ff", "dsp")}


def synthesize(verilog, folder):
    """The same, as yosys says."""
    source, report = folder / "unit.v", folder / "stat.json"
    source.write_text(verilog)
    script = f"read_verilog {source}; {COMMAND}; tee -q -o {report} stat -json -top unit"
    subprocess.run(["yosys", "-q", "-p", script], check=True, stdout=subprocess.DEVNULL)
    text = report.read_text()
    cells = json.loads(text[text.index("{") :])["design"]["num_cells_by_type"]

    def count(*names):
        return sum(number for cell, number in cells.items() if cell.startswith(names))

    return {"lut": count("LUT", "INV"), "ff": count("FD"), "dsp": count("DSP")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setun", required=True)
    parser.add_argument("--only", default="", help="units whose name contains this")
    parser.add_argument("--fast", action="store_true", help="only the few units of the test; fail if one is off by more than 15 %%")
    arguments = parser.parse_args()
    if not shutil.which("yosys"):
        sys.exit("SKIPPED: there is no yosys (Debian package yosys)")
    print(f"{'unit':38} {'LUT: estimate':>13} {'yosys':>7} {'error':>7} {'FF: estimate':>13} {'yosys':>7} {'error':>7} {'DSP':>5} {'yosys':>6}")
    near, total, same = 0, 0, 0
    for unit in UNITS:
        if arguments.only not in unit.name or (arguments.fast and not unit.fast):
            continue
        rng = np.random.default_rng(1)
        weights = draw(rng, unit.w, (unit.outputs, unit.inputs), 0.6)
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            ours = estimate(arguments.setun, unit, weights, rng, folder)
            theirs = synthesize(Module(unit, weights).print(), folder)
        errors = {kind: ours[kind] / max(theirs[kind], 1) - 1 for kind in ("lut", "ff")}
        near, total, same = near + (abs(errors["lut"]) <= 0.15), total + 1, same + (ours["dsp"] == theirs["dsp"])
        print(f"{unit.name:38} {ours['lut']:13} {theirs['lut']:7} {100 * errors['lut']:6.1f}% {ours['ff']:13} {theirs['ff']:7} "
              f"{100 * errors['ff']:6.1f}% {ours['dsp']:5} {theirs['dsp']:6}", flush=True)  # fmt: skip
    print(f"LUT within 15 % for {near} of {total} units; as many DSP for {same}")
    if arguments.fast and (near < total or same < total):
        sys.exit(1)


if __name__ == "__main__":
    main()
