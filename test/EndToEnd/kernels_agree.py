"""10,000 random inputs, extremes among them: add/sub networks and packed loops give the same bytes."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
from compiled_model import CompiledModel


def make_inputs(rng, count, shape):
    """Uniform, sparse and very large or small pixels; all equal; infinities are left out (inf * 0 is NaN)."""
    x = rng.uniform(-1, 1, [count, *shape]).astype(np.float32)
    x[count // 4 : count // 2] *= rng.random([count // 4, *shape]) < 0.1
    x[count // 2 : count // 2 + 500] *= np.float32(1e30)
    x[count // 2 + 500 : count // 2 + 1000] *= np.float32(1e-30)
    for i, value in enumerate([0.0, -0.0, 1.0, -1.0, 3.4e38, -3.4e38, 1e-45]):
        x[i] = value
    x[7:1000] = np.where(rng.random([993, *shape]) < 0.5, np.float32(1), np.float32(-1))
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--kernels", nargs="+", default=["packed", "addsub"])
    options = parser.parse_args()
    inputs = make_inputs(np.random.default_rng(1958), 10000, [1, 1, 28, 28])
    outputs = [CompiledModel(options.model, options.work_dir, kernel)(inputs) for kernel in options.kernels]
    distinct = len(np.unique(outputs[0].reshape(len(inputs), -1), axis=0))
    same = all(o.tobytes() == outputs[0].tobytes() for o in outputs)
    print(f"{'PASS' if same else 'FAIL'} {' = '.join(options.kernels)} on {len(inputs)} inputs, {distinct} distinct outputs")
    return 0 if same and distinct > 5000 else 1


if __name__ == "__main__":
    sys.exit(main())
