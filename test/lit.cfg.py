# How lit runs Setun's tests. Substitutions besides lit's own:
#   %cc %strict      a C compiler; the flags under which emitted C must not warn
#   %chromium        a browser that runs without a screen, feature chromium
#   %python          Python with numpy and onnx; what else it can import is a feature
#   %examples %scripts %kernels %bench   folders of the repository
#   %models %data    folders outside of it: features shared-models and shared-data
#   %ap_types        a folder with ap_int.h and hls_stream.h, feature ap-types
#   %onnx_data       ONNX's backend tests, feature onnx-data; %conformance: further ones

import importlib.util
import os
import platform
import shutil
import subprocess

import lit.formats

config.name = "Setun"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.setun_test_dir

search_path = os.pathsep.join(
    [config.setun_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
config.environment["PATH"] = search_path


def find(*programs):
    """The first of these programs that is installed."""
    return next((p for p in programs if shutil.which(p, path=search_path)), None)


def folder(*parts):
    return os.path.normpath(os.path.join(config.setun_source_dir, *parts))


models = os.environ.get("SETUN_MODELS_DIR", config.models_dir)
data = os.environ.get("SETUN_DATA_DIR", config.data_dir)
onnx_data = os.environ.get("SETUN_ONNX_DATA_DIR", config.onnx_data_dir)
conformance = os.environ.get("SETUN_CONFORMANCE_DIR", config.conformance_dir)

chromium = find("chromium", "chromium-browser", "google-chrome")
if chromium:
    config.available_features.add("chromium")

config.substitutions += [
    ("%cc", find("gcc", "clang-22", "clang", "cc") or "cc"),
    ("%strict", "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror"),
    ("%python", config.python),
    ("%chromium", chromium or "chromium"),
    ("%examples", folder("examples")),
    ("%scripts", folder("scripts")),
    ("%kernels", folder("lib", "Kernels")),
    ("%bench", folder("bench")),
    ("%models", os.path.normpath(models)),
    ("%data", os.path.normpath(data)),
    ("%onnx_data", os.path.normpath(onnx_data)),
    ("%conformance", os.path.normpath(conformance)),
]

for program in ["gcc", "clang", "clang-22", "clang-format-22", "valgrind", "iverilog", "yosys"]:
    if find(program):
        config.available_features.add(program)

# Microcontrollers are emulated; nothing else needs these programs.
if find("arm-none-eabi-gcc") and find("qemu-system-arm"):
    config.available_features.add("cortex-m")
else:
    lit_config.note("no arm-none-eabi-gcc or no qemu-system-arm: tests on Cortex-M are skipped")

# Programs for other processors, without their C library.
if platform.system() == "Linux" and platform.machine() == "x86_64":
    config.available_features.add("x86_64-linux")
emulators = [f"qemu-{name}{suffix}" for name in ("aarch64", "arm", "riscv64") for suffix in ("", "-static")]
if find(*emulators):
    config.available_features.add("qemu-user")
else:
    lit_config.note("no qemu-aarch64, qemu-arm or qemu-riscv64: code for other processors is not run")

folders = [("shared-models", models), ("shared-data", data)]
folders += [("onnx-data", os.path.join(onnx_data, "node"))]
for feature, path in folders:
    if os.path.isdir(path):
        config.available_features.add(feature)

# What -march=haswell compiles can run here.
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        flags = cpuinfo.read().split()
    if {"avx2", "bmi2", "fma"} <= set(flags):
        config.available_features.add("haswell")

# One start of Python tells which packages there are; importing them would take seconds.
packages = ["numpy", "onnx", "onnxruntime", "qonnx"]
question = f"""
from importlib.util import find_spec
print(*[package for package in {packages} if find_spec(package)])
hls4ml = find_spec("hls4ml")
print(hls4ml.submodule_search_locations[0] if hls4ml else "")
"""
answer = subprocess.run(
    [config.python, "-c", question], stdout=subprocess.PIPE, text=True, check=False
)
found, hls4ml = (answer.stdout + "\n\n").split("\n")[:2]
config.available_features.update(found.split())

# Arbitrary-precision types for simulations of HLS designs: a vendor's, or those that hls4ml ships.
ap_types = os.environ.get("SETUN_AP_TYPES") or os.path.join(hls4ml, "templates", "vivado", "ap_types")
config.substitutions.append(("%ap_types", os.path.normpath(ap_types)))
if os.path.exists(os.path.join(ap_types, "ap_int.h")) and find("g++"):
    config.available_features.add("ap-types")

# A test that hangs is a failure, not a night's wait; lit needs psutil to end it.
if importlib.util.find_spec("psutil"):
    lit_config.maxIndividualTestTime = 600
