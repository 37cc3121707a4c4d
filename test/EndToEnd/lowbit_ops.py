"""Every lowbit op through both backends, bit for bit against numpy.

The oracle follows the formulas of dialects/LowBit/LowBit.td and the layouts of setun/Support/BitPacking.h. Each
case is a module in stage lowbit with many outputs; it is run by the JIT (plain loops, LLVM) and as C. With
--filter only the cases whose name has a match of the regular expression; the last line counts.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import lowbit_oracle as oracle
import numpy as np
from lowbit_module import Module

RNG = np.random.default_rng(1958)
CASES = {}
COVERED = set()


def covers(*ops):
    """Marks a generator of modules as the numerics test of `ops`; test/LowBit/every-op.test reads these lines."""

    def register(generate):
        COVERED.update(ops)
        CASES[generate.__name__] = generate
        return generate

    return register


def reals(rows, columns):
    """Ties and their neighbours, infinities, NaN, zeros of both signs, denormals, and random numbers."""
    ties = np.arange(-300.5, 301, 1, dtype=np.float32)
    special = np.float32([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 3.4e38, -3.4e38, 32767.5, -32768.5, 65534.5, 65535.5])
    near = np.concatenate([np.nextafter(ties, np.float32(np.inf)), np.nextafter(ties, np.float32(-np.inf))])
    fixed = np.concatenate([special, ties, near, np.arange(-20, 21, dtype=np.float32)])
    row = np.concatenate([fixed, RNG.normal(scale=40, size=columns - len(fixed)).astype(np.float32)])
    return np.tile(row, (rows, 1))


ALL_CODES = ["bipolar", "ternary"] + [f"ui{n}" for n in (*range(1, 9), 9, 16)] + [f"si{n}" for n in (*range(1, 9), 9, 16)]


@covers("quantize")
def quantize_codes():
    """Every code type, at its bounds."""
    module = Module()
    scale = np.float32([[1.0], [0.5], [0.1], [3.0]])
    x, s = module.input(reals(4, 2000)), module.input(scale)
    for code in ALL_CODES:
        module.quantize(x, s, code)
    yield module


@covers("quantize")
def quantize_modes():
    """Every rounding mode, with and without `narrow`, zero point, factor."""
    module = Module()
    x = module.input(reals(3, 2000))
    s, z = module.input(np.float32([[1.0], [2.0], [0.3]])), module.input(np.float32(-3))
    for mode in oracle.ROUND:
        module.quantize(x, s, "si8", mode=mode)
        module.quantize(x, s, "ui4", mode=mode, narrow=True)
        module.quantize(x, s, "si16", mode=mode, zero=z, by_reciprocal=True)
        module.quantize(x, s, "ternary", mode=mode)
        module.quantize(x, s, "bipolar", mode=mode, zero=z)
        module.quantize(x, s, "si8", mode=mode, zero=z, zero_last=True)
    for code in ("si2", "si8", "si16", "ui2", "ui8", "ui16"):
        module.quantize(x, s, code, narrow=True, zero=z)
        module.quantize(x, s, code, narrow=True, zero=z, zero_last=True)
    columns = module.input(RNG.uniform(0.1, 4, 2000).astype(np.float32))
    module.quantize(x, columns, "si8")
    module.quantize(x, s, "ui8", zero=columns)
    yield module


@covers("dequantize")
def dequantize():
    module = Module()
    s, z = module.input(np.float32([[0.1], [-3.0]])), module.input(np.float32(7))
    row = module.input(RNG.normal(size=200).astype(np.float32))
    for code in ALL_CODES:
        q = module.input(oracle.codes(RNG, code, (2, 200)), code)
        module.dequantize(q, s)
        module.dequantize(q, row, zero=z)
    for bits in (32, 64):
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        sums = RNG.integers(low, high, (2, 200), endpoint=True)
        sums[0, :8] = [low, high, 0, 16777217, -16777217, 16777219, 33554435, -1]
        module.dequantize(module.input(sums.astype(f"int{bits}")), row)
    yield module


@covers("dynamic_quantize")
def dynamic_quantize():
    """Rows: zeros, below epsilon, ties (a = 1 or 127 / 254), extremes, one NaN, one infinity, random."""
    columns = 100
    rows = [np.zeros(columns), np.full(columns, -0.0), np.full(columns, 1e-6), np.full(columns, 1e-45), np.full(columns, 3.4e38)]
    ties = np.arange(columns) + 0.5 - columns / 2
    rows += [np.append(ties[1:], 127.0), np.append(ties[1:], -254.0), np.append(-ties[1:], 7.0), np.append(ties[1:], 32767.0)]
    for special in (np.nan, np.inf, -np.inf):
        rows.append(RNG.normal(size=columns))
        rows[-1][50] = special
    rows += [RNG.normal(scale=scale, size=columns) for scale in np.geomspace(1e-7, 1e7, 60)]
    module = Module()
    x = module.input(np.array(rows, np.float32))
    for code, limit in (("si8", 127), ("si8", 100), ("si4", 7), ("si2", 1), ("si16", 32767)):
        for reciprocal in (False, True):
            for narrow in (False, True):
                module.dynamic_quantize(x, code, limit, 1e-5, reciprocal, narrow)
    vector = module.input(RNG.normal(size=33).astype(np.float32))
    module.dynamic_quantize(vector, "si8", 127, 0.25, True, False)
    images = module.input(RNG.normal(size=(2, 3, 5)).astype(np.float32))
    module.dynamic_quantize(images, "si8", 127, 1e-5, False, False)
    yield module


@covers("threshold")
def threshold():
    module = Module()
    x = RNG.normal(size=(3, 4, 300)).astype(np.float32)
    x[..., :8] = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-45]
    levels = np.float32([-np.inf, -1.0, -0.0, 0.0, 1e-45, 1.0, np.inf, np.nan])
    x_value = module.input(x)
    integers = {bits: module.input(RNG.integers(-9, 9, (3, 4, 50)).astype(f"int{bits}")) for bits in (32, 64)}
    for code, count, offset in (("bipolar", 1, 0), ("ternary", 2, 0), ("ui1", 1, 0), ("ui2", 3, 0), ("si4", 15, -8), ("si3", 4, -3), ("ui8", 255, 0), ("ui16", 300, 65235)):
        for axis in range(3):
            for channels in (1, x.shape[axis]):
                table = RNG.normal(size=(channels, count)).astype(np.float32)
                table[:, : len(levels)] = RNG.permutation(levels)[: table.shape[1]]
                module.threshold(x_value, module.input(table), axis, code, offset)
        for bits, value in integers.items():
            table = RNG.integers(-9, 9, (4, count)).astype(f"int{bits}")
            module.threshold(value, module.input(table), 1, code, offset)
    yield module


@covers("threshold")
def threshold_falling():
    """Rows that rise and fall, below and above 16 thresholds; constant rows, sorted and not; NaN in both."""
    module = Module()
    x = RNG.normal(size=(3, 4, 300)).astype(np.float32)
    x[..., :8] = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-45]
    inputs = [module.input(x)]
    for bits in (32, 64):
        integers = RNG.integers(-40, 40, (3, 4, 90)).astype(f"int{bits}")
        integers[..., :3] = [np.iinfo(integers.dtype).min, np.iinfo(integers.dtype).max, 0]
        inputs.append(module.input(integers))
    for value in inputs:
        for code, count, offset in (("bipolar", 1, 0), ("ternary", 2, 0), ("ui4", 15, 0), ("si6", 16, -20), ("ui5", 17, 3), ("si8", 64, -64), ("ui8", 255, 0), ("ui16", 1000, 9)):
            for falling in ([True], [False], [True] * 4, [False, True, True, False]):
                table = RNG.normal(size=(len(falling), count), scale=20).astype(value.array.dtype)
                if value.element == "f32":
                    table[:, 0] = np.nan
                constant = module.numbers(np.sort(table) if count != 17 else table)
                module.threshold(value, constant if count > 2 else module.input(table), 1, code, offset, falling)
    yield module


@covers("requantize")
def requantize():
    """One input and two, sums and codes, numbers for all and for each channel; products up to the end of both widths."""
    shape = (2, 5, 40)

    def sums(module, bits, limit):
        x = RNG.integers(-limit, limit, shape, endpoint=True)
        x[..., :3] = [-limit, limit, 0]
        return module.input(x.astype(f"int{bits}"))

    def numbers(limit, count):
        return RNG.integers(-limit, limit, count, endpoint=True)

    for pairs in (False, True):
        module = Module()
        small, large, wide = sums(module, 32, 2**15), sums(module, 32, 2**31 - 1), sums(module, 64, 2**40)
        codes = {code: module.input(oracle.codes(RNG, code, shape), code) for code in ALL_CODES}
        for code in ALL_CODES if not pairs else ():
            module.requantize([codes[code]], [numbers(99, 5)], numbers(999, 5), 5, -7, 7, 1, "si4", 32)
            if code == "bipolar":
                continue
            low, high = oracle.code_range(code)
            for axis in range(3):
                for count in (1, shape[axis]):
                    module.requantize([small], [numbers(2**14, count)], numbers(2**30, count), 25 if high < 300 else 16, low, high, axis, code, 32)
            narrow = (low + (high > low + 1), high)
            module.requantize([large], [numbers(2**30, 5)], numbers(2**60, 1), 54, *narrow, 1, code, 64)
            module.requantize([wide], [numbers(2**20, 1)], numbers(2**60, 5), 55, *narrow, 1, code, 64)
        for a, b in zip(ALL_CODES, ALL_CODES[3:] + ALL_CODES[:3]) if pairs else ():
            for width in (32, 64):
                module.requantize([codes[a], codes[b]], [numbers(2**13, 5), numbers(2**13, 1)], numbers(2**20, 5), 9, -128, 127, 1, "si8", width)
            module.requantize([codes[a], small], [numbers(2**13, 1), numbers(2**13, 5)], numbers(2**20, 1), 20, 0, 15, 1, "ui4", 32)
            module.requantize([wide, codes[b]], [numbers(2**20, 5), numbers(2**30, 5)], numbers(2**40, 1), 53, 0, 200, 1, "ui8", 64)
        module.requantize([small, large], [[1], [-1]], [0], 63, -1, 0, 0, "ternary", 64)
        module.requantize([small], [[1]], [0], 0, 7, 7, 0, "ui4", 32)
        module.requantize([small], [[1]], [0], 31, -1, 1, 0, "ternary", 32)
        yield module


@covers("requantize")
def requantize_rounding():
    """Ties to even with shifts around them; exceptions that raise and lower, several at one input."""
    x = RNG.integers(-70, 70, (2, 5, 60), endpoint=True)
    x[..., :8] = [0, 1, -1, 2, -2, 3, 32, -32]
    for bits in (32, 64):
        module = Module()
        value = module.input(x.astype(f"int{bits}"))
        for width in (32, 64) if bits == 32 else (64,):
            for shift in (0, 1, 2, 5, 30):
                for numbers in ([1], [1, -1, 2, 3, -16]):
                    module.requantize([value], [numbers], [0], shift, -50, 50, 1, "si8", width, half_even=True)
                    module.requantize([value], [numbers], [-1], shift, 0, 15, 1, "ui4", width, half_even=True)
            for rows in (1, 5):
                for columns, raised in ((1, 0), (1, 1), (5, 2)):
                    table = RNG.integers(-70, 70, (rows, columns), endpoint=True)
                    table[0, :] = table[0, 0]
                    exceptions = module.input(table.astype(f"int{bits}"))
                    for half_even in (False, True):
                        module.requantize([value], [[3]], [7], 2, -100, 100, 1, "si8", width, half_even, exceptions, raised)
        yield module


@covers("lookup")
def lookup():
    """Tables of every code type of at most 12 bits, one row and one for each channel; constant or not."""
    targets = [*ALL_CODES, "bipolar"]
    for constant in (True, False):
        module = Module()
        for i, code in enumerate([code for code in ALL_CODES if not code.endswith("16")] + ["ui12", "si12", "ui11"]):
            low, high = oracle.code_range(code)
            x = oracle.codes(RNG, code, (2, 3, 60))
            x[..., 0], x[..., 1] = low, high
            value = module.input(x, code)
            for axis, rows in ((0, 1), (1, 3), (2, 60), (0, 2)):
                target = targets[(i + axis) % len(targets)]
                table = oracle.codes(RNG, target, (rows, high - low + 1))
                module.lookup(value, (module.constant if constant else module.input)(table, target), axis)
        yield module


@covers("transpose", "reshape", "constant")
def structure():
    module = Module()
    for code in ("ternary", "ui4", "si16", "ui8"):
        cube = module.input(oracle.codes(RNG, code, (2, 3, 5)), code)
        for permutation in ((0, 1, 2), (2, 0, 1), (1, 0, 2), (2, 1, 0)):
            module.transpose(cube, permutation)
        for shape in ((30,), (5, 6), (1, 30, 1), (2, 3, 5, 1)):
            module.reshape(module.transpose(cube, (2, 1, 0), returned=False), shape)
        one = module.input(oracle.codes(RNG, code, (1,)), code)
        module.reshape(one, ())
        constant = module.constant(oracle.codes(RNG, code, (2, 3)), code)
        module.returned(constant)
        module.transpose(constant, (1, 0))
    yield module


ACTIVATIONS = ("bipolar", "ternary", "si2", "si4", "si8", "ui1", "ui4", "ui8")
WEIGHTS = ("bipolar", "ternary", "si2", "si4", "si8", "ui1", "ui4", "ui7", "ui8")


def extreme_codes(code, shape):
    """Rows: all largest, all smallest, alternating, then random."""
    values = oracle.codes(RNG, code, shape)
    low, high = oracle.code_range(code)
    values[0], values[1], values[2] = high, low, [low if k % 2 else high for k in range(shape[1])]
    return values


@covers("matmul", "constant")
def matmul():
    """All pairs of code types by all kernels. A kernel that a pair does not have gives way to another."""
    for inputs in (1, 3, 127, 128, 129, 784):
        module = Module(kernels=("plain", "packed"))
        networks = Module(kernels=("addsub",))
        weights = {w: extreme_codes(w, (7, inputs)) for w in (*WEIGHTS, "si16")}
        for activation in (*ACTIVATIONS, "si16", "ui16"):
            x = extreme_codes(activation, (5, inputs))
            value = module.input(x, activation)
            for w in weights if activation in ACTIVATIONS else ("ternary", "si8", "si16"):
                module.matmul(value, module.constant(weights[w], w))
            # Networks are long programs: large ones for one activation only.
            if inputs > 3 and activation != ("ui8" if inputs < 784 else "si8"):
                continue
            value = networks.input(x, activation)
            for w in ("bipolar", "ternary") if inputs > 127 else ("bipolar", "ternary", "si4", "si8", "ui8"):
                networks.matmul(value, networks.constant(weights[w], w))
        yield module
        yield networks


@covers("matmul")
def matmul_shapes():
    """Leading dimensions, no constant at all, outputs without weights, sums that need 64 bits."""
    module = Module(kernels=("plain", "packed", "addsub"))
    x = module.input(oracle.codes(RNG, "si8", (2, 3, 20)), "si8")
    sparse = oracle.codes(RNG, "ternary", (9, 20)) * (RNG.random((9, 20)) < 0.2)
    sparse[4] = 0
    module.matmul(x, module.constant(sparse, "ternary"))
    module.matmul(x, module.input(oracle.codes(RNG, "ui8", (4, 20)), "ui8"))
    wide = module.input(np.full((1, 40000), 65535), "ui16")
    module.matmul(wide, module.constant(np.full((1, 40000), -1), "ternary"))
    module.matmul(wide, module.constant(np.full((2, 40000), 65535), "ui16"))
    yield module


@covers("matmul")
def matmul_zero_points():
    """Zero points on both sides and bias, in i32 and i64, by all kernels."""
    for inputs in (1, 20, 129):
        # Networks are long programs.
        module = Module(kernels=("plain", "packed", "addsub") if inputs <= 20 else ("plain", "packed"))
        for activation, zeros in (("ui8", (1, 128, 255)), ("si8", (-128, 5)), ("ui4", (8, 200)), ("bipolar", (-1, 2)), ("ui16", (65535,))):
            x = module.input(extreme_codes(activation, (4, inputs)), activation)
            for w in ("bipolar", "ternary", "si4", "si8"):
                weights = module.constant(extreme_codes(w, (5, inputs)), w)
                for zero in zeros:
                    module.matmul(x, weights, zero, 0, RNG.integers(-1000, 1000, 5))
                module.matmul(x, weights, 0, 3, RNG.integers(-(2**20), 2**20, 5))
                module.matmul(x, weights, zeros[0], -2)
            module.matmul(x, module.constant(np.zeros((2, inputs), int), "ternary"), zeros[0], 0, [2**31 - 1, 0] if inputs == 1 else [7, -(2**40)])
        yield module


@covers("matmul")
def matmul_batched():
    """Two activations, as in attention: the right side has leading dimensions of its own, or one for all."""
    module = Module(kernels=("plain", "packed"))
    for left, right in (("ui8", "si8"), ("si4", "ui8"), ("ternary", "bipolar")):
        x = module.input(oracle.codes(RNG, left, (2, 3, 4, 17)), left)
        for batch in ((2, 3), (2, 1), (1, 3), (3,), (1,)):
            y = module.input(oracle.codes(RNG, right, (*batch, 5, 17)), right)
            module.matmul(x, y)
            module.matmul(x, y, 3, 2)
            module.matmul(x, y, 3, 1, [1, -1, 2, -2, 3])
        three = module.input(oracle.codes(RNG, left, (3, 4, 17)), left)
        module.matmul(three, module.constant(oracle.codes(RNG, right, (3, 5, 17)), right), 1, 0)
    yield module


# Size, strides, dilations and pads; then the image's extents, its channels, outputs and groups.
CONVOLUTIONS = (
    (([3], [1], [1], [1, 1]), (9,), 4, 3, 1),
    (([4], [2], [3], [0, 5]), (12,), 2, 4, 2),
    (([1, 1], [1, 1], [1, 1], [0, 0, 0, 0]), (5, 6), 17, 6, 1),
    (([3, 3], [1, 1], [1, 1], [1, 1, 1, 1]), (7, 8), 3, 5, 1),
    (([3, 3], [2, 2], [1, 1], [0, 1, 1, 0]), (7, 8), 4, 6, 2),
    (([2, 5], [1, 3], [2, 1], [2, 4, 0, 3]), (6, 9), 6, 6, 6),
    (([3, 3], [1, 1], [1, 1], [1, 1, 1, 1]), (6, 6), 5, 10, 5),
    (([5, 5], [1, 1], [1, 1], [4, 4, 4, 4]), (1, 2), 2, 3, 1),
    (([2, 3, 2], [1, 2, 1], [1, 1, 2], [1, 0, 1, 0, 2, 1]), (3, 5, 4), 2, 4, 2),
)


@covers("conv")
def conv():
    """1 to 3 dimensions, strides, dilations, uneven pads, groups and depthwise; zero points, bipolar data."""
    for window, extents, channels, outputs, groups in CONVOLUTIONS:
        module = Module(kernels=("plain", "packed", "addsub"))
        for activation, zero, padding in (("ui4", 0, None), ("ui8", 131, None), ("si8", -128, 5), ("bipolar", 0, None), ("ternary", 1, -1), ("ui16", 0, None)):
            x = module.input(oracle.codes(RNG, activation, (2, channels, *extents)), activation)
            for w in ("bipolar", "ternary", "si4", "ui8"):
                weights = module.constant(oracle.codes(RNG, w, (outputs, channels // groups, *window[0])), w)
                bias = RNG.integers(-999, 999, outputs) if w in ("ternary", "si4") else None
                module.conv(x, weights, window, groups, zero, padding, bias)
        fixed = module.input(oracle.codes(RNG, "si8", (outputs, channels // groups, *window[0])), "si8")
        module.conv(x, fixed, window, groups, 65535)
        wide = module.constant(np.full((outputs, channels // groups, *window[0]), 65535), "ui16")
        module.conv(x, wide, window, groups, 0, None, [2**40] * outputs)
        yield module


@covers("patches", "im2row")
def conv_patches():
    """The rows of convolutions; storage is made of them by im2row."""
    module = Module()
    for window, extents, channels, _, _ in CONVOLUTIONS:
        for code, padding, result in (("ui4", 9, "ui4"), ("si8", -128, "si8"), ("bipolar", 0, "ternary"), ("ui16", 65535, "ui16")):
            module.patches(module.input(oracle.codes(RNG, code, (2, channels, *extents)), code), window, padding, result)
            for last in (channels, 11):
                module.patches(module.input(oracle.codes(RNG, code, (2, *extents, last)), code), window, padding, result, channels_last=True)
    yield module


@covers("depthwise")
def conv_depthwise():
    """Channels around blocks of 4 and 32; windows of every kind, one of more than 64 taps; padding and bias."""
    windows = [(window, extents) for window, extents, _, _, _ in CONVOLUTIONS]
    windows.append((([9, 10], [2, 3], [1, 1], [4, 4, 4, 5]), (7, 8)))
    for window, extents in windows:
        module = Module()
        taps = int(np.prod(window[0]))
        for channels in (1, 5, 35, 64):
            for activation, padding in (("ui8", 0), ("ui8", 255), ("si8", -128), ("ui4", 200), ("bipolar", 0), ("ternary", -1)):
                x = oracle.codes(RNG, activation, (2, *extents, channels))
                x[:, 0], x[:, -1] = oracle.code_range(activation)
                for code in ("si8", "ternary") if activation == "ui8" else ("ui4",):
                    weights = oracle.codes(RNG, code, (taps, channels))
                    weights[0] = oracle.code_range(code)[0]
                    bias = RNG.integers(-999, 999, channels) if padding else None
                    module.depthwise(module.input(x, activation), module.constant(weights, code), window, padding, bias)
        yield module


@covers("conv", "requantize", "pool", "sum_pool")
def conv_sequence():
    """Between two convolutions channels stay last: through steps, pools and a depthwise convolution, and out of there."""
    for batch, channels in ((1, 8), (2, 33)):
        module = Module()
        x = module.input(oracle.codes(RNG, "ui8", (batch, 3, 12, 10)), "ui8")
        window = ([3, 3], [1, 1], [1, 1], [1, 1, 1, 1])
        pointwise = ([1, 1], [1, 1], [1, 1], [0, 0, 0, 0])
        halves = ([2, 2], [2, 2], [1, 1], [0, 0, 0, 0])

        def step(sums, axis=1):
            numbers = RNG.integers(1, 40, sums.array.shape[axis])
            return module.requantize([sums], [numbers], [1 << 12], 13, 0, 255, axis, "ui8", 64)

        codes = step(module.conv(x, module.constant(oracle.codes(RNG, "si8", (channels, 3, 3, 3)), "si8"), window, zero=7))
        depthwise = module.constant(oracle.codes(RNG, "si8", (channels, 1, 3, 3)), "si8")
        codes = step(module.conv(codes, depthwise, window, groups=channels, zero=3))
        codes = module.pool(codes, halves)
        codes = step(module.conv(codes, module.constant(oracle.codes(RNG, "si8", (channels, channels, 1, 1)), "si8"), pointwise))
        codes = step(module.sum_pool(codes, halves, 5, 32))
        sums = module.conv(codes, module.constant(oracle.codes(RNG, "si4", (5, channels, 3, 3)), "si4"), window)
        module.transpose(step(sums), (0, 2, 3, 1))
        yield module


@covers("sum_pool")
def sum_pool():
    """Windows of every kind; zero points inside and outside of the codes; sums of 64 bits."""
    module = Module()
    for window, extents, channels, _, _ in CONVOLUTIONS:
        for code, zeros in (("ui4", (0, 200)), ("ui8", (0, 128)), ("si8", (-128, 3)), ("bipolar", (0, -2)), ("ternary", (1,)), ("si16", (0,)), ("ui16", (65535,))):
            x = module.input(oracle.codes(RNG, code, (2, channels, *extents)), code)
            for zero in zeros:
                module.sum_pool(x, window, zero, 32)
            module.sum_pool(x, window, zeros[-1], 64)
            last = module.input(oracle.codes(RNG, code, (2, *extents, channels)), code)
            module.sum_pool(last, window, zeros[-1], 32, channels_last=True)
    highest = module.input(np.full((1, 1, 70000), 65535), "ui16")
    module.sum_pool(highest, ([70000], [1], [1], [0, 0]), 0, 64)
    yield module


@covers("pool", "pad")
def pool():
    module = Module()
    for window, extents, channels, _, _ in CONVOLUTIONS:
        for code in ("ui4", "ui8", "si8", "bipolar", "ternary", "si16", "ui16"):
            x = module.input(oracle.codes(RNG, code, (2, channels, *extents)), code)
            module.pool(x, window)
            module.pool(module.input(oracle.codes(RNG, code, (2, *extents, channels)), code), window, channels_last=True)
    for code, result, outside in (("ui4", "ui4", 15), ("ui4", "ui8", 200), ("bipolar", "ternary", 0), ("bipolar", "si3", 3), ("si9", "si16", -32768)):
        x = module.input(oracle.codes(RNG, code, (2, 3, 4)), code)
        module.pad(x, outside, (0, 1, 0), (2, 0, 5), result)
        module.pad(x, outside, (0, 0, 0), (0, 0, 0), result)
    yield module


@covers("packed_matmul")
def packed_matmul():
    """Weights that numpy has packed, bytes on both sides."""
    module = Module()
    rows = (("bits", "bipolar"), ("ternary_pairs", "ternary"), ("trits", "ternary"))
    rows = (*rows, ("bytes", "si8"), ("bytes", "ternary"), ("bytes", "ui4"))
    tiles = (("ternary_tiles", "ternary"), ("nibble_tiles", "si4"), ("byte_tiles", "si8"))
    for layout, code in (*rows, *tiles):
        for inputs in (1, 8, 31, 33, 127, 128, 129, 160, 300):
            weights = extreme_codes(code, (70 if layout.endswith("_tiles") else 6, inputs))
            for activation in ("si8", "ui8", "ternary"):
                x = extreme_codes(activation, (3, inputs))
                module.packed_matmul(x, activation, weights, code, layout)
    yield module


@covers("addsub", "yield")
def addsub():
    """Networks written by hand: shared values, shifts, outputs that are inputs, zero, or each other."""
    module = Module()
    body = """
      %one = arith.constant 1 : {T}
      %three = arith.constant 3 : {T}
      %zero = arith.constant 0 : {T}
      %a = arith.addi %x0, %x1 : {T}
      %b = arith.subi %a, %x2 : {T}
      %c = arith.shli %b, %three : {T}
      %d = arith.subi %c, %a : {T}
      %e = arith.shli %x2, %one : {T}
      lowbit.yield %b, %d, %x1, %zero, %e, %b : {T}, {T}, {T}, {T}, {T}, {T}
    """

    def network(x):
        a = x[..., 0] + x[..., 1]
        b = a - x[..., 2]
        return np.stack([b, 8 * b - a, x[..., 1], 0 * a, 2 * x[..., 2], b], axis=-1)

    for code in ACTIVATIONS:
        for bits in (32, 64):
            for shape in ((1, 3), (4, 3), (2, 2, 3)):
                x = oracle.codes(RNG, code, shape)
                module.addsub(module.input(x, code), body, network(x), bits)
    yield module


@covers("float_sum", "float_matmul")
def float_order():
    """Sums that cancel, so that another order gives other bits; zeros of both signs; infinities."""
    module = Module()
    for terms in (1, 2, 15, 16, 17, 31, 32, 33, 100, 784):
        x = (RNG.normal(size=(6, terms)) * 10.0 ** RNG.integers(-6, 7, (6, terms))).astype(np.float32)
        x[0], x[1, 0], x[2, -1] = -0.0, np.inf, np.nan
        w = RNG.normal(size=(terms, 5)).astype(np.float32)
        module.float_sum(module.input(x))
        module.float_sum(module.input(x.reshape(2, 3, terms)))
        module.float_matmul(module.input(x), module.input(w))
        cubes = RNG.normal(size=(2, 3, terms)).astype(np.float32), RNG.normal(size=(2, terms, 4)).astype(np.float32)
        module.float_matmul(module.input(cubes[0]), module.input(cubes[1]))
        module.float_matmul(module.input(cubes[0]), module.input(w))
    yield module


@covers("float_conv")
def float_conv():
    """Windows of every kind; sums that cancel; infinities and NaN, also as weights that meet the pads."""
    module = Module()

    def numbers(*shape):
        x = (RNG.normal(size=shape) * 10.0 ** RNG.integers(-4, 5, shape)).astype(np.float32)
        x.reshape(-1)[RNG.permutation(x.size)[: x.size // 5]] = -0.0
        return x

    for x, w, window in (
        ((2, 3, 40), (5, 3, 4), {"pads": [2, 3], "strides": [2]}),
        ((1, 5, 9, 70), (6, 5, 3, 3), {}),
        ((1, 40, 6, 7), (9, 40, 1, 1), {}),
        ((1, 8, 7, 7), (4, 8, 3, 3), {"pads": [1, 1, 1, 1]}),
        ((1, 2, 12, 33), (3, 2, 3, 5), {"strides": [2, 3], "pads": [1, 0, 2, 4]}),
        ((1, 3, 12, 15), (4, 3, 3, 3), {"dilations": [2, 4], "pads": [2, 4, 2, 4]}),
        ((2, 6, 8, 9), (4, 3, 3, 3), {"groups": 2, "pads": [1, 1, 1, 1]}),
        ((2, 5, 8, 35), (5, 1, 3, 3), {"groups": 5, "pads": [1, 1, 1, 1]}),
        ((1, 2, 4, 5, 6), (3, 2, 2, 3, 3), {"pads": [1, 0, 1, 0, 1, 1], "strides": [1, 2, 1]}),
        ((1, 1, 2, 2), (2, 1, 5, 5), {"pads": [4, 4, 4, 4]}),
        ((1, 1, 3, 3), (2, 1, 1, 2), {"pads": [2, 5, 3, 6], "strides": [2, 4]}),
    ):
        image, weights = module.input(numbers(*x)), module.input(numbers(*w))
        module.float_conv(image, weights, **window)
        module.float_conv(image, weights, module.input(numbers(w[0])), **window)
    wild = numbers(3, 2, 3, 3)
    wild[0, 0, 0, 0], wild[1, 1, 2, 2], wild[2, 0, 1, 1] = np.inf, np.nan, -np.inf
    module.float_conv(module.input(numbers(1, 2, 6, 6)), module.input(wild), pads=[1, 1, 1, 1])
    yield module


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


def bit_patterns(dtype, count):
    """Floats of every size and sign: random bits, and the neighbourhood of every number of 16 bits or fewer."""
    bits = np.uint32 if dtype == np.float32 else np.uint64
    random = RNG.integers(0, np.iinfo(bits).max, count, bits, endpoint=True).view(dtype)
    with np.errstate(all="ignore"):
        halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(dtype)
        upper = (np.arange(65536, dtype=np.uint32) << 16).view(np.float32).astype(dtype)
        small = RNG.normal(size=count).astype(dtype) * np.geomspace(1e-9, 1e9, count).astype(dtype)
        numbers = np.concatenate([halves, upper, small, random])
        middles = numbers * dtype(1 + 2**-4)
        return np.concatenate([numbers, middles, np.nextafter(middles, dtype(0)), np.nextafter(middles, dtype(np.inf))])


SMALL_FLOATS = ("f16", "bf16", "f8E4M3FN", "f8E4M3FNUZ", "f8E5M2", "f8E5M2FNUZ", "f8E8M0FNU", "f4E2M1FN")


@covers("decode_float", "encode_float")
def small_floats():
    """Every code of every format; numbers of every size, ties and their neighbours, also from double precision."""
    module = Module()
    codes = {1: module.input(np.arange(256, dtype=np.uint8).view(np.int8)), 2: module.input(np.arange(65536, dtype=np.uint16).view(np.int16))}
    codes[0] = module.input(np.arange(16, dtype=np.int8))
    for format in SMALL_FLOATS:
        module.decode_float(codes[0 if format == "f4E2M1FN" else 2 if format.endswith("f16") else 1], format)
    for dtype in (np.float32, np.float64):
        x = module.input(bit_patterns(dtype, 20000))
        for format in SMALL_FLOATS:
            modes = ("up", "down", "half_up") if format == "f8E8M0FNU" else ("half_even",)
            for mode in modes:
                for saturate in (False, True):
                    module.encode_float(x, format, saturate, mode)
    yield module


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
