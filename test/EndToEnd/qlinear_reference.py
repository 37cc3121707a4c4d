"""QLinearMatMul, QLinearConv and their integer relatives against ONNX's reference, with ties and odd zero points.

Each model is compiled twice: with constant weights, which become products of codes, and with weights that
come at run time, which stay operators. The same integers must come out. The last line counts.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
from onnx.reference import ReferenceEvaluator
from operator_cases import make_case, scalar
from quantization_cases import codes
from single_operators import write_folder


def models(rng):
    """Scales are powers of two: many sums lie halfway between two codes."""
    for left, right in ((np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8)):
        name = f"{np.dtype(left).name}_{np.dtype(right).name}"
        y = [scalar(16.0), scalar(3, left)]
        for fixed in (True, False):
            suffix = "_constant" if fixed else "_runtime"
            a, b = codes(rng, left, 5, 19), codes(rng, right, 19, 7)
            yield make_case(f"QLinearMatMul_{name}{suffix}", "QLinearMatMul",
                            [a, scalar(0.125), scalar(9, left), b, scalar(0.25), scalar(1, right), *y], opset=10,
                            constants=range(1, 8) if fixed else [])
            yield make_case(f"MatMulInteger_{name}{suffix}", "MatMulInteger", [a, b, scalar(9, left), scalar(1, right)],
                            opset=10, constants=[1, 3] if fixed else [])
            x, w = codes(rng, left, 2, 4, 6, 7), codes(rng, right, 6, 2, 3, 3)
            bias = rng.integers(-3000, 3000, 6).astype(np.int32)
            scales = np.float32([0.25, 0.5, 1, 0.125, 0.25, 0.5])
            yield make_case(f"QLinearConv_{name}{suffix}", "QLinearConv",
                            [x, scalar(0.125), scalar(9, left), w, scales, np.full(6, 1, right), *y, bias],
                            opset=10, constants=range(1, 9) if fixed else [], group=2, pads=[1, 0, 1, 2])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--setun", default="setun")
    arguments = parser.parse_args()
    folders = []
    for case in models(np.random.default_rng(1958)):
        evaluator = ReferenceEvaluator(case.model)
        outputs = evaluator.run(None, dict(zip([i.name for i in case.model.graph.input], case.inputs)))
        folders.append(arguments.work_dir / case.name)
        write_folder(folders[-1], case, outputs)
    sys.exit(subprocess.run([arguments.setun, "verify", *map(str, folders)], check=False).returncode)


if __name__ == "__main__":
    main()
