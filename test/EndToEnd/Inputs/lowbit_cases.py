"""Modules whose outputs numpy knows, by name; lowbit_ops.py runs them."""

import numpy as np

RNG = np.random.default_rng(1958)
CASES = {}
COVERED = set()


def covers(*ops):
    """Marks a generator of modules as the numerics test of `ops`; test/LowBit/every-op.test reads these lines."""

    def register(generate):
        COVERED.update(ops)
        CASES[generate.__name__] = generate
        return generate

    return register
