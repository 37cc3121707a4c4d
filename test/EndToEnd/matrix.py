"""The same bytes from every processor and compiler: one driver, linked with NAME.c or NAME.o.

Objects run without a C library, so that they cannot need one, and foreign ones in an emulator
without a toolchain for them: clang and lld suffice. What is not installed is left out, and the last
lines say so; a model that does not fit into a microcontroller is left out there. Models run at all
places, random graphs at a few each, so that each place sees many of them.
"""

import argparse
import dataclasses
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
INPUTS = HERE / "Inputs"
sys.path.insert(0, str(INPUTS))
import matrix_models
BOARDS = HERE.parent.parent / "bench" / "cortex_m"
# Bytes of a model that runs once instead of on several inputs, with packed weights at most places.
LARGE_MODEL = 30000


@dataclasses.dataclass
class Place:
    """A processor, and how code gets there."""

    target: str  # --target of setun
    compiler: list  # of the driver, and of the model where that is C
    emulator: list = dataclasses.field(default_factory=list)
    emit: str = "obj"
    libraries: list = dataclasses.field(default_factory=list)
    sources: list = dataclasses.field(default_factory=list)
    runtime: list = dataclasses.field(default_factory=list)  # names the compiler's library
    feature: str = ""  # of this machine, as /proc/cpuinfo calls it
    small: bool = False  # has little memory
    options: list = dataclasses.field(default_factory=list)  # of setun
    networks: bool = False  # takes networks of additions of large models, too


def hosted(compiler, flags, *emulator, **more):
    return Place("generic", [compiler, "-DHOSTED", *flags.split()], list(emulator), "c", ["-lm"], **more)


def threaded(threads, compiler, emit, libraries):
    """C compiled with OpenMP, or an object and its library."""
    command = [compiler, "-DHOSTED", "-std=c99", "-O2"] + ["-fopenmp"] * (emit == "c")
    return Place("generic", command, [], emit, libraries, options=[f"--threads={threads}"])


def bare(target, triple, *emulator, **more):
    """An object without a C library."""
    flags = ["-std=c99", "-O1", "-w", "-ffreestanding", "-nostdlib", "-nostdlibinc", "-static"]
    flags += ["-fuse-ld=lld", "-fno-stack-protector", f"--target={triple}"]
    return Place(target, ["clang-22", *flags], list(emulator), **more)


def board(target, machine, flags, emit):
    """A microcontroller: newlib has memcpy, libgcc the arithmetic of floats; nothing needs libm."""
    compiler = ["arm-none-eabi-gcc", "-std=c99", "-O2", "-mthumb", *flags.split(), "-DBOARD", f"-I{BOARDS}"]
    link = ["-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--no-warn-rwx-segments"]
    link += ["-L", str(BOARDS), "-T", str(BOARDS / f"{machine}.ld")] + ["-lm"] * (emit == "c")
    emulator = ["qemu-system-arm", "-M", machine, "-nographic", "-monitor", "none", "-serial", "none"]
    emulator += ["-semihosting-config", "enable=on,target=native", "-kernel"]
    return Place(target, compiler, emulator, emit, link, [str(BOARDS / "start.c")], small=True)


DISPATCH = ["--dispatch=runtime"]
X86, A64, ARM = "x86_64-linux-gnu", "aarch64-linux-gnu", "armv7a-linux-gnueabihf"
# A static program brings the library that says what the processor has.
A64_GCC = "aarch64-linux-gnu-gcc", "-std=c99 -O2 -static"
# Divisions, and conversions of 64-bit integers.
LIBGCC = "arm-none-eabi-gcc -march=armv7-a+fp -mfloat-abi=hard -print-libgcc-file-name".split()
# Networks of additions take compilers long, minutes for large models, and do not use vectors.
PACKED = ["--kernel=packed"]
M4 = "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"
M55 = "-mcpu=cortex-m55 -mfloat-abi=hard"
PLACES = {
    "C by gcc -O0": hosted("gcc", "-std=c99 -O0", networks=True),
    "C by gcc -O3": hosted("gcc", "-std=c99 -O3"),
    "C by gcc -O3 for Haswell": hosted("gcc", "-std=gnu17 -O3 -march=haswell", feature="avx2", options=PACKED),
    "C by clang -O0": hosted("clang-22", "-std=c99 -O0"),
    "C by clang -O3": hosted("clang-22", "-std=c99 -O3", options=PACKED),
    "C by clang -O3 for Haswell": hosted("clang-22", "-std=c99 -O3 -march=haswell", feature="avx2", options=PACKED),
    "C by gcc for this machine": hosted("gcc", "-std=c99 -O3 -march=native", options=PACKED),
    "C by clang for this machine": hosted("clang-22", "-std=c99 -O3 -march=native", options=PACKED),
    "C dispatch by gcc": hosted("gcc", "-std=c99 -O3", options=PACKED + DISPATCH),
    "C dispatch by clang": hosted("clang-22", "-std=c99 -O2", options=PACKED + DISPATCH),
    "C dispatch on Haswell": hosted("gcc", "-std=c99 -O1", "qemu-x86_64", "-cpu", "Haswell", options=PACKED + DISPATCH),
    "C dispatch on Core 2": hosted("gcc", "-std=c99 -O1", "qemu-x86_64", "-cpu", "core2duo", options=PACKED + DISPATCH),
    "C dispatch on A72": hosted(*A64_GCC, "qemu-aarch64", "-cpu", "cortex-a72", options=PACKED + DISPATCH),
    "C dispatch on N1": hosted(*A64_GCC, "qemu-aarch64", "-cpu", "neoverse-n1", options=PACKED + DISPATCH),
    "C by gcc on 2 threads": threaded(2, "gcc", "c", ["-lm"]),
    "C by gcc on 3 threads": threaded(3, "gcc", "c", ["-lm"]),
    "object on 2 threads": threaded(2, "gcc", "obj", ["-lgomp"]),
    "object on 3 threads": threaded(3, "gcc", "obj", ["-lgomp"]),
    "C on Cortex-M4": board("cortex-m4", "mps2-an386", M4, "c"),
    "x86-64": bare("x86-64", X86),
    "x86-64-v2": bare("x86-64-v2", X86, feature="sse4_2"),
    "x86-64-v3": bare("x86-64-v3", X86, feature="avx2"),
    "x86-64-v4": bare("x86-64-v4", X86, feature="avx512vl"),
    "x86-64-v4-vnni": bare("x86-64-v4-vnni", X86, feature="avx512_vnni"),
    "this machine": bare("native", X86, options=["--mcpu=native"]),
    "x86-64 dispatch": bare("x86-64", X86, options=DISPATCH),
    "x86-64 dispatch on Haswell": bare("x86-64", X86, "qemu-x86_64", "-cpu", "Haswell", options=DISPATCH),
    "x86-64 dispatch on Core 2": bare("x86-64", X86, "qemu-x86_64", "-cpu", "core2duo", options=DISPATCH),
    "aarch64": bare("aarch64", A64, "qemu-aarch64", "-cpu", "cortex-a53", networks=True),
    "aarch64-dotprod": bare("aarch64-dotprod", A64, "qemu-aarch64", "-cpu", "neoverse-n1"),
    "aarch64-i8mm": bare("aarch64-i8mm", A64, "qemu-aarch64", "-cpu", "max"),
    "aarch64 dispatch on A72": bare("aarch64", A64, "qemu-aarch64", "-cpu", "cortex-a72", options=DISPATCH),
    "aarch64 dispatch on N1": bare("aarch64", A64, "qemu-aarch64", "-cpu", "neoverse-n1", options=DISPATCH),
    "aarch64 dispatch on newest": bare("aarch64", A64, "qemu-aarch64", "-cpu", "max", options=DISPATCH),
    "armv7a": bare("armv7a", ARM, "qemu-arm", "-cpu", "cortex-a8", runtime=LIBGCC),
    "riscv64": bare("riscv64", "riscv64-linux-gnu", "qemu-riscv64"),
    "cortex-m0": board("cortex-m0", "microbit", "-mcpu=cortex-m0", "obj"),
    "cortex-m4": board("cortex-m4", "mps2-an386", M4, "obj"),
    "cortex-m55": board("cortex-m55", "mps3-an547", M55, "obj"),
    "wasm32": bare("wasm32", "wasm32", "node", str(INPUTS / "run_wasm.js")),
    "wasm32 relaxed": bare("wasm32", "wasm32", "node", str(INPUTS / "run_wasm.js"), options=["--mattr=+relaxed-simd"]),
}
for name in ("wasm32", "wasm32 relaxed"):
    PLACES[name].compiler += ["-msimd128", "-Wl,--export=_start"]

DRIVER = """#include "net.h"
#include "matrix_program.h"

static net_arena arena;
{buffers}
static void run(void) {{
  for (int i = 0; i < {runs}; ++i) {{
{fill}    net_run({arguments}, &arena);
{print}  }}
}}
"""


def get_value(macros, macro, scale, limits):
    """What an element of an input becomes: floats in [-2, 2) * scale, exact; integers all or between limits."""
    if macros[f"{macro}_CTYPE"] in ("float", "double"):
        return f"((float)(draw() % 4096) / 1024 - 2) * {scale}"
    if limits:
        return f"(NET_{macro}_CTYPE)({limits[0]} + (long long)(draw() % {limits[1] - limits[0] + 1}u))"
    return f"(NET_{macro}_CTYPE)draw()"


def make_driver(header, program, runs, scale):
    """The text of the program, from the macros of the header."""
    macros = dict(re.findall(r"^#define NET_(\w+) (.*)$", header.read_text(), re.M))
    ports = [
        (kind, number) for kind in ("INPUT", "OUTPUT") for number in range(int(macros[kind + "S"]))
    ]
    buffers = fill = show = ""
    for kind, number in ports:
        macro, buffer = f"NET_{kind}_{number}", f"{kind.lower()}_{number}"
        buffers += f"static {macro}_CTYPE {buffer}[{macro}_COUNT + 1];\n"
        if kind == "OUTPUT":
            show += f"    print_bytes({buffer}, {macro}_COUNT * sizeof *{buffer});\n"
            continue
        value = get_value(macros, f"{kind}_{number}", scale, program.ranges.get(number))
        fill += f"    for (long k = 0; k < {macro}_COUNT; ++k)\n      {buffer}[k] = {value};\n"
    arguments = ", ".join(f"{kind.lower()}_{number}" for kind, number in ports)
    return DRIVER.format(buffers=buffers, runs=runs, fill=fill, arguments=arguments, print=show)


class LeftOut(Exception):
    """Why a model was not run at a place."""


def find_missing(place):
    """The program or feature that a place needs and this machine lacks; the emulator may be static."""
    if place.feature and place.feature not in Path("/proc/cpuinfo").read_text().split():
        return place.feature
    if not shutil.which(place.compiler[0]):
        return place.compiler[0]
    if place.emulator and not shutil.which(place.emulator[0]):
        if not shutil.which(place.emulator[0] + "-static"):
            return place.emulator[0]
        place.emulator[0] += "-static"
    if place.runtime:
        if not shutil.which(place.runtime[0]):
            return place.runtime[0]
        place.libraries = [execute(place.runtime).stdout.decode().strip()]
    return ""


def execute(command, timeout=300):
    # Threads of OpenMP that wait awake would take the processor from others.
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
        check=False,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
    )


def compile_net(options, place, program, work):
    """The folder with net.h and net.c or net.o, or why there is none. The C of a target is the same for all compilers."""
    is_large = program.model.stat().st_size > LARGE_MODEL
    own = place.options + (PACKED if is_large and not place.networks and PACKED[0] not in place.options else [])
    # What the command line and the program say goes before what a place says.
    said = options.extra.split() + program.options
    own = [option for option in own if option.split("=")[0] not in {other.split("=")[0] for other in said}]
    how = [f"--emit={place.emit}", f"--target={place.target}", *own]
    folder = work / re.sub(r"\W+", "_", " ".join(how))
    if folder.exists():
        return folder, b""
    command = [options.setun, "compile", str(program.model), "--name=net", "-o", str(folder), *how]
    compiled = execute([*command, *program.options, *options.extra.split()])
    return folder, b"" if compiled.returncode == 0 else b"refused: " + compiled.stderr.split(b"error:")[-1]


def get_output(options, place, program, work):
    """What the model prints at a place."""
    folder, refusal = compile_net(options, place, program, work)
    if refusal:
        return refusal
    runs = 1 if program.model.stat().st_size > LARGE_MODEL else options.runs
    (folder / "driver.c").write_text(make_driver(folder / "net.h", program, runs, options.scale))
    code = folder / ("net.c" if place.emit == "c" else "net.o")
    executable = folder / "program"
    command = [*place.compiler, f"-I{INPUTS}", f"-I{folder}", str(folder / "driver.c"), str(code)]
    linked = execute([*command, *place.sources, "-o", str(executable), *place.libraries])
    if linked.returncode != 0:
        if place.small and b"overflowed" in linked.stderr:
            raise LeftOut("too large")
        return b"cannot be linked: " + linked.stderr
    run = execute([*place.emulator, str(executable)])
    # Boards print to the error stream of their emulator.
    return run.stdout or run.stderr if run.returncode == 0 else b"ends with code %d" % run.returncode


def compare(options, program, places, work):
    """For each place `same`, `left out` or what is different."""
    reference = hosted("cc", "-std=c99 -O1")
    expected = get_output(options, reference, program, work)
    if expected.startswith(b"refused"):
        print(f"{program.model}: {expected.decode().strip()}", flush=True)
        return {name: "left out: refused" for name in places}
    # Numbers are printed in hexadecimal digits; nothing else can be a reference.
    if not re.fullmatch(rb"[0-9A-F\s]+", expected):
        return {name: f"no reference: {expected.decode()[:200]}" for name in places}
    results = {}
    for name, place in places.items():
        try:
            output = get_output(options, place, program, work)
        except LeftOut as reason:
            results[name] = f"left out: {reason}"
            continue
        is_text = output[:1].islower()
        results[name] = (
            "same" if output == expected else output.decode()[:200] if is_text else "other bytes"
        )
    shutil.rmtree(work)
    return results


def collect_programs(options, work):
    """Models of the command line, of folders, and random ones."""
    programs = [matrix_models.Program(model) for model in options.models]
    if options.folder:
        programs += matrix_models.find_passing(options.setun, options.folder)
    if options.random:
        programs += matrix_models.make_products(work / "products")
        programs += matrix_models.make_random(options.random, work / "random")
    return programs


def choose_places(options, program, number, places):
    """All places for a model; for a random graph as many as --sample says, drawn so that all kinds of graphs meet all."""
    if not program.is_random or options.sample <= 0:
        return places
    chosen = random.Random(number).sample(list(places), min(options.sample, len(places)))
    return {name: place for name, place in places.items() if name in chosen}


class Counts:
    """Results by place, and the reasons of what was left out."""

    def __init__(self, places):
        self.kinds = {name: {"same": 0, "left out": 0, "different": 0} for name in places}
        self.reasons = {name: {} for name in places}

    def add(self, program, results):
        for name, result in results.items():
            kind, _, reason = result.partition(": ")
            kind = kind if kind in ("same", "left out") else "different"
            self.kinds[name][kind] += 1
            if kind == "left out":
                self.reasons[name][reason] = self.reasons[name].get(reason, 0) + 1
            elif kind == "different":
                print(f"{program.model}: {name}: {result.strip()}", flush=True)

    def total(self, kind):
        return sum(count[kind] for count in self.kinds.values())

    def print(self):
        print(f"{'place':29}{'same':>6}{'different':>11}{'left out':>10}")
        for name, count in self.kinds.items():
            why = ", ".join(f"{number} {reason}" for reason, number in self.reasons[name].items())
            line = f"{name:29}{count['same']:6}{count['different']:11}{count['left out']:10}  {why}"
            print(line.rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--folder", type=Path, help="take */model.onnx in it, too")
    parser.add_argument("--random", type=int, default=0, help="random graphs, and products of several sizes (needs onnxruntime)")
    parser.add_argument("--places", default=",".join(PLACES))
    parser.add_argument("--runs", type=int, default=3, help="inputs for each model")
    parser.add_argument("--scale", default="1", help="what float inputs in [-2, 2) are multiplied by")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sample", type=int, default=7, help="places for each random graph, 0 for all")
    parser.add_argument("--cpu", help="the processor that emulators of user programs imitate")
    parser.add_argument("--extra", default="", help="further options for setun compile")
    options = parser.parse_args()
    for model in options.models:
        if not model.is_file():
            parser.error(f"there is no file {model}")
    missing = {name: find_missing(PLACES[name]) for name in options.places.split(",")}
    places = {name: PLACES[name] for name, lacks in missing.items() if not lacks}
    for place in places.values():
        if options.cpu and "-cpu" in place.emulator:
            place.emulator[place.emulator.index("-cpu") + 1] = options.cpu

    counts, begin = Counts(places), time.monotonic()
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(options.jobs) as pool:
        programs = collect_programs(options, Path(work))
        jobs = [
            pool.submit(compare, options, program, choose_places(options, program, number, places), Path(work) / str(number))
            for number, program in enumerate(programs)
        ]
        for number, (program, job) in enumerate(zip(programs, jobs), 1):
            counts.add(program, job.result())
            if number % 10 == 0 or not program.is_random:
                seconds = time.monotonic() - begin
                print(f"[{number} of {len(programs)}, {seconds:.0f} s] {program.model}", file=sys.stderr, flush=True)
    counts.print()
    for name, lacks in missing.items():
        if lacks:
            print(f"{name:29}not run: no {lacks} here")
    same, different = counts.total("same"), counts.total("different")
    print(f"{len(programs)} models, {len(places)} places: {same} runs the same, {different} different")
    sys.exit(different > 0 or same == 0)


main()
