"""Real digits through the compiled C: every class as the reference says, and accurate enough.

The reference of the BitNet example is onnxruntime without graph optimisations, that of the
TFC models numpy (Inputs/tfc_reference.py).
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
import onnxruntime
from compiled_model import CompiledModel
from tfc_reference import evaluate


def classes(outputs):
    """A model gives either scores or the class itself."""
    outputs = outputs.reshape(len(outputs), -1)
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs.argmax(-1)


def run_onnxruntime(model, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: x})[0] for x in inputs])


def check(title, got, want, labels, least):
    same = int((classes(got) == classes(want)).sum())
    accuracy = 100 * (classes(got) == labels).mean()
    passed = same == len(labels) and accuracy >= least
    print(f"{'PASS' if passed else 'FAIL'} {title}: {same} of {len(labels)} classes as the reference, "
          f"accuracy {accuracy:.2f} % (at least {least})")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    parser.add_argument("--example", required=True, type=Path, help="the folder mnist_bitnet")
    parser.add_argument("--models", type=Path, help="folder of the TFC models")
    parser.add_argument("--data", type=Path, help="folder of the t10k digits")
    options = parser.parse_args()

    bitnet = options.example / "model.onnx"
    compiled = CompiledModel(bitnet, options.work_dir / "bitnet")
    sets = [("digits-1000", options.example, 97.5)]
    if options.data:
        sets.append(("t10k-first5000", options.data, 97.0))
    passed = True
    for name, folder, least in sets:
        images = np.load(folder / f"{name}-images.npy").astype(np.float32)
        labels = np.load(folder / f"{name}-labels.npy")
        digits = (images / np.float32(255)).reshape(-1, 1, 1, 28, 28)
        passed &= check(f"mnist_bitnet {name}", compiled(digits), run_onnxruntime(bitnet, digits), labels, least)

    # The published accuracies are 92.96, 94.74 and 96.60 % on all 10,000; the first 5,000 are the harder half.
    tfc = [("tfc_1w1a", 255, 90), ("tfc_1w2a", 255, 92), ("tfc_2w2a", 255, 95), ("finn_tfc_multithreshold", 1, 90)]
    for model, divisor, least in tfc if options.models and options.data else []:
        path = options.models / model / "model.onnx"
        digits = (images / np.float32(divisor)).reshape(-1, 1, 1, 28, 28)
        got = CompiledModel(path, options.work_dir / model)(digits)
        passed &= check(model, got, evaluate(path, digits[:, 0]), labels, least)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
