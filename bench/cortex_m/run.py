#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Compiles models for Cortex-M, runs them under qemu-system-arm and prints, for each model, core and optimisation: whether the
# outputs have the same bits as on this computer, and flash, RAM, worst stack and executed instructions of one inference. With
# --onnx2c or --emx the C of those compilers is measured in the same way, and the ratios to ours are printed.
#
#   flash         text, constants and initial data of the program, less those of the same program without the model: what the
#                 model brings along, library functions included
#   RAM           arena, static variables, and the stack that one run was seen to use (input and output arrays are not counted)
#   stack         that stack; in brackets the deepest chain according to -fstack-usage, which leaves out library functions
#   float         without an FPU (M0): the layers that call a routine of the compiler's for floats
#   instructions  of virtual time, as qemu has it with -icount shift=0: one nanosecond for each. No cycles
#
# Only the standard library, arm-none-eabi-gcc with newlib, and qemu-system-arm are needed; without them it says so and exits
# with 0. Calibration (an empty call, a loop of known length) is checked in every run.

import argparse
import ast
import dataclasses
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from stack_usage import deepest_chain  # noqa: E402

TOOLS = ["arm-none-eabi-gcc", "arm-none-eabi-size", "arm-none-eabi-objdump", "qemu-system-arm"]
HARD_FLOAT = ["-mfloat-abi=hard"]


@dataclasses.dataclass
class Core:
    name: str
    machine: str
    flags: list
    tick: float  # nanoseconds of SysTick, which are instructions
    soft_float: bool = False


CORES = [
    Core("M0", "microbit", ["-mcpu=cortex-m0"], 62.5, soft_float=True),
    Core("M4", "mps2-an386", ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", *HARD_FLOAT], 40),
    Core("M55", "mps3-an547", ["-mcpu=cortex-m55", *HARD_FLOAT], 31.25),
]


@dataclasses.dataclass
class Program:
    """C files of one compiler for one model, and how the driver calls them."""

    compiler: str
    sources: list
    header: str  # text of cases.h without the cases
    scale: float = 0  # of inputs that are bytes where the recorded ones are floats (--input uint8,scale=)
    output_bytes: int = 0  # if they are not those of the recorded outputs (--output argmax)


@dataclasses.dataclass
class Result:
    flash: int = 0
    ram: int = 0
    stack: int = 0
    stack_usage: int = 0
    instructions: float = 0
    outputs: list = dataclasses.field(default_factory=list)
    error: str = ""


class Failure(Exception):
    """A step that went wrong: a line, and all that was printed."""

    def __init__(self, line, printed=""):
        super().__init__(line)
        self.printed = printed


def run(command, timeout=600):
    """What a command prints; semihosting writes to standard error."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]}: no end after {timeout} s") from error
    if done.returncode != 0:
        printed = (done.stderr + done.stdout).strip()
        lines = printed.splitlines() or [f"exit code {done.returncode}"]
        line = next((line for line in lines if re.search("overflowed|error:", line)), lines[-1])
        if "qemu" in command[0]:
            line = "a fault, as when the stack leaves its memory"
        raise Failure(f"{pathlib.Path(command[0]).name}: {line.rpartition('ld: ')[2]}", printed)
    return done.stdout or done.stderr


def read_npy(path):
    """The element type and the bytes of an array in numpy's format, version 1 to 3."""
    data = path.read_bytes()
    start, size = (10, "<H") if data[6] == 1 else (12, "<I")
    (length,) = struct.unpack_from(size, data, 8)
    header = ast.literal_eval(data[start : start + length].decode())
    return header["descr"], data[start + length :]


def read_cases(model, count):
    """Inputs and outputs of the first recorded cases that have one of each."""
    cases = []
    for folder in sorted(model.parent.glob("test_data_set_*"), key=lambda path: int(path.name[14:])):
        if (folder / "input_0.npy").exists() and not (folder / "input_1.npy").exists():
            cases.append((read_npy(folder / "input_0.npy"), read_npy(folder / "output_0.npy")))
    return cases[:count]


def as_bytes(kind, data, scale):
    """Recorded floats as the codes that stand for them."""
    if not scale or kind != "<f4":
        return data
    return bytes(round(value / scale) for (value,) in struct.iter_unpack("<f", data))


def write_cases(folder, program, cases):
    inputs = [as_bytes(*recorded, program.scale) for recorded, _ in cases]
    rows = ",\n".join("{" + ",".join(map(str, data)) + "}" for data in inputs)
    lines = [
        program.header,
        f"#define CASES {len(cases)}u",
        f"#define INPUT_BYTES {len(inputs[0])}",
        f"#define OUTPUT_BYTES {program.output_bytes or len(cases[0][1][1])}",
        f"static const uint8_t case_inputs[CASES][INPUT_BYTES] __attribute__((aligned(8))) = {{\n{rows}}};",
    ]
    (folder / "cases.h").write_text("\n".join(lines) + "\n")


def compile_with_setun(options, model, folder):
    command = [options.setun, "compile", model, "-o", folder, "--name=model", *options.setun_options]
    if not any(option.startswith("--target") for option in options.setun_options):
        command.append("--target=cortex-m4")  # kernels and layouts are the same for all three
    try:
        run(command)
    except Failure as failure:
        # A batch that is left open is one.
        dimension = re.search(r"--dim (\S+)=SIZE", failure.printed)
        if not dimension:
            raise
        options.dimensions = [dimension.group(1)]
        run([*command, "--dim", f"{options.dimensions[0]}=1"])
    header = '#include "model.h"\nstatic model_arena arena;\n'
    header += "#define RUN(input, output) model_run((const void *)(input), (void *)(output), &arena)"
    macros = dict(re.findall(r"#define MODEL_(\w+) (.*)", (folder / "model.h").read_text()))
    scale = re.search(r"uint8,scale=([^ ,]+)", " ".join(options.setun_options))
    scale = float(scale.group(1)) if scale else 0
    size = {"float": 4, "double": 8}.get(macros["OUTPUT_0_CTYPE"])
    size = size or int(re.search(r"\d+", macros["OUTPUT_0_CTYPE"]).group()) // 8
    return Program("setun", [folder / "model.c"], header, scale, size * int(macros["OUTPUT_0_COUNT"]))


def declare(function):
    """A declaration and call of a function that takes an input and an output array."""
    return f"void {function}(const void *, void *);\n#define RUN(input, output) {function}(input, output)"


def compile_with_onnx2c(options, model, folder):
    source = folder / "model.c"
    dimensions = [word for name in options.dimensions for word in ("-d", f"{name}:1")]
    source.write_text(run([options.onnx2c, *dimensions, model]))
    return Program("onnx2c", [source], declare("entry"))


def compile_with_emx(options, model, folder):
    source = folder / "model.c"
    limits = ["--large-temp-threshold", "0", "--large-weight-threshold", "0"]
    command = [options.emx, "compile", model, source, "--model-name", "emx_model", *limits]
    run([*command, *(word for name in options.dimensions for word in ("--input-dim", f"{name}=1"))])
    return Program("emx", [source], declare("emx_model"))


def link(core, level, program, folder, without_model):
    """One program with or without the model; returns its path."""
    suffix = "empty" if without_model else "model"
    output = folder / f"{suffix}.elf"
    flags = [*core.flags, "-mthumb", level, "-ffunction-sections", "-fdata-sections", "-fcallgraph-info=su"]
    objects = []
    sources = [HERE / "start.c", HERE / "driver.c"] + ([] if without_model else program.sources)
    for source in sources:
        objects.append(folder / f"{suffix}-{source.stem}.o")
        own = ["-std=c99"] if program.compiler == "setun" or source.parent == HERE else ["-std=gnu11", "-w"]
        define = ["-DNO_MODEL"] if without_model else []
        run(["arm-none-eabi-gcc", *own, *flags, *define, "-I", folder.parent, "-I", HERE, "-c", source, "-o", objects[-1]])
    script = ["-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections", "-L", HERE]
    command = ["arm-none-eabi-gcc", *flags, *script, "-T", HERE / f"{core.machine}.ld", *objects]
    run([*command, "-lm", "-o", output])
    return output


def sizes(path):
    """Bytes in flash and bytes of variables."""
    text, data, bss = map(int, run(["arm-none-eabi-size", path]).splitlines()[1].split()[:3])
    return text + data, data + bss


SOFT_FLOAT = re.compile(
    r"__aeabi_(u?[il]2[fd]|[fdh]\w*|c[fd]cmp\w*)|__(add|sub|mul|div|float|fix|extend|trunc|eq|ne|[lg][te]|unord)\w*[sd]f\w*"
    r"|(exp|log|pow|sqrt|rint|round|floor|ceil|tanh|erf)f?"
)


def layers_with_float(core, program, folder):
    """Names of all layers, in order, and of those from which a routine of floats is called."""
    path = folder / "layers.o"
    flags = [*core.flags, "-mthumb", "-Os", "-fno-inline", "-std=c99", "-ffunction-sections"]
    run(["arm-none-eabi-gcc", *flags, "-c", program.sources[0], "-o", path])
    calls, function = {}, None
    for line in run(["arm-none-eabi-objdump", "-dr", path]).splitlines():
        if found := re.match(r"[0-9a-f]+ <([^>]+)>:", line):
            function = calls.setdefault(found.group(1), [])
        elif found := re.search(r"R_ARM_(?:THM_)?(?:CALL|JUMP24|ABS32|PC22)\s+(\S+)", line):
            function.append(found.group(1).removeprefix(".text."))

    def computes_with_floats(name, above=()):
        if SOFT_FLOAT.fullmatch(name):
            return True
        return name not in above and any(computes_with_floats(callee, (*above, name)) for callee in calls.get(name, ()))

    layers = [name for name in calls["model_run"] if name in calls]
    return layers, [name for name in layers if computes_with_floats(name)]


def describe_float(core, program, folder):
    layers, found = layers_with_float(core, program, folder)
    numbers = [index + 1 for index, name in enumerate(layers) if name in found]
    if not numbers:
        return f"no float in {len(layers)} layers"
    return f"float in layers {', '.join(map(str, numbers))} of {len(layers)}"


def execute(core, path, cases):
    """The numbers that the driver prints: {name: [values]}."""
    qemu = ["qemu-system-arm", "-M", core.machine, "-nographic", "-monitor", "none", "-serial", "none"]
    qemu += ["-semihosting-config", "enable=on,target=native", "-icount", "shift=0", "-kernel", path]
    found = {}
    for line in run(qemu, timeout=300).splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    if len(found.get("output", [])) != cases:
        raise Failure("qemu-system-arm: the program did not come to its end")
    loop = int(found["loop_ticks"][0]) * core.tick
    expected = int(found["loop_instructions"][0])
    if abs(loop - expected) > 0.001 * expected:
        raise Failure(f"calibration: a loop of {expected} instructions took {loop:.0f}")
    return found


def measure(core, level, program, cases, folder):
    result = Result()
    folder = folder / f"{core.name}{level}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        full = link(core, level, program, folder, without_model=False)
        empty = link(core, level, program, folder, without_model=True)
        (flash, variables), (empty_flash, empty_variables) = sizes(full), sizes(empty)
        entry = re.search(r"(\w+)\(\(?[^()]*\)?\(?input", program.header.split("#define RUN(input, output) ")[1]).group(1)
        result.stack_usage = deepest_chain(folder.glob("model-*.ci"), entry)
        found = execute(core, full, len(cases))
        result.stack = int(found["stack"][0])
        result.flash = flash - empty_flash
        # The driver's output array stands in both programs.
        result.ram = variables - empty_variables + result.stack
        result.instructions = sum(map(int, found["ticks"])) * core.tick / len(cases)
        result.outputs = found["output"]
    except Failure as failure:
        result.error = str(failure)
    return result


def run_on_host(program, folder):
    """The outputs of the same C on this computer."""
    path = folder / "host"
    sources = [HERE / "host.c", HERE / "driver.c", *program.sources]
    run(["gcc", "-std=c99", "-O2", "-I", folder, "-I", HERE, *sources, "-lm", "-o", path])
    return [line.split()[1] for line in run([path]).splitlines() if line.startswith("output")]


def largest_error(outputs, cases):
    """The largest difference from the recorded outputs, which are floats or integers."""
    largest = 0.0
    for output, (_, (kind, wanted)) in zip(outputs, cases):
        format_ = {"<f4": "f", "<i4": "i", "<i8": "q", "|u1": "B", "|i1": "b"}.get(kind)
        got = bytes.fromhex(output)
        if format_ is None or len(got) != len(wanted):
            return float("nan")
        count = len(got) // struct.calcsize(format_)
        pairs = zip(struct.unpack(f"<{count}{format_}", got), struct.unpack(f"<{count}{format_}", wanted))
        largest = max([largest, *(abs(a - b) for a, b in pairs)])
    return largest


COLUMNS = "{:<34} {:<7} {:<4} {:<4} {:>8} {:>8} {:>15} {:>12}  {}"


def report(model, program, core, level, result, note):
    numbers = [""] * 4
    if not result.error:
        stack = f"{result.stack:,} ({result.stack_usage:,})"
        numbers = [f"{result.flash:,}", f"{result.ram:,}", stack, f"{result.instructions:,.0f}"]
    print(COLUMNS.format(model, program, core.name, level, *numbers, note), flush=True)


def bench(options, model, name):
    cases = read_cases(model, options.cases)
    if not cases:
        raise Failure(f"{model.parent}: no test_data_set_* with one input")
    compilers = {"setun": compile_with_setun, "onnx2c": compile_with_onnx2c, "emx": compile_with_emx}
    programs, failed, options.dimensions = [], False, []
    for compiler, compile_model in compilers.items():
        if getattr(options, compiler) is None:
            continue
        folder = options.work_dir / name / compiler
        folder.mkdir(parents=True, exist_ok=True)
        source = options.folded.get(name, model) if compiler != "setun" else model
        try:
            program = compile_model(options, source, folder)
        except Failure as failure:
            print(f"{name}: {failure}", flush=True)
            failed |= compiler == "setun"
            continue
        write_cases(folder, program, cases)
        programs.append((program, folder, run_on_host(program, folder) if compiler == "setun" else None))
    for core in CORES:
        for level in options.levels:
            if core.name not in options.cores:
                continue
            ours = None
            for program, folder, expected in programs:
                result = measure(core, level, program, cases, folder)
                if result.error:
                    note = result.error
                elif expected is not None:
                    ours = result
                    failed |= result.outputs != expected
                    note = "same bits" if result.outputs == expected else "OTHER BITS than on the host"
                else:
                    note = f"largest error {largest_error(result.outputs, cases):.2g}"
                    if ours:
                        ratios = [(result.flash, ours.flash), (result.ram, ours.ram), (result.instructions, ours.instructions)]
                        note += "; to ours: flash {:.2f}, RAM {:.2f}, instructions {:.2f}".format(*(a / b for a, b in ratios))
                if core.soft_float and program.compiler == "setun":
                    note += "; " + describe_float(core, program, folder)
                report(name, program.compiler, core, level, result, note)
    return failed


def parse_arguments():
    parser = argparse.ArgumentParser(description="flash, RAM, stack and instructions on Cortex-M under qemu")
    parser.add_argument("models", nargs="+", type=pathlib.Path, help="folders with a model.onnx and test_data_set_*")
    parser.add_argument("--setun", default="setun", help="the compiler to measure")
    parser.add_argument("--setun-options", default="", help="for setun compile: --setun-options='--kernel=packed ...'")
    parser.add_argument("--onnx2c", help="path of onnx2c, to compare with")
    parser.add_argument("--emx", help="path of emx-onnx-cgen, to compare with")
    parser.add_argument("--folded", action="append", default=[], help="NAME=FILE: the model that the others get for NAME")
    parser.add_argument("--cases", type=int, default=2, help="how many recorded cases to run")
    parser.add_argument("--cores", nargs="*", default=[core.name for core in CORES])
    parser.add_argument("--levels", nargs="*", default=["-Os", "-O2"], help="of optimisation; write --levels=-Os")
    parser.add_argument("--work-dir", type=pathlib.Path, default=pathlib.Path("build/cortex_m"))
    options = parser.parse_args()
    options.setun_options = shlex.split(options.setun_options)
    options.folded = dict(pair.split("=", 1) for pair in options.folded)
    return options


def main():
    options = parse_arguments()
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"skipped: {', '.join(missing)} not found (Debian: gcc-arm-none-eabi, libnewlib-arm-none-eabi, qemu-system-arm)")
        return 0
    print(COLUMNS.format("model", "by", "core", "", "flash", "RAM", "stack (usage)", "instructions", ""))
    failed = False
    for folder in options.models:
        try:
            failed |= bench(options, folder.resolve() / "model.onnx", folder.resolve().name)
        except Failure as failure:
            print(failure, file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
