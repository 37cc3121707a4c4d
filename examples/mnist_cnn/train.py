# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Trains a small float CNN on the first 9,000 digits of the data folder and writes it as ONNX. It
# knows nothing of quantisation: that is what `setun quantize` is for. Digits, distortions and the
# schedule are those of ../mnist_bitnet.

import argparse
import pathlib
import sys
import warnings

import onnx
import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mnist_bitnet"))
from train import TRAINING_DIGITS, accuracy, fit, load  # noqa: E402


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm0 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.norm0(self.conv0(x)))
        return F.relu(x + self.norm1(self.conv1(y)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 24, 3, padding=1, stride=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(24)
        self.block0 = Block(24)
        self.down = nn.Conv2d(24, 40, 3, padding=1, bias=False)
        self.down_norm = nn.BatchNorm2d(40)
        self.block1 = Block(40)
        self.dense = nn.Linear(40, 10)

    def forward(self, image):
        x = self.block0(F.relu(self.stem_norm(self.stem(image))))
        x = F.relu(self.down_norm(self.down(F.max_pool2d(x, 2))))
        return self.dense(self.block1(x).mean((2, 3)))


def export(model, path):
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.zeros(1, 1, 28, 28),),
            path,
            opset_version=17,
            dynamo=False,
            input_names=["image"],
            output_names=["logits"],
        )
    onnx.checker.check_model(str(path), full_check=True)


def main():
    parser = argparse.ArgumentParser(description="train the network of this folder")
    parser.add_argument("data", type=pathlib.Path, help="folder with train-10000-*.npy")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "model.onnx")
    parser.add_argument("--epochs", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, labels = load(options.data, TRAINING_DIGITS)
    model = Cnn()
    fit(model, images, labels, options.epochs, rate=3e-3, strength=0.8)
    print(f"training digits {accuracy(model, images, labels):.4f}")
    export(model, options.output)


if __name__ == "__main__":
    main()
