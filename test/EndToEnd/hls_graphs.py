"""Random quantised networks as HLS designs: the same bytes as `setun run`, or a refusal that says why.

The networks are those of quantized_graphs.py: QuantizeLinear/DequantizeLinear or QONNX's Quant, every quantiser an output, so
that streams fork everywhere. Folding and the kind of border change from seed to seed.
"""

import argparse
import collections
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import hls_checker
import numpy as np
from graph_builder import write_case
from quantized_blocks import build_network

OPTIONS = [[], ["--target-ii=200"], ["--interface=memory"], ["--target-ii=1"]]


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)


def check(arguments, seed):
    """Nothing if a seed is fine, else what is wrong; or the reason of a refusal."""
    rng = np.random.default_rng([seed, 729])
    network = build_network(rng, ("qdq", "qonnx")[seed % 2], exact=seed // 2 % 2 == 0)
    folder = arguments.work_dir / f"seed_{seed:03}"
    x = network.values[network.g.inputs[0].name].astype(np.float32)
    write_case(folder, network.g.model(), [([x], [])], {})
    design, model = folder / "design", str(folder / "model.onnx")
    shutil.rmtree(folder / "test_data_set_0")
    emit = [arguments.setun, "compile", model, "--emit=hls", "-o", str(design), "--name=net", *OPTIONS[seed % len(OPTIONS)]]
    done = run(emit)
    if done.returncode == 1:
        return "refused", re.sub(r"'[^']*'|\d+", "..", done.stdout.strip().split("error: ")[1].split("\n")[0])
    if done.returncode != 0:
        return "wrong", done.stdout[-500:]
    objections = hls_checker.check_project(design)
    if objections:
        return "wrong", objections[0]
    np.save(folder / "x.npy", x)
    x.tofile(folder / "in.bin")
    done = run([arguments.setun, "run", model, "--input", str(folder / "x.npy"), "--output-dir", str(folder / "want")])
    if done.returncode != 0:
        return "wrong", done.stdout[-500:]
    want = [np.load(file).tobytes() for file in sorted(folder.glob("want/*.npy"), key=lambda f: int(f.stem.split("_")[1]))]
    build = ["make", "-s", "testbench", f"AP_TYPES={arguments.ap_types}", "CXX=g++", "CXXFLAGS=-O0 -Wall -Wextra -Werror"]
    done = run(build, cwd=design)
    if done.returncode != 0:
        return "wrong", "\n".join(line for line in done.stdout.splitlines() if "error" in line)[:500]
    outputs = [f"out_{i}.bin" for i in range(len(want))]
    # The same frame twice: what the first leaves behind would be seen.
    twice = folder / "twice.bin"
    twice.write_bytes(x.tobytes() * 2)
    done = run(["./testbench", "2", str(twice.absolute()), *outputs], cwd=design)
    if done.returncode != 0 or done.stdout:
        return "wrong", done.stdout[-500:]
    for i, (output, expected) in enumerate(zip(outputs, want)):
        got = (design / output).read_bytes()
        if got != expected * 2:
            return "wrong", f"output {i} ({network.g.outputs[i].name}) differs"
    return "equal", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--ap-types", required=True)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work_dir, ignore_errors=True)
    counts, reasons = collections.Counter(), collections.Counter()
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        word, reason = check(arguments, seed)
        counts[word] += 1
        if word == "wrong":
            print(f"seed {seed}: {reason}", flush=True)
        elif reason:
            reasons[reason] += 1
        shutil.rmtree(arguments.work_dir / f"seed_{seed:03}" / "design" / "setun", ignore_errors=True)
    for reason, count in reasons.most_common():
        print(f"refused {count}: {reason}")
    print(f"{counts['equal']} equal, {counts['wrong']} wrong, {counts['refused']} refused")
    return 1 if counts["wrong"] else 0


sys.exit(main())
