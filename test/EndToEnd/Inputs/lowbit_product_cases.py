"""Cases of products, convolutions, pools, networks and float sums."""

import lowbit_oracle as oracle
import numpy as np
from lowbit_cases import RNG, covers
from lowbit_module import Module

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
    tiles = (*tiles, ("int2_tiles", "si2"), ("int3_tiles", "si3"), ("fp4_tiles", "si5"))
    for layout, code in (*rows, *tiles):
        for inputs in (1, 8, 31, 33, 127, 128, 129, 160, 300):
            weights = extreme_codes(code, (70 if layout.endswith("_tiles") else 6, inputs))
            if layout == "fp4_tiles":
                weights = np.array([0, 1, 2, 3, 4, 6, 8, 12])[weights & 7] * np.where(weights < 0, -1, 1)
            for activation in ("si8", "ui8", "ternary"):
                x = extreme_codes(activation, (3, inputs))
                module.packed_matmul(x, activation, weights, code, layout)
    for inputs in (1, 31, 32, 33, 300, 1000, 4000):
        for outputs in (6, 70, 128):
            for activation in ("bipolar", "ternary", "ui1"):
                x = extreme_codes(activation, (outputs % 5 + 3, inputs))
                module.packed_matmul(x, activation, extreme_codes("bipolar", (outputs, inputs)), "bipolar", "bit_tiles")
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


@covers("block_matmul")
def block_matmul():
    """Codes of every width and blocks of every size, with zero points and without; blocks that are 0, tiny or not finite."""
    module = Module()
    for bits in (2, 4, 8):
        for block, inputs, outputs, rows in ((16, 75, 33, (1,)), (32, 64, 5, (2, 2)), (32, 1, 1, (3,)), (64, 600, 40, (7,)),
                                             (128, 300, 17, (2,)), (256, 513, 32, (260,) if bits == 4 else (4,))):
            blocks = -(-inputs // block)
            codes = RNG.integers(0, 2**bits, (outputs, inputs))
            x = (RNG.normal(size=(*rows, inputs)) * 10.0 ** RNG.integers(-4, 5, (*rows, inputs))).astype(np.float32)
            flat = x.reshape(-1, inputs)
            flat[-1, :16] = 0 if block > 32 else -1e-33
            if bits == 2 and len(flat) > 1:
                flat[0, 0], flat[1, -1] = np.nan, -np.inf
            value = module.input(x)
            scales = RNG.normal(size=(outputs, blocks)) * 10.0 ** RNG.integers(-5, 2, (outputs, blocks))
            for kind in (np.float16, np.float32):
                module.block_matmul(value, codes, int(RNG.integers(2**bits)), scales.astype(kind), bits, block)
                zeros = RNG.integers(0, 2**bits, (outputs, blocks))
                module.block_matmul(value, codes, zeros, scales.astype(kind), bits, block)
                if len(flat) < 10:
                    module.block_matmul(value, codes, zeros, scales.astype(kind), bits, block, floats=True)
                    module.block_matmul(value, codes, 1, scales.astype(kind), bits, block, floats=True)
    yield module
