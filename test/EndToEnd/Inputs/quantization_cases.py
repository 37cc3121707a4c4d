"""Models of one quantised operator each; see operator_cases.py for what a case is."""

import numpy as np
from onnx import TensorProto, helper

from operator_cases import floats, make_case, scalar


def codes(rng, kind, *shape):
    """Random codes, the smallest and the largest among them."""
    limits = np.iinfo(kind)
    x = np.array(rng.integers(limits.min, limits.max + 1, shape), kind)
    flat = x.reshape(-1)
    flat[:2] = [limits.min, limits.max][:flat.size]
    return x


def scales(rng, *shape):
    """Positive scales, a power of two among them, so that ties occur."""
    x = np.float32(2) ** rng.uniform(-6, 1, shape).astype(np.float32)
    x.reshape(-1)[0] = 0.25
    return x


def quantize(rng):
    x = np.clip(floats(rng, 3, 5, 6), -1e6, 1e6)  # beyond 2^31 scales, onnxruntime overflows
    x[0] = np.round(x[0] * 8) / 8  # ties at a scale of 1/4
    for kind in (np.uint8, np.int8, np.uint16, np.int16):
        name, zero = np.dtype(kind).name, codes(rng, kind, 2)[1:].reshape(())
        yield make_case(f"QuantizeLinear_{name}", "QuantizeLinear", [x, scalar(0.25), zero], opset=21, constants=[1, 2])
        yield make_case(f"QuantizeLinear_{name}_odd", "QuantizeLinear", [x, scalar(0.25), scalar(3, kind)], opset=21)
        yield make_case(f"QuantizeLinear_{name}_axis", "QuantizeLinear", [x, scales(rng, 5), codes(rng, kind, 5)], opset=21,
                        constants=[1, 2], axis=1)
        yield make_case(f"QuantizeLinear_{name}_runtime", "QuantizeLinear", [x, scales(rng, 6), codes(rng, kind, 6)], opset=21,
                        axis=-1)
        yield make_case(f"QuantizeLinear_{name}_blocks", "QuantizeLinear",
                        [x, scales(rng, 3, 5, 3), codes(rng, kind, 3, 5, 3)], opset=21, axis=2, block_size=2)
        yield make_case(f"QuantizeLinear_{name}_short_block", "QuantizeLinear",
                        [x, scales(rng, 3, 2, 6), codes(rng, kind, 3, 2, 6)], opset=21, constants=[1, 2], axis=1, block_size=3)
    yield make_case("QuantizeLinear_no_zero_point", "QuantizeLinear", [x, scalar(0.125)], opset=13)
    yield make_case("QuantizeLinear_one_scale", "QuantizeLinear", [x, np.float32([0.125]), np.int8([-3])], opset=10,
                    constants=[1, 2])
    yield make_case("QuantizeLinear_output_dtype", "QuantizeLinear", [x, scalar(0.125)], opset=21,
                    output_dtype=TensorProto.INT16)


def dequantize(rng):
    for kind in (np.uint8, np.int8, np.uint16, np.int16):
        name, x = np.dtype(kind).name, codes(rng, kind, 4, 6)
        yield make_case(f"DequantizeLinear_{name}", "DequantizeLinear", [x, scalar(0.1), scalar(7, kind)], opset=21, constants=[1, 2])
        yield make_case(f"DequantizeLinear_{name}_axis", "DequantizeLinear", [x, scales(rng, 4), codes(rng, kind, 4)], opset=21,
                        axis=0)
        yield make_case(f"DequantizeLinear_{name}_short_block", "DequantizeLinear",
                        [x, scales(rng, 4, 2), codes(rng, kind, 4, 2)], opset=21, axis=1, block_size=4)
        yield make_case(f"DequantizeLinear_{name}_constant", "DequantizeLinear",
                        [x, scales(rng, 6), np.zeros(6, kind)], opset=21, constants=[0, 1, 2])
    sums = rng.integers(-2**31, 2**31, (3, 7)).astype(np.int32)
    yield make_case("DequantizeLinear_int32", "DequantizeLinear", [sums, scales(rng, 7)], opset=13)
    yield make_case("DequantizeLinear_int32_zero", "DequantizeLinear", [sums, scalar(0.3), scalar(0, np.int32)], opset=13,
                    constants=[1, 2])


def dynamic_quantize(rng):
    # Not all zeros: onnxruntime's scale is 1 then, ONNX's reference has 1 / 255.
    for name, x in (("random", np.clip(floats(rng, 4, 9), -20, 30)), ("positive", np.abs(floats(rng, 13)) % 10 + 1),
                    ("negative", -np.abs(floats(rng, 13)) % 10 - 11)):
        yield make_case(f"DynamicQuantizeLinear_{name}", "DynamicQuantizeLinear", [x.astype(np.float32)], outputs=3, opset=11)


def matmul_integer(rng):
    for left, right in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
        name = f"MatMulInteger_{np.dtype(left).name}_{np.dtype(right).name}"
        a, b = codes(rng, left, 3, 37), codes(rng, right, 37, 5)
        yield make_case(name, "MatMulInteger", [a, b], opset=10)
        yield make_case(f"{name}_zero_points", "MatMulInteger", [a, b, scalar(200 if left is np.uint8 else -7, left), scalar(3, right)], opset=10,
                        constants=[1, 2, 3])
        yield make_case(f"{name}_columns", "MatMulInteger", [a, b, scalar(0, left), codes(rng, right, 5)], opset=10)
        yield make_case(f"{name}_batches", "MatMulInteger",
                        [codes(rng, left, 2, 1, 3, 7), codes(rng, right, 4, 7, 5), scalar(9, left), scalar(3, right)], opset=10)
    yield make_case("MatMulInteger_vector", "MatMulInteger", [codes(rng, np.uint8, 7), codes(rng, np.int8, 7, 5)], opset=10)


def qlinear_matmul(rng):
    # Zero points of y are even: on ties, ONNX's reference adds them before the rounding, onnxruntime behind it.
    for left, right in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
        name, zero = f"QLinearMatMul_{np.dtype(left).name}_{np.dtype(right).name}", scalar(4, left)
        a, b, as_, az = codes(rng, left, 3, 37), codes(rng, right, 37, 5), scalar(0.0625), scalar(11, left)
        y = [scalar(8.0), zero]
        yield make_case(name, "QLinearMatMul", [a, as_, az, b, scalar(0.125), scalar(5, right), *y], opset=10)
        yield make_case(f"{name}_constant", "QLinearMatMul", [a, as_, az, b, scalar(0.03), scalar(0, right), *y], opset=10,
                        constants=range(1, 8))
        yield make_case(f"{name}_columns", "QLinearMatMul", [a, as_, az, b, scales(rng, 5), codes(rng, right, 5), *y],
                        opset=10, constants=range(1, 8))
        yield make_case(f"{name}_batches", "QLinearMatMul",
                        [codes(rng, left, 2, 3, 7), as_, az, codes(rng, right, 2, 7, 5), scalar(0.1), scalar(1, right), *y],
                        opset=10)


def convolution(rng):
    """ConvInteger and QLinearConv over shapes, groups, pads, zero points of both sides."""
    for i, (x_shape, w_shape, attributes) in enumerate((
            ((1, 3, 7, 8), (4, 3, 3, 3), dict(pads=[1, 1, 1, 1])),
            ((2, 4, 9, 6), (6, 2, 3, 2), dict(group=2, strides=[2, 1])),
            ((1, 4, 8, 8), (4, 1, 3, 3), dict(group=4, strides=[2, 2], auto_pad="SAME_UPPER")),
            ((1, 5, 4, 4), (3, 5, 1, 1), {}), ((1, 2, 9, 9), (2, 2, 3, 3), dict(dilations=[2, 3])),
            ((1, 2, 12), (3, 2, 5), dict(pads=[2, 1], strides=[3])))):
        for left, right in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
            name = f"{i}_{np.dtype(left).name}_{np.dtype(right).name}"
            x, w, outputs = codes(rng, left, *x_shape), codes(rng, right, *w_shape), w_shape[0]
            # onnxruntime has ConvInteger on uint8 alone, and QLinearConv with one zero point of all weights.
            if left == np.uint8:
                yield make_case(f"ConvInteger_{name}", "ConvInteger", [x, w, scalar(77, left), scalar(3, right)], opset=10,
                                constants=[1, 2, 3] if i % 2 else [], **attributes)
            bias = rng.integers(-5000, 5000, outputs).astype(np.int32)
            y = [scalar(6.0), scalar(20, left)]
            yield make_case(f"QLinearConv_{name}", "QLinearConv",
                            [x, scalar(0.03), scalar(7, left), w, scales(rng, outputs), np.full(outputs, 2, right), *y, bias],
                            opset=10, constants=range(1, 9), **attributes)
            yield make_case(f"QLinearConv_{name}_runtime", "QLinearConv",
                            [x, scalar(0.03), scalar(7, left), w, scalar(0.2), scalar(4, right), *y], opset=10, **attributes)


def microsoft(name, op_type, inputs, **more):
    return make_case(name, op_type, inputs, domain="com.microsoft", **more)


def pairs(kind):
    """All 65536 pairs of codes."""
    every = np.arange(np.iinfo(kind).min, np.iinfo(kind).max + 1).astype(kind)
    return np.repeat(every, 256), np.tile(every, 256)


def scheme(rng, kind, scale=None):
    """A scale, sometimes one with many ties, and a zero point."""
    if scale is None:
        scale = rng.choice([rng.uniform(0.01, 1), rng.integers(1, 20) / 10, 1 / rng.integers(1, 40)])
    return [scalar(scale), scalar(rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1), kind)]


def microsoft_binary(rng):
    for kind in (np.uint8, np.int8):
        name, (a, b) = np.dtype(kind).name, pairs(kind)
        for i in range(4):
            for op, factor in (("QLinearAdd", 2.0), ("QLinearMul", 20.0)):
                y = scheme(rng, kind)
                y[0] *= np.float32(factor)
                yield microsoft(f"{op}_{name}_{i}", op, [a, *scheme(rng, kind), b, *scheme(rng, kind), *y],
                                constants=[1, 2, 4, 5, 6, 7] if i % 2 else [])
    kind = np.int8
    for left, right in (((4, 5), (5,)), ((4, 1), (4, 5)), ((2, 4, 5), (4, 1)), ((1,), (3, 7)), ((3, 7), ()), ((1, 1), (1,))):
        name = f"{len(left)}{left}_{right}"
        for op in ("QLinearAdd", "QLinearMul"):
            yield microsoft(f"{op}_{name}", op, [codes(rng, kind, *left), scalar(0.1), scalar(3, kind),
                                                 codes(rng, kind, *right), scalar(0.3), scalar(-7, kind),
                                                 scalar(0.6), scalar(5, kind)])


def microsoft_unary(rng):
    for kind in (np.uint8, np.int8):
        name, x = np.dtype(kind).name, pairs(kind)[1][:256]
        for i in range(4):
            constants = [1, 2, 3, 4] if i % 2 else []
            sigmoid = [scalar(rng.choice([1 / 256, 1 / 255])), scalar(np.iinfo(kind).min, kind)]
            yield microsoft(f"QLinearSigmoid_{name}_{i}", "QLinearSigmoid", [x, *scheme(rng, kind, 0.05), *sigmoid],
                            constants=constants)
            yield microsoft(f"QLinearLeakyRelu_{name}_{i}", "QLinearLeakyRelu", [x, *scheme(rng, kind), *scheme(rng, kind)],
                            constants=constants, alpha=0.2)
        parts = [[codes(rng, kind, 2, n, 3), *scheme(rng, kind, 0.1)] for n in (1, 4, 2)]
        y = [scalar(0.1), parts[0][2]]
        yield microsoft(f"QLinearConcat_{name}", "QLinearConcat", [*y, *parts[0], *parts[1], *parts[2]], axis=1,
                        constants=[0, 1, 3, 4, 6, 7])
        yield microsoft(f"QLinearConcat_{name}_runtime", "QLinearConcat", [*y, *parts[0], *parts[2]], axis=-2)
        condition = rng.integers(0, 2, (4, 1)).astype(bool)
        where = [condition, codes(rng, kind, 4, 7), *scheme(rng, kind), codes(rng, kind, 7), *scheme(rng, kind), *scheme(rng, kind)]
        yield microsoft(f"QLinearWhere_{name}", "QLinearWhere", where, constants=[2, 3, 5, 6, 7, 8])


def microsoft_folds(rng):
    for kind in (np.uint8, np.int8):
        name, zero = np.dtype(kind).name, np.iinfo(kind).min
        for i, (shape, more) in enumerate((((3, 10), dict(opset=13)), ((2, 5, 4), dict(opset=13, axis=1)),
                                           ((2, 5, 4), dict(opset=11)), ((2, 5, 4), dict(opset=11, axis=1)), ((40, 17), dict(opset=13, axis=-1)))):
            case = [codes(rng, kind, *shape), *scheme(rng, kind, rng.uniform(0.01, 0.3)), scalar(1 / 256), scalar(zero, kind)]
            yield softmax_case(f"QLinearSoftmax_{name}_{i}", case, **more)
        for i, shape in enumerate(((2, 3, 5, 7), (1, 9, 1, 1), (2, 40, 12), (1, 3, 2, 3, 4))):
            yield microsoft(f"QLinearGlobalAveragePool_{name}_{i}", "QLinearGlobalAveragePool",
                            [codes(rng, kind, *shape), *scheme(rng, kind, 0.1), *scheme(rng, kind, 0.05)],
                            constants=[1, 2, 3, 4] if i % 2 else [])
        for i, more in enumerate((dict(kernel_shape=[2, 2], strides=[2, 2]), dict(kernel_shape=[3, 2], pads=[1, 0, 2, 1]),
                                  dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 1], count_include_pad=1))):
            yield microsoft(f"QLinearAveragePool_{name}_{i}", "QLinearAveragePool",
                            [codes(rng, kind, 2, 3, 8, 9), *scheme(rng, kind, 0.1), *scheme(rng, kind, 0.07)],
                            constants=[1, 2, 3, 4] if i % 2 else [], **more)


def softmax_case(name, inputs, opset, **more):
    """QLinearSoftmax has an attribute `opset`, a name that make_case takes for itself."""
    case = microsoft(name, "QLinearSoftmax", inputs, constants=[1, 2, 3, 4], **more)
    case.model.graph.node[0].attribute.append(helper.make_attribute("opset", opset))
    return case


def microsoft_products(rng):
    for left, right in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
        name = f"{np.dtype(left).name}_{np.dtype(right).name}"
        for ta in (0, 1):
            for tb in (0, 1):
                a, b = codes(rng, left, *((37, 3) if ta else (3, 37))), codes(rng, right, *((5, 37) if tb else (37, 5)))
                bias = rng.integers(-9999, 9999, (5,)).astype(np.int32)
                per_column = [scales(rng, 5), codes(rng, right, 5)] if tb else [scalar(0.02), scalar(3, right)]
                head, more = [a, scalar(0.03), scalar(9, left), b, *per_column], dict(transA=ta, transB=tb, alpha=1.0 + ta)
                yield microsoft(f"QGemm_{name}_{ta}{tb}", "QGemm", [*head, bias, scalar(9.0), scalar(5, left)],
                                constants=range(3, 9), **more)
                yield microsoft(f"QGemm_{name}_{ta}{tb}_float", "QGemm", head, **more)
        a, b = codes(rng, left, 2, 3, 37), codes(rng, right, 37, 5)
        yield microsoft(f"MatMulIntegerToFloat_{name}", "MatMulIntegerToFloat",
                        [a, b, scalar(0.03), scales(rng, 5), scalar(9, left), codes(rng, right, 5), floats(rng, 5)])
        yield microsoft(f"MatMulIntegerToFloat_{name}_plain", "MatMulIntegerToFloat", [a, b, scalar(0.03), scalar(0.5)])
    for kind in (np.uint8, np.int8):
        name, a, b = np.dtype(kind).name, np.clip(floats(rng, 2, 3, 37), -9, 20), codes(rng, kind, 37, 5)
        yield microsoft(f"DynamicQuantizeMatMul_{name}", "DynamicQuantizeMatMul",
                        [a, b, scales(rng, 5), codes(rng, kind, 5), floats(rng, 5)], constants=[1, 2, 3, 4])
        yield microsoft(f"DynamicQuantizeMatMul_{name}_plain", "DynamicQuantizeMatMul", [a, b, scalar(0.5), scalar(3, kind)])


FAMILIES = (quantize, dequantize, dynamic_quantize, matmul_integer, qlinear_matmul, convolution,
            microsoft_binary, microsoft_unary, microsoft_folds, microsoft_products)


def all_cases(seed=1958):
    """Every case, always the same ones."""
    for family in FAMILIES:
        yield from family(np.random.default_rng(seed))
