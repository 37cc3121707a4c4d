"""The fields of `setun bench --json` for test/Inputs/tiny with three repetitions of the C."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
assert report["model"] == "model.onnx" and report["inputs"] == "test_data_set_0", report
assert report["repetitions"] == 3 and report["threads"] == 1 and report["page_bytes"] >= 4096, report
[result] = report["results"]
assert result["name"] == "c" and result["about"].endswith("-O1"), result
assert result["calls"] >= 1
assert 0 < result["least_us"] <= result["tenth_us"] <= result["median_us"] <= result["nine_tenths_us"], result
names = [layer["name"] for layer in report["layers"]]
assert any("MatMul_1" in name for name in names) and len(names) == len(set(names)), names
assert all(layer["us"] >= 0 for layer in report["layers"]), report
