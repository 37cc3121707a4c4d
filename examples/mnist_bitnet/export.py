# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Writes every .npy, .onnx and .json file of this folder: the held-out digits, the main model, its
# variants, and test data for each of them in the layout of ONNX's backend tests. Without
# --checkpoints the weights come from the committed .onnx files, whose float initializers are the
# checkpoint, so the folder can be regenerated without training.

import argparse
import copy
import json
import pathlib
import shutil
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from bitnet import TRAININGS, BitMlp

HERE = pathlib.Path(__file__).resolve().parent
HELD_OUT_DIGITS = 1000

# The newest opset that the dynamo exporter of torch 2.13 writes by itself: from 26 on it falls back
# to ONNX's C++ version converter, and onnxruntime 1.31 reads nothing above 26.
NEWEST_OPSET = 25

# A digit serves as test data only if none of its activations lies closer than this (in codes) to a
# tie of Round. Exact integer sums and float sums of the same products then give the same codes, and
# the outputs differ by float rounding alone: within 1e-5 of float64, hence the tolerance of 1e-4.
TIE_MARGIN = 1e-3
TOLERANCE = {"argmax": True, "atol": 1e-4, "expect": "match", "rtol": 1e-5}

# Folder of each model -> how it is written. `training` names an entry of TRAININGS, "fold" is None,
# "quantized" (q/s) or "through_ste" (w + (q - w)).
MODELS = {
    ".": dict(training="main", exporter="torchscript", opset=17),
    "variants/torchscript_opset13_bias_detach": dict(
        training="batch_bias", exporter="torchscript", opset=13
    ),
    "variants/torchscript_opset13_rmsnorm_outside_detach": dict(
        training="rms_outside", exporter="torchscript", opset=13
    ),
    "variants/torchscript_opset17_nobias_function": dict(
        training="batch", exporter="torchscript", opset=17, ste="function"
    ),
    "variants/torchscript_opset17_rmsnorm_inside_detach": dict(
        training="rms_inside", exporter="torchscript", opset=17
    ),
    "variants/torchscript_opset17_dynamic_batch_detach": dict(
        training="batch", exporter="torchscript", opset=17, dynamic_batch=True
    ),
    "variants/torchscript_opset17_folded_weights_detach": dict(
        training="batch", exporter="torchscript", opset=17, fold="quantized"
    ),
    "variants/dynamo_opset18_nobias_detach": dict(
        training="batch", exporter="dynamo", opset=18
    ),
    "variants/dynamo_opset18_external_data_function": dict(
        training="batch", exporter="dynamo", opset=18, ste="function", external_data=True
    ),
    "variants/dynamo_opset18_dynamic_batch_function": dict(
        training="batch", exporter="dynamo", opset=18, ste="function", dynamic_batch=True
    ),
    "variants/dynamo_opset18_rmsnorm_outside_function": dict(
        training="rms_outside", exporter="dynamo", opset=18, ste="function"
    ),
    "variants/dynamo_opset18_rmsnorm_module_detach": dict(
        training="rms_outside", exporter="dynamo", opset=18, norm="rms_module"
    ),
    "variants/dynamo_opset18_folded_ste_weights_detach": dict(
        training="batch", exporter="dynamo", opset=18, fold="through_ste"
    ),
    "variants/torchscript_opset17_pooled_detach": dict(
        training="pooled", exporter="torchscript", opset=17
    ),
    "variants/dynamo_newest_bias_function": dict(
        training="batch_bias", exporter="dynamo", opset=NEWEST_OPSET, ste="function"
    ),
}

# Which committed file holds the float weights of each training, under their PyTorch names: all are
# TorchScript exports with detach, because the dynamo exporter folds the small layers and an
# autograd.Function costs the weights their names.
WEIGHTS_OF_TRAINING = {
    "main": ".",
    "batch_bias": "variants/torchscript_opset13_bias_detach",
    "batch": "variants/torchscript_opset17_dynamic_batch_detach",
    "rms_inside": "variants/torchscript_opset17_rmsnorm_inside_detach",
    "rms_outside": "variants/torchscript_opset13_rmsnorm_outside_detach",
    "pooled": "variants/torchscript_opset17_pooled_detach",
}


def read_weights(training, checkpoints):
    """The state dict of one training, from a checkpoint or from the committed .onnx file."""
    if checkpoints:
        return torch.load(checkpoints / f"{training}.pt")
    model = onnx.load(HERE / WEIGHTS_OF_TRAINING[training] / "model.onnx")
    return {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in model.graph.initializer
    }


def build(description, weights):
    """The PyTorch model that one entry of MODELS exports."""
    arguments = dict(TRAININGS[description["training"]])
    arguments["norm"] = description.get("norm", arguments["norm"])
    model = BitMlp(**arguments, ste=description.get("ste", "detach"))
    expected = model.state_dict()
    # The files also hold constants of the exporter, and no num_batches_tracked.
    found = {name: value for name, value in weights.items() if name in expected}
    missing = set(expected) - set(found)
    if any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"no weights for {sorted(missing)}")
    model.load_state_dict(found, strict=False)
    model.eval()
    if fold := description.get("fold"):
        for linear in model.linears:
            linear.fold_weight(through_ste=fold == "through_ste")
    return model


def strip_metadata(path):
    """Drops the metadata and doc strings in which the dynamo exporter records stack traces with the
    absolute paths of the machine it ran on. Everything else stays as the exporter wrote it; weights
    in a side file are neither read nor moved."""
    model = onnx.load(path, load_external_data=False)
    del model.metadata_props[:]
    model.doc_string = ""
    graph = model.graph
    holders = [graph, *graph.node, *graph.initializer, *graph.input, *graph.output]
    for holder in [*holders, *graph.value_info]:
        del holder.metadata_props[:]
        holder.doc_string = ""
    for function in model.functions:
        for holder in [function, *function.node, *function.value_info]:
            del holder.metadata_props[:]
            holder.doc_string = ""
    path.write_bytes(model.SerializeToString(deterministic=True))


def export(model, description, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name("model.onnx.data").unlink(missing_ok=True)
    dynamic = description.get("dynamic_batch", False)
    # An example batch of 1 would make torch.export treat the dimension as the constant 1.
    image = torch.zeros(2 if dynamic else 1, 1, 28, 28)
    names = dict(input_names=["image"], output_names=["logits"])
    if description["exporter"] == "torchscript":
        if dynamic:
            names["dynamic_axes"] = {"image": {0: "batch"}, "logits": {0: "batch"}}
        torch.onnx.export(
            model, (image,), path, dynamo=False, opset_version=description["opset"], **names
        )
    else:
        if dynamic:
            names["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(
            model,
            (image,),
            path,
            dynamo=True,
            opset_version=description["opset"],
            external_data=description.get("external_data", False),
            verbose=False,
            **names,
        )
    strip_metadata(path)
    onnx.checker.check_model(str(path), full_check=True)


def distance_from_ties(model, images):
    """How close any activation of each image comes to k + 0.5 before Round, and the logits, both
    evaluated in float64."""
    distances = torch.full((len(images),), 0.5, dtype=torch.float64)

    def look(linear, inputs):
        x = inputs[0] if linear.norm is None else linear.norm(inputs[0])
        scale = 127.0 / x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5)
        from_tie = (torch.frac((x * scale).abs()) - 0.5).abs()
        torch.minimum(distances, from_tie.amin(dim=-1), out=distances)

    model = copy.deepcopy(model).double()
    for linear in model.linears:
        linear.ste = "detach"  # The autograd.Function form casts to float32.
        linear.register_forward_pre_hook(look)
    with torch.no_grad():
        logits = model(images)
    return distances.numpy(), logits.numpy()


def write_test_data(folder, model, images, sizes):
    """One test_data_set_N of each size; outputs by onnxruntime without graph rewrites."""
    session_options = onnxruntime.SessionOptions()
    session_options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session_options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", session_options)
    pixels = images[:, None].astype(np.float32) / np.float32(255)
    # float64 of the float32 pixels: the reference sees the same input.
    distances, exact = distance_from_ties(model, torch.from_numpy(pixels).double())
    clear = np.flatnonzero(distances >= TIE_MARGIN)
    for old in folder.glob("test_data_set_*"):
        shutil.rmtree(old)
    chosen = np.split(clear[: sum(sizes)], np.cumsum(sizes)[:-1])
    error = 0.0
    for index, digits in enumerate(chosen):
        (logits,) = session.run(None, {"image": pixels[digits]})
        error = max(error, np.abs(logits - exact[digits]).max())
        data_set = folder / f"test_data_set_{index}"
        data_set.mkdir()
        np.save(data_set / "input_0.npy", pixels[digits])
        np.save(data_set / "output_0.npy", logits)
    (folder / "expect.json").write_text(json.dumps(TOLERANCE, indent=1) + "\n")
    return [digits.tolist() for digits in chosen], len(clear), error


def main():
    parser = argparse.ArgumentParser(description="regenerate the files of this folder")
    parser.add_argument("--checkpoints", type=pathlib.Path, help="folder that train.py wrote")
    parser.add_argument("--data", type=pathlib.Path, help="recut the held-out digits from here")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)

    if options.data:
        for kind in ("images", "labels"):
            digits = np.load(options.data / f"train-10000-{kind}.npy")[-HELD_OUT_DIGITS:]
            np.save(HERE / f"digits-1000-{kind}.npy", digits.astype(np.uint8))
    images = np.load(HERE / "digits-1000-images.npy")

    weights = {name: read_weights(name, options.checkpoints) for name in TRAININGS}
    for folder, description in MODELS.items():
        model = build(description, weights[description["training"]])
        export(model, description, HERE / folder / "model.onnx")
        sizes = [1] * (5 if folder == "." else 3)
        if description.get("dynamic_batch"):
            sizes[1] = 3
        chosen, clear, error = write_test_data(HERE / folder, model, images, sizes)
        print(f"{folder}: digits {chosen} of {clear} clear of ties, {error:.1e} from float64")


if __name__ == "__main__":
    main()
