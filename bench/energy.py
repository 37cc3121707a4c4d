#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Joules of one inference, measured: energy.py MODEL... compiles each model to C, runs it for some seconds and reads the counters of
# the processor's packages (RAPL, in /sys/class/powercap) before and after. What the idle computer takes in the same time is
# subtracted. Where no counter can be read it says why and exits with 0; the energies of `setun inspect` and `setun report` are
# modelled on every computer. For meaningful numbers nothing else may run.

import argparse
import pathlib
import re
import subprocess
import sys
import time


class Counters:
    """Energy of all packages in microjoules; each counter starts anew at its own limit."""

    def __init__(self, folder):
        self.files, self.reason = [], ""
        if not folder.is_dir():
            self.reason = f"{folder} is not there (no RAPL driver, or a virtual machine)"
            return
        for zone in sorted(folder.glob("*:*")):
            name = zone / "name"
            if name.is_file() and name.read_text().startswith("package"):
                self.files.append((zone / "energy_uj", int((zone / "max_energy_range_uj").read_text())))
        if not self.files:
            self.reason = f"{folder} has no counter of a package"
        try:
            self.read()
        except OSError as error:
            self.reason = f"{error.filename}: {error.strerror} (root may read it)"

    def read(self):
        return [int(file.read_text()) for file, _ in self.files]

    def joules(self, before, after):
        ranges = [limit for _, limit in self.files]
        return sum((b - a) % (limit + 1) for a, b, limit in zip(before, after, ranges)) / 1e6

    def during(self, action):
        """Joules and seconds while `action` runs."""
        start, before = time.monotonic(), self.read()
        result = action()
        return self.joules(before, self.read()), time.monotonic() - start, result


def write_driver(header):
    """A program that runs the model until argv[1] seconds are over, and prints how often."""
    ports = []
    for kind in ["INPUT", "OUTPUT"]:
        for i in range(int(re.search(rf"#define MODEL_{kind}S (\d+)", header).group(1))):
            ports.append(f"{kind.lower()}{i}")
    buffers = [f"static MODEL_{p[:-1].upper()}_{p[-1]}_CTYPE {p}[MODEL_{p[:-1].upper()}_{p[-1]}_COUNT + 1];" for p in ports]
    return "\n".join([
        '#include "model.h"', "#include <stdio.h>", "#include <stdlib.h>", "#include <time.h>", *buffers,
        "static model_arena arena;",
        "int main(int argc, char **argv) {",
        "  const double limit = (argc > 1 ? atof(argv[1]) : 1.0) * CLOCKS_PER_SEC;",
        "  long runs = 0;",
        "  while ((double)clock() < limit) {",
        "    for (int i = 0; i < 16; ++i)",
        f"      model_run({', '.join([*ports, '&arena'])});",
        "    runs += 16;",
        "  }",
        '  printf("%ld\\n", runs);',
        "  return 0;",
        "}",
        "",
    ])


def build(model, options, folder):
    command = [options.setun, "compile", str(model), "-o", str(folder), "--name=model", "--target=native"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    (folder / "driver.c").write_text(write_driver((folder / "model.h").read_text()))
    flags = ["-std=c99", "-O3", "-march=native"]
    subprocess.run(["cc", *flags, str(folder / "driver.c"), str(folder / "model.c"), "-lm", "-o", str(folder / "driver")], check=True)
    return folder / "driver"


def main():
    parser = argparse.ArgumentParser(description="measured joules of one inference")
    parser.add_argument("models", nargs="+", type=pathlib.Path, help="folders with a model.onnx, or files")
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--powercap", type=pathlib.Path, default=pathlib.Path("/sys/class/powercap"))
    parser.add_argument("--work-dir", type=pathlib.Path, default=pathlib.Path("build/energy"))
    options = parser.parse_args()
    counters = Counters(options.powercap)
    if counters.reason:
        print(f"no joules are measured here: {counters.reason}")
        return 0
    idle_joules, idle_seconds, _ = counters.during(lambda: time.sleep(options.seconds))
    idle = idle_joules / idle_seconds
    print(f"idle: {idle:.2f} W")
    for index, path in enumerate(options.models):
        folder = options.work_dir / str(index)
        folder.mkdir(parents=True, exist_ok=True)
        driver = build(path / "model.onnx" if path.is_dir() else path, options, folder)
        command = [str(driver), str(options.seconds)]
        joules, seconds, done = counters.during(
            lambda command=command: subprocess.run(command, check=True, capture_output=True, text=True))
        runs = max(1, int(done.stdout))
        if joules <= idle * seconds:
            print(f"{path.resolve().name}: no more energy than idle; nothing is measured")
            continue
        print(f"{path.resolve().name}: {1e6 * (joules - idle * seconds) / runs:.3g} uJ for one inference, measured "
              f"({runs} in {seconds:.1f} s, {joules / seconds:.2f} W)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
