"""Pieces of networks in standard ONNX, each in the spellings that exporters use.

A block takes the builder, a random generator, a tensor and its shape, and gives
the tensor and shape behind it. Activations have the shape [..., features].
"""

import numpy as np

EPSILON = 1e-5


def settled_weights(rng, shape):
    """Float weights of which none lies near a boundary of absmean rounding."""
    while True:
        weights = rng.normal(0, 0.5, shape).astype(np.float32)
        scaled = np.abs(weights) / max(np.abs(weights).mean(), EPSILON)
        if np.abs(scaled - np.floor(scaled) - 0.5).min() > 1e-4:
            return weights


def clamp(g, rng, x, low, high):
    """Clip, or Max and Min, with constants on either side."""
    style = rng.integers(3)
    if style == 0:
        bounds = [g.const(low)] + ([g.const(high)] if high is not None else [])
        return g.op("Clip", x, *bounds)
    operands = [x, g.const(low)]
    x = g.op("Max", *(operands if style == 1 else operands[::-1]))
    if high is None:
        return x
    operands = [x, g.const(high)]
    return g.op("Min", *(operands if style == 1 else operands[::-1]))


def product(g, rng, a, b):
    return g.op("Mul", *((a, b) if rng.integers(2) else (b, a)))


def straight_through(g, rng, x, quantised):
    """x + (q - x).detach() exports as Sub and Add."""
    style = rng.integers(3)
    if style == 0:
        return quantised
    difference = g.op("Sub", quantised, x)
    return g.op("Add", *((x, difference) if style == 1 else (difference, x)))


def quantise_activations(g, rng, x):
    """BitNet b1.58: per-token absmax to 8 bits, dequantised again."""
    limit = clamp(g, rng, g.reduce_max(g.op("Abs", x)), EPSILON, None)
    if rng.integers(2):
        scale = g.op("Mul", g.op("Reciprocal", limit), g.const(127.0))
    else:
        scale = g.op("Div", g.const(127.0), limit)
    scaled = product(g, rng, x, scale)
    g.rounds(scaled)
    codes = clamp(g, rng, g.op("Round", scaled), -128.0, 127.0)
    return straight_through(g, rng, x, g.op("Div", codes, scale))


def quantise_statically(g, rng, x):
    """A fixed scale and 4 or 8 bits."""
    bits = int(rng.choice([4, 8]))
    scale = np.float32(rng.choice([0.125, 0.1, 0.037]))
    low, high = -float(2 ** (bits - 1)), float(2 ** (bits - 1) - 1)
    if rng.integers(2):
        scaled = g.op("Div", x, g.const(scale))
    else:
        scaled = product(g, rng, x, g.const(np.float32(1) / scale))
    g.rounds(scaled)
    codes = g.op("Round", scaled)
    codes = clamp(g, rng, codes, low, high)
    return product(g, rng, codes, g.const(scale))


def live_weights(g, rng, weights):
    """The absmean chain of training code, left in the graph."""
    w = g.const(weights)
    mean = g.reduce_mean(g.op("Abs", w), None, 0)
    scale = g.op("Reciprocal", clamp(g, rng, mean, EPSILON, None))
    if rng.integers(2):
        scale = g.op("Mul", scale, g.const(1.0))
    codes = clamp(g, rng, g.op("Round", product(g, rng, w, scale)), -1.0, 1.0)
    return straight_through(g, rng, w, g.op("Div", codes, scale))


def folded_weights(g, rng, weights):
    """Ternary or binary float initializers, scaled per tensor or per output."""
    codes = np.sign(weights)
    if rng.integers(2):
        codes *= np.abs(weights) > 0.3
    else:
        codes[codes == 0] = 1
    style = rng.integers(3)
    if style == 0:
        return g.const(codes * np.float32(0.37))
    scales = rng.uniform(0.1, 0.9, (weights.shape[0], 1)).astype(np.float32)
    if style == 1:
        return g.const(codes * scales)
    return product(g, rng, g.const(codes), g.const(np.float32(0.21)))


def linear(g, rng, x, shape, weights):
    """x @ weights.T in one of the forms that exporters write."""
    outputs, inputs = (int(n) for n in weights.shape)
    make = live_weights if rng.integers(2) else folded_weights
    w = make(g, rng, weights)
    bias = rng.normal(0, 0.3, outputs).astype(np.float32)
    has_bias = rng.integers(2)
    if len(shape) == 2 and rng.integers(2):
        operands = [x, w] + ([g.const(bias)] if has_bias else [])
        return g.op("Gemm", *operands, transB=1), shape[:-1] + (outputs,)
    y = g.op("MatMul", x, g.op("Transpose", w, perm=[1, 0]))
    if has_bias:
        y = g.op("Add", *((y, g.const(bias)) if rng.integers(2) else (g.const(bias), y)))
    return y, shape[:-1] + (outputs,)


def rms_norm(g, rng, x, shape):
    square = g.op("Pow", x, g.const(2.0)) if rng.integers(2) else g.op("Mul", x, x)
    mean = g.reduce_mean(square, [-1], 1)
    root = g.op("Sqrt", g.op("Add", mean, g.const(1e-6)))
    if rng.integers(2):
        x = g.op("Mul", x, g.op("Div", g.const(1.0), root))
    else:
        x = g.op("Div", x, root)
    gain = rng.uniform(0.5, 1.5, shape[-1]).astype(np.float32)
    return product(g, rng, x, g.const(gain)), shape


def bit_linear(g, rng, x, shape):
    weights = settled_weights(rng, (int(rng.integers(3, 20)), shape[-1]))
    if rng.integers(2):
        x, shape = rms_norm(g, rng, x, shape)
    return linear(g, rng, quantise_activations(g, rng, x), shape, weights)


def static_linear(g, rng, x, shape):
    weights = settled_weights(rng, (int(rng.integers(3, 20)), shape[-1]))
    return linear(g, rng, quantise_statically(g, rng, x), shape, weights)


def float_gemm(g, rng, x, shape):
    """A float layer, with every attribute that Gemm has."""
    if len(shape) != 2:
        return elementwise(g, rng, x, shape)
    outputs = int(rng.integers(2, 24))
    weights = rng.normal(0, 0.4, (shape[1], outputs)).astype(np.float32)
    trans_b = int(rng.integers(2))
    bias_shape = [(outputs,), (1, outputs), (shape[0], outputs), (), None][rng.integers(5)]
    operands = [x, g.const(weights.T.copy() if trans_b else weights)]
    if bias_shape is not None:
        operands.append(g.const(rng.normal(0, 0.5, bias_shape)))
    attributes = {"transB": trans_b}
    if rng.integers(2):
        attributes["alpha"] = 0.75
        attributes["beta"] = 1.5
    if rng.integers(3) == 0:
        operands[0] = g.op("Transpose", x, perm=[1, 0])
        attributes["transA"] = 1
    return g.op("Gemm", *operands, **attributes), (shape[0], outputs)


def batch_norm(g, rng, x, shape):
    if len(shape) != 2:
        return elementwise(g, rng, x, shape)
    n = shape[1]
    parameters = [
        rng.uniform(-1.2, 1.2, n), rng.normal(0, 0.3, n),
        rng.normal(0, 0.3, n), rng.uniform(0.3, 2, n),
    ]
    constants = [g.const(p) for p in parameters]
    return g.op("BatchNormalization", x, *constants, epsilon=1e-5), shape


def elementwise(g, rng, x, shape):
    """Arithmetic with a constant that is broadcast, on either side."""
    other = [(), (1,), (shape[-1],), (1,) * len(shape)][rng.integers(4)]
    value = rng.uniform(0.4, 1.6, other) * rng.choice([-1, 1], other)
    op_type = str(rng.choice(["Add", "Sub", "Mul", "Div", "Max", "Min"]))
    operands = [x, g.const(value)]
    if op_type != "Div" and rng.integers(2):
        operands.reverse()
    return g.op(op_type, *operands), shape


def relu(g, rng, x, shape):
    return g.op("Relu", x), shape


def clip(g, rng, x, shape):
    return clamp(g, rng, x, -1.5, 1.25), shape


def residual(g, rng, x, shape):
    y, _ = elementwise(g, rng, x, shape)
    y, _ = relu(g, rng, y, shape)
    return g.op("Add", x, y), shape


def softmax(g, rng, x, shape):
    return g.op("Softmax", x, axis=-1), shape


def reshape(g, rng, x, shape):
    """There and back through another shape."""
    style = rng.integers(4)
    axes = g.const([0], np.int64)
    if style == 0 and len(shape) == 2:
        y = g.op("Transpose", x, perm=[1, 0])
        y = g.op("Mul", y, g.const(rng.uniform(0.5, 1.5, (shape[1], 1))))
        return g.op("Transpose", y, perm=[1, 0]), shape
    if style == 1:
        return g.op("Squeeze", g.op("Unsqueeze", x, axes), axes), shape
    flat = int(np.prod(shape))
    if style == 2:
        y = g.op("Reshape", x, g.const([flat], np.int64))
        return g.op("Reshape", y, g.const([-1, shape[-1]], np.int64)), (
            flat // shape[-1], shape[-1])
    return g.op("Flatten", x, axis=len(shape) - 1), (flat // shape[-1], shape[-1])


def center(g, rng, x, shape):
    """Two activations meet: x and its mean over the features."""
    mean = g.reduce_mean(x, [-1], 1)
    return g.op("Sub", x, mean), shape


LOW_BIT = [bit_linear, bit_linear, static_linear]
FLOAT = [float_gemm, batch_norm, elementwise, relu, clip, residual, softmax, center,
         reshape, reshape, reshape]
