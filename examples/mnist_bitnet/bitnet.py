# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The BitNet b1.58 multilayer perceptron that train.py trains and export.py exports. Quantisation is
# written in the ways people write it (detach or autograd.Function, RMSNorm inside or outside, with
# or without bias), because each way leaves a different graph in the ONNX file.

import torch
import torch.nn.functional as F
from torch import nn


def quantize_weight(weight):
    """Ternary by absmean: every weight becomes -s, 0 or +s with s = mean |weight|."""
    scale = 1.0 / weight.abs().mean().clamp(min=1e-5)
    return (weight * scale).round().clamp(-1, 1) / scale


def quantize_activation(x):
    """8 bit by absmax, one scale per token (row)."""
    scale = 127.0 / x.abs().max(dim=-1, keepdim=True).values.clamp(min=1e-5)
    return (x * scale).round().clamp(-128, 127) / scale


class WeightQuantizer(torch.autograd.Function):
    """quantize_weight with a straight-through gradient, as transformers' bitnet.py writes it."""

    @staticmethod
    def forward(ctx, weight):
        dtype = weight.dtype
        weight = weight.float()
        scale = 1.0 / weight.abs().mean().clamp_(min=1e-5)
        weight = (weight * scale).round().clamp(-1, 1) / scale
        return weight.to(dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class ActivationQuantizer(torch.autograd.Function):
    """quantize_activation with a straight-through gradient, likewise as transformers writes it."""

    @staticmethod
    def forward(ctx, x):
        dtype = x.dtype
        x = x.float()
        scale = 127 / x.abs().max(dim=-1, keepdim=True).values.clamp_(min=1e-5)
        x = (x * scale).round().clamp(-128, 127) / scale
        return x.to(dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class SpelledRmsNorm(nn.Module):
    """RMSNorm from elementary operations, for graphs that predate torch.nn.RMSNorm."""

    def __init__(self, features, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.eps = eps

    def forward(self, x):
        return x / torch.sqrt(x.pow(2).mean(dim=-1, keepdim=True) + self.eps) * self.weight


class BitLinear(nn.Linear):
    """A linear layer with ternary weights and 8-bit activations.

    `ste` is the straight-through estimator: "detach" or "function". `norm` is applied to the input.
    With `folded_weight` the weight is taken as already ternary and only the activations are live.
    """

    def __init__(self, in_features, out_features, bias, ste="detach", norm=None):
        super().__init__(in_features, out_features, bias=bias)
        self.ste = ste
        self.norm = norm
        self.folded_weight = False

    def forward(self, x):
        if self.norm is not None:
            x = self.norm(x)
        weight = self.weight
        if self.ste == "function":
            x = ActivationQuantizer.apply(x)
            if not self.folded_weight:
                weight = WeightQuantizer.apply(weight)
        else:
            x = x + (quantize_activation(x) - x).detach()
            if not self.folded_weight:
                weight = weight + (quantize_weight(weight) - weight).detach()
        return F.linear(x, weight, self.bias)

    def fold_weight(self, through_ste):
        """Replaces the weight by its quantised value q, or by w + (q - w) as a folder leaves it."""
        with torch.no_grad():
            quantized = quantize_weight(self.weight)
            if through_ste:
                quantized = self.weight + (quantized - self.weight)
            self.weight.copy_(quantized)
        self.folded_weight = True


class BitMlp(nn.Module):
    """Flatten, then BitLinear layers with a norm and ReLU between them; ends in 10 logits.

    With `pool` the image is first averaged over squares of 2x2 pixels, for small memories.

    `norm` is "batch" (BatchNorm1d after each hidden layer), "rms_outside" (SpelledRmsNorm there),
    "rms_module" (torch.nn.RMSNorm there) or "rms_inside" (SpelledRmsNorm as each BitLinear's norm).
    """

    def __init__(self, hidden, bias, norm, ste="detach", pool=False):
        super().__init__()
        self.pool = nn.AvgPool2d(2) if pool else None
        self.flatten = nn.Flatten()
        widths = [196 if pool else 784, *hidden, 10]
        inside = SpelledRmsNorm if norm == "rms_inside" else lambda features: None
        self.linears = nn.ModuleList(
            BitLinear(widths[i], widths[i + 1], bias, ste, inside(widths[i]))
            for i in range(len(widths) - 1)
        )
        outside = {
            "batch": nn.BatchNorm1d,
            "rms_outside": SpelledRmsNorm,
            "rms_module": lambda features: nn.RMSNorm(features, eps=1e-6),
            "rms_inside": lambda features: nn.Identity(),
        }[norm]
        self.norms = nn.ModuleList(outside(width) for width in hidden)

    def forward(self, image):
        x = self.flatten(self.pool(image) if self.pool else image)
        for linear, norm in zip(self.linears, self.norms):
            x = F.relu(norm(linear(x)))
        return self.linears[-1](x)


# The trainings. Variants of export.py that differ only in how the graph is written share one.
TRAININGS = {
    "main": dict(hidden=[256, 160], bias=False, norm="batch"),
    "batch_bias": dict(hidden=[64, 48], bias=True, norm="batch"),
    "batch": dict(hidden=[56, 50], bias=False, norm="batch"),
    "rms_inside": dict(hidden=[64, 48], bias=False, norm="rms_inside"),
    "rms_outside": dict(hidden=[48, 48], bias=False, norm="rms_outside"),
    "pooled": dict(hidden=[128, 64], bias=False, norm="batch", pool=True),
}
