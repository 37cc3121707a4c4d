"""Models that `setun quantize` wrote, run by others.

Every scheme and format on small networks: onnxruntime (QDQ) and qonnx (QONNX) give what setun
gives, and the error that setun reports is the one they see. With --models and --data: the float
models of that folder, and how much accuracy they lose on digits that calibration never saw. With
--examples: the same for the CNN of the examples, on their own digits or those of --data.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SCHEMES = ["int8", "int4", "int3", "int2", "ternary", "binary"]


def run_onnxruntime(model, samples, optimise=False):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimise else level.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = next(
        i.name for i in session.get_inputs() if i.name not in {t.name for t in onnx.load(model).graph.initializer}
    )
    return np.concatenate([session.run(None, {name: x})[0] for x in samples])


def run_qonnx(model, samples):
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    wrapper = ModelWrapper(str(model)).transform(InferShapes())
    name, output = wrapper.graph.input[0].name, wrapper.graph.output[0].name
    return np.concatenate([execute_onnx(wrapper, {name: x})[output] for x in samples])


class Checker:
    def __init__(self, folder):
        self.folder = folder
        self.passed = True

    def report(self, good, text):
        print(f"{'PASS' if good else 'FAIL'} {text}")
        self.passed &= bool(good)

    def setun(self, *arguments):
        done = subprocess.run(
            ["setun", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            self.report(False, f"setun {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def save(self, name, array):
        np.save(self.folder / f"{name}.npy", array)
        return self.folder / f"{name}.npy"

    def quantize(self, title, model, samples, options):
        """Writes a model; gives its path and the error that setun says it has."""
        out = self.folder / f"{title.replace(' ', '_')}.onnx"
        table = self.setun("quantize", model, "-o", out, "--data", self.save("samples", samples), *options)
        found = re.search(r" output .*?([0-9.e+-]+)\n", table)
        return out, float(found.group(1)) if found else np.nan

    def check(self, title, model, samples, options, run):
        """setun, another runtime and the reported error agree on a quantised model."""
        out, reported = self.quantize(title, model, samples, options)
        if not out.exists():
            return None
        if run is run_onnxruntime:
            onnx.checker.check_model(str(out), full_check=True)
        self.setun("run", out, "--batch", "--input", self.folder / "samples.npy", "--output-dir", self.folder / "out")
        ours = np.load(self.folder / "out" / "output_0.npy")
        theirs, exact = run(out, samples), run_onnxruntime(model, samples)
        relative = np.linalg.norm(theirs - exact) / np.linalg.norm(exact)
        # A value on a rounding boundary may get the next code in a runtime that adds in another order, and
        # then all outputs of its sample differ a little.
        spread = np.abs(ours - theirs).max() / np.abs(theirs).max()
        same = np.mean(np.abs(ours - theirs) <= 1e-4 * np.abs(theirs).max())
        agree = same >= 0.85 and spread <= 0.03 and abs(relative - reported) <= 0.03 * relative + 1e-5
        numbers = f"error {reported:.3g} reported, {relative:.3g} seen; {100 * same:.1f} % equal, spread {spread:.2g}"
        self.report(agree, f"{title}: {numbers}")
        return out


def make_network(rng):
    """Convolutions (also depthwise and strided), a branch, and dense layers with and without bias."""

    def weights(name, *shape):
        values = rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        return numpy_helper.from_array(values.astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["image", "k0", "c0"], ["a0"], "stem", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a0"], ["a1"], "relu0"),
        helper.make_node("Conv", ["a1", "k1"], ["a2"], "depthwise", group=8, auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("LeakyRelu", ["a2"], ["a3"], "leaky", alpha=0.2),
        helper.make_node("Conv", ["a3", "k2"], ["a4"], "grouped", group=2, dilations=[2, 2], pads=[2, 2, 2, 2]),
        helper.make_node("Add", ["a4", "c2"], ["a5"], "bias"),
        helper.make_node("Add", ["a5", "a3"], ["a6"], "branch"),
        helper.make_node("Flatten", ["a6"], ["a7"], "flatten"),
        helper.make_node("Gemm", ["a7", "w0", "b0"], ["a8"], "gemm", transB=1, alpha=0.5, beta=2.0),
        helper.make_node("Relu", ["a8"], ["a9"], "relu1"),
        helper.make_node("MatMul", ["a9", "w1"], ["y"], "matmul"),
    ]
    tensors = [weights("k0", 8, 2, 3, 3), weights("c0", 8), weights("k1", 8, 1, 3, 3), weights("k2", 8, 4, 3, 3)]
    tensors += [weights("c2", 8, 1, 1), weights("w0", 24, 288), weights("b0", 24), weights("w1", 24, 10)]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def make_branches(rng):
    """Branches that meet in every way, weights that two layers share, and a Gemm with all its attributes."""

    def weights(name, *shape):
        values = rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        return numpy_helper.from_array(values.astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["image", "k0", "c0"], ["a0"], "stem", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a0"], ["a1"], "relu0"),
        helper.make_node("Conv", ["a1", "k1", "c1"], ["a2"], "shared0", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["a2", "k1"], ["a3"], "shared1", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["a1", "a3"], ["a4"], "residual"),
        helper.make_node("Relu", ["a4"], ["a5"], "relu1"),
        helper.make_node("MaxPool", ["a5"], ["a6"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("AveragePool", ["a3"], ["a7"], "mean", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Concat", ["a6", "a7"], ["a8"], "concat", axis=1),
        helper.make_node("BatchNormalization", ["a8", "g", "b", "m", "v"], ["a9"], "norm"),
        helper.make_node("LeakyRelu", ["a9"], ["a10"], "leaky", alpha=0.1),
        helper.make_node("Conv", ["a10", "k2"], ["a11"], "depthwise", group=16),
        helper.make_node("Slice", ["a10", "one", "five", "axes"], ["a12"], "slice"),
        helper.make_node("Sub", ["a11", "a12"], ["a13"], "difference"),
        helper.make_node("LeakyRelu", ["a13"], ["a14"], "leaky1", alpha=0.25),
        helper.make_node("ReduceMean", ["a14"], ["a15"], "means", axes=[2, 3], keepdims=0),
        helper.make_node("Transpose", ["a15"], ["a16"], "columns", perm=[1, 0]),
        helper.make_node("Gemm", ["a16", "w0", "b0"], ["y"], "gemm", transA=1, transB=1, alpha=-0.5, beta=2.0),
    ]
    tensors = [weights("k0", 8, 2, 3, 3), weights("c0", 8), weights("k1", 8, 8, 3, 3), weights("c1", 8)]
    tensors += [weights("k2", 16, 1, 3, 3), weights("w0", 10, 16), weights("b0", 1, 10)]
    tensors += [numpy_helper.from_array(rng.uniform(0.5, 2, 16).astype(np.float32), name) for name in "gbmv"]
    tensors += [numpy_helper.from_array(np.array(v), n) for n, v in [("one", [1, 1]), ("five", [5, 5]), ("axes", [2, 3])]]
    graph = helper.make_graph(
        nodes,
        "branches",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def make_upsampling(rng):
    def weights(name, *shape):
        return numpy_helper.from_array(rng.normal(size=shape).astype(np.float32) / 4, name)

    nodes = [
        helper.make_node("Conv", ["image", "k0"], ["a0"], "down", strides=[2, 2]),
        helper.make_node("Relu", ["a0"], ["a1"], "relu"),
        helper.make_node("ConvTranspose", ["a1", "k1", "c1"], ["y"], "up", strides=[2, 2], pads=[1, 0, 0, 1],
                         dilations=[1, 2], output_padding=[1, 0]),
    ]
    graph = helper.make_graph(
        nodes,
        "upsampling",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, 11, 10])],
        [weights("k0", 6, 2, 3, 3), weights("k1", 6, 3, 3, 2), weights("c1", 3)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def check_branches(checker):
    """Nothing between codes and codes is float, and the shared weights are there once."""
    rng = np.random.default_rng(12)
    samples = rng.normal(size=(48, 1, 2, 12, 12)).astype(np.float32)
    model = checker.folder / "branches.onnx"
    onnx.save(make_branches(rng), model)
    for scheme in SCHEMES:
        options = [f"--weights={scheme}", "--all-layers"]
        checker.check(f"branches {scheme}", model, samples, options, run_onnxruntime)
        checker.check(f"branches qonnx {scheme}", model, samples, [*options, "--format=qonnx"], run_qonnx)
    out = checker.check("branches outputs", model, samples, ["--outputs=int8"], run_onnxruntime)
    tensors = onnx.load(out).graph.initializer
    checker.report(sum(list(t.dims) == [8, 8, 3, 3] for t in tensors) == 1, "shared weights are there once")
    checker.setun("compile", out, "-o", checker.folder / "c", "--require=integer", "--io=quantized")
    checker.report(True, "branches are integers only")
    model = checker.folder / "upsampling.onnx"
    onnx.save(make_upsampling(rng), model)
    for scheme in ["int8", "ternary"]:
        options = [f"--weights={scheme}", "--all-layers"]
        checker.check(f"upsampling {scheme}", model, samples, options, run_onnxruntime)
        checker.check(f"upsampling qonnx {scheme}", model, samples, [*options, "--format=qonnx"], run_qonnx)


def check_network(checker):
    rng = np.random.default_rng(11)
    model = checker.folder / "network.onnx"
    onnx.save(make_network(rng), model)
    samples = rng.normal(size=(48, 1, 2, 12, 12)).astype(np.float32)
    for scheme in SCHEMES:
        options = [f"--weights={scheme}", "--all-layers"]
        checker.check(f"qdq {scheme}", model, samples, options, run_onnxruntime)
        checker.check(f"qonnx {scheme}", model, samples, [*options, "--format=qonnx"], run_qonnx)
    more = {
        "groups": ["--weights=int4", "--group=16", "--activations=float"],
        "absmean": ["--weights=ternary", "--scales=absmean"],
        "percentile": ["--calibration=percentile", "--percentile=99.5"],
        "mse": ["--calibration=mse", "--no-bias-correction"],
    }
    for name, options in more.items():
        checker.check(name, model, samples, options, run_onnxruntime)


def check_digits(checker, models, data):
    """Points of accuracy lost on t10k; the digits for calibration are from the training set."""
    model = models / "mnist_cntk" / "model.onnx"
    digits = np.load(data / "train-10000-images.npy")[:400].astype(np.float32).reshape(-1, 1, 1, 28, 28)
    unseen = np.load(data / "t10k-first5000-images.npy").astype(np.float32).reshape(-1, 1, 1, 28, 28)
    labels = np.load(data / "t10k-first5000-labels.npy")

    def accuracy(outputs):
        return 100 * np.mean(outputs.argmax(1) == labels)

    exact = accuracy(run_onnxruntime(model, unseen))
    for scheme, most in [("int8", 0.5), ("int4", 1.5), ("ternary", 3)]:
        out, _ = checker.quantize(f"digits {scheme}", model, digits, [f"--weights={scheme}", "--all-layers"])
        lost = exact - accuracy(run_onnxruntime(out, unseen, optimise=True))
        text = checker.setun("run", out, "--batch", "--input", checker.save("unseen", unseen), "--labels",
                             data / "t10k-first5000-labels.npy")
        ours = exact - float(re.search(r"accuracy: ([0-9.]+)", text).group(1))
        checker.report(
            max(lost, ours) <= most,
            f"digits {scheme}: {lost:.2f} points lost in onnxruntime, {ours:.2f} in setun (at most {most})",
        )
    for scheme in ["int8", "int4"]:
        checker.check(f"mnist_cntk {scheme} qonnx", model, digits[:20], [f"--weights={scheme}", "--format=qonnx"],
                      run_qonnx)


def check_example(checker, example, digits, data):
    """Points of accuracy that the example's float CNN loses, on digits that calibration never saw."""
    model = example / "model.onnx"

    def to_input(images):
        return images.astype(np.float32).reshape(-1, 1, 1, 28, 28) / np.float32(255)

    images, labels = np.load(digits / "digits-1000-images.npy"), np.load(digits / "digits-1000-labels.npy")
    samples, unseen, labels = to_input(images[:200]), to_input(images[200:]), labels[200:]
    if data:
        samples = to_input(np.load(data / "train-10000-images.npy")[:500])
        unseen = to_input(np.load(data / "t10k-first5000-images.npy"))
        labels = np.load(data / "t10k-first5000-labels.npy")
    exact = run_onnxruntime(model, unseen).argmax(1)
    for scheme, most in [("int8", 0.5), ("int4", 1.5), ("ternary", 2)]:
        out, _ = checker.quantize(f"cnn {scheme}", model, samples, [f"--weights={scheme}"])
        theirs = run_onnxruntime(out, unseen).argmax(1)
        text = checker.setun("run", out, "--batch", "--input", checker.save("unseen", unseen), "--labels",
                             checker.save("labels", labels))
        ours = float(re.search(r"accuracy: ([0-9.]+)", text).group(1))
        before, after = (100 * np.mean(classes == labels) for classes in [exact, theirs])
        good = before - min(after, ours) <= most and abs(after - ours) <= 0.3
        checker.report(good, f"cnn {scheme}: {before:.2f} % float, {after:.2f} % in onnxruntime, {ours:.2f} % in setun "
                             f"(at most {most} less)")
    out, _ = checker.quantize("cnn integers", model, samples, ["--weights=ternary", "--outputs=int8"])
    checker.setun("compile", out, "-o", checker.folder / "c", "--require=integer", "--io=quantized")
    checker.report(True, "cnn is integers only")


def check_models(checker, models):
    for name in ["micro_kws_static_fp32", "espcn_resize_float"]:
        folder = models / name
        files = sorted(folder.glob("test_data_set_*/input_0.npy"))
        samples = np.stack([np.load(file) for file in files])
        for scheme in ["int8", "int4"]:
            checker.check(f"{name} {scheme}", folder / "model.onnx", samples, [f"--weights={scheme}"], run_onnxruntime)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", required=True, type=Path)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--examples", type=Path)
    options = parser.parse_args()
    options.work_dir.mkdir(parents=True, exist_ok=True)
    checker = Checker(options.work_dir)
    if options.examples:
        check_example(checker, options.examples / "mnist_cnn", options.examples / "mnist_bitnet", options.data)
    elif options.models:
        check_digits(checker, options.models, options.data)
        check_models(checker, options.models)
    else:
        check_network(checker)
        check_branches(checker)
    return 0 if checker.passed else 1


if __name__ == "__main__":
    sys.exit(main())
