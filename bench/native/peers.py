#!/usr/bin/env python3
"""Times onnxruntime on products like those of products.c, in its format: peers.py [SECONDS [THREADS]].

Weights of "cold" ones are in many sessions that take turns; a call of a session is part of the time.
"""

import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def make_session(nodes, initializers, input_type, shape):
    """A session on one input `x` and one output `y`."""
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", input_type, shape)],
        [helper.make_tensor_value_info("y", TensorProto.INT32 if input_type != TensorProto.FLOAT else input_type, None)],
        [numpy_helper.from_array(value, name) for name, value in initializers.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def make_integer(random, outputs, inputs, rows):
    node = helper.make_node("MatMulInteger", ["x", "w"], ["y"])
    weights = random.integers(-128, 128, (inputs, outputs), dtype=np.int8)
    return make_session([node], {"w": weights}, TensorProto.UINT8, [rows, inputs]), outputs * inputs


def make_bits(bits):
    def make(random, outputs, inputs, rows):
        block = 32 if bits == 4 else 64
        node = helper.make_node(
            "MatMulNBits", ["x", "w", "scales"], ["y"], domain=MICROSOFT, K=inputs, N=outputs, bits=bits,
            block_size=block, accuracy_level=4,
        )
        blocks = inputs // block
        weights = random.integers(0, 256, (outputs, blocks, block * bits // 8), dtype=np.uint8)
        initializers = {"w": weights, "scales": np.ones((outputs, blocks), np.float32)}
        return make_session([node], initializers, TensorProto.FLOAT, [rows, inputs]), weights.size

    return make


def make_network(random, outputs, inputs, rows):
    sizes = [784, 256, 256, 10]
    nodes, initializers, value = [], {}, "x"
    for i, (before, after) in enumerate(zip(sizes, sizes[1:])):
        initializers[f"w{i}"] = random.standard_normal((before, after)).astype(np.float32)
        nodes.append(helper.make_node("MatMul", [value, f"w{i}"], ["y" if i == 2 else f"a{i}"]))
        if i < 2:
            nodes.append(helper.make_node("Relu", [f"a{i}"], [f"r{i}"]))
        value = f"r{i}"
    return make_session(nodes, initializers, TensorProto.FLOAT, [rows, inputs]), sum(w.nbytes for w in initializers.values())


# name, how the session is made, outputs, inputs, rows, cold
PRODUCTS = [
    ("int8 2560x2560, cold", make_integer, 2560, 2560, 1, True),
    ("int8 2560x2560, 512 rows, unsigned", make_integer, 2560, 2560, 512, False),
    ("4 bits, blocks of 32 (MatMulNBits) 2560x2560, cold", make_bits(4), 2560, 2560, 1, True),
    ("4 bits, blocks of 32 (MatMulNBits) 6912x2560, cold", make_bits(4), 6912, 2560, 1, True),
    ("2 bits, blocks of 64 (MatMulNBits) 2560x2560, cold", make_bits(2), 2560, 2560, 1, True),
    ("4 bits, blocks of 32 (MatMulNBits) 2560x2560, 512 rows", make_bits(4), 2560, 2560, 512, False),
    ("2 bits, blocks of 64 (MatMulNBits) 2560x2560, 512 rows", make_bits(2), 2560, 2560, 512, False),
    ("float network 784-256-256-10", make_network, 10, 784, 1, False),
]


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.2
    random = np.random.default_rng(1)
    for name, make, outputs, inputs, rows, cold in PRODUCTS:
        if cold and THREADS > 1:
            print(f"{name}: skipped, every session has threads of its own, which wait for each other", file=sys.stderr)
            continue
        try:
            made = [make(random, outputs, inputs, rows)]
            if cold:
                made += [make(random, outputs, inputs, rows) for _ in range((256 << 20) // made[0][1])]
        except Exception as error:  # an operator that this version does not have
            print(f"{name}: skipped, {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        if make is make_integer:
            x = random.integers(0, 256, (rows, inputs), dtype=np.uint8)
        else:
            x = random.standard_normal((rows, inputs)).astype(np.float32)
        # Of cold weights the mean of a turn through all of them.
        least, end, turns = 1e30, time.perf_counter() + seconds, 0
        while time.perf_counter() < end or turns < 3:
            start = time.perf_counter()
            for session, _ in made:
                session.run(None, {"x": x})
            least = min(least, (time.perf_counter() - start) / len(made))
            turns += 1
        steps = 784 * 256 + 256 * 256 + 256 * 10 if make is make_network else rows * outputs * inputs
        print(f"{name}\t{least * 1e6:.4f}\t{made[0][1]}\t{2 * steps}", flush=True)


main()
