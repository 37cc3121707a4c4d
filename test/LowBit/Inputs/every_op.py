"""Fails for a lowbit op without an error test, a test of its lowering, or a numerics test.

Ops are what the .td files of dialects/LowBit define. `yield` is excepted from the first two: it has no constraint and no lowering of its
own, it is the end of an addsub network.
"""

import re
import sys
from pathlib import Path

EXCEPTED = {"yield"}


def read(*files):
    return "\n".join(file.read_text() for file in files)


def main():
    root = Path(sys.argv[1])
    tests = root / "test"
    definitions = "".join(read(file) for file in sorted((root / "dialects/LowBit").glob("*.td")))
    ops = re.findall(r'^def LowBit_\w+Op : LowBit_(?:Kernel)?Op<"(\w+)"', definitions, re.M)
    errors = read(tests / "LowBit/errors.mlir")
    lowerings = read(*tests.glob("Conversion/LowBitToLinalg/*.mlir"), *tests.glob("Transforms/lower-*.mlir"), tests / "Transforms/expand-math.mlir")
    covers = re.findall(r"^@covers\((.*)\)", read(*sorted(tests.glob("EndToEnd/Inputs/lowbit_*_cases.py"))), re.M)
    numerics = set(re.findall(r'"(\w+)"', " ".join(covers)))
    missing = 0
    for op in ops:
        # Constraint tests are called after the op: @quantize_c1.
        found = {
            "error test in test/LowBit/errors.mlir": op in EXCEPTED or re.search(rf"@{op}_c\d", errors),
            "test of its lowering": op in EXCEPTED or re.search(rf"\blowbit\.{op}\b", lowerings),
            "numerics test in test/EndToEnd/Inputs/lowbit_*_cases.py": op in numerics,
        }
        for what, there in found.items():
            if not there:
                print(f"lowbit.{op}: no {what}")
                missing += 1
    for op in numerics - set(ops):
        print(f"lowbit.{op}: tested in test/EndToEnd/Inputs, but not defined")
        missing += 1
    print(f"{len(ops)} ops, {missing} tests missing")
    return 1 if missing or not ops else 0


if __name__ == "__main__":
    sys.exit(main())
