"""Cases of quantisers, steps, structure and small floats: all that works on one number at a time."""

import lowbit_oracle as oracle
import numpy as np
from lowbit_cases import RNG, covers
from lowbit_module import Module


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
