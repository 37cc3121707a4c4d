"""Low-bit networks as frameworks spell them, through `setun verify` and `setun inspect`: the numbers of onnxruntime or
numpy, and every product recognised with the bits that it has."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import spelling_cases
from graph_builder import write_case


def find_products(model, options):
    """(input bits, weight bits) of each product; None where it is float."""
    done = subprocess.run(["setun", "inspect", "--json", model, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr
    layers = json.loads(done.stdout)["layers"]
    return [
        (layer["input_bits"], layer["weight_bits"]) if layer["domain"] == "integer" else None
        for layer in layers
        if layer["macs"]
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--filter", default="")
    arguments = parser.parse_args()
    folders, wrong = [], 0
    for case in spelling_cases.all_cases():
        if arguments.filter not in case.name:
            continue
        folder = arguments.work_dir / case.name
        tolerance = {"rtol": case.rtol, "atol": case.atol}
        write_case(folder, case.model, [(case.inputs, case.outputs)], {"expect": "match", **tolerance})
        folders.append(folder)
        found = find_products(folder / "model.onnx", case.options)
        if found != case.products:
            wrong += 1
            print(f"{case.name}: products are {found}, not {case.products}")
    done = subprocess.run(["setun", "verify", *folders], capture_output=True, text=True, check=False)
    print(*(line for line in done.stdout.splitlines() if not line.startswith("PASS")), sep="\n")
    print(f"{len(folders)} spellings, {wrong} not recognised")
    sys.exit(done.returncode or wrong != 0)


if __name__ == "__main__":
    main()
