"""no_multiplication.py MODEL WORK: the networks of --kernel=addsub only add and subtract."""

import re
import resource
import subprocess
import sys
from pathlib import Path

model, work = sys.argv[1], Path(sys.argv[2])

ir = subprocess.run(
    ["setun", "compile", model, "--emit=mlir", "--stage=packed", "--kernel=addsub",
     "--mlir-elide-resource-strings-if-larger=16"],
    stdout=subprocess.PIPE, text=True, check=True,
).stdout
assert "lowbit.matmul" not in ir, "a product is no network"
networks = re.findall(r"lowbit\.addsub ins.*?\n    \}", ir, re.S)
assert len(networks) >= 2, len(networks)
for network in networks:
    ops = set(re.findall(r"(?:= |^ +)([a-z]+\.[a-z]+)", network, re.M)) - {"lowbit.yield"}
    assert ops <= {"arith.addi", "arith.subi", "arith.shli", "arith.constant", "lowbit.addsub"}, ops

subprocess.run(
    ["setun", "compile", model, "-o", str(work), "--kernel=addsub", "--name=network"], check=True)
source = (work / "network.c").read_text()
functions = re.findall(r"static (?:\w+ )?void (\w+_network\w*)\([^{]*\{(.*?)^\}", source, re.S | re.M)
assert functions, "no functions of networks"
for name, body in functions:
    statements = body.count(";")
    assert statements <= 500, (name, statements)
    # All that is left of `*` are types of pointers.
    assert not re.search(r"\*", re.sub(r"\(\w+ \*\)|/\*.*?\*/", "", body, flags=re.S)), name

subprocess.run(
    ["gcc", "-std=c99", "-O2", "-c", str(work / "network.c"), "-o", str(work / "network.o")], check=True)
seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
assert seconds < 30, f"{seconds:.0f} s to compile"
print(len(functions), "functions of networks without a multiplication")
