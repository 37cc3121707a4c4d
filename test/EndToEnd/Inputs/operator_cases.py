"""Models of one operator each, with inputs that reach its corners.

Expected values come from onnxruntime with graph optimisations off; see single_operators.py. An operator's
cases stand in one function, so that a new operator is one more function.
"""

import dataclasses
import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclasses.dataclass
class Case:
    """One model and its inputs. Integers must be equal, a float v within `ulps` units in the last place of
    max(|v|, floor): sums of numbers of that size may cancel."""

    name: str
    model: onnx.ModelProto
    inputs: list
    ulps: float
    floor: float


def make_case(name, op_type, inputs, outputs=1, opset=17, constants=(), ulps=0, floor=0.0, domain="", **attributes):
    """A model of one node. `inputs` are arrays or None (omitted); indices in `constants` are initializers."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", name.replace("-", "m")).strip("_")
    names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
    output_names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op_type, names, output_names, name=f"{op_type}_0", domain=domain, **attributes)
    graph_inputs, initializers, fed = [], [], []
    for i, (tensor_name, value) in enumerate(zip(names, inputs)):
        if value is None:
            continue
        if i in constants:
            initializers.append(numpy_helper.from_array(value, tensor_name))
        else:
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            graph_inputs.append(helper.make_tensor_value_info(tensor_name, kind, value.shape))
            fed.append(value)
    graph_outputs = [onnx.ValueInfoProto(name=output) for output in output_names]
    graph = helper.make_graph([node], name, graph_inputs, graph_outputs, initializers)
    domains = [helper.make_opsetid("", opset)]
    if domain:
        domains.append(helper.make_opsetid(domain, 1))
    model = helper.make_model(graph, opset_imports=domains, ir_version=8)
    if domain:  # ONNX does not know its types
        return Case(name, model, fed, ulps, floor)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    return Case(name, inferred, fed, ulps, floor)


def floats(rng, *shape):
    """Random values with exact ties, zeros of both signs and large ones among them."""
    x = rng.normal(scale=2.0, size=shape).astype(np.float32)
    flat = x.reshape(-1)
    special = np.array([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, 7e7, -3e8], np.float32)
    count = min(len(special), flat.size // 3)
    flat[rng.permutation(flat.size)[:count]] = rng.permutation(special)[:count]
    return x


def integers(rng, kind, *shape):
    """Random values over the whole range of an integer type."""
    info = np.iinfo(kind)
    return rng.integers(info.min, info.max, shape, kind, endpoint=True)


def small_floats(rng, *shape):
    """Random values whose sums stay of their size."""
    return rng.normal(size=shape).astype(np.float32)


def scalar(value, kind=np.float32):
    return np.array(value, kind)


def arithmetic(rng):
    a, b, row = floats(rng, 2, 3, 5), floats(rng, 2, 3, 5), floats(rng, 3, 1)
    b[np.abs(b) < 1e-3] = 1.0
    row[np.abs(row) < 1e-3] = 1.0
    for op in ("Add", "Sub", "Mul", "Div"):
        yield make_case(f"{op}_same", op, [a, b])
        yield make_case(f"{op}_broadcast", op, [a, row])
        yield make_case(f"{op}_scalar", op, [a, scalar(3.0, np.float32)], constants=[1])
        yield make_case(f"{op}_outer", op, [floats(rng, 4, 1), np.float32([[1.0, 2.0, -7.0]])])
    i, j = rng.integers(-50, 50, (4, 5)), rng.integers(1, 9, (5,))
    for op in ("Add", "Sub", "Mul", "Div"):
        for kind in (np.int64, np.int32, np.uint8) if op != "Div" else (np.int64, np.int32):
            yield make_case(f"{op}_{kind.__name__}", op, [i.astype(kind), j.astype(kind)])
    yield make_case("Sum_three", "Sum", [a, b, row])
    yield make_case("Mean_three", "Mean", [a, b, row], ulps=1)
    yield make_case("Max_three", "Max", [a, b, row])
    yield make_case("Min_two", "Min", [a, b])
    yield make_case("Max_int", "Max", [i, i[::-1].copy()])


def unary(rng):
    x = floats(rng, 3, 17)
    for op in ("Neg", "Abs", "Floor", "Ceil", "Round", "Sign", "Relu", "Identity"):
        yield make_case(op, op, [x])
    yield make_case("Sqrt", "Sqrt", [np.abs(x)])
    yield make_case("Reciprocal", "Reciprocal", [np.where(np.abs(x) < 1e-6, np.float32(4), x)])
    small = np.linspace(-100, 90, 997, dtype=np.float32)
    yield make_case("Exp", "Exp", [small], ulps=4)
    yield make_case("Sigmoid", "Sigmoid", [small], ulps=4, floor=1.0)  # onnxruntime approximates
    near = floats(rng, 3, 17)
    near = np.clip(near, -9, 9)
    for op in ("Erf", "Tanh", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Softplus", "Softsign", "Elu", "Selu", "ThresholdedRelu"):
        # onnxruntime's own approximations are a few ulp off, and more where its sums cancel.
        yield make_case(op, op, [near], ulps=8, floor=1.0)
    for op in ("HardSwish", "Celu", "Mish"):
        yield make_case(op, op, [near], opset=18, ulps=8, floor=1.0)
    for op in ("Asin", "Acos", "Atanh"):
        yield make_case(op, op, [np.linspace(-0.999, 0.999, 51, dtype=np.float32)], ulps=8, floor=1.0)
    yield make_case("Acosh", "Acosh", [np.abs(near) + np.float32(1)], ulps=8, floor=1.0)
    yield make_case("Log", "Log", [np.abs(x) + np.float32(1e-20)], ulps=4, floor=1.0)
    yield make_case("Gelu", "Gelu", [near], opset=20, ulps=8, floor=1.0)
    yield make_case("Gelu_tanh", "Gelu", [near], opset=20, ulps=16, floor=1.0, approximate="tanh")
    yield make_case("Shrink", "Shrink", [near], lambd=1.5, bias=0.5)
    yield make_case("IsNaN", "IsNaN", [np.float32([0, np.nan, np.inf, -np.inf, 1])])
    yield make_case("IsInf_negative", "IsInf", [np.float32([0, np.nan, np.inf, -np.inf, 1])], detect_positive=0)
    yield make_case("LeakyRelu", "LeakyRelu", [x], alpha=0.1)
    yield make_case("LeakyRelu_default", "LeakyRelu", [x])
    yield make_case("PRelu", "PRelu", [x, np.float32([[0.25], [0.5], [2.0]])])
    yield make_case("HardSigmoid", "HardSigmoid", [x], alpha=0.3, beta=0.4, ulps=1)
    yield make_case("Neg_int", "Neg", [rng.integers(-9, 9, (7,)).astype(np.int32)])
    yield make_case("Abs_int", "Abs", [rng.integers(-9, 9, (7,)).astype(np.int64)])
    yield make_case("Sign_int", "Sign", [rng.integers(-2, 3, (9,)).astype(np.int32)])
    for exponent in (0.0, 1.0, 2.0, 3.0, 0.5, -1.0):
        base = np.abs(x) + np.float32(0.125) if exponent == 0.5 else x
        base = np.where(np.abs(base) < 1e-3, np.float32(1), base) if exponent < 0 else base
        yield make_case(f"Pow_{exponent}", "Pow", [base, scalar(exponent, np.float32)], constants=[1], ulps=1)


def powers(rng):
    base, exponent = np.abs(floats(rng, 40)) + np.float32(0.01), np.clip(floats(rng, 40), -4, 4)
    yield make_case("Pow_floats", "Pow", [np.clip(base, 0, 100), exponent], ulps=4)
    i, j = rng.integers(-5, 6, (30,)), rng.integers(0, 6, (30,))
    yield make_case("Pow_negative", "Pow", [i.astype(np.float32), j.astype(np.int64)], ulps=1)
    yield make_case("Pow_int", "Pow", [i.astype(np.int32), j.astype(np.int64)])
    for kind in (np.int8, np.uint8, np.int32, np.int64):
        a, b = integers(rng, kind, 40), integers(rng, kind, 40)
        b = np.where(b == 0, kind(3), b)
        yield make_case(f"Mod_{kind.__name__}", "Mod", [a, b])
        if kind != np.int64:  # onnxruntime takes the remainder of doubles
            yield make_case(f"Fmod_{kind.__name__}", "Mod", [a, b], fmod=1)
    yield make_case("Fmod", "Mod", [np.clip(floats(rng, 40), -99, 99), base], fmod=1)
    for kind in (np.uint8, np.uint32, np.uint64):
        a, b = integers(rng, kind, 40), rng.integers(0, 8, (40,)).astype(kind)
        yield make_case(f"BitShift_left_{kind.__name__}", "BitShift", [a, b], direction="LEFT")
        yield make_case(f"BitShift_right_{kind.__name__}", "BitShift", [a, b], direction="RIGHT")
    for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
        yield make_case(op, op, [integers(rng, np.int16, 4, 5), integers(rng, np.int16, 5)], opset=18)
    yield make_case("BitwiseNot", "BitwiseNot", [integers(rng, np.uint8, 20)], opset=18)


def clip(rng):
    x = floats(rng, 4, 7)
    low, high = scalar(-1.25, np.float32), scalar(2.0, np.float32)
    yield make_case("Clip_both", "Clip", [x, low, high], constants=[1, 2])
    yield make_case("Clip_low", "Clip", [x, low], constants=[1])
    yield make_case("Clip_high", "Clip", [x, None, high], constants=[2])
    yield make_case("Clip_none", "Clip", [x])
    yield make_case("Clip_runtime", "Clip", [x, low, high])
    yield make_case("Clip_attributes", "Clip", [x], opset=9, min=-1.0, max=0.5)
    codes = rng.integers(-128, 128, (31,)).astype(np.int8)
    yield make_case("Clip_int8", "Clip", [codes, scalar(-8, np.int8), scalar(7, np.int8)], constants=[1, 2])
    bytes_ = rng.integers(0, 256, (31,)).astype(np.uint8)
    yield make_case("Clip_uint8", "Clip", [bytes_, scalar(3, np.uint8), scalar(200, np.uint8)], constants=[1, 2])


def comparison(rng):
    a, b = floats(rng, 3, 4), floats(rng, 3, 4)
    b[0] = a[0]
    for op in ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"):
        yield make_case(op, op, [a, b])
        yield make_case(f"{op}_broadcast", op, [a, np.float32([0.5])], constants=[1])
    i = rng.integers(-3, 3, (3, 4))
    yield make_case("Equal_int", "Equal", [i, i.T.copy().reshape(3, 4)])
    yield make_case("Greater_int", "Greater", [i, np.int64([0])])
    p, q = rng.integers(0, 2, (3, 4)).astype(bool), rng.integers(0, 2, (4,)).astype(bool)
    for op in ("And", "Or", "Xor"):
        yield make_case(op, op, [p, q])
    yield make_case("Not", "Not", [p])
    yield make_case("Where", "Where", [p, a, scalar(0, np.float32)])
    yield make_case("Where_int", "Where", [p, i, -i])


def cast(rng):
    x = np.float32([0.0, -0.0, 0.4, -0.6, 1.5, -1.5, 2.99, 100.7, -100.7, 255.0])
    kinds = {np.int8: TensorProto.INT8, np.uint8: TensorProto.UINT8, np.int16: TensorProto.INT16, np.int32: TensorProto.INT32,
             np.int64: TensorProto.INT64, np.bool_: TensorProto.BOOL, np.float64: TensorProto.DOUBLE}
    for kind, to in kinds.items():
        source = x[:7] if kind in (np.int8, np.uint8) else x
        source = np.abs(source) if kind is np.uint8 else source
        yield make_case(f"Cast_float_{kind.__name__}", "Cast", [source], to=to)
    integers = np.array([0, 1, -1, 127, -128, 255, 300, -7])
    for source in (np.int8, np.uint8, np.int32, np.int64, np.bool_):
        for kind, to in list(kinds.items()) + [(np.float32, TensorProto.FLOAT)]:
            yield make_case(f"Cast_{source.__name__}_{kind.__name__}", "Cast", [integers.astype(source)], to=to)
    yield make_case("Cast_double_float", "Cast", [np.array([1 / 3, 1e-50, 16777217.0])], to=TensorProto.FLOAT)


def normalization(rng):
    for shape in ((2, 5), (2, 3, 7), (1, 4, 3, 5)):
        channels = shape[1]
        parameters = [floats(rng, channels) for _ in range(3)] + [rng.uniform(0.1, 4, channels).astype(np.float32)]
        parameters[0:3] = [np.clip(p, -4, 4) for p in parameters[0:3]]
        x = np.clip(floats(rng, *shape), -8, 8)
        for name, constants in (("constant", [1, 2, 3, 4]), ("runtime", [])):
            yield make_case(f"BatchNormalization_{len(shape)}_{name}", "BatchNormalization", [x, *parameters], opset=15,
                            constants=constants, ulps=8, floor=8.0, epsilon=1e-3)


def row_normalization(rng):
    for shape in ((2, 3, 7), (1, 4, 3, 19)):
        parameters = [small_floats(rng, shape[1]) for _ in range(2)]
        yield make_case(f"InstanceNormalization_{len(shape)}", "InstanceNormalization", [small_floats(rng, *shape), *parameters],
                        ulps=16, floor=4.0, epsilon=1e-3)
    x = small_floats(rng, 3, 4, 21)
    x[1, 2] = 0
    for p in (1, 2):
        for axis in (0, 1, -1):
            yield make_case(f"LpNormalization_{p}_{axis}", "LpNormalization", [x], ulps=8, p=p, axis=axis)


def cumulative(rng):
    x = small_floats(rng, 3, 4, 21)
    for exclusive in (0, 1):
        for reverse in (0, 1):
            name = f"CumSum_{exclusive}{reverse}"
            flags = {"exclusive": exclusive, "reverse": reverse}
            for axis in (0, 1, -1):
                yield make_case(f"{name}_{axis}", "CumSum", [x, np.array(axis)], constants=[1], floor=8.0, **flags)
            for kind in (np.int32, np.int64):
                yield make_case(f"{name}_{kind.__name__}", "CumSum", [integers(rng, kind, 3, 5), np.array(0, np.int32)],
                                constants=[1], **flags)
    yield make_case("CumSum_float64", "CumSum", [rng.normal(size=(2, 9)), np.array(1)], constants=[1])


def recurrent(rng):
    steps, batch, inputs, hidden = 5, 3, 4, 6
    lengths = np.int32([5, 2, 4])
    for op, gates, states in (("RNN", 1, 1), ("GRU", 3, 1), ("LSTM", 4, 2)):
        for direction, count in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
            def make(*shape):
                return small_floats(rng, count, *shape)
            weights = [make(gates * hidden, inputs), make(gates * hidden, hidden)]
            x, bias = small_floats(rng, steps, batch, inputs), make(2 * gates * hidden)
            initial = [make(batch, hidden) for _ in range(states)]
            peepholes = [make(3 * hidden)] if op == "LSTM" else []
            for name, rest in (("state", [None, *initial]), ("lengths", [lengths, *initial, *peepholes])):
                yield make_case(f"{op}_{direction}_{name}", op, [x, *weights, bias, *rest], outputs=1 + states,
                                constants=[1, 2, 3], ulps=32, floor=2.0, direction=direction, hidden_size=hidden)


def spectrum(rng):
    x, complex_x = small_floats(rng, 2, 12, 3, 1), small_floats(rng, 2, 12, 3, 2)
    for opset in (17, 20):
        def dft(name, signal, length=None, axis=1, opset=opset, **attributes):
            length = None if length is None else np.array(length)
            inputs = [signal, length] + ([np.array(axis)] if opset == 20 else [])
            attributes = attributes if opset == 20 else {"axis": axis, **attributes}
            return make_case(f"DFT_{opset}_{name}", "DFT", inputs, opset=opset, constants=[1, 2], ulps=16, floor=16.0, **attributes)

        yield dft("real", x)
        yield dft("complex", complex_x)
        yield dft("inverse", complex_x, inverse=1)
        yield dft("onesided", x, onesided=1)
        yield dft("padded", x, 15)
        yield dft("cut", complex_x, 7)
        yield dft("axis", complex_x, axis=2)
    signal, window = small_floats(rng, 2, 37, 1), small_floats(rng, 8)
    step, length = np.array(5), np.array(8)
    for onesided in (0, 1):
        yield make_case(f"STFT_window_{onesided}", "STFT", [signal, step, window], constants=[1], ulps=16, floor=8.0, onesided=onesided)
        yield make_case(f"STFT_length_{onesided}", "STFT", [signal, step, None, length], constants=[1, 3], ulps=16, floor=8.0, onesided=onesided)
    mel = [np.array(v, np.int32) for v in (10, 64, 16000)] + [scalar(20.0), scalar(7600.0)]
    yield make_case("MelWeightMatrix", "MelWeightMatrix", mel, constants=range(5), ulps=1, floor=1.0)
    for kind in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for periodic in (0, 1):
            yield make_case(f"{kind}_{periodic}", kind, [np.array(13)], constants=[0], ulps=8, floor=1.0, periodic=periodic)
    yield make_case("Det", "Det", [small_floats(rng, 3, 2, 5, 5)], ulps=64, floor=8.0)
    yield make_case("Det_one", "Det", [small_floats(rng, 1, 1)])


def tfidf(rng):
    pool = [2, 3, 5, 4, 0, 5, 6, 7, 8, 6, 7, 1, 2, 3]
    weights = rng.uniform(0.5, 2, 9).astype(np.float32)
    text = rng.integers(0, 9, (3, 40))
    for mode in ("TF", "IDF", "TFIDF"):
        for skips in (0, 5):
            attributes = {"mode": mode, "max_skip_count": skips, "max_gram_length": 3, "pool_int64s": pool,
                          "ngram_counts": [0, 5, 11], "ngram_indexes": [3, 1, 0, 2, 4, 7, 5, 6, 8]}
            yield make_case(f"TfIdf_{mode}_{skips}", "TfIdfVectorizer", [text], ulps=4, min_gram_length=1, weights=list(weights), **attributes)
            yield make_case(f"TfIdf_{mode}_{skips}_pairs", "TfIdfVectorizer", [text[0].astype(np.int32)], min_gram_length=2, **attributes)


def reduction(rng):
    x = np.clip(floats(rng, 2, 3, 37), -50, 50)
    for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2"):
        exact = op in ("ReduceMax", "ReduceMin")
        for axes in ([2], [0], [1, 2], [-1, 0], None):
            for keepdims in (0, 1):
                attributes = {} if axes is None else {"axes": axes}
                yield make_case(f"{op}_{axes}_{keepdims}", op, [x], ulps=0 if exact else 8, floor=50.0, opset=13,
                                keepdims=keepdims, **attributes)
    for axes in ([1], [0, 2]):
        yield make_case(f"ReduceSum_{axes}", "ReduceSum", [x, np.int64(axes)], constants=[1], ulps=4, floor=50.0)
        yield make_case(f"ReduceMean18_{axes}", "ReduceMean", [x, np.int64(axes)], opset=18, constants=[1], ulps=4, floor=50.0)
        yield make_case(f"ReduceMax18_{axes}", "ReduceMax", [x, np.int64(axes)], opset=18, constants=[1])
    yield make_case("ReduceSum_all", "ReduceSum", [x], ulps=4, floor=50.0)
    yield make_case("ReduceSum_noop", "ReduceSum", [x], noop_with_empty_axes=1)
    i = rng.integers(-100, 100, (4, 9))
    yield make_case("ReduceSum_int", "ReduceSum", [i, np.int64([1])], constants=[1], keepdims=0)
    yield make_case("ReduceMax_int", "ReduceMax", [i.astype(np.int32)], opset=13, axes=[0], keepdims=0)
    yield make_case("ReduceMin_int8", "ReduceMin", [i.astype(np.int8)], opset=13, axes=[1])
    yield make_case("GlobalAveragePool", "GlobalAveragePool", [np.clip(floats(rng, 2, 3, 5, 7), -50, 50)], ulps=4, floor=50.0)


def softmax(rng):
    x = np.clip(floats(rng, 2, 5, 7), -30, 30)
    for axis in (-1, 0, 1):
        yield make_case(f"Softmax_{axis}", "Softmax", [x], axis=axis, ulps=16)
        yield make_case(f"Softmax11_{axis}", "Softmax", [x], axis=axis, opset=11, ulps=16)
    yield make_case("Softmax_default", "Softmax", [x], ulps=16)
    yield make_case("Softmax11_default", "Softmax", [x], opset=11, ulps=16)


def selection(rng):
    x = np.round(floats(rng, 3, 4, 11) * 2) / 2
    for op in ("ArgMax", "ArgMin"):
        for axis in (0, 1, -1):
            for keepdims in (0, 1):
                yield make_case(f"{op}_{axis}_{keepdims}", op, [x], axis=axis, keepdims=keepdims)
        yield make_case(f"{op}_last", op, [x], axis=2, select_last_index=1)
        yield make_case(f"{op}_int", op, [rng.integers(0, 3, (4, 9)).astype(np.int32)], axis=1)
    for axis in (0, -1, 1):
        for largest in (0, 1):
            yield make_case(f"TopK_{axis}_{largest}", "TopK", [x, np.int64([2])], outputs=2, constants=[1], axis=axis,
                            largest=largest)
    yield make_case("TopK_all", "TopK", [x, np.int64([11])], outputs=2, constants=[1])
    yield make_case("TopK_int", "TopK", [rng.integers(0, 5, (2, 9)), np.int64([4])], outputs=2, constants=[1])
    yield make_case("TopK_attribute", "TopK", [x], outputs=2, opset=9, k=3)


def matmul(rng):
    def matrix(*shape):
        return np.clip(floats(rng, *shape), -8, 8)

    for left, right in (((3, 37), (37, 5)), ((1, 64), (64, 10)), ((2, 3, 7), (7, 5)), ((2, 3, 7), (2, 7, 5)),
                        ((2, 1, 3, 7), (4, 7, 5)), ((7,), (7, 5)), ((3, 7), (7,)), ((7,), (7,)), ((2, 3, 7), (7,)),
                        ((7,), (2, 7, 5)), ((3, 1), (1, 4))):
        name = "x".join(map(str, left)) + "_" + "x".join(map(str, right))
        yield make_case(f"MatMul_{name}", "MatMul", [matrix(*left), matrix(*right)], ulps=8, floor=64.0)
    yield make_case("MatMul_constant", "MatMul", [matrix(3, 33), matrix(33, 40)], constants=[1], ulps=8, floor=64.0)
    yield make_case("MatMul_int", "MatMul", [rng.integers(-9, 9, (3, 7)).astype(np.int32),
                                             rng.integers(-9, 9, (7, 4)).astype(np.int32)])
    for ta in (0, 1):
        for tb in (0, 1):
            a, b = matrix(*((7, 3) if ta else (3, 7))), matrix(*((5, 7) if tb else (7, 5)))
            for constants in ([], [1]):
                yield make_case(f"Gemm_{ta}{tb}{len(constants)}", "Gemm", [a, b, matrix(5)], constants=constants, ulps=8, floor=64.0,
                                transA=ta, transB=tb)
    a, b = matrix(3, 7), matrix(7, 5)
    yield make_case("Gemm_factors", "Gemm", [a, b, matrix(3, 1)], ulps=8, floor=64.0, alpha=0.5, beta=2.0)
    yield make_case("Gemm_no_bias", "Gemm", [a, b], ulps=8, floor=64.0, alpha=0.25)
    yield make_case("Gemm_scalar_bias", "Gemm", [a, b, matrix(1)], ulps=8, floor=64.0)


def shapes(rng):
    x = floats(rng, 2, 3, 4)
    yield make_case("Reshape", "Reshape", [x, np.int64([4, -1])], constants=[1])
    yield make_case("Reshape_zero", "Reshape", [x, np.int64([0, 12])], constants=[1])
    yield make_case("Reshape_odd", "Reshape", [floats(rng, 4, 6), np.int64([3, 8])], constants=[1])
    yield make_case("Flatten", "Flatten", [x])
    yield make_case("Flatten_2", "Flatten", [x], axis=2)
    yield make_case("Flatten_0", "Flatten", [x], axis=0)
    yield make_case("Squeeze", "Squeeze", [floats(rng, 1, 3, 1), np.int64([0, 2])], constants=[1])
    yield make_case("Squeeze_all", "Squeeze", [floats(rng, 1, 3, 1)])
    yield make_case("Unsqueeze", "Unsqueeze", [x, np.int64([0, -1])], constants=[1])
    yield make_case("Unsqueeze_11", "Unsqueeze", [x], opset=11, axes=[1, 4])
    yield make_case("Transpose", "Transpose", [x])
    yield make_case("Transpose_perm", "Transpose", [x], perm=[1, 2, 0])
    yield make_case("Transpose_constant", "Transpose", [floats(rng, 5, 7)], constants=[0])
    yield make_case("Dropout", "Dropout", [x])
    yield make_case("Shape", "Shape", [x])
    yield make_case("Shape_part", "Shape", [x], start=1, end=-1)
    yield make_case("Size", "Size", [x])
    yield make_case("ConstantOfShape", "ConstantOfShape", [np.int64([2, 3])], constants=[0],
                    value=helper.make_tensor("value", TensorProto.INT64, [1], [7]))
    yield make_case("ConstantOfShape_default", "ConstantOfShape", [np.int64([2, 3])], constants=[0])
    yield make_case("Range", "Range", [np.int64(3), np.int64(11), np.int64(2)], constants=[0, 1, 2])
    yield make_case("Range_float", "Range", [np.float32(0), np.float32(1), np.float32(0.1)], constants=[0, 1, 2], ulps=2)


def parts(rng):
    x = floats(rng, 4, 5, 6)

    def sliced(name, *bounds, **more):
        return make_case(f"Slice_{name}", "Slice", [x, *[np.int64(b) for b in bounds]],
                         constants=range(1, 1 + len(bounds)), **more)

    yield sliced("begin", [0, 1], [2, 4])
    yield sliced("axes", [1], [-1], [2])
    yield sliced("steps", [0, 1], [4, 100], [0, 2], [2, 3])
    yield sliced("reverse", [-1], [-100], [1], [-1])
    yield sliced("reverse_steps", [3, 5], [0, 0], [0, 2], [-2, -3])
    yield sliced("huge", [0], [2**63 - 1], [0], [2**62])
    yield make_case("Slice_9", "Slice", [x], opset=9, starts=[1], ends=[3], axes=[1])
    yield make_case("Concat", "Concat", [x, floats(rng, 4, 2, 6), floats(rng, 4, 1, 6)], axis=1)
    yield make_case("Concat_last", "Concat", [x, x], axis=-1)
    yield make_case("Split", "Split", [x], outputs=3, axis=2)
    yield make_case("Split_sizes", "Split", [x, np.int64([1, 4])], outputs=2, constants=[1], axis=1)
    yield make_case("Pad", "Pad", [x, np.int64([1, 0, 2, 0, 3, 1])], constants=[1])
    yield make_case("Pad_value", "Pad", [x, np.int64([0, 1, 0, 0, 1, 0]), scalar(-1.5, np.float32)], constants=[1, 2])
    yield make_case("Pad_negative", "Pad", [x, np.int64([-1, 0, 2, 0, -2, 1])], constants=[1])
    yield make_case("Pad_9", "Pad", [x], opset=9, pads=[0, 1, 0, 0, 0, 2], value=2.0)
    yield make_case("Pad_axes", "Pad", [x, np.int64([1, 2]), None, np.int64([1])], opset=18, constants=[1, 3])


def indexing(rng):
    x = floats(rng, 4, 5, 6)
    yield make_case("Gather_constant", "Gather", [x, np.int64([[0, 2], [-1, 1]])], constants=[1])
    yield make_case("Gather_runtime", "Gather", [x, np.int64([[0, 2], [-1, 1]])], axis=1)
    yield make_case("Gather_scalar", "Gather", [x, np.int64(2)], constants=[1], axis=2)
    yield make_case("Gather_int32", "Gather", [x, np.int32([3, 3, -6])], axis=2)
    yield make_case("Expand", "Expand", [floats(rng, 3, 1), np.int64([2, 1, 4])], constants=[1])
    yield make_case("Expand_same", "Expand", [floats(rng, 3, 2), np.int64([1])], constants=[1])
    yield make_case("Tile", "Tile", [floats(rng, 2, 3), np.int64([2, 3])], constants=[1])
    yield make_case("Tile_one", "Tile", [floats(rng, 2, 3), np.int64([1, 2])], constants=[1])


def einsum(rng):
    def case(name, equation, *operands):
        return make_case(f"Einsum_{name}", "Einsum", list(operands), equation=equation, ulps=64, floor=64.0)

    a, b, c = (small_floats(rng, *shape) for shape in ((2, 3, 4), (4, 5), (2, 3, 4)))
    yield case("product", "aij, jk -> aik", a, b)
    yield case("implicit", "aij,jk", a, b)
    yield case("implicit_order", "ba", b)
    yield case("batch", "bij,bkj->bik", a, c)
    yield case("outer", "a,b->ba", b[0], b[1])
    yield case("dot", "i,i", b[0], b[1])
    yield case("sum", "abc->b", a)
    yield case("total", "abc->", a)
    yield case("diagonal", "ii->i", small_floats(rng, 4, 4))
    yield case("trace", "ii", small_floats(rng, 4, 4))
    yield case("batch_diagonal", "...ii->...i", small_floats(rng, 2, 3, 3))
    yield case("ellipsis", "...ij,...jk->...ik", small_floats(rng, 1, 3, 2, 4), small_floats(rng, 2, 1, 4, 5))
    yield case("ellipsis_one_side", "...ij,jk->k...i", a, b)
    yield case("ellipsis_implicit", "a...,b...", small_floats(rng, 2, 4), small_floats(rng, 3, 4))
    yield case("three", "ab,bc,cd->ad", a[0], b, small_floats(rng, 5, 2))
    yield case("elementwise", "ij,ij->ji", a[0], c[0])
    yield case("int32", "ij,jk->ki", integers(rng, np.int32, 3, 4), integers(rng, np.int32, 4, 2))


def scattering(rng):
    x = floats(rng, 4, 5, 6)
    places = rng.integers(-5, 5, (3, 4, 6))
    yield make_case("GatherElements", "GatherElements", [x, places], axis=1)
    yield make_case("GatherElements_constant", "GatherElements", [x, rng.integers(-6, 6, (4, 5, 2))], constants=[1], axis=-1)
    yield make_case("GatherElements_int32", "GatherElements", [integers(rng, np.uint8, 3, 4), np.int32([[2, -1, 0, 1]])])
    yield make_case("GatherND", "GatherND", [x, rng.integers(-4, 4, (2, 3, 2))])
    yield make_case("GatherND_rows", "GatherND", [x, rng.integers(-4, 4, (7, 1))])
    yield make_case("GatherND_batch", "GatherND", [x, rng.integers(-5, 5, (4, 2, 1))], batch_dims=1)
    yield make_case("GatherND_batch2", "GatherND", [x, rng.integers(-6, 6, (4, 5, 1))], batch_dims=2)
    updates = floats(rng, 3, 4, 6)
    unique = np.argsort(rng.normal(size=(3, 5, 6)), axis=1)[:, :4]
    yield make_case("ScatterElements", "ScatterElements", [x, unique, updates], axis=1)
    yield make_case("ScatterElements_10", "Scatter", [x, unique, updates], opset=10, axis=1)
    for reduction in ("add", "mul", "max", "min"):
        data = [x, places, updates]
        yield make_case(f"ScatterElements_{reduction}", "ScatterElements", data, opset=18, axis=1, reduction=reduction)
        whole = [integers(rng, np.int32, 4, 5), rng.integers(-4, 4, (6, 1)), integers(rng, np.int32, 6, 5)]
        yield make_case(f"ScatterND_{reduction}", "ScatterND", whole, opset=18, reduction=reduction)
    yield make_case("ScatterND", "ScatterND", [x, np.int64([[0, 1], [-1, 2], [2, -5]]), floats(rng, 3, 6)])
    yield make_case("ScatterND_elements", "ScatterND", [x, np.int64([[[0, 1, -1]], [[3, 2, 0]]]), floats(rng, 2, 1)])


def index_patterns(rng):
    hot = floats(rng, 2)
    yield make_case("OneHot", "OneHot", [np.int64([[0, -1], [3, 7]]), np.int64(4), hot], constants=[1])
    yield make_case("OneHot_axis", "OneHot", [np.int64([1, 0, -4]), np.int64([4]), np.int64([3, -3])], constants=[1], axis=0)
    yield make_case("OneHot_int32", "OneHot", [np.int32([1, 0, 9]), np.int32([3]), hot], constants=[1])
    x = floats(rng, 2, 4, 5)
    for upper in (0, 1):
        yield make_case(f"Trilu_{upper}", "Trilu", [x], upper=upper)
        yield make_case(f"Trilu_constant_{upper}", "Trilu", [x, np.int64(2)], constants=[1], upper=upper)
        yield make_case(f"Trilu_runtime_{upper}", "Trilu", [x, np.array(-1)], upper=upper)
    yield make_case("EyeLike", "EyeLike", [integers(rng, np.int32, 3, 5)], k=1)
    yield make_case("EyeLike_dtype", "EyeLike", [integers(rng, np.int32, 4, 3)], k=-2, dtype=TensorProto.DOUBLE)
    yield make_case("ReverseSequence", "ReverseSequence", [x, np.int64([1, 0, 2, 2])], time_axis=0, batch_axis=1)
    yield make_case("ReverseSequence_constant", "ReverseSequence", [x, np.int64([4, 2])], constants=[1], time_axis=1, batch_axis=0)


def control_flow(rng):
    """If with a condition of run time."""
    x = floats(rng, 3, 4)
    output = [onnx.ValueInfoProto(name="out")]
    branches = {
        "then_branch": helper.make_graph([helper.make_node("Softmax", ["x"], ["out"])], "yes", [], output),
        "else_branch": helper.make_graph([helper.make_node("Neg", ["x"], ["out"])], "no", [], output),
    }
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)]
    for name, shape in (("scalar", []), ("vector", [1])):
        condition = helper.make_tensor_value_info("condition", TensorProto.BOOL, shape)
        node = helper.make_node("If", ["condition"], ["y"], **branches)
        graph = helper.make_graph([node], name, [condition, *inputs], [helper.make_tensor_value_info("y", TensorProto.FLOAT, x.shape)])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        for value in (True, False):
            yield Case(f"If_{name}_{value}", model, [np.full(shape, value), x], 8, 1.0)


FAMILIES = (arithmetic, unary, powers, clip, comparison, cast, normalization, row_normalization, cumulative, recurrent, spectrum,
            tfidf, reduction, softmax, selection, matmul, shapes, parts, indexing, einsum, scattering, index_patterns, control_flow)


def all_cases(seed=1958):
    """Every case, always the same ones."""
    for family in FAMILIES:
        yield from family(np.random.default_rng(seed))
