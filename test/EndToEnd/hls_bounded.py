"""The stages of an HLS design as threads, its streams as deep as they are declared: nothing waits for good.

Whether a network of such processes ends does not depend on how fast each one is, so what ends here ends in hardware whose stages
read and write in the same order. With `--shorten=N` streams behind forks hold N beats: too few must be seen to block.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def make_threads(source, shorten):
    """The top function with a thread for each stage, and its streams with their depths."""
    start = source.rindex("\nvoid ")
    stages, top = source[:start], source[start:]
    depths = {}

    def declare(match):
        depths[match["name"]] = int(match["depth"])
        depth = depths[match["name"]]
        if shorten and match["name"].endswith(("_a", "_b")):
            depth = min(depth, shorten)
        return f'{match["type"]} {match["name"]}("{match["name"]}", {depth});\n'

    top = re.sub(
        r'(?P<type>hls::stream<[^;"]*>)\s+(?P<name>\w+)\(\s*"\w+"\s*\);\n(?:\s*//[^\n]*\n)*'
        r"#pragma HLS STREAM variable = \w+ depth = (?P<depth>\d+)\n",
        declare,
        top,
    )
    body = top.rindex("\n\n")
    calls = re.sub(r"^  (\w+\([^;]*\));", r"  threads.emplace_back([&] { \1; });", top[body:], flags=re.M)
    calls = calls.replace("\n\n", "\n  std::vector<std::thread> threads;\n", 1)
    end = calls.rindex("}")
    calls = calls[:end] + "  for (std::thread &thread : threads)\n    thread.join();\n}\n"
    return "#include <thread>\n#include <vector>\n" + stages + top[:body] + calls, depths


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--ap-types", required=True)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--shorten", type=int, default=0)
    parser.add_argument("--option", action="append", default=[], help="for setun compile --emit=hls")
    arguments = parser.parse_args()
    design = arguments.work_dir.absolute() / arguments.model.name
    emit = ["setun", "compile", str(arguments.model / "model.onnx"), "--emit=hls", "-o", str(design), "--name=net", *arguments.option]
    subprocess.run(emit, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # One frame is enough.
    for file in (design / "golden").glob("set_[1-9]*"):
        file.unlink()
    source, depths = make_threads((design / "net.cpp").read_text(), arguments.shorten)
    (design / "threads.cpp").write_text(source)
    build = ["g++", "-std=c++14", "-O1", "-w", "-pthread", "-ffp-contract=off", "-I.", f"-I{HERE / 'Inputs' / 'bounded'}"]
    build += ["-isystem", arguments.ap_types, '-DTEST_HEADER="net_test.h"', "testbench.cpp", "threads.cpp", "-o", "bounded"]
    subprocess.run(build, cwd=design, check=True)
    done = subprocess.run(["./bounded"], cwd=design, stdout=subprocess.PIPE, text=True, check=False, timeout=500)
    print(", ".join(f"{name} holds {depth}" for name, depth in depths.items() if depth > 2))
    print(done.stdout.strip())
    return 0


sys.exit(main())
