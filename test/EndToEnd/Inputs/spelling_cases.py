"""Low-bit networks in the spellings of training frameworks: larq, BitNet with one bit and with 1.58, transformers'
packed weights, FP4, and QONNX as older exporters wrote it.

A case is a model, its inputs and what they give by onnxruntime or numpy, and what `setun inspect` must say of every
product: bits of the input, bits of the weights.
"""

from dataclasses import dataclass

import numpy as np
import onnxruntime
from graph_builder import GraphBuilder
from onnx import TensorProto, helper

QONNX = "qonnx.custom_op.general"


@dataclass
class Case:
    name: str
    model: object
    inputs: list
    outputs: list
    products: list  # (input bits, weight bits) in order; None: a float product
    rtol: float = 0.0
    atol: float = 0.0
    options: tuple = ()  # of inspect


def run(g, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(g.model().SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {g.inputs[0].name: x})


def finish(name, g, y, shape, x, products, **tolerance):
    g.output(y, list(shape))
    return Case(name, g.model(), [x], run(g, x), products, **tolerance)


# larq: ste_sign is Sign(Sign(x) + 0.1), so that the sign of 0 is +1.


def ste_sign(g, x):
    return g.op("Sign", g.op("Add", g.op("Sign", x), g.const(0.1)))


def batch_norm(g, rng, x, channels):
    values = [rng.uniform(0.5, 1.5, channels), rng.normal(0, 1, channels), rng.normal(0, 2, channels)]
    values += [rng.uniform(0.5, 2, channels)]
    return g.op("BatchNormalization", x, *(g.const(v) for v in values), epsilon=1e-3)


def signs(rng, shape):
    return rng.choice(np.float32([-1, 1]), shape)


def larq_dense(rng):
    g = GraphBuilder(13)
    x = g.input([3, 40])
    y = g.op("MatMul", ste_sign(g, x), g.const(signs(rng, (40, 24)) * rng.uniform(0.2, 0.9, 24)))
    y = batch_norm(g, rng, y, 24)
    # Weights live, as the layer's own quantiser wrote them.
    y = g.op("MatMul", ste_sign(g, y), ste_sign(g, g.const(rng.normal(0, 1, (24, 10)))))
    data = rng.integers(-1, 2, (3, 40)).astype(np.float32)
    data[0, :4] = [0.0, -0.0, 1e-30, -1e-30]
    return finish("larq_dense", g, y, [3, 10], data, [(1, 1), (1, 1)])


def larq_conv(rng, one_padded):
    g = GraphBuilder(13)
    x = g.input([1, 9, 9, 6])
    y = ste_sign(g, x)
    if one_padded:
        # larq's pad_values=1: the padding is a number of the codes.
        y = g.op("Pad", y, g.const([0, 1, 1, 0, 0, 1, 1, 0], np.int64), g.const(1.0))
    y = g.op("Transpose", y, perm=[0, 3, 1, 2])
    scales = rng.uniform(0.2, 0.9, (12, 1, 1, 1)).astype(np.float32)
    pads = [0] * 4 if one_padded else [1] * 4
    y = g.op("Conv", y, g.const(signs(rng, (12, 6, 3, 3)) * scales), pads=pads, kernel_shape=[3, 3])
    y = g.op("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2])
    y = batch_norm(g, rng, y, 12)
    y = ste_sign(g, g.op("Transpose", y, perm=[0, 2, 3, 1]))
    y = g.op("Reshape", y, g.const([1, 192], np.int64))
    y = g.op("MatMul", y, g.const(signs(rng, (192, 10))))
    name = "larq_conv_one_padded" if one_padded else "larq_conv"
    data = rng.integers(-1, 2, (1, 9, 9, 6)).astype(np.float32)
    # Zeros around signs make three values.
    return finish(name, g, y, [1, 10], data, [(1 if one_padded else 2, 1), (1, 1)])


# BitNet, 1 bit: W~ = sign(W - mean W), 0 -> -1; beta = mean |W|; Qb = 128.


def one_bit_weights(g, w, spelling):
    w = g.const(w)
    centred = g.op("Sub", w, g.reduce_mean(w, None, 0))
    if spelling == "where":
        codes = g.op("Where", g.op("Greater", centred, g.const(0.0)), g.const(1.0), g.const(-1.0))
    else:
        # No weight is its mean; frameworks take the plain sign then.
        codes = g.op("Sign", centred)
    return codes, g.reduce_mean(g.op("Abs", w), None, 0)


def one_bit(rng, spelling, outside):
    g = GraphBuilder(17)
    x = g.input([5, 48])
    gain, bias = g.const(np.ones(48)), g.const(np.zeros(48))
    y = g.op("LayerNormalization", x, gain, bias, axis=-1, epsilon=1e-5)
    w, beta = one_bit_weights(g, rng.normal(0.1, 1, (32, 48)), spelling)
    gamma = g.op("Clip", g.reduce_max(g.op("Abs", y)), g.const(1e-5))
    scale = g.op("Div", g.const(127.0), gamma)
    codes = g.op("Clip", g.op("Round", g.op("Mul", y, scale)), g.const(-128.0), g.const(127.0))
    if outside:
        # y = (W~ . codes) * (beta * gamma / 127)
        y = g.op("MatMul", codes, g.op("Transpose", w, perm=[1, 0]))
        y = g.op("Mul", y, g.op("Div", g.op("Mul", beta, gamma), g.const(127.0)))
    else:
        real = g.op("Div", codes, scale)
        y = g.op("MatMul", real, g.op("Transpose", g.op("Mul", w, beta), perm=[1, 0]))
    name = f"bitnet_one_bit_{spelling}_{'outside' if outside else 'inside'}"
    return finish(name, g, y, [5, 32], settled(rng, (5, 48)), [(8, 1)], rtol=1e-5, atol=1e-5)


def settled(rng, shape):
    """Numbers that 127 / max and a layer norm do not put at a tie; two evaluations differ by a few ulp."""
    return rng.normal(0, 1, shape).astype(np.float32)


# BitNet b1.58: absmean weights, absmax activations.


def activation_codes(g, x, as_bytes):
    limit = g.op("Clip", g.reduce_max(g.op("Abs", x)), g.const(1e-5))
    scale = g.op("Mul", g.op("Reciprocal", limit), g.const(127.0))
    codes = g.op("Clip", g.op("Round", g.op("Mul", x, scale)), g.const(-128.0), g.const(127.0))
    if as_bytes:
        codes = g.op("Cast", g.op("Cast", codes, to=TensorProto.INT8), to=TensorProto.FLOAT)
    return codes, scale


def pack_rows(codes):
    """transformers: rows r, r + R, r + 2 R, r + 3 R of codes + 1 in the bits of row r, R = N / 4."""
    fields = (codes + 1).astype(np.uint8).reshape(4, -1, codes.shape[1])
    return sum(fields[i] << (2 * i) for i in range(4)).astype(np.uint8)


def unpack_by_masks(g, packed, shape):
    """(packed & (3 << 2i)) >> 2i for each i, one below the other."""
    parts = []
    for i in range(4):
        field = g.op("BitwiseAnd", packed, g.const(3 << (2 * i), np.uint8))
        parts.append(g.op("BitShift", field, g.const(2 * i, np.uint8), direction="RIGHT"))
    codes = g.op("Concat", *parts, axis=0)
    return g.op("Sub", g.op("Cast", codes, to=TensorProto.FLOAT), g.const(1.0))


def unpack_by_shifts(g, packed, shape):
    """(packed[None] >> [0, 2, 4, 6][:, None, None]) & 3, as rows; the 1 subtracted as int8."""
    packed = g.op("Unsqueeze", packed, g.const([0], np.int64))
    shifts = g.const(np.arange(0, 8, 2).reshape(4, 1, 1), np.uint8)
    fields = g.op("BitwiseAnd", g.op("BitShift", packed, shifts, direction="RIGHT"), g.const(3, np.uint8))
    codes = g.op("Reshape", fields, g.const(shape, np.int64))
    codes = g.op("Sub", g.op("Cast", codes, to=TensorProto.INT8), g.const(1, np.int8))
    return g.op("Cast", codes, to=TensorProto.FLOAT)


def packed_ternary(rng, unpack, as_bytes):
    """transformers' BitLinear: y = acc / (input_scale * weight_scale)."""
    g = GraphBuilder(18)
    x = g.input([2, 5, 36])
    codes, scale = activation_codes(g, x, as_bytes)
    packed = g.const(pack_rows(rng.integers(-1, 2, (24, 36))), np.uint8)
    w = unpack(g, packed, [24, 36])
    y = g.op("MatMul", codes, g.op("Transpose", w, perm=[1, 0]))
    y = g.op("Div", y, g.op("Mul", scale, g.const([1.7])))
    name = f"packed_{unpack.__name__}{'_bytes' if as_bytes else ''}"
    return finish(name, g, y, [2, 5, 24], settled(rng, (2, 5, 36)), [(8, 2)], rtol=1e-6)


def offline_ternary(rng):
    """transformers' AutoBitLinear: ternary weights, dequantised activations, the scale behind the product."""
    g = GraphBuilder(18)
    x = g.input([4, 36])
    codes, scale = activation_codes(g, x, False)
    real = g.op("Div", codes, scale)
    real = g.op("Add", x, g.op("Sub", real, x))
    w = g.const(rng.integers(-1, 2, (20, 36)))
    y = g.op("Gemm", real, w, transB=1)
    y = g.op("Mul", y, g.const([0.043]))
    return finish("offline_ternary", g, y, [4, 20], settled(rng, (4, 36)), [(8, 2)], rtol=1e-4, atol=1e-4)


# QONNX as files have it: in ONNX's domain, without rounding_mode, parameters of other types, attributes of others.


def int_quant(x, scale, bits, signed, narrow=0):
    low = -(2 ** (bits - 1)) + narrow if signed else 0
    high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
    return (np.rint(np.clip(x / np.float32(scale), low, high)) * np.float32(scale)).astype(np.float32)


def quant_node(g, x, scale, bits, signed, domain, types):
    parameters = [g.const(scale, types[0]), g.const(0, types[1]), g.const(bits, types[1])]
    return g.op("Quant", x, *parameters, domain=domain, signed=signed, narrow=0)


def old_quant(rng, name, domain, types):
    g = GraphBuilder(13, qonnx=True)  # checked by nobody
    x = g.input([2, 20])
    scale = 1 if types[0] == np.int64 else 0.25
    w = rng.integers(-8, 8, (6, 20)).astype(np.float32) * 0.5
    a = quant_node(g, x, scale, 4, 1, domain, types)
    b = quant_node(g, g.const(w), 0.5, 4, 1, domain, (np.float32, np.float32))
    g.output(g.op("MatMul", a, g.op("Transpose", b, perm=[1, 0])), [2, 6])
    data = (rng.integers(-60, 60, (2, 20)) / 8).astype(np.float32)
    want = int_quant(data, scale, 4, 1) @ int_quant(w, 0.5, 4, 1).T
    return Case(name, g.model(), [data], [want], [(4, 4)])


def loose_pool(rng):
    """Open dimensions and an empty ceil_mode, as converters leave them."""
    g = GraphBuilder(13, qonnx=True)
    x = g.input([1, 4, 8, 8])
    a = quant_node(g, x, 0.25, 4, 0, QONNX, (np.float32, np.float32))
    y = g.op("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2])
    pool = g.nodes[-1]
    w = rng.integers(-1, 2, (5, 4, 3, 3)).astype(np.float32)
    b = quant_node(g, g.const(w), 1.0, 2, 1, QONNX, (np.float32, np.float32))
    y = g.op("Conv", y, b, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    g.output(y, [1, 5, 4, 4])
    data = (rng.integers(-8, 60, (1, 4, 8, 8)) / 8).astype(np.float32)
    pooled = int_quant(data, 0.25, 4, 0).reshape(1, 4, 4, 2, 4, 2).max((3, 5))
    padded = np.pad(pooled, [(0, 0), (0, 0), (1, 1), (1, 1)])
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
    want = np.einsum("nchwij,ocij->nohw", view, w).astype(np.float32)
    pool.attribute.append(helper.make_attribute("ceil_mode", ""))
    pool.attribute.append(helper.make_attribute("vendor_note", "kept"))
    model = g.model()
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = -1
    return Case("loose_pool", model, [data], [want], [(4, 2)], options=("--dim", f"{x}.0=1"))


# onnxruntime's packed weights, in front of which the activations are codes.


def pack_blocks(codes, bits, block):
    """[N, K] -> [N, blocks, bytes], the first code in the lowest bits."""
    padded = np.pad(codes, [(0, 0), (0, -codes.shape[1] % block)])
    fields = padded.reshape(len(codes), -1, block * bits // 8, 8 // bits).astype(np.uint32)
    return (fields << (np.arange(8 // bits) * bits)).sum(-1).astype(np.uint8)


def quantised_input(g, x):
    scale, zero = g.const(0.25), g.const(3, np.int8)
    return g.op("DequantizeLinear", g.op("QuantizeLinear", x, scale, zero), scale, zero)


def packed_product(rng, bits, codes, zero_point, name, bias=False):
    """Scales are powers of two: onnxruntime's float sums are exact, too."""
    n, k, block = 12, 40, 16
    g = GraphBuilder(17)
    x = g.input([2, 3, k])
    blocks = -(-k // block)
    scales = np.repeat(2.0 ** -rng.integers(1, 5, (n, 1)), blocks, axis=1)
    operands = [quantised_input(g, x), g.const(pack_blocks(codes(rng, (n, k)), bits, block), np.uint8), g.const(scales)]
    if zero_point is not None:
        row = pack_blocks(np.full((1, blocks), zero_point), bits, 16)[0, 0, : -(-blocks * bits // 8)]
        operands.append(g.const(np.tile(row, (n, 1)), np.uint8))
    if bias:
        operands += [""] * (5 - len(operands)) + [g.const(rng.integers(-8, 8, n) / 4)]
    y = g.op("MatMulNBits", *operands, domain="com.microsoft", N=n, K=k, bits=bits, block_size=block)
    data = (rng.integers(-60, 60, (2, 3, k)) / 8).astype(np.float32)
    return finish(name, g, y, [2, 3, n], data, [(8, {2: 2, 4: 4, 8: 8}[bits])])


def minifloat(x, scale):
    """FloatQuant with 2 bits of exponent and 1 of mantissa: FP4."""
    levels = np.float32([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    nearest = np.abs(np.abs(x / scale)[..., None] - levels).argmin(-1)
    return np.sign(x) * levels[nearest] * np.float32(scale)


def fp4_weights(rng):
    """Half of an FP4 number's steps are whole: codes of 5 bits."""
    g = GraphBuilder(13, qonnx=True)
    x = g.input([2, 20])
    w = rng.normal(0, 1, (6, 20)).astype(np.float32)
    a = quant_node(g, x, 0.25, 4, 1, QONNX, (np.float32, np.float32))
    parameters = [g.const(v) for v in (0.5, 2.0, 1.0, 1.0, 6.0)]
    b = g.op("FloatQuant", g.const(w), *parameters, domain=QONNX, has_inf=0, has_nan=0, has_subnormal=1, saturation=1)
    g.output(g.op("MatMul", a, g.op("Transpose", b, perm=[1, 0])), [2, 6])
    data = (rng.integers(-60, 60, (2, 20)) / 8).astype(np.float32)
    want = int_quant(data, 0.25, 4, 1) @ minifloat(w, 0.5).T
    return Case("fp4_weights", g.model(), [data], [want], [(4, 5)])


def all_cases():
    def seeded(build, *arguments):
        return build(np.random.default_rng(58), *arguments)

    yield seeded(larq_dense)
    yield seeded(larq_conv, False)
    yield seeded(larq_conv, True)
    for spelling in ("where", "sign"):
        for outside in (False, True):
            yield seeded(one_bit, spelling, outside)
    for unpack in (unpack_by_masks, unpack_by_shifts):
        for as_bytes in (False, True):
            yield seeded(packed_ternary, unpack, as_bytes)
    yield seeded(offline_ternary)
    yield seeded(old_quant, "quant_in_default_domain", "", (np.float32, np.float32))
    yield seeded(old_quant, "quant_float64_parameters", QONNX, (np.float64, np.float64))
    yield seeded(old_quant, "quant_int64_parameters", QONNX, (np.int64, np.int64))
    yield seeded(loose_pool)
    yield seeded(fp4_weights)

    def ternary(rng, shape):
        return rng.integers(1, 4, shape)

    def all_codes(bits):
        return lambda rng, shape: rng.integers(0, 2**bits, shape)

    yield seeded(packed_product, 2, ternary, None, "nbits_ternary")
    yield seeded(packed_product, 2, lambda rng, shape: rng.integers(0, 3, shape), 1, "nbits_ternary_zero_point")
    yield seeded(packed_product, 4, all_codes(4), None, "nbits_4")
    yield seeded(packed_product, 8, all_codes(8), 128, "nbits_8_bias", True)
