"""Folders for verify.test: make_cases.py TINY_FOLDER OUT_FOLDER"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from onnx import numpy_helper

sys.path.insert(0, str(Path(__file__).parents[2] / "Inputs"))
from make_models import make_bad

tiny, out = Path(sys.argv[1]), Path(sys.argv[2])
x = np.load(tiny / "test_data_set_0/input_0.npy")
y = np.load(tiny / "test_data_set_0/output_0.npy")


def folder(name, expect=None, want=y, model=None):
    path = out / name
    data = path / "test_data_set_0"
    data.mkdir(parents=True)
    if model is None:
        shutil.copy(tiny / "model.onnx", path)
    else:
        (path / "model.onnx").write_bytes(model)
    if expect is not None:
        (path / "expect.json").write_text(json.dumps(expect))
    np.save(data / "input_0.npy", x)
    np.save(data / "output_0.npy", want)
    return data


off = y + np.array([[0.25, 0, 0]], np.float32)
folder("wrong_value", want=off)
folder("wrong_shape", want=y[0])
folder("tolerant", {"atol": 0.25}, off)
folder("fraction", {"max_mismatch_fraction": 0.4, "mismatch_atol": 0.3}, off)
folder("argmax", {"atol": 2, "argmax": True}, np.array([[0, 0, 1]], np.float32))
folder("unknown_key", {"atoll": 1})

data = folder("protobuf")
for name, array in (("input_0", x), ("output_0", y)):
    (data / f"{name}.npy").unlink()
    (data / f"{name}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())

empty = folder("empty")
shutil.rmtree(empty)

unsupported = make_bad()["unsupported"]
folder("refused", None, model=unsupported)
folder("may_refuse", {"expect": "match-or-refuse"}, model=unsupported)
folder("must_match", {"expect": "match"}, model=unsupported)
