"""C++ simulations of HLS designs against the C of the same models: the same bytes.

Each model is compiled to a design and to C. The design's test bench is built by g++ and clang++ with all warnings as errors
and UndefinedBehaviorSanitizer; it runs the recorded frames against their gold data, then these and random ones back to back
against the C. No stream may keep anything or be read while it is empty, and the static checker has no objection.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import hls_checker
import numpy as np
from compiled_model import CompiledModel

# The vendor's ap_int shifts negative numbers left, which C++14 leaves undefined and C++20 defines.
SANITIZE = "-fsanitize=undefined -fno-sanitize=shift-base -fno-sanitize-recover=undefined"


def run(command, folder):
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    # What hls::stream says of a stream that keeps something or is read while it is empty.
    if result.returncode != 0 or "WARNING" in result.stdout or "warning" in result.stdout:
        sys.exit(f"{folder}: {' '.join(command)}:\n{result.stdout[-2000:]}")
    return result.stdout


def make_frames(model, count, rng):
    """The recorded inputs, and random ones like them."""
    frames = [np.load(file) for file in sorted(model.parent.glob("test_data_set_*/input_0.npy"))]
    recorded = len(frames)
    while len(frames) < max(count, recorded):
        base = frames[rng.integers(recorded)]
        noise = rng.normal(0, 0.5 * float(np.std(base)) + 1e-3, base.shape)
        shuffled = rng.permutation(base.reshape(-1)).reshape(base.shape)
        if base.dtype.kind == "f":
            frames.append((shuffled + noise).astype(base.dtype))
        else:
            frames.append(shuffled)
    return np.stack(frames), recorded


def make_border_frames(c, count, codes, rng):
    """Random frames for a border other than the model's: bytes, codes up to a magnitude, or floats."""
    shape = [count, *c.input_shape]
    if c.input_type.kind == "f":
        return rng.normal(0, 1, shape).astype(c.input_type)
    if c.input_type == np.uint8:
        return rng.integers(0, 256, shape).astype(np.uint8)
    return rng.integers(-codes, codes + 1, shape).astype(c.input_type)


def check_model(model, arguments, rng):
    name = model.parent.name
    work = (arguments.work_dir / name).absolute()
    design = work / "design"
    both = [*arguments.numerics, *arguments.border]
    subprocess.run(
        ["setun", "compile", str(model), "--emit=hls", "-o", str(design), "--name=net", *arguments.option, *both],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    objections = hls_checker.check_project(design)
    if objections:
        sys.exit("\n".join(objections))
    c = CompiledModel(model, work / "c", cc="gcc", options=both)
    if arguments.border:
        frames, recorded = make_border_frames(c, arguments.frames, arguments.codes, rng), 0
    else:
        frames, recorded = make_frames(model, arguments.frames, rng)
    frames.tofile(work / "in.bin")
    want = c(frames).tobytes()
    for compiler in arguments.cxx.split(","):
        flags = f"-O1 -Wall -Wextra -Werror {SANITIZE if arguments.sanitize else ''} {arguments.flags}"
        build = ["make", "-s", "-B", "testbench", f"AP_TYPES={arguments.ap_types}", f"CXX={compiler}", f"CXXFLAGS={flags}"]
        run(build, design)
        if recorded:
            golden = run(["./testbench"], design)
            if f"{recorded} of {recorded} recorded frames match" not in golden:
                sys.exit(f"{name}: {golden}")
        run(["./testbench", str(len(frames)), str(work / "in.bin"), str(work / "out.bin")], design)
        got = (work / "out.bin").read_bytes()
        if got != want:
            frame_bytes = len(want) // len(frames)
            wrong = [i for i in range(len(frames)) if got[i * frame_bytes :][:frame_bytes] != want[i * frame_bytes :][:frame_bytes]]
            sys.exit(f"{name}: {compiler}: {len(wrong)} of {len(frames)} frames differ from C, the first is {wrong[:1]}")
    print(f"{name}: {len(frames)} frames, {recorded} of them recorded: the bytes of C", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--ap-types", required=True, help="folder with ap_int.h and hls_stream.h")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--cxx", default="g++,clang++-22")
    parser.add_argument("--no-sanitize", dest="sanitize", action="store_false")
    parser.add_argument("--flags", default="", help="for the compilers")
    parser.add_argument("--option", action="append", default=[], help="for setun compile --emit=hls")
    parser.add_argument("--numerics", action="append", default=[], help="for both, as it changes the numbers")
    parser.add_argument("--border", action="append", default=[], help="for setun compile, of the design and of the C; no recorded frames")
    parser.add_argument("--codes", type=int, default=1, help="largest code at a quantised border")
    arguments = parser.parse_args()
    rng = np.random.default_rng(6)
    for model in arguments.models:
        check_model(model / "model.onnx" if model.is_dir() else model, arguments, rng)


main()
