"""What each lowbit op computes, in numpy, written from the formulas of dialects/LowBit/LowBit.td."""

import numpy as np

# Rounding modes on float64, where a float32 and a half of it are exact.
ROUND = {
    "half_even": np.rint,
    "half_up": lambda v: np.sign(v) * np.floor(np.abs(v) + 0.5),  # ties away from zero
    "half_down": lambda v: np.sign(v) * np.ceil(np.abs(v) - 0.5),  # ties toward zero
    "ceil": np.ceil,
    "floor": np.floor,
    "up": lambda v: np.sign(v) * np.ceil(np.abs(v)),  # away from zero
    "down": np.trunc,
}


def code_range(code, narrow=False):
    """Smallest and largest code; `narrow` drops the lowest of siN, the highest of uiN."""
    if code in ("bipolar", "ternary"):
        return -1, 1
    bits = int(code[2:])
    if code.startswith("ui"):
        return 0, 2**bits - 1 - narrow
    return -(2 ** (bits - 1)) + narrow, 2 ** (bits - 1) - 1


def storage(code):
    """The numpy type of stored codes: one byte, or two above 8 bits."""
    if code in ("bipolar", "ternary"):
        return np.dtype(np.int8)
    return np.dtype(f"{'u' if code[0] == 'u' else ''}int{8 if int(code[2:]) <= 8 else 16}")


def codes(rng, code, shape):
    """Random codes, as int64."""
    low, high = code_range(code)
    values = rng.integers(low, high, shape, endpoint=True)
    return np.where(values < 0, -1, 1) if code == "bipolar" else values


def round_clamp(v, low, high, mode):
    """round(clamp(v, low, high)) of float32 values; a NaN gives low."""
    clamped = np.where(np.isnan(v), low, np.clip(v.astype(np.float64), low, high))
    return ROUND[mode](clamped).astype(np.int64)


def quantize(x, scale, code, mode, narrow, zero, by_reciprocal, zero_last=False):
    with np.errstate(all="ignore"):
        v = x * scale if by_reciprocal else x / scale
        if zero_last:  # in double precision: the sum of integers is exact
            v = np.where(np.isnan(v), np.nan, ROUND[mode](v.astype(np.float64)) + zero)
            return round_clamp(v, *code_range(code, narrow), "half_even")
        if zero is not None:
            v = v + zero
    assert v.dtype == np.float32
    if code == "bipolar":
        return np.where(v >= 0, 1, -1)
    return round_clamp(v, *code_range(code, narrow), mode)


def dequantize(q, scale, zero):
    real = q.astype(np.float32) if zero is None else (q.astype(np.float64) - zero).astype(np.float32)
    return real * scale


def dynamic_quantize(x, limit, epsilon, reciprocal, narrow):
    """Codes and scales. A row with a NaN has a NaN as its scale, and its codes are the lowest."""
    one, limit_f = np.float32(1), np.float32(limit)
    with np.errstate(all="ignore"):
        t = np.maximum(np.max(np.abs(x), axis=-1, keepdims=True), np.float32(epsilon))
        a = (one / t) * limit_f if reciprocal else limit_f / t
        scaled, scales = x * a, one / a
    assert scaled.dtype == scales.dtype == np.float32
    low = -limit if narrow else -limit - 1
    return round_clamp(scaled, low, limit, "half_even"), scales


def threshold(x, table, axis, code, offset, falling=None):
    x = np.moveaxis(x, axis, -1)[..., None]
    falls = np.zeros((len(table), 1), bool) if falling is None else np.reshape(falling, (-1, 1))
    count = np.moveaxis(np.where(falls, x < table, x >= table).sum(axis=-1), -1, axis)
    if code == "bipolar":
        return np.where(count > 0, 1, -1)
    return count - 1 if code == "ternary" else count + offset


def requantize(inputs, multipliers, addends, shift, low, high, axis, half_even=False, exceptions=None, raised=0):
    """Exact integers; a list of one number or of one for each channel is broadcast along `axis`."""

    def along(numbers):
        return np.reshape(np.array(numbers, np.int64), [-1 if i == axis else 1 for i in range(inputs[0].ndim)])

    total = sum(x.astype(np.int64) * along(m) for x, m in zip(inputs, multipliers)) + along(addends)
    codes = total >> shift
    if half_even and shift:
        rest, half = total - (codes << shift), 1 << (shift - 1)
        codes = codes + ((rest > half) | ((rest == half) & (codes % 2 != 0)))
    codes = np.clip(codes, low, high)
    for j in range(0 if exceptions is None else exceptions.shape[1]):
        codes = codes + (inputs[0] == along(exceptions[:, j])) * (1 if j < raised else -1)
    return codes


def lookup(x, table, axis, code):
    column = np.moveaxis(x, axis, -1) - code_range(code)[0]
    rows = np.arange(len(table)) if len(table) > 1 else 0
    return np.moveaxis(table[rows, column], -1, axis)


def windows(x, size, strides, dilations, pads, outside):
    """[N, C, inputs..] as [N, C, outputs.., size..]: what each output sees, `outside` around the image."""
    rank = len(size)
    around = [(0, 0), (0, 0), *zip(pads[:rank], pads[rank:])]
    x = np.pad(x, around, constant_values=outside)
    span = [d * (k - 1) + 1 for d, k in zip(dilations, size)]
    seen = np.lib.stride_tricks.sliding_window_view(x, span, axis=tuple(range(2, rank + 2)))
    steps = [slice(None)] * 2 + [slice(None, None, s) for s in strides] + [slice(None, None, d) for d in dilations]
    return seen[tuple(steps)]


def conv(x, weights, window, groups, zero, outside):
    """Exact sums: every group of outputs sees its own channels, less the zero point."""
    seen = windows(x, *window, outside) - zero
    rank = len(window[0])
    sums = []
    for part, rows in zip(np.split(seen, groups, axis=1), np.split(weights, groups)):
        sums.append(np.tensordot(part, rows, axes=([1, *range(rank + 2, 2 * rank + 2)], [1, *range(2, rank + 2)])))
    return np.moveaxis(np.concatenate(sums, axis=-1), -1, 1)


def patches(x, window, outside):
    """[N, outputs.., K]: what each place sees, the last dimension of the window slowest, channels fastest."""
    seen = windows(x, *window, outside)
    rank = len(window[0])
    order = [0, *range(2, rank + 2), 2 * rank + 1, *range(rank + 2, 2 * rank + 1), 1]
    return seen.transpose(order).reshape(*(seen.shape[i] for i in order[: rank + 1]), -1)


def lane_sum(terms):
    """Sum along the last axis: lane i adds k = i mod 16 in rising k from +0, then halves 8, 4, 2, 1."""
    lanes = np.zeros((*terms.shape[:-1], 16), np.float32)
    with np.errstate(all="ignore"):
        for k in range(terms.shape[-1]):
            lanes[..., k % 16] = lanes[..., k % 16] + terms[..., k]
        for half in (8, 4, 2, 1):
            lanes = lanes[..., :half] + lanes[..., half : 2 * half]
    return lanes[..., 0]


def float_matmul(a, b):
    with np.errstate(all="ignore"):
        return lane_sum(a[..., :, None, :] * np.swapaxes(b, -1, -2)[..., None, :, :])


def float_conv(x, w, bias, strides, dilations, pads, groups):
    """One sum in the order of the weights, from +0; the image is surrounded by zeros that are multiplied; then the bias."""
    rank = w.ndim - 2
    padded = np.pad(x, [(0, 0), (0, 0), *zip(pads[:rank], pads[rank:])])
    outputs = [(padded.shape[2 + d] - dilations[d] * (w.shape[2 + d] - 1) - 1) // strides[d] + 1 for d in range(rank)]
    y = np.zeros((x.shape[0], w.shape[0], *outputs), np.float32)
    per_group = w.shape[0] // groups
    with np.errstate(all="ignore"):
        for m in range(w.shape[0]):
            for tap in np.ndindex(*w.shape[1:]):
                channel = m // per_group * w.shape[1] + tap[0]
                at = [slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, n, s in zip(tap[1:], dilations, outputs, strides)]
                y[:, m] += w[(m, *tap)] * padded[(slice(None), channel, *at)]
        if bias is not None:
            y += bias.reshape(-1, *[1] * rank)
    return y


def block_matmul(x, codes, zeros, scales, block):
    """Codes [N, K], zero points and scales [N, blocks]. Each block of x in bytes, exact products, then one float sum."""
    y = np.zeros((*x.shape[:-1], len(codes)), np.float32)
    with np.errstate(all="ignore"):
        for b in range(scales.shape[1]):
            part = slice(b * block, (b + 1) * block)
            largest = np.abs(x[..., part]).max(-1, keepdims=True)
            usable = np.isfinite(largest) & (largest >= np.float32(2.0**-100))
            q = np.where(usable, np.rint(x[..., part] * (np.float32(127) / largest)), 0).astype(np.int64)
            exact = q @ (codes[:, part].astype(np.int64) - zeros[:, b, None]).T
            y += exact.astype(np.float32) * (largest / np.float32(127) * scales[:, b])
    assert y.dtype == np.float32
    return y


def pack_blocks(codes, zeros, scales, bits, block, with_zeros):
    """Tiles of 32 outputs; of each block lines of 4 bytes an output, zero points and float16 in two halves."""
    outputs, inputs = codes.shape
    blocks, places, padded = scales.shape[1], 8 // bits, -outputs % 32
    codes = np.pad(codes.astype(np.int64) ^ (128 if bits == 8 else 0), ((0, padded), (0, blocks * block - inputs)))
    lines = codes.reshape(-1, 32, blocks, block // (4 * places), places, 4)
    lines = (lines << (bits * np.arange(places))[:, None]).sum(4).astype(np.uint8)
    lines = lines.transpose(0, 2, 3, 1, 4).reshape(-1, blocks, block * bits * 4)  # tile, block, bytes

    def halves(numbers):
        words = np.pad(numbers, ((0, padded), (0, 0))).reshape(-1, 2, 16, blocks).transpose(0, 3, 2, 1)
        return np.ascontiguousarray(words).view(np.uint8).reshape(-1, blocks, 64)

    parts = [lines] + ([halves(zeros.astype(np.uint16))] if with_zeros else [])
    if scales.dtype == np.float16:
        parts.append(halves(scales))
    else:
        rows = np.pad(scales, ((0, padded), (0, 0))).reshape(-1, 32, blocks).transpose(0, 2, 1)
        parts.append(np.ascontiguousarray(rows).view(np.uint8).reshape(-1, blocks, 128))
    return np.concatenate(parts, -1).reshape(-1)


def pack_tiles(weights, bits, bias):
    """Lines of 64 bytes: 4 for each of 16 outputs, byte j with inputs 4p + j from the lowest bits. Lines of up to 4
    blocks of 16 outputs for the same inputs stand together."""
    outputs, inputs = weights.shape
    places = 8 // bits
    codes = (weights.astype(np.int64) + bias) & (2**bits - 1)
    codes = np.pad(codes, ((0, -outputs % 16), (0, -inputs % (4 * places))))
    groups = []
    for first in range(0, len(codes), 64):
        group = codes[first : first + 64].reshape(-1, 16, codes.shape[1] // (4 * places), places, 4)
        line = (group << (bits * np.arange(places))[:, None]).sum(3)  # block, output, line, byte
        groups.append(line.transpose(2, 0, 1, 3).reshape(-1))
    return np.concatenate(groups).astype(np.uint8)


def pack_bit_tiles(weights):
    """Lines as above, with 32 inputs of 1 bit in the 4 bytes of an output: input k is bit k % 8 of byte k / 8."""
    codes = np.pad(weights > 0, ((0, -weights.shape[0] % 16), (0, -weights.shape[1] % 32)))
    lanes = np.packbits(codes, axis=1, bitorder="little").reshape(len(codes), -1, 4)
    groups = [lanes[first : first + 64].reshape(-1, 16, *lanes.shape[1:]) for first in range(0, len(lanes), 64)]
    return np.concatenate([group.transpose(2, 0, 1, 3).reshape(-1) for group in groups])


def pack_three_bits(weights):
    """Three lines for 32 inputs: lower bits of the first 16, of the others, upper bits. The 8 fours of inputs are pairs
    that take both halves of a byte; a pair of a line of lower bits takes bits 0 and 1, or 2 and 3, of a half."""
    codes = np.pad(weights.astype(np.int64) + 4, ((0, -weights.shape[0] % 16), (0, -weights.shape[1] % 32)))
    groups = []
    for first in range(0, len(codes), 64):
        group = codes[first : first + 64].reshape(-1, 16, codes.shape[1] // 32, 2, 2, 2, 4)  # .., line, pair, half, byte
        halves = 4 * np.arange(2)[:, None]
        lower = ((group & 3) << (2 * np.arange(2)[:, None, None] + halves)).sum((4, 5))
        upper = (group >> 2 << (np.arange(4).reshape(2, 2, 1, 1) + halves)).sum((3, 4, 5))
        lines = np.concatenate([lower, upper[:, :, :, None]], 3)  # block, output, lines of 32 inputs, 3, byte
        groups.append(lines.transpose(2, 3, 0, 1, 4).reshape(-1))
    return np.concatenate(groups).astype(np.uint8)


def pack(weights, layout):
    """Bytes of a packed matrix [outputs][inputs]: unused bits are 0, and rows start at whole bytes if there are any."""
    if layout == "bit_tiles":
        return pack_bit_tiles(weights)
    if layout == "int3_tiles":
        return pack_three_bits(weights)
    if layout == "fp4_tiles":
        import ml_dtypes

        return pack_tiles((weights / 2).astype(ml_dtypes.float4_e2m1fn).view(np.uint8), 4, 0)
    if layout.endswith("_tiles"):
        kinds = {"ternary": (2, 1), "int2": (2, 2), "nibble": (4, 8), "byte": (8, 0)}
        return pack_tiles(weights, *kinds[layout.split("_")[0]])
    rows = []
    for row in weights:
        if layout == "bytes":
            rows.append(row.astype(np.int8).view(np.uint8))
        elif layout == "bits":  # input k is bit k % 8 of byte k / 8, 1 = +1
            packed = np.zeros((len(row) + 7) // 8, np.uint8)
            for k, weight in enumerate(row):
                packed[k // 8] |= (weight > 0) << (k % 8)
            rows.append(packed)
        elif layout == "trits":  # blocks of up to 160 inputs, digit j of byte p is input p + j * bytes
            for block in np.split(row, range(160, len(row), 160)):
                digits = np.zeros(-(-len(block) // 5) * 5, np.int64)  # of weight 0 where there are no inputs
                digits[: len(block)] = block
                rows.append(((digits + 1).reshape(5, -1) * 3 ** np.arange(5)[:, None]).sum(0).astype(np.uint8))
        else:  # input p + 32 j of a block of 128 is bits 2j (plus) and 2j + 1 (minus) of byte p
            packed = np.zeros((len(row) + 127) // 128 * 32, np.uint8)
            for k, weight in enumerate(row):
                block, j, p = k // 128, k % 128 // 32, k % 32
                packed[32 * block + p] |= ((weight > 0) | (weight < 0) << 1) << (2 * j)
            rows.append(packed)
    return np.concatenate(rows)


def small_float(format):
    """The numpy type of a small float, and its NaN (ml_dtypes keeps no sign and gives any; f4E2M1FN has none: -0)."""
    import ml_dtypes

    return {
        "f16": (np.float16, 0x7E00),
        "bf16": (ml_dtypes.bfloat16, 0x7FC0),
        "f8E4M3FN": (ml_dtypes.float8_e4m3fn, 0x7F),
        "f8E4M3FNUZ": (ml_dtypes.float8_e4m3fnuz, 0x80),
        "f8E5M2": (ml_dtypes.float8_e5m2, 0x7E),
        "f8E5M2FNUZ": (ml_dtypes.float8_e5m2fnuz, 0x80),
        "f8E8M0FNU": (ml_dtypes.float8_e8m0fnu, 0xFF),
        "f4E2M1FN": (ml_dtypes.float4_e2m1fn, 0x8),
    }[format]


def decode_float(bits, format):
    return bits.view(small_float(format)[0]).astype(np.float32)


def encode_float(x, format, saturate, mode):
    dtype, nan = small_float(format)
    stored = np.int16 if np.dtype(dtype).itemsize == 2 else np.int8
    with np.errstate(all="ignore"):
        if format == "f8E8M0FNU":
            return encode_power(x.astype(np.float32), saturate, mode).astype(np.uint8).view(stored)
        largest = 65504.0 if format == "f16" else float(ml_dtypes_largest(dtype))
        clipped = np.clip(x, -largest, largest) if saturate else x
        if x.dtype == np.float64 and format != "f16":
            clipped = round_to_odd(clipped)
        bits = clipped.astype(dtype).view(f"u{stored().itemsize}")
    sign = np.where(np.signbit(x), 1 << (8 * bits.itemsize - 1), 0).astype(bits.dtype) if nan not in (0x80, 0x8) else 0
    return np.where(np.isnan(x), nan | sign, bits).astype(bits.dtype).view(stored)


def round_to_odd(x):
    """float32 of which rounding makes what it would make of `x`: ml_dtypes itself rounds twice."""
    y = x.astype(np.float32)
    y = np.where(np.abs(y.astype(np.float64)) > np.abs(x), np.nextafter(y, np.float32(0)), y)
    return (y.view(np.uint32) | ((y != x) & ~np.isnan(x))).view(np.float32)


def ml_dtypes_largest(dtype):
    import ml_dtypes

    return ml_dtypes.finfo(dtype).max


def encode_power(x, saturate, mode):
    """The exponent e + 127 of a power 2^e near |x|; below 2^-126 as ONNX has it: 2^-127 stands for all."""
    magnitude = np.abs(x).astype(np.float64)
    fraction, exponent = np.frexp(np.where(np.isfinite(magnitude), magnitude, 1))  # x = fraction * 2^exponent, in [0.5, 1)
    code = exponent - 1 + 127
    tiny = (code < 1) | (magnitude == 0)
    code = np.where(tiny, 0, code)
    step = np.where(tiny, magnitude / 2.0**-126, 2 * fraction - 1)  # above the lower power, as a share of the distance
    if mode == "up":
        code = code + (step > 0)
    elif mode == "half_up":
        code = code + np.where(tiny, step > 0.5, step >= 0.5)
    if saturate:
        code = np.minimum(code, 254)
    return np.where(np.isfinite(x), code, 255)
