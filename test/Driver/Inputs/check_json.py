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
}
for key, value in expected.items():
    assert product[key] == value, (key, product[key])
assert report["layers"][0]["name"] == "Quant_0", report["layers"][0]
assert report["layers"][-1]["domain"] == "float", report["layers"][-1]
