"""Which operations compute with floats between codes and codes?

Compiles each model to stage lowbit and follows its values: an operation with a float result counts if it depends on
codes and codes depend on it. Prints a line for each model with their names and how often each occurs.
"""

import argparse
import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OPERATION = re.compile(r'^\s*(%[^=]+?) = (?:"?)([\w.]+)"?(?: "(\w+)")?(.*)$')
RESULTS = re.compile(r"-> (\(.*\)|\S+)$|: (tensor<[^>]*>+)$")


def read_operations(text):
    """(name, results, operands, has float results) of every operation in the order of the text."""
    for line in text.splitlines():
        found = OPERATION.match(re.sub(r" loc\(.*$", "", line))
        if not found:
            continue
        targets, op, node, rest = found.groups()
        results = [name.split(":")[0] for name in re.findall(r"%[\w.$-]+(?::\d+)?", targets)]
        operands = [name.split("#")[0] for name in re.findall(r"%[\w.$-]+(?:#\d+)?", rest)]
        types = rest.rsplit("->", 1)[-1] if "->" in rest else rest.rsplit(" : ", 1)[-1]
        is_float = bool(re.search(r"xb?f\d+|<b?f\d+", types)) and op not in ("onnx.constant", "lowbit.constant")
        yield node or op, results, operands, is_float


def find_floats(text):
    """Counts of float operations between codes and codes."""
    operations = list(read_operations(text))
    coded = set()  # depends on codes
    for op, results, operands, _ in operations:
        # Codes begin at a quantiser of the model's own floats.
        if coded & set(operands) or op in ("lowbit.quantize", "lowbit.dynamic_quantize", "lowbit.threshold"):
            coded.update(results)
    wanted, found = set(), collections.Counter()  # codes depend on it
    for op, results, operands, is_float in reversed(operations):
        if is_float and coded & set(operands) and wanted & set(results):
            found[op] += 1
        if wanted & set(results) or (op.startswith("lowbit.") and op not in ("lowbit.constant", "lowbit.dequantize")):
            wanted.update(operands)
    return found, len(operations)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--dim", action="append", default=[], help="as in setun compile")
    arguments = parser.parse_args()
    dims = [part for dim in arguments.dim for part in ("--dim", dim)]
    for model in arguments.models:
        with tempfile.TemporaryDirectory() as folder:
            file = model / "model.onnx" if model.is_dir() else model
            subprocess.run([arguments.setun, "compile", str(file), "--emit=mlir", "--stage=lowbit", "-o", folder, *dims], check=True)
            found, count = find_floats(next(Path(folder).glob("*.mlir")).read_text())
        names = ", ".join(f"{name} {n}" for name, n in sorted(found.items())) or "none"
        print(f"{model.name}: {names}" if count else f"{model.name}: nothing was read")
    return 0


if __name__ == "__main__":
    sys.exit(main())
