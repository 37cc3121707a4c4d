"""A model compiled to C, the C compiled to a shared object, called through ctypes."""

import ctypes
import re
import subprocess
from pathlib import Path

import numpy as np


class CompiledModel:
    """One input, one output. `kernel` and `options` go to setun, `cflags` are added to the C compiler's."""

    def __init__(self, model, folder, kernel="auto", cc="cc", cflags=("-O2",), options=()):
        name = f"model_{kernel}"
        folder = Path(folder) / f"{kernel}{''.join(cflags)}".replace("=", "_")
        subprocess.run(
            ["setun", "compile", str(model), "-o", str(folder), f"--name={name}", f"--kernel={kernel}", *options],
            check=True,
        )
        self.source = (folder / f"{name}.c").read_text()
        library = folder / f"{name}.so"
        subprocess.run(
            [cc, "-std=c99", *cflags, "-shared", "-fPIC", str(folder / f"{name}.c"), "-o", str(library), "-lm"],
            check=True,
        )
        header = (folder / f"{name}.h").read_text()
        self.input_type = np.dtype(self._define(header, "INPUT_0_TYPE").strip('"'))
        self.input_shape = [int(n) for n in self._define(header, "INPUT_0_SHAPE").strip("{}").split(",")]
        self.output_type = np.dtype(self._define(header, "OUTPUT_0_TYPE").strip('"'))
        self.output_shape = [int(n) for n in self._define(header, "OUTPUT_0_SHAPE").strip("{}").split(",")]
        arena = np.zeros(int(self._define(header, "ARENA_BYTES")) + 64, np.uint8)
        self._arena = arena[-arena.ctypes.data % 64 :]
        self._run = getattr(ctypes.CDLL(str(library)), f"{name}_run")

    @staticmethod
    def _define(header, suffix):
        return re.search(rf"#define \w+_{suffix} (.+)", header).group(1)

    def __call__(self, inputs):
        """One run for each element of the leading dimension."""
        outputs = np.zeros([len(inputs), *self.output_shape], self.output_type)
        for x, y in zip(inputs, outputs):
            x = np.ascontiguousarray(x)
            self._run(*(ctypes.c_void_p(a.ctypes.data) for a in (x, y, self._arena)))
        return outputs
