"""Random quantised networks against onnxruntime (QuantizeLinear/DequantizeLinear) and qonnx (Quant).

Every quantiser of a network is one of its outputs. Half of the networks have scales of powers of two: all codes must be
equal. In the others a code may differ by one where an evaluation in double precision lies within 1e-5 of a rounding
tie; such codes are counted, and what is computed from them is left out.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import float64_reference as float64
import numpy as np
import onnxruntime
from graph_builder import write_case
from quantized_blocks import build_network

TIE = 1e-5
# The real output follows its codes by one multiplication.
RTOL = 1e-6


def run_reference(n, dialect, x):
    """Every output of the network by the reference implementation."""
    model = n.g.model()
    if dialect == "qonnx":
        from qonnx.core.modelwrapper import ModelWrapper
        from qonnx.core.onnx_exec import execute_onnx
        from qonnx.transformation.infer_shapes import InferShapes

        values = execute_onnx(ModelWrapper(model).transform(InferShapes()), {n.g.inputs[0].name: x})
        return [values[o.name] for o in n.g.outputs]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {n.g.inputs[0].name: x})


def make_case(seed, folder):
    rng = np.random.default_rng([seed, 243])
    dialect, exact = ("qdq", "qonnx")[seed % 2], seed // 2 % 2 == 0
    n = build_network(rng, dialect, exact)
    x = n.values[n.g.inputs[0].name].astype(np.float32)
    want = run_reference(n, dialect, x)
    write_case(folder, n.g.model(), [([x], want)], {"rtol": RTOL, "atol": 0, "expect": "match"})
    return n, x, want, exact


def explain(n, want, got):
    """Codes at ties, and the name of the first quantiser that has no such excuse."""
    want, got = (dict(zip([o.name for o in n.g.outputs], values)) for values in (want, got))
    values = {k: v.astype(np.float64) for k, v in n.g.initializer_values.items()}
    values[n.g.inputs[0].name] = n.values[n.g.inputs[0].name]
    touched, ties = set(), 0
    for node in n.g.nodes:
        name, x = node.output[0], [values[i] for i in node.input]
        values[name] = float64.evaluate_node(node, x)
        if touched & set(node.input):
            touched.add(name)
        if name not in n.quantisers:
            continue
        values[name] = want[name].astype(np.float64)  # the reference's own codes
        if name in touched:
            continue
        steps = np.abs(float64.code_of(node, got[name].astype(np.float64), x) - float64.code_of(node, values[name], x))
        if not steps.any():
            continue
        v, _, mode = float64.unrounded(node, x)
        allowed = 2 if mode == "sign" else 1
        bad = (steps > 0) & ((steps > allowed) | (float64.distance_to_tie(v, mode) > TIE))
        if bad.any():
            at = tuple(np.argwhere(bad)[0])
            return ties, f"{name} at {list(map(int, at))}: {got[name][at]} instead of {want[name][at]}, of {v[at]:.9g}"
        ties += int((steps > 0).sum())
        touched.add(name)
    for name in set(want) - set(n.quantisers) - touched:
        if not np.allclose(got[name], want[name], rtol=RTOL, atol=0):
            return ties, f"{name}: the codes agree, the real numbers do not"
    return ties, None if ties else "verify finds a difference, but all codes agree"


def run_setun(arguments, folder, n):
    target = folder / "outputs"
    command = [arguments.setun, "run", str(folder / "model.onnx"), "--input", str(folder / "test_data_set_0/input_0.npy"),
               "--output-dir", str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    return [np.load(target / f"output_{i}.npy") for i in range(len(n.g.outputs))], None


def judge(arguments, found, folder, n, _, want, exact):
    """What verify found, if it is more than codes at ties; and the number of those. The backends give the same bits."""
    word, backend, reason = found[0]
    if word != "FAIL" or exact or reason.startswith("refused") or len(found) != 2:
        return 0, f"{word} {backend} {reason}"
    got, error = run_setun(arguments, folder, n)
    return explain(n, want, got) if got else (0, error)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--kernel", help="as in setun verify")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()

    shutil.rmtree(arguments.work_dir, ignore_errors=True)
    networks = {}
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        folder = arguments.work_dir / f"seed_{seed:03}"
        networks[folder.name] = (folder, *make_case(seed, folder))

    verify = [arguments.setun, "verify", f"--cc={arguments.cc}", *(str(entry[0]) for entry in networks.values())]
    if arguments.kernel:
        verify.append(f"--kernel={arguments.kernel}")
    done = subprocess.run(verify, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if not lines or " passed, " not in lines[-1]:
        print(f"verify ended with {done.returncode}: {done.stderr[-500:]}")
        return 1
    failures = {}
    for line in lines[:-1]:
        word, case, backend, reason = line.split(" ", 3)
        if word != "PASS":
            failures.setdefault(Path(case).parent.name, []).append((word, backend, reason))
    ties = wrong = 0
    for name, found in failures.items():
        more, problem = judge(arguments, found, *networks[name])
        ties += more
        if problem:
            wrong += 1
            print(f"{name}: {problem}")
    print(f"{ties} codes at rounding ties")
    print(f"{len(networks)} graphs:", "all agree" if not wrong else f"{wrong} DIFFERENCES")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
