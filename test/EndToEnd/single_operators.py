"""Models of one operator each through `setun verify`, against onnxruntime.

onnxruntime runs with its graph optimisations switched off. With --filter only the
cases whose name contains the text; the last line counts.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import numpy as np
import onnxruntime
import operator_cases
import quantization_cases
import window_cases

EPSILON = float(np.finfo(np.float32).eps)


def run_onnxruntime(case):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        case.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, dict(zip([i.name for i in session.get_inputs()], case.inputs)))


def write_folder(folder, case, outputs):
    """A folder as `setun verify` reads it."""
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    tolerance = {"rtol": case.ulps * EPSILON, "atol": case.ulps * EPSILON * case.floor}
    (folder / "expect.json").write_text(json.dumps({"expect": "match", **tolerance}))
    for i, value in enumerate(case.inputs):
        np.save(data / f"input_{i}.npy", value)
    for i, value in enumerate(outputs):
        np.save(data / f"output_{i}.npy", value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--backend", default="c,llvm")
    arguments = parser.parse_args()
    folders = []
    for case in [case for cases in (operator_cases, quantization_cases, window_cases) for case in cases.all_cases()]:
        if arguments.filter in case.name:
            folders.append(arguments.work_dir / case.name)
            write_folder(folders[-1], case, run_onnxruntime(case))
    result = subprocess.run([arguments.setun, "verify", f"--backend={arguments.backend}", *map(str, folders)], check=False)
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
