"""Small random networks through `setun verify`, on both backends.

The gold data of standard ONNX come from onnxruntime with its graph optimisations
switched off, those of QONNX from the specification's formulas in numpy. Seeds are
fixed. All kernels must also give the same bytes.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import float_blocks
import numpy as np
import onnxruntime
import qonnx_blocks
from graph_builder import GraphBuilder, write_case
from onnx import TensorProto

CASES = 3


def run_onnxruntime(model, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    feeds = dict(zip([i.name for i in session.get_inputs()], inputs))
    return dict(zip(names, session.run(names, feeds)))


def add_head(g, rng, x, shape):
    """The outputs: scores, a class, the best few, or several of these."""
    style = rng.integers(4)
    if style == 0:
        x = g.op("Softmax", x, axis=-1)
    g.output(x, shape)
    if style == 1:
        g.ranked.append(x)
        keepdims = int(rng.integers(2))
        y = g.op("ArgMax", x, axis=-1, keepdims=keepdims)
        g.output(y, shape[:-1] + (1,) * keepdims, TensorProto.INT64)
    elif style == 2:
        g.ranked.append(x)
        count = int(rng.integers(1, min(4, shape[-1] + 1)))
        values, indices = g.op("TopK", x, g.const([count], np.int64), outputs=2, axis=-1)
        g.output(values, shape[:-1] + (count,))
        g.output(indices, shape[:-1] + (count,), TensorProto.INT64)


def build_standard(rng, blocks):
    g = GraphBuilder(opset=int(rng.choice([13, 17, 18, 21])))
    shape = [(1,), (1,), (3,), (2, 3)][rng.integers(4)] + (int(rng.integers(3, 25)),)
    x = g.input(shape)
    input_shape = shape
    for _ in range(rng.integers(3, 8)):
        block = blocks[rng.integers(len(blocks))]
        x, shape = block(g, rng, x, shape)
    add_head(g, rng, x, shape)
    return g, lambda: rng.normal(0, 1, input_shape).astype(np.float32)


def build_qonnx(rng):
    g = GraphBuilder(opset=int(rng.choice([9, 11, 13])), qonnx=True)
    shape = (int(rng.choice([1, 1, 2])), int(rng.integers(2, 20)))
    x, features = g.input(shape), shape[1]
    for depth in range(rng.integers(1, 4)):
        x, features = qonnx_blocks.layer(g, rng, x, features, exact=depth == 0)
    g.output(x, (shape[0], features))
    # Multiples of a sixteenth hit the boundaries of the first quantiser.
    return g, lambda: (rng.integers(-40, 41, shape) / 16).astype(np.float32)


def build(seed, attempt):
    """The graph of a seed, and a function that makes inputs for it."""
    rng = np.random.default_rng([seed, attempt])
    kind = seed % 4
    if kind == 0:
        return build_standard(rng, float_blocks.FLOAT)
    if kind == 1:
        return build_qonnx(rng)
    return build_standard(rng, float_blocks.LOW_BIT + float_blocks.FLOAT)


def make_gold(g, make_input):
    """Inputs and outputs of a few runs whose roundings are decided."""
    cases = []
    for _ in range(50):
        inputs = [make_input()]
        if g.qonnx:
            values = qonnx_blocks.evaluate(g, inputs)
        else:
            values = run_onnxruntime(g.model(g.watched()), inputs)
        if g.is_decided(values):
            cases.append((inputs, [values[output.name] for output in g.outputs]))
        if len(cases) == CASES:
            break
    return cases


def make_case(seed, folder):
    """Writes the model of a seed with its gold data."""
    for attempt in range(20):
        g, make_input = build(seed, attempt)
        cases = make_gold(g, make_input)
        if cases:
            break
    else:
        raise SystemExit(f"seed {seed}: no input is decided")
    largest = max(float(np.abs(o).max()) for _, outputs in cases for o in outputs)
    # Float sums in another order differ by some units in the last place.
    tolerance = {"rtol": 1e-4, "atol": 2e-5 * max(1.0, largest), "expect": "match"}
    write_case(folder, g.model(), cases, tolerance)


def check(command):
    """Runs a command; its output if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return True
    lines = [line for line in done.stdout.splitlines() if not line.startswith("PASS")]
    print(" ".join(command[:2]), "...", f"exit code {done.returncode}")
    print("\n".join(lines[:40]))
    return False


def check_kernels_agree(setun, folder):
    """Every kernel gives the same bytes."""
    outputs = {}
    for kernel in ("plain", "packed", "addsub"):
        target = folder / f"out_{kernel}"
        command = [setun, "run", str(folder / "model.onnx"), f"--kernel={kernel}",
                   "--input", str(folder / "test_data_set_0/input_0.npy"),
                   "--output-dir", str(target)]
        if not check(command):
            return False
        outputs[kernel] = [f.read_bytes() for f in sorted(target.iterdir())]
    if outputs["plain"] == outputs["packed"] == outputs["addsub"]:
        return True
    print(f"{folder.name}: the kernels do not agree")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()

    shutil.rmtree(arguments.work_dir, ignore_errors=True)
    folders = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        folders.append(arguments.work_dir / f"seed_{seed:03}")
        make_case(seed, folders[-1])

    names = [str(folder) for folder in folders]
    verify = [arguments.setun, "verify", *names, f"--cc={arguments.cc}"]
    good = check(verify)
    good &= check(verify + ["--backend=c", "--kernel=addsub"])
    for folder in folders:
        good &= check_kernels_agree(arguments.setun, folder)
    print(f"{len(folders)} graphs:", "all agree" if good else "DIFFERENCES")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
