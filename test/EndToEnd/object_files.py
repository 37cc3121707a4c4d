"""One driver, linked with NAME.c and with NAME.o for several processors, must print the same bytes.

The driver needs no C library, so the objects cannot either, and foreign ones run in qemu's user mode
without a toolchain for them: clang and lld suffice. A processor without emulator is left out, which
the last line says.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# --target of setun: the triple that clang compiles the driver for, the emulator and its options.
PROCESSORS = {
    "x86-64": ("x86_64-linux-gnu", None),
    "x86-64-v2": ("x86_64-linux-gnu", None),
    "x86-64-v3": ("x86_64-linux-gnu", None),
    "x86-64-v4": ("x86_64-linux-gnu", None),
    "x86-64-v4-vnni": ("x86_64-linux-gnu", None),
    "aarch64": ("aarch64-linux-gnu", ["qemu-aarch64", "-cpu", "cortex-a53"]),
    "aarch64-dotprod": ("aarch64-linux-gnu", ["qemu-aarch64", "-cpu", "neoverse-n1"]),
    "aarch64-i8mm": ("aarch64-linux-gnu", ["qemu-aarch64", "-cpu", "max"]),
    "armv7a": ("armv7a-linux-gnueabihf", ["qemu-arm", "-cpu", "cortex-a8"]),
    "riscv64": ("riscv64-linux-gnu", ["qemu-riscv64"]),
}
NEEDS = {
    "x86-64-v2": "sse4_2",
    "x86-64-v3": "avx2",
    "x86-64-v4": "avx512vl",
    "x86-64-v4-vnni": "avx512_vnni",
}

DRIVER = """#include "{header}.h"
#include "object_program.h"

static uint32_t state = 2463534242u;
static uint32_t draw(void) {{
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}}

static {name}_arena arena;
{buffers}
static void run(void) {{
  for (int i = 0; i < {runs}; ++i) {{
{fill}    {name}_run({arguments}, &arena);
{print}  }}
}}
"""


def make_driver(header, runs):
    """The text of the program, from the macros of the header."""
    text = header.read_text()
    macros = dict(re.findall(r"^#define (\w+) (.*)$", text, re.M))
    name = header.stem
    ports = [
        (kind.lower(), number)
        for kind in ("INPUT", "OUTPUT")
        for number in range(int(macros[f"{name.upper()}_{kind}S"]))
    ]
    buffers = fill = show = ""
    for kind, number in ports:
        macro = f"{name.upper()}_{kind.upper()}_{number}"
        buffer = f"{kind}_{number}"
        buffers += f"static {macro}_CTYPE {buffer}[{macro}_COUNT + 1];\n"
        if kind == "output":
            show += f"    print_bytes({buffer}, {macro}_COUNT * sizeof *{buffer});\n"
            continue
        is_float = macros[f"{macro}_CTYPE"] in ("float", "double")
        value = "(float)(draw() % 4096) / 1024 - 2" if is_float else f"({macro}_CTYPE)draw()"
        fill += f"    for (long k = 0; k < {macro}_COUNT; ++k)\n      {buffer}[k] = {value};\n"
    return DRIVER.format(
        header=name,
        name=name,
        buffers=buffers,
        runs=runs,
        fill=fill,
        arguments=", ".join(f"{kind}_{number}" for kind, number in ports),
        print=show,
    )


def find_emulator(command):
    """The command with an installed emulator, static or not; None without."""
    if command is None:
        return []
    for program in (command[0], command[0] + "-static"):
        if shutil.which(program):
            return [program, *command[1:]]
    return None


def can_run(processor):
    """Has this machine what the code needs?"""
    feature = NEEDS.get(processor)
    if not feature:
        return True
    return feature in Path("/proc/cpuinfo").read_text().split()


def build_hosted(options, folder):
    """Links the driver in `folder` with the C."""
    command = [options.cc, "-std=c99", "-O2", "-DHOSTED", f"-I{options.inputs}", f"-I{folder}"]
    sources = [str(folder / "driver.c"), str(folder / "net.c")]
    subprocess.run([*command, *sources, "-o", str(folder / "program"), "-lm"], check=True)
    return folder / "program"


def build(options, folder, triple):
    """Links the driver in `folder` with the object; None if something is missing."""
    command = [options.clang, f"--target={triple}", "-std=c99", "-O1", "-w", "-static", "-fuse-ld=lld"]
    command += ["-ffreestanding", "-nostdlib", "-nostdlibinc", "-fno-stack-protector"]
    command += [f"-I{options.inputs}", f"-I{folder}", "-Wl,-z,noexecstack"]
    files = [str(folder / "driver.c"), str(folder / "net.o"), "-o", str(folder / "program")]
    linked = subprocess.run([*command, *files], check=False)
    return folder / "program" if linked.returncode == 0 else None


def compile_model(options, folder, model, *arguments):
    folder.mkdir(parents=True)
    command = [options.setun, "compile", str(model), "--name=net", "-o", str(folder), *arguments]
    subprocess.run(command + options.extra.split(), check=True)
    (folder / "driver.c").write_text(make_driver(folder / "net.h", options.runs))


def differs(options, folder, processor, triple, emulator, model, expected):
    """Why the object does not do what the C does; empty if it does."""
    compile_model(options, folder, model, "--emit=obj", f"--target={processor}")
    program = build(options, folder, triple)
    if not program:
        return "cannot be linked"
    run = subprocess.run([*emulator, program], stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        return f"ends with code {run.returncode}"
    return "" if run.stdout == expected else "prints other bytes than C"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--clang", default="clang-22")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--processors", default=",".join(PROCESSORS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--extra", default="", help="further options for setun compile")
    options = parser.parse_args()
    options.inputs = Path(__file__).parent / "Inputs"

    skipped = set()
    failures = compared = 0
    with tempfile.TemporaryDirectory() as work:
        for number, model in enumerate(options.models):
            folder = Path(work) / str(number)
            compile_model(options, folder / "c", model)
            program = build_hosted(options, folder / "c")
            expected = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout
            for processor in options.processors.split(","):
                triple, command = PROCESSORS[processor]
                emulator = find_emulator(command)
                if emulator is None or not can_run(processor):
                    skipped.add(processor)
                    continue
                place = folder / processor
                reason = differs(options, place, processor, triple, emulator, model, expected)
                compared += 1
                failures += reason != ""
                if reason:
                    print(f"{model}: {processor}: {reason}")
    print(f"{compared} objects compared, {failures} differ")
    print("not run here:", ", ".join(sorted(skipped)) or "none")
    sys.exit(failures > 0)


main()
