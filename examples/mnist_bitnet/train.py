# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Trains the networks of bitnet.py on the first 9,000 digits of the data folder and saves one
# checkpoint each, for export.py to read. Every digit is distorted anew in every epoch, and a small
# float CNN, trained here on the same 9,000, supplies soft targets: 9,000 digits are few, and the
# CNN generalises better than a ternary MLP does alone.

import argparse
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bitnet import TRAININGS, BitMlp

TRAINING_DIGITS = 9000  # The other 1,000 are the example's held-out digits.
VALIDATION_DIGITS = 1000  # Out of the 9,000; only --validate holds them back.
BATCH = 128


def load(folder, count):
    images = np.load(folder / "train-10000-images.npy")[:count]
    labels = np.load(folder / "train-10000-labels.npy")[:count]
    return (
        torch.from_numpy(images).float().div(255).unsqueeze(1),
        torch.from_numpy(labels.astype(np.int64)),
    )


def distort(images, strength=1.0):
    """Random rotation, scale, shear, shift and a smooth elastic field, one draw per image."""
    count = len(images)

    def uniform(limit):
        return (torch.rand(count) * 2 - 1) * limit * strength

    angle, shear = uniform(0.26), uniform(0.25)
    scale_x, scale_y = 1 + uniform(0.15), 1 + uniform(0.15)
    cos, sin = torch.cos(angle), torch.sin(angle)
    affine = torch.stack(
        [
            torch.stack([cos * scale_x, (shear - sin) * scale_x, uniform(0.14)], dim=1),
            torch.stack([sin * scale_y, cos * scale_y, uniform(0.14)], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    coarse = torch.randn(count, 2, 6, 6) * (0.075 * strength)
    elastic = F.interpolate(coarse, size=(28, 28), mode="bilinear", align_corners=True)
    grid = grid + elastic.permute(0, 2, 3, 1)
    return F.grid_sample(images, grid, mode="bilinear", align_corners=False)


def make_teacher():
    def block(inputs, outputs, size):
        return [
            nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]

    return nn.Sequential(
        *block(1, 16, 5),
        *block(16, 32, 3),
        nn.Conv2d(32, 64, 3, padding=1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(64 * 7 * 7, 128),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def soft_targets_loss(logits, labels, teacher_logits, temperature=2.0):
    """Mostly the teacher's opinion, partly the label."""
    hard = F.cross_entropy(logits, labels, label_smoothing=0.02)
    if teacher_logits is None:
        return hard
    soft = F.kl_div(
        F.log_softmax(logits / temperature, dim=1),
        F.log_softmax(teacher_logits / temperature, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    return 0.3 * hard + 0.7 * temperature**2 * soft


@torch.no_grad()
def accuracy(model, images, labels):
    model.eval()
    return (model(images).argmax(dim=1) == labels).float().mean().item()


def fit(model, images, labels, epochs, rate, strength, teacher=None, validation=None):
    """AdamW with a cosine schedule. The weights it moves are float; BitLinear quantises them."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
    batches = len(images) // BATCH
    steps, warm_up = epochs * batches, 2 * batches
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1, (step + 1) / warm_up) * 0.5 * (1 + math.cos(math.pi * step / steps)),
    )
    start = time.time()
    for epoch in range(epochs):
        # The last tenth sees gentler distortions, closer to the digits the model will meet.
        distortion = strength if epoch < 0.9 * epochs else 0.6 * strength
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(images))[: batches * BATCH].split(BATCH):
            batch, batch_labels = distort(images[chosen], distortion), labels[chosen]
            with torch.no_grad():
                teacher_logits = teacher(batch) if teacher else None
            loss = soft_targets_loss(model(batch), batch_labels, teacher_logits)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        if epoch % 10 == 9 or epoch == epochs - 1:
            line = f"epoch {epoch + 1}/{epochs} loss {total / batches:.4f}"
            if validation:
                line += f" validation {accuracy(model, *validation):.4f}"
            print(f"{line} ({time.time() - start:.0f} s)", flush=True)


@torch.no_grad()
def settle(model):
    """Moves weights off the boundary between 0 and 1, |w| = mean |W| / 2, to the side they are on.

    The straight-through estimator drives weights back and forth across that boundary by ever
    smaller steps, so up to a fifth of a layer ends within 0.001 of it and some within 1e-6. There
    the order in which mean |W| is summed decides the code, and runtimes would not agree.
    """
    for linear in model.linears:
        weight = linear.weight.double()
        mean = weight.abs().mean()
        ratio = weight.abs() / mean
        target = torch.where(ratio > 0.5, 0.502, 0.498) * mean * weight.sign()
        near = (ratio - 0.5).abs() < 1e-3
        linear.weight.copy_(torch.where(near, target, weight))
        print(f"settled {int(near.sum())} of {near.numel()} weights", flush=True)


def main():
    parser = argparse.ArgumentParser(description="train the networks of this folder")
    parser.add_argument("data", type=pathlib.Path, help="folder with train-10000-*.npy")
    parser.add_argument("checkpoints", type=pathlib.Path, help="folder to write NAME.pt into")
    parser.add_argument("--only", nargs="*", choices=TRAININGS, default=list(TRAININGS))
    parser.add_argument("--epochs", type=int, default=90, help="for the main model")
    parser.add_argument("--variant-epochs", type=int, default=120)
    parser.add_argument("--teacher-epochs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--strength", type=float, default=0.6, help="of the distortions")
    parser.add_argument(
        "--validate",
        action="store_true",
        help="hold back the last 1,000 of the 9,000, to choose hyper-parameters with",
    )
    options = parser.parse_args()
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(0)

    images, labels = load(options.data, TRAINING_DIGITS)
    validation = None
    if options.validate:
        validation = images[-VALIDATION_DIGITS:], labels[-VALIDATION_DIGITS:]
        images, labels = images[:-VALIDATION_DIGITS], labels[:-VALIDATION_DIGITS]

    teacher = make_teacher()
    saved_teacher = options.checkpoints / "teacher.pt"
    if saved_teacher.exists():
        teacher.load_state_dict(torch.load(saved_teacher))
    else:
        print("teacher", flush=True)
        fit(teacher, images, labels, options.teacher_epochs, 2e-3, 1.0, validation=validation)
        torch.save(teacher.state_dict(), saved_teacher)
    teacher.eval()

    for name in options.only:
        print(name, flush=True)
        torch.manual_seed(1)
        model = BitMlp(**TRAININGS[name])
        epochs = options.epochs if name == "main" else options.variant_epochs
        fit(model, images, labels, epochs, options.rate, options.strength, teacher, validation)
        settle(model)
        torch.save(model.state_dict(), options.checkpoints / f"{name}.pt")


if __name__ == "__main__":
    main()
