"""The operators of the random quantised networks in double precision: where two float32 evaluations differ, this
tells whether the true value lies at a rounding tie."""

import numpy as np

RANGES = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}


def attributes_of(node):
    values = {}
    for a in node.attribute:
        values[a.name] = a.s.decode() if a.s else list(a.ints) if a.ints else a.f if a.type == 1 else a.i
    return values


def along(axis, value, rank):
    """A vector of `axis` for broadcasting; scalars as they are."""
    return value if value.ndim == 0 or value.size == 1 else value.reshape([-1 if i == axis else 1 for i in range(rank)])


def windows(x, size, strides):
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=tuple(range(2, x.ndim)))
    steps = tuple(slice(None, None, s) for s in strides)
    return view[(slice(None), slice(None), *steps)]


def conv(x, w, bias, a):
    rank = x.ndim - 2
    pads = a.get("pads", [0] * 2 * rank)
    x = np.pad(x, [(0, 0), (0, 0)] + [(pads[i], pads[rank + i]) for i in range(rank)])
    view = windows(x, w.shape[2:], a.get("strides", [1] * rank))
    groups, spatial = a.get("group", 1), view.shape[2 : 2 + rank]
    parts = []
    for p, f in zip(np.split(view, groups, axis=1), np.split(w, groups, axis=0)):
        columns = np.moveaxis(p, 1, 1 + rank).reshape(x.shape[0], int(np.prod(spatial)), -1)
        parts.append(np.moveaxis(columns @ f.reshape(f.shape[0], -1).T, 2, 1).reshape(x.shape[0], -1, *spatial))
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + along(1, bias, y.ndim)


def round_mode(v, mode):
    a, s = np.abs(v), np.sign(v)
    return {"ROUND": np.rint(v), "CEIL": np.ceil(v), "FLOOR": np.floor(v), "UP": s * np.ceil(a), "DOWN": np.trunc(v),
            "HALF_UP": s * np.floor(a + 0.5), "HALF_DOWN": s * np.ceil(a - 0.5)}[mode]


def unrounded(node, x):
    """Of a quantiser: the value that is rounded, the bounds of the code, and the rounding."""
    a = attributes_of(node)
    if node.op_type == "BipolarQuant":
        return x[0] / x[1], (-1, 1), "sign"
    if node.op_type == "QuantizeLinear":
        return x[0] / x[1], None, "ROUND"
    bits, signed, narrow = int(x[3]), a["signed"], a["narrow"]
    low = -(2 ** (bits - 1)) + narrow if signed else 0
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
    return x[0] / x[1] + x[2], (low, high), a["rounding_mode"]


def distance_to_tie(v, mode):
    """How far the unrounded value is from where its code changes."""
    if mode == "sign":
        return np.abs(v)
    if mode in ("CEIL", "FLOOR", "UP", "DOWN"):
        return np.abs(v - np.rint(v))
    return np.abs(v - np.floor(v) - 0.5)


def code_of(node, y, x):
    """The code in the output `y` of a quantiser."""
    if node.op_type == "QuantizeLinear":
        return y
    return np.rint(y / x[1] + (x[2] if node.op_type == "Quant" else 0))


def quantize(node, x):
    v, bounds, mode = unrounded(node, x)
    if node.op_type == "BipolarQuant":
        return np.where(v >= 0, 1.0, -1.0) * x[1]
    if node.op_type == "QuantizeLinear":
        # Codes of the widest type: the sample only chooses scales.
        return np.rint(v) + x[2]
    return (round_mode(np.clip(v, *bounds), mode) - x[2]) * x[1]


def evaluate_node(node, x):
    """The output of `node` for inputs in double precision."""
    a, kind = attributes_of(node), node.op_type
    if kind in ("QuantizeLinear", "Quant", "BipolarQuant"):
        return quantize(node, x)
    if kind == "DequantizeLinear":
        axis = a.get("axis", 1)
        return (x[0] - along(axis, x[2], x[0].ndim)) * along(axis, x[1], x[0].ndim)
    if kind == "Conv":
        return conv(x[0], x[1], x[2] if len(x) > 2 else None, a)
    if kind == "Gemm":
        return x[0] @ x[1].T + (x[2] if len(x) > 2 else 0)
    if kind in ("MaxPool", "AveragePool"):
        view = windows(x[0], a["kernel_shape"], a["strides"])
        return (np.max if kind == "MaxPool" else np.mean)(view, axis=(-2, -1))
    if kind == "BatchNormalization":
        scale, bias, mean, variance = (along(1, v, x[0].ndim) for v in x[1:])
        return (x[0] - mean) / np.sqrt(variance + a["epsilon"]) * scale + bias
    return {
        "Add": lambda: x[0] + x[1],
        "MatMul": lambda: x[0] @ x[1],
        "Relu": lambda: np.maximum(x[0], 0),
        "Clip": lambda: np.clip(x[0], x[1], x[2]),
        "Flatten": lambda: x[0].reshape(x[0].shape[0], -1),
        "Transpose": lambda: np.transpose(x[0], a["perm"]),
        "Concat": lambda: np.concatenate(x, axis=a["axis"]),
    }[kind]()
