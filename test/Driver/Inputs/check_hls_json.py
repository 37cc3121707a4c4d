"""The fields of `setun inspect --hls --json`: stages are the sums of their parts, the total is the sum of the stages."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    design = json.load(file)["hls"]
kinds = ("lut", "ff", "bram18", "dsp")
assert "no vendor's tool" in design["note"], design["note"]
assert design["device"] == {"lut": 70560, "ff": 141120, "bram18": 432, "dsp": 360}, design["device"]
for kind in kinds:
    assert design["total"][kind] == sum(stage[kind] for stage in design["stages"]), kind
    for stage in design["stages"]:
        assert stage[kind] == sum(part[kind] for part in stage["parts"].values()), stage
assert design["interval_cycles"] == max(stage["cycles"] for stage in design["stages"])
assert design["latency_cycles"] > design["interval_cycles"]

[first] = [stage for stage in design["stages"] if stage["name"] == "linears_0_MatMul"]
assert (first["pe"], first["simd"], first["cycles"]) == (1, 112, 256 * 784 // 112), first
# 256 * 7 words of 112 ternary weights: ceil(224 / 9) blocks of 2048 x 9.
assert first["parts"]["weights"]["bram18"] == 25, first["parts"]
# 56 of 112 selects of 9 bits, and 112 negations of 8 bits.
assert first["parts"]["products"]["lut"] == 56 * 9 + 112 * 7, first["parts"]
