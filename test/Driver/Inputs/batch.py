"""Arrays for run.test: batch.py TINY_FOLDER OUT_FOLDER"""

import sys
from pathlib import Path

import numpy as np

tiny, out = Path(sys.argv[1]), Path(sys.argv[2])
inputs = [np.load(tiny / f"test_data_set_{i}/input_0.npy") for i in (0, 1, 0)]
outputs = [np.load(tiny / f"test_data_set_{i}/output_0.npy") for i in (0, 1, 0)]
np.save(out / "batch.npy", np.concatenate(inputs))
np.save(out / "batch4d.npy", np.stack(inputs))
np.save(out / "expected.npy", np.concatenate(outputs))
np.save(out / "labels.npy", np.array([0, 0, 2], np.uint8))
np.save(out / "double.npy", np.zeros((1, 4)))
