"""Float networks to quantise: make_float_models.py FOLDER

dense.onnx (open batch, a computed weight), conv.onnx (opset 11), and models that cannot be
quantised; x.npy, image.npy, labels.npy are data. Numbers are drawn with a fixed seed.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(5)
folder = Path(sys.argv[1])


def initializer(name, *shape):
    return numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)


def save(name, nodes, inputs, outputs, initializers, opset=17, ir=8):
    def values(shapes):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]

    graph = helper.make_graph(nodes, name, values(inputs), values(outputs), initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


# Three layers: only the one in the middle is neither first nor last.
flat = initializer("flat", 16 * 8)
shape = numpy_helper.from_array(np.array([16, 8]), "shape")
dense = [
    helper.make_node("Gemm", ["x", "w0", "b0"], ["h0"], "first", transB=1),
    helper.make_node("Relu", ["h0"], ["r0"], "relu0"),
    helper.make_node("Reshape", ["flat", "shape"], ["w1"], "fold"),
    helper.make_node("MatMul", ["r0", "w1"], ["h1"], "middle"),
    helper.make_node("Relu", ["h1"], ["r1"], "relu1"),
    helper.make_node("MatMul", ["r1", "w2"], ["h2"], "last"),
    helper.make_node("Add", ["h2", "b2"], ["y"], "bias"),
]
weights = [initializer("w0", 16, 12), initializer("b0", 16), flat, shape]
weights += [initializer("w2", 8, 5), initializer("b2", 5)]
save("dense", dense, {"x": ["batch", 12]}, {"y": ["batch", 5]}, weights)

conv = [
    helper.make_node("Conv", ["image", "k0", "c0"], ["a0"], "conv", pads=[1, 1, 1, 1], strides=[2, 2]),
    helper.make_node("Relu", ["a0"], ["a1"], "relu"),
    helper.make_node("Conv", ["a1", "k1"], ["a2"], "depthwise", group=8, kernel_shape=[3, 3]),
    helper.make_node("Conv", ["a2", "k2"], ["a3"], "pointwise"),
]
kernels = [initializer("k0", 8, 2, 3, 3), initializer("c0", 8)]
kernels += [initializer("k1", 8, 1, 3, 3), initializer("k2", 6, 8, 1, 1)]
save("conv", conv, {"image": [1, 2, 12, 12]}, {"a3": [1, 6, 4, 4]}, kernels, opset=11, ir=6)

# Two layers share their input and their weights, which are read elsewhere, too.
shared = [
    helper.make_node("MatMul", ["x", "w"], ["a"], "one"),
    helper.make_node("Gemm", ["x", "w"], ["b"], "two"),
    helper.make_node("Add", ["a", "b"], ["c"], "sum"),
    helper.make_node("Mul", ["c", "w"], ["y"], "scaled"),
]
save("shared", shared, {"x": [3, 3]}, {"y": [3, 3]}, [initializer("w", 3, 3)], opset=13)

# Branches that meet; from the first convolution to the last layer everything can be codes.
residual = [
    helper.make_node("Conv", ["image", "k0", "c0"], ["a0"], "stem", pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["a0"], ["a1"], "relu0"),
    helper.make_node("Conv", ["a1", "k1"], ["a2"], "branch", pads=[1, 1, 1, 1]),
    helper.make_node("Add", ["a1", "a2"], ["a3"], "sum"),
    helper.make_node("Relu", ["a3"], ["a4"], "relu1"),
    helper.make_node("Concat", ["a4", "a2"], ["a5"], "concat", axis=1),
    helper.make_node("MaxPool", ["a5"], ["a6"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("GlobalAveragePool", ["a6"], ["a7"], "mean"),
    helper.make_node("Flatten", ["a7"], ["a8"], "flatten"),
    helper.make_node("Gemm", ["a8", "w0"], ["y"], "gemm"),
]
save("residual", residual, {"image": [1, 2, 12, 12]}, {"y": [1, 5]},
     [initializer("k0", 4, 2, 3, 3), initializer("c0", 4), initializer("k1", 4, 4, 3, 3), initializer("w0", 8, 5)])

# A layer in a subgraph.
body = helper.make_graph([helper.make_node("MatMul", ["h", "w1"], ["z"], "inner")], "body", [],
                         [helper.make_tensor_value_info("z", TensorProto.FLOAT, [3, 3])])
condition = numpy_helper.from_array(np.array(True), "c")
save("subgraph", [helper.make_node("MatMul", ["x", "w0"], ["h"], "outer"),
                  helper.make_node("If", ["c"], ["y"], "if", then_branch=body, else_branch=body)],
     {"x": [3, 3]}, {"y": [3, 3]}, [initializer("w0", 3, 3), initializer("w1", 3, 3), condition])

save("no_weights", [helper.make_node("MatMul", ["x", "z"], ["y"], "product")],
     {"x": [2, 3], "z": [3, 2]}, {"y": [2, 2]}, [])
infinite = numpy_helper.from_array(np.full((3, 2), np.inf, np.float32), "w")
save("infinite", [helper.make_node("MatMul", ["x", "w"], ["y"], "product")],
     {"x": [2, 3]}, {"y": [2, 2]}, [infinite])
save("division", [helper.make_node("Reciprocal", ["x"], ["h"], "reciprocal"),
                  helper.make_node("MatMul", ["h", "w0"], ["y"], "product")],
     {"x": [1, 3]}, {"y": [1, 4]}, [initializer("w0", 3, 4)])

np.save(folder / "x.npy", rng.normal(size=(40, 12)).astype(np.float32))
np.save(folder / "square.npy", rng.normal(size=(4, 3, 3)).astype(np.float32))
np.save(folder / "image.npy", rng.normal(size=(10, 2, 12, 12)).astype(np.float32))
np.save(folder / "zeros.npy", np.zeros((1, 3), np.float32))
np.save(folder / "labels.npy", np.arange(40) % 5)
np.save(folder / "double.npy", np.zeros((40, 12)))
