"""Random quantised networks, written with QuantizeLinear/DequantizeLinear or with QONNX's Quant.

Every layer ends in a quantiser. The builder computes each tensor in double precision on the way: that chooses scales
which use the range of the codes. In an `exact` network all scales are powers of two and every float32 operation is
exact, so that any two right evaluations agree in every bit.
"""

import numpy as np
from float64_reference import evaluate_node
from graph_builder import GraphBuilder
from onnx import TensorProto

QONNX = "qonnx.custom_op.general"
CODES = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}


class Network:
    """A graph in the making: `values` holds every tensor in double precision, for one sample input."""

    def __init__(self, rng, dialect, exact):
        self.rng, self.dialect, self.exact = rng, dialect, exact
        opset = int(rng.choice([13, 17, 19, 21] if dialect == "qdq" else [11, 13, 17]))
        self.g = GraphBuilder(opset, qonnx=dialect == "qonnx")
        self.values = {}
        self.quantisers = []  # names of the outputs of the quantisers, in order
        # The whole network lives at one order of magnitude, small or large.
        self.magnitude = int(rng.integers(-24, 25))

    def const(self, value, dtype=np.float32):
        name = self.g.const(value, dtype)
        self.values[name] = self.g.initializer_values[name].astype(np.float64)
        return name

    def op(self, op_type, *inputs, **attributes):
        name = self.g.op(op_type, *inputs, **attributes)
        node = self.g.nodes[-1]
        self.values[name] = evaluate_node(node, [self.values[i] if i else None for i in inputs])
        return name

    def shape(self, name):
        return self.values[name].shape

    def pick(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def scale_for(self, largest, highest_code):
        """A float32 scale under which `largest` is about the highest code."""
        scale = max(float(largest), 1e-30) / highest_code * self.rng.uniform(0.6, 1.2)
        return np.float32(2.0 ** np.round(np.log2(scale))) if self.exact else np.float32(scale)

    def input(self, shape):
        name = self.g.input(shape)
        self.values[name] = self.sample(shape)
        return name

    def sample(self, shape):
        """Inputs on and between the steps of an 8-bit quantiser."""
        steps = self.rng.integers(-600, 600, shape) / 4 if self.rng.integers(2) else self.rng.normal(0, 60, shape)
        return (steps * 2.0**self.magnitude).astype(np.float32).astype(np.float64)

    # Quantisers of activations: the name of the real tensor behind them.

    def quantise(self, x):
        return self.quantise_qdq(x) if self.dialect == "qdq" else self.quantise_qonnx(x)

    def quantise_qdq(self, x):
        real = self.values[x]
        wide = not self.exact and self.g.opset >= 21 and self.rng.integers(6) == 0
        dtype = self.pick("int16", "uint16") if wide else self.pick("uint8", "int8", "int8")
        low, high = CODES[dtype]
        zero_point = 0
        if dtype.startswith("u") and real.min() < 0:
            zero_point = (high + 1) // 2 + int(self.rng.integers(-20, 21))
        elif self.rng.integers(3) == 0:
            zero_point = int(self.rng.integers(-12, 13)) if low < 0 else int(self.rng.integers(0, 20))
        scale = self.const(self.scale_for(np.abs(real).max(), (high - low) / 2))
        point = self.const(zero_point, dtype)
        codes = self.op("QuantizeLinear", x, scale, point)
        self.quantisers.append(codes)
        if not wide and self.rng.integers(4) == 0:
            # Brevitas: fewer bits as a Clip on the codes.
            bits = int(self.rng.integers(2, 8))
            bounds = (0, 2**bits - 1) if low == 0 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            codes = self.op("Clip", codes, self.const(bounds[0], dtype), self.const(bounds[1], dtype))
        return self.op("DequantizeLinear", codes, scale, point)

    def quantise_qonnx(self, x):
        real = self.values[x]
        if self.rng.integers(8) == 0:
            y = self.op("BipolarQuant", x, self.const(self.scale_for(np.abs(real).mean(), 1)), domain=QONNX)
        else:
            bits = int(self.rng.integers(2, 9))
            signed = int(real.min() < 0 or self.rng.integers(2))
            mode = self.pick("ROUND", "ROUND", "FLOOR", "CEIL", "HALF_UP", "HALF_DOWN", "UP", "DOWN")
            scale = self.scale_for(np.abs(real).max(), 2 ** (bits - signed))
            zero_point = 0 if self.rng.integers(4) else int(self.rng.integers(-3, 4))
            y = self.op("Quant", x, self.const(scale), self.const(zero_point), self.const(bits), domain=QONNX,
                        signed=signed, narrow=int(self.rng.integers(2)), rounding_mode=mode)
        self.quantisers.append(y)
        return y

    # Weights: real tensors of low-bit constants, output channels along `axis`.

    def weights(self, shape, axis):
        return self.weights_qdq(shape, axis) if self.dialect == "qdq" else self.weights_qonnx(shape, axis)

    def weight_scales(self, count, per_channel):
        scales = 2.0 ** self.rng.integers(-4, 1, count if per_channel else ())
        if not self.exact:
            scales = scales * self.rng.uniform(1, 2, np.shape(scales))
        # Products keep the magnitude of the network.
        return np.float32(scales)

    def weights_qdq(self, shape, axis):
        per_channel = bool(self.rng.integers(2))
        dtype = self.pick("int8", "int8", "uint8")
        low, high = CODES[dtype]
        point = 0 if dtype == "int8" else 128
        bits = self.pick(8, 4, 2, 1)
        reach = 2 ** (bits - 1) if bits > 1 else 1
        codes = np.clip(self.rng.integers(-reach, reach + (bits == 1), shape), -127, 127) + point
        scales = self.weight_scales(shape[axis], per_channel)
        points = np.full(np.shape(scales), point)
        return self.op("DequantizeLinear", self.const(codes, dtype), self.const(scales), self.const(points, dtype), axis=axis)

    def weights_qonnx(self, shape, axis):
        scales = self.weight_scales(shape[axis], bool(self.rng.integers(2)))
        if scales.ndim:
            scales = scales.reshape([-1 if i == axis else 1 for i in range(len(shape))])
        if self.rng.integers(4) == 0:
            real = self.const(self.rng.normal(0, 1, shape))
            return self.op("BipolarQuant", real, self.const(scales), domain=QONNX)
        bits = int(self.rng.integers(2, 9))
        real = self.const(self.rng.normal(0, 2 ** (bits - 2), shape) * scales)
        return self.op("Quant", real, self.const(scales), self.const(0), self.const(bits), domain=QONNX,
                       signed=1, narrow=int(self.rng.integers(2)), rounding_mode="ROUND")

    def bias(self, count, reals):
        """Multiples of a power of two that keep the sum exact."""
        step = 2.0 ** np.floor(np.log2(max(np.abs(reals).max(), 1e-30)) - 8)
        value = self.rng.integers(-40, 41, count) * step
        if not self.exact:
            value = value * self.rng.uniform(0.9, 1.1, count)
        return self.const(value)

    # Layers: from a quantised real tensor to one that is to be quantised.

    def conv(self, x):
        channels = self.shape(x)[1]
        group = self.pick(1, 1, channels)
        outputs = group * int(self.rng.integers(1, 4)) if group > 1 else int(self.rng.integers(1, 9))
        size = [int(self.rng.integers(1, min(4, s) + 1)) for s in self.shape(x)[2:]]
        w = self.weights([outputs, channels // group, *size], 0)
        pads = [int(self.rng.integers(0, s)) for s in size] * 2
        strides = [int(self.rng.integers(1, 3)) for _ in size]
        attributes = {"group": group, "pads": pads, "strides": strides}
        if self.rng.integers(2):
            return self.op("Conv", x, w, **attributes)
        y = self.op("Conv", x, w, **attributes)
        # A bias needs the size of the sums: the node without it is taken back.
        self.g.nodes.pop()
        return self.op("Conv", x, w, self.bias(outputs, self.values[y]), **attributes)

    def matmul(self, x):
        if len(self.shape(x)) == 4:
            x = self.op("Flatten", x, axis=1)
        outputs = int(self.rng.integers(1, 20))
        w = self.weights([self.shape(x)[-1], outputs], 1)
        y = self.op("MatMul", x, w)
        return self.op("Add", y, self.bias(outputs, self.values[y])) if self.rng.integers(2) else y

    def gemm(self, x):
        if len(self.shape(x)) == 4:
            x = self.op("Flatten", x, axis=1)
        outputs = int(self.rng.integers(1, 20))
        w = self.weights([outputs, self.shape(x)[-1]], 0)
        y = self.op("Gemm", x, w, transB=1)
        if self.rng.integers(2):
            self.g.nodes.pop()
            y = self.op("Gemm", x, w, self.bias(outputs, self.values[y]), transB=1)
        return y

    def residual(self, x):
        """x plus a branch of the same shape: a 1x1 convolution, or itself quantised again."""
        if len(self.shape(x)) == 4:
            w = self.weights([self.shape(x)[1]] * 2 + [1, 1], 0)
            branch = self.quantise(self.op("Conv", x, w))
        else:
            branch = self.quantise(self.op("Relu", x))
        return self.op("Add", *self.rng.permutation([x, branch]))

    def concat(self, x):
        other = self.quantise(self.op("Relu", x))
        return self.op("Concat", x, other, axis=1)

    def pool(self, x):
        if len(self.shape(x)) != 4 or min(self.shape(x)[2:]) < 2:
            return self.op("Relu", x)
        kind = self.pick("MaxPool", "AveragePool")
        return self.op(kind, x, kernel_shape=[2, 2], strides=[int(self.rng.integers(1, 3))] * 2)

    def move(self, x):
        rank = len(self.shape(x))
        permutation = [0, *(1 + self.rng.permutation(rank - 1)).tolist()]
        return self.op("Transpose", x, perm=permutation)

    def batch_norm(self, x):
        if self.exact:
            return self.op("Relu", x)
        channels = self.shape(x)[1]
        uniform = [self.const(self.rng.uniform(0.5, 2, channels)) for _ in range(4)]
        return self.op("BatchNormalization", x, *uniform, epsilon=1e-3)

    LAYERS = [conv, conv, conv, matmul, gemm, residual, concat, pool, pool, move, batch_norm]


def build_network(rng, dialect, exact):
    n = Network(rng, dialect, exact)
    if rng.integers(4):
        shape = [1, int(rng.integers(1, 6)), int(rng.integers(2, 9)), int(rng.integers(2, 9))]
    else:
        shape = [int(rng.integers(1, 4)), int(rng.integers(2, 40))]
    x = n.quantise(n.input(shape))
    for _ in range(int(rng.integers(1, 6))):
        layer = n.pick(*Network.LAYERS)
        if layer is Network.conv and len(n.shape(x)) != 4:
            layer = Network.matmul
        y = layer(n, x)
        if rng.integers(2):
            y = n.op("Relu", y)
        x = n.quantise(y)
    n.g.output(x, n.shape(x))
    for name in n.quantisers:
        if name != x:
            proto = TensorProto.FLOAT
            if dialect == "qdq":
                node = next(node for node in n.g.nodes if name in node.output)
                proto = next(i.data_type for i in n.g.initializers if i.name == node.input[2])
            n.g.output(name, n.shape(name), proto)
    return n
