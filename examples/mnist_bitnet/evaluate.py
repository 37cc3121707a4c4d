# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Measures the accuracy of ONNX models with onnxruntime, one digit at a time because most have a
# fixed batch of 1. The numbers in ABOUT.md come from here.

import argparse
import pathlib

import numpy as np
import onnxruntime

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description="accuracy of a model with onnxruntime")
    parser.add_argument("model", nargs="*", default=[HERE / "model.onnx"], type=pathlib.Path)
    parser.add_argument("--images", default=HERE / "digits-1000-images.npy", type=pathlib.Path)
    parser.add_argument("--labels", default=HERE / "digits-1000-labels.npy", type=pathlib.Path)
    arguments = parser.parse_args()

    images = np.load(arguments.images)[:, None, None].astype(np.float32) / np.float32(255)
    labels = np.load(arguments.labels)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    for model in arguments.model:
        session = onnxruntime.InferenceSession(model, options)
        predictions = [session.run(None, {"image": image})[0].argmax() for image in images]
        correct = int(np.count_nonzero(np.array(predictions) == labels))
        print(f"{model}: {correct}/{len(labels)} correct, {correct / len(labels):.2%}")


if __name__ == "__main__":
    main()
