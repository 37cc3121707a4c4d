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


def quantize(x, scale, code, mode, narrow, zero, by_reciprocal):
    with np.errstate(all="ignore"):
        v = x * scale if by_reciprocal else x / scale
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


def threshold(x, table, axis, code, offset):
    x = np.moveaxis(x, axis, -1)
    count = np.moveaxis((x[..., None] >= table).sum(axis=-1), -1, axis)
    if code == "bipolar":
        return np.where(count > 0, 1, -1)
    return count - 1 if code == "ternary" else count + offset


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


def pack(weights, layout):
    """Bytes of a packed matrix [outputs][inputs]: every row starts at a whole byte, unused bits are 0."""
    rows = []
    for row in weights:
        if layout == "bytes":
            rows.append(row.astype(np.int8).view(np.uint8))
        elif layout == "bits":  # input k is bit k % 8 of byte k / 8, 1 = +1
            packed = np.zeros((len(row) + 7) // 8, np.uint8)
            for k, weight in enumerate(row):
                packed[k // 8] |= (weight > 0) << (k % 8)
            rows.append(packed)
        else:  # input p + 32 j of a block of 128 is bits 2j (plus) and 2j + 1 (minus) of byte p
            packed = np.zeros((len(row) + 127) // 128 * 32, np.uint8)
            for k, weight in enumerate(row):
                block, j, p = k // 128, k % 128 // 32, k % 32
                packed[32 * block + p] |= ((weight > 0) | (weight < 0) << 1) << (2 * j)
            rows.append(packed)
    return np.concatenate(rows)
