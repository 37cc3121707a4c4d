"""Programs with the same command line (input.npy output.npy) must write the same bytes for each digit."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--digits", required=True, type=Path)
parser.add_argument("--runs", type=int, default=20)
parser.add_argument("programs", nargs="+")
options = parser.parse_args()

digits = np.load(options.digits)[: options.runs].astype(np.float32) / np.float32(255)
with tempfile.TemporaryDirectory() as folder:
    x, y = Path(folder) / "x.npy", Path(folder) / "y.npy"
    for number, digit in enumerate(digits):
        np.save(x, digit.reshape(1, 1, 28, 28))
        outputs = []
        for program in options.programs:
            subprocess.run([program, x, y], check=True)
            outputs.append(y.read_bytes())
        if len(set(outputs)) != 1:
            sys.exit(f"digit {number}: {options.programs} differ")
