"""The 40 matrices [outputs][inputs] that adders are counted for, the same on every machine.

Layers of a real model are in layers.npz: the ternary weights of the second and third layer of
examples/mnist_bitnet/variants/torchscript_opset13_bias_detach, as its ABOUT.md computes them.
"""

import pathlib

import numpy as np


def ternary(random, outputs, inputs, density):
    signs = random.integers(0, 2, (outputs, inputs)) * 2 - 1
    return np.where(random.random((outputs, inputs)) < density, signs, 0)


def make_matrices():
    """Names and matrices of int16."""
    random = np.random.Generator(np.random.PCG64(2411))
    for size in (8, 16, 32, 64):
        for density in (33, 50, 66):
            for letter in "ab":
                name = f"ternary{density}_{size}x{size}{letter}"
                yield name, ternary(random, size, size, density / 100).astype(np.int16)
    for outputs, inputs in ((16, 64), (64, 16)):
        yield f"ternary50_{outputs}x{inputs}", ternary(random, outputs, inputs, 0.5).astype(np.int16)
    for bits in (4, 8):
        for size in (16, 32):
            for letter in "abc":
                codes = random.integers(-(1 << bits - 1), 1 << bits - 1, (size, size))
                yield f"int{bits}_{size}x{size}{letter}", codes.astype(np.int16)
    layers = np.load(pathlib.Path(__file__).parent / "layers.npz")
    for name in layers.files:
        yield name, layers[name].astype(np.int16)
