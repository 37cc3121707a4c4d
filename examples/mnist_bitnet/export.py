# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Writes every .npy, .onnx and .json file of this folder: the held-out digits, the main model, its
# variants, and test data for each of them in the layout of ONNX's backend tests. Without
# --checkpoints the weights come from the committed .onnx files, whose float initializers are the
# checkpoint, so the folder can be regenerated without training.

import argparse
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

# The newest opset that torch.onnx.export(..., dynamo=True) of torch 2.13 accepts.
NEWEST_OPSET = 23

# Folder of each model -> how it is written. `training` names an entry of TRAININGS, "fold" is None,
# "quantized" (q/s) or "through_ste" (w + (q - w)).
MODELS = {
    ".": dict(training="main", exporter="torchscript", opset=17),
    "variants/torchscript_opset13_bias_detach": dict(
        training="batch_bias", exporter="torchscript", opset=13
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
    "variants/dynamo_newest_bias_function": dict(
        training="batch_bias", exporter="dynamo", opset=NEWEST_OPSET, ste="function"
    ),
}

# Which committed file holds the float weights of each training.
WEIGHTS_OF_TRAINING = {
    "main": ".",
    "batch_bias": "variants/torchscript_opset13_bias_detach",
    "batch": "variants/torchscript_opset17_nobias_function",
    "rms_inside": "variants/torchscript_opset17_rmsnorm_inside_detach",
    "rms_outside": "variants/dynamo_opset18_rmsnorm_outside_function",
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


def write_test_data(folder, batches):
    """One test_data_set_N per batch of digits; outputs by onnxruntime without graph rewrites."""
    session_options = onnxruntime.SessionOptions()
    session_options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session_options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", session_options)
    for old in folder.glob("test_data_set_*"):
        shutil.rmtree(old)
    for index, batch in enumerate(batches):
        (logits,) = session.run(None, {"image": batch})
        data_set = folder / f"test_data_set_{index}"
        data_set.mkdir()
        np.save(data_set / "input_0.npy", batch)
        np.save(data_set / "output_0.npy", logits)


def main():
    parser = argparse.ArgumentParser()
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
        export(build(description, weights[description["training"]]), description,
               HERE / folder / "model.onnx")
        sizes = [1] * (5 if folder == "." else 3)
        if description.get("dynamic_batch"):
            sizes[1] = 3
        first, batches = 0, []
        for size in sizes:
            batch = images[first : first + size, None].astype(np.float32) / np.float32(255)
            batches.append(batch)
            first += size
        write_test_data(HERE / folder, batches)
        expect = {"argmax": True, "atol": 1e-4, "expect": "match", "rtol": 1e-5}
        (HERE / folder / "expect.json").write_text(json.dumps(expect, indent=1) + "\n")
        print(folder)


if __name__ == "__main__":
    main()
