"""Bytes of a camera in, the index of the largest score out: what onnxruntime says of the scaled and transposed floats.

The networks are in QDQ form with scales that are powers of two, so that onnxruntime's floats are exact. The C of each
must not contain a float.
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
import onnx
import onnxruntime
from compiled_model import CompiledModel
from graph_builder import GraphBuilder
from onnx import TensorProto


def quantise(graph, x, scale, zero=0, code=np.int8):
    parameters = graph.const(np.float32(scale)), graph.const(zero, code)
    return graph.op("DequantizeLinear", graph.op("QuantizeLinear", x, *parameters), *parameters)


def weights(graph, rng, shape, low, high):
    codes = graph.const(rng.integers(low, high, shape, endpoint=True), np.int8)
    return graph.op("DequantizeLinear", codes, graph.const(np.float32(0.125)), graph.const(0, np.int8))


def build(rng, softmax):
    """Convolution, pool, convolution, product; ends with codes of the scores and perhaps a softmax."""
    graph = GraphBuilder()
    x = graph.input([1, 3, 12, 10])
    x = quantise(graph, x, 2.0**-6)
    x = graph.op("Conv", x, weights(graph, rng, [8, 3, 3, 3], -1, 1), pads=[1, 1, 1, 1])
    x = quantise(graph, graph.op("Relu", x), 2.0**-5, -128)
    x = graph.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = graph.op("Conv", x, weights(graph, rng, [8, 8, 3, 3], -7, 7))
    x = quantise(graph, x, 2.0**-3)
    x = graph.op("Reshape", x, graph.const([1, -1], np.int64))
    x = graph.op("MatMul", x, weights(graph, rng, [96, 10], -7, 7))
    scores = quantise(graph, x, 2.0**-1)
    if softmax:
        scores = graph.op("Softmax", scores, axis=1)
    graph.output(scores, [1, 10], TensorProto.FLOAT)
    return graph.model()


def find_floats(source):
    code = re.sub(r"/\*.*?\*/|//[^\n]*|^#[^\n]*", "", source, flags=re.S | re.M)
    return re.findall(r".*\b(?:float|double)\b.*", code)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    options = parser.parse_args()
    rng = np.random.default_rng(1958)
    failed = 0
    for case, (scale, mean, layout, softmax) in enumerate(
        [
            ([2.0**-7], [128.0], "NHWC", True),
            ([2.0**-6], [0.0], "NCHW", False),
            ([2.0**-7, 2.0**-6, 2.0**-8], [120.0, 130.5, 128.0], "NHWC", True),
            ([0.0171, 0.0175, 0.0174], [123.7, 116.3, 103.5], "NHWC", False),
        ]
    ):
        folder = options.work_dir / str(case)
        folder.mkdir(parents=True)
        onnx.save(build(rng, softmax), str(folder / "model.onnx"))
        numbers = [f"{key}={'/'.join(repr(float(x)) for x in value)}" for key, value in (("scale", scale), ("mean", mean))]
        ours = CompiledModel(
            folder / "model.onnx", folder, options=["--input", f"uint8,{','.join(numbers)},layout={layout}", "--output=argmax"]
        )
        session = onnxruntime.SessionOptions()
        session.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        theirs = onnxruntime.InferenceSession(str(folder / "model.onnx"), session, providers=["CPUExecutionProvider"])
        images = rng.integers(0, 255, [500, 1, 3, 12, 10], np.uint8, endpoint=True)
        real = (images.astype(np.float32) - np.float32(mean).reshape(-1, 1, 1)) * np.float32(scale).reshape(-1, 1, 1)
        name = theirs.get_inputs()[0].name
        wanted = np.array([theirs.run(None, {name: x})[0].argmax() for x in real])
        given = images.transpose(0, 1, 3, 4, 2) if layout == "NHWC" else images
        got = ours(given).reshape(-1)
        floats = find_floats(ours.source)
        same = np.count_nonzero(got == wanted)
        good = same == len(images) and not floats and len(np.unique(wanted)) > 3
        failed += not good
        print(f"{'PASS' if good else 'FAIL'} case {case}: {same} of {len(images)}, {len(floats)} floats in the C", *floats[:3], sep="\n  ")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
