"""The fields of `setun inspect --json` for test/Inputs/tiny with plain loops."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
assert report["model"] == "model.onnx" and report["opset"] == 17, report
assert report["arena_bytes"] <= 1.25 * max(report["arena_lower_bound"], 1), report
assert report["totals"]["multiplications"] == 12, report["totals"]

[product] = [layer for layer in report["layers"] if layer["macs"]]
expected = {
    "name": "MatMul_1",
    "op": "matmul",
    "kernel": "plain",
    "domain": "integer",
    "input_bits": 4,
    "weight_bits": 2,
    "output_bits": 32,
    "macs": 12,
    "multiplications": 12,
    "weight_bytes": 12,
    "accumulator_bits": 8,  # at most 4 * 8
}
for key, value in expected.items():
    assert product[key] == value, (key, product[key])
assert report["layers"][0]["name"] == "Quant_0", report["layers"][0]
assert report["layers"][-1]["domain"] == "float", report["layers"][-1]

# 12 steps of 4 by 2 bits: 12 * (0.2 * 8 / 64 + 0.1) pJ. The step reads and writes its buffers and reads its constants, all from
# 8 KB of SRAM at 1.25 pJ a byte.
[step] = [step for step in report["steps"] if "MatMul_1" in step["nodes"]]
buffers = step["read_bytes"] + step["written_bytes"] + 2 * step["scratch_bytes"]
traffic = 1.25 * (buffers + step["constant_bytes"])
assert product["energy_pj"] == round(1.5 + traffic, 3), (product, step)
assert step["constant_bytes"] >= 12 and buffers >= 4 + 12, step
assert step["energy_pj"]["weights"] == 1.25 * step["constant_bytes"], step
assert step["energy_pj"]["activations"] == 1.25 * buffers, step
# In float32 4.6 pJ a step; in int8 0.3, and 3.2 for each of the three sums. Add and Relu are an addition each.
assert step["energy_pj_float32"]["compute"] == round(12 * 4.6 + 6 * 0.9, 3), step
assert step["energy_pj_int8"]["compute"] == round(12 * 0.3 + 3 * 3.2 + 6 * 0.03, 3), step

totals = report["totals"]
for suffix in ("", "_float32", "_int8"):
    energy = sum(sum(step["energy_pj" + suffix].values()) for step in report["steps"])
    assert abs(energy - totals["energy_pj" + suffix]) < 0.01, (suffix, energy, totals)
assert abs(sum(layer["energy_pj"] for layer in report["layers"]) - totals["energy_pj"]) < 0.01, totals
assert report["energy_model"]["constants_pj"]["float multiplication, 32 bits"] == 3.7
for buffer in report["arena"]["buffers"]:
    assert buffer["offset"] + buffer["bytes"] <= report["arena"]["bytes"], buffer
    assert 0 <= buffer["first_step"] <= buffer["last_step"] < len(report["steps"]), buffer
