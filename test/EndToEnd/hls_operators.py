"""Single operators, and small blocks of them, as HLS designs: the same bytes as `setun run`.

Sizes are no multiples of 16 lanes, images have several channels, and what is broadcast stands before and behind.
"""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import hls_batch
import numpy as np
from graph_builder import GraphBuilder
from onnx import TensorProto, helper, shape_inference

CASES = {}


def case(*shapes, dtype=TensorProto.FLOAT):
    """A function that builds a graph on inputs of these shapes and gives its outputs."""

    def register(build):
        CASES[build.__name__] = (build, shapes, dtype)
        return build

    return register


def convolve(g, x, channels, outputs, size=3, group=1):
    rng = np.random.default_rng(7)
    weights = g.const(rng.normal(0, 1, [outputs, channels // group, size, size]))
    return g.op("Conv", x, weights, pads=[size // 2] * 4, group=group)


def quantize(g, x, scale=0.125):
    q = g.op("QuantizeLinear", x, g.const(scale), g.const(0, np.int8))
    return g.op("DequantizeLinear", q, g.const(scale), g.const(0, np.int8))


@case([1, 3, 5, 7])
def global_average_pool(g, x):
    return g.op("GlobalAveragePool", x)


@case([1, 3, 5, 7])
def global_average_pool_of_pixels(g, x):
    return g.op("GlobalAveragePool", convolve(g, x, 3, 5))


@case([2, 3, 5, 4])
def global_max_pool_of_pixels(g, x):
    return g.op("GlobalMaxPool", convolve(g, x, 3, 4))


@case([1, 6, 4, 5])
def reduce_mean_of_pixels(g, x):
    return g.op("ReduceMean", g.op("Relu", convolve(g, x, 6, 6)), axes=[2, 3], keepdims=0)


@case([2, 3, 5])
def reduce_mean_of_middle(g, x):
    return g.op("ReduceMean", x, axes=[1])


@case([3, 40])
def reduce_sum_square(g, x):
    return g.op("ReduceSumSquare", x, axes=[-1])


@case([4, 33])
def reduce_max_min(g, x):
    return g.op("ReduceMax", x, axes=[1]), g.op("ReduceMin", x, axes=[0])


@case([3, 19])
def softmax(g, x):
    return g.op("Softmax", x, axis=-1)


@case([1, 4, 3, 2])
def softmax_of_channels(g, x):
    return g.op("Softmax", convolve(g, x, 4, 3), axis=1)


@case([5, 21])
def layer_normalization(g, x):
    rng = np.random.default_rng(3)
    return g.op("LayerNormalization", x, g.const(rng.normal(0, 1, [21])), g.const(rng.normal(0, 1, [21])))


@case([1, 3, 4, 5])
def instance_normalization(g, x):
    return g.op("InstanceNormalization", x, g.const([1.5, 0.5, -1]), g.const([0.25, 0, 3]))


@case([4, 20])
def matmul(g, x):
    rng = np.random.default_rng(4)
    return g.op("MatMul", x, g.const(rng.normal(0, 1, [20, 7])))


@case([1, 4, 3, 3])
def gemm_of_pixels(g, x):
    rng = np.random.default_rng(5)
    flat = g.op("Flatten", convolve(g, x, 4, 3))
    bias = g.const(rng.normal(0, 1, [6]))
    return g.op("Relu", g.op("Gemm", flat, g.const(rng.normal(0, 1, [6, 27])), bias, transB=1, alpha=0.5))


@case([2, 5])
def gemm_of_codes(g, x):
    rng = np.random.default_rng(14)
    weights = g.op("DequantizeLinear", g.const(rng.integers(-7, 8, [6, 5]), np.int8), g.const(0.25), g.const(0, np.int8))
    return g.op("Gemm", x, weights, transB=1)


@case([3, 10], [3, 1], [10])
def broadcasts(g, x, y, z):
    return g.op("Mul", g.op("Add", x, y), z)


@case([2, 3, 1, 5], [4, 1])
def broadcasts_of_both(g, x, y):
    return g.op("Sub", x, y)


@case([1, 3, 4, 5], [1, 3, 1, 1])
def scales_of_channels(g, x, y):
    return g.op("Mul", convolve(g, x, 3, 3), y)


@case([2, 9], [2, 9], [2, 9])
def select(g, x, y, z):
    return g.op("Where", g.op("Greater", x, y), y, z)


@case([3, 17])
def argmax(g, x):
    return g.op("ArgMax", x, axis=1), g.op("ArgMin", x, axis=0), g.op("ArgMax", x, axis=1, select_last_index=1)


@case([1, 4, 3, 5])
def argmax_of_channels(g, x):
    return g.op("ArgMax", quantize(g, convolve(g, x, 4, 6)), axis=1, keepdims=0)


@case([2, 4, 3], dtype=TensorProto.INT32)
def argmin_of_integers(g, x):
    return g.op("ArgMin", x, axis=1)


@case([3, 17])
def top_k(g, x):
    return g.op("TopK", x, g.const([5], np.int64), outputs=2)[0]


@case([4, 3, 2], dtype=TensorProto.INT32)
def top_k_indices(g, x):
    return g.op("TopK", x, g.const([3], np.int64), outputs=2, axis=0, largest=0)[1]


@case([2, 8, 5, 5])
def float_groups(g, x):
    return convolve(g, x, 8, 4, group=2), convolve(g, x, 8, 16, group=8)


@case([1, 8, 5, 5])
def integer_groups(g, x):
    rng = np.random.default_rng(8)
    weights = g.op("DequantizeLinear", g.const(rng.integers(-3, 4, [4, 4, 3, 3]), np.int8), g.const(0.25), g.const(0, np.int8))
    return quantize(g, g.op("Conv", quantize(g, x), weights, g.const([1, -2, 0, 0.5]), pads=[1] * 4, group=2), 0.5)


@case([1, 6, 5, 4])
def depthwise(g, x):
    rng = np.random.default_rng(9)
    weights = g.op("DequantizeLinear", g.const(rng.integers(-7, 8, [6, 1, 3, 3]), np.int8), g.const(0.25), g.const(0, np.int8))
    return quantize(g, g.op("Conv", quantize(g, x), weights, pads=[1] * 4, strides=[2, 1], group=6), 0.5)


@case([1, 3, 5, 4])
def depthwise_with_two_outputs(g, x):
    rng = np.random.default_rng(10)
    weights = g.op("DequantizeLinear", g.const(rng.integers(-1, 2, [6, 1, 3, 3]), np.int8), g.const(0.25), g.const(0, np.int8))
    return quantize(g, g.op("Conv", quantize(g, x), weights, group=3), 0.5)


@case([1, 3, 4, 5], [2, 2, 7])
def pad(g, x, y):
    pads = g.const([0, 0, 1, 0, 0, 0, 2, 3], np.int64)
    return g.op("Pad", x, pads, g.const(-1.5)), g.op("Pad", y, g.const([0, 0, 2, 0, 0, 1], np.int64))


@case([1, 2, 6, 5])
def same_padding(g, x):
    rng = np.random.default_rng(13)
    weights = g.const(rng.normal(0, 1, [3, 2, 4, 2]))
    pool = g.op("MaxPool", x, kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER")
    return g.op("Conv", x, weights, auto_pad="SAME_UPPER", strides=[2, 1]), pool


def make_model(name):
    build, shapes, dtype = CASES[name]
    g = GraphBuilder()
    outputs = build(g, *[g.input(shape, dtype) for shape in shapes])
    graph = helper.make_graph(g.nodes, name, g.inputs, [], g.initializers)
    opset = helper.make_opsetid("", g.opset)
    types = {
        info.name: info.type.tensor_type
        for info in shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[opset])).graph.value_info
    }
    for tensor in outputs if isinstance(outputs, tuple) else [outputs]:
        g.output(tensor, [dim.dim_value for dim in types[tensor].shape.dim], types[tensor].elem_type)
    rng = np.random.default_rng(6)
    if dtype == TensorProto.FLOAT:
        inputs = [rng.normal(0, 1, shape).astype(np.float32).round(2) for shape in shapes]
    else:
        inputs = [rng.integers(-9, 10, shape).astype(np.int32) for shape in shapes]
    return g.model(), inputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--ap-types", required=True)
    parser.add_argument("--option", action="append", default=[], help="for setun compile --emit=hls")
    arguments = parser.parse_args()
    folder = arguments.work_dir.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    results = {}
    for name in arguments.names or CASES:
        model, inputs = make_model(name)
        results[name] = hls_batch.prepare(arguments.setun, folder, name, model, inputs, arguments.option)
    results |= hls_batch.simulate(arguments.ap_types, folder, [name for name in results if results[name] is None])
    bad = {name: result for name, result in results.items() if result[0] != "equal"}
    for name, (word, reason) in bad.items():
        print(f"{name}: {word}: {reason}")
    print(f"{len(results) - len(bad)} of {len(results)} equal")
    return 1 if bad else 0


sys.exit(main())
