"""tutorial-float64.json: the mean loss of each step of one epoch of the tutorial's network.

784-32-64-128-10, ReLU and softmax, sparse categorical cross-entropy, SGD 0.01, batches of 32 in
order, no shuffle, all in float64. Weights and synthetic images follow from formulas of integers
(see pseudo.py and the README), so nothing large is committed.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import golden
from pseudo import fractions, words

SIZES = [784, 32, 64, 128, 10]
SAMPLES = 21_000
BATCH_SIZE = 32
RATE = 0.01

# Streams of pseudo.py. The kernel of layer k is stream k, from 1 on.
STROKES, LABELS, INK = 5, 6, 7


def start_weights():
    """Kernels within Glorot's limits, biases 0."""
    weights = []
    for layer, (inputs, units) in enumerate(zip(SIZES, SIZES[1:]), start=1):
        limit = np.sqrt(6 / (inputs + units))
        kernel = (2 * fractions(layer, inputs * units) - 1) * limit
        weights += [kernel.reshape(inputs, units), np.zeros(units)]
    return weights


def synthetic(samples=SAMPLES):
    """Ten classes of images: an eighth of the pixels, those of the class, are inked more often."""
    stroke = (words(STROKES, 10 * 784) >> np.uint32(28) < 2).reshape(10, 784)
    labels = (words(LABELS, samples) % np.uint32(10)).astype(np.uint8)
    dice = words(INK, samples * 784).reshape(samples, 784)
    chance = np.where(stroke[labels], 64, 32)
    grey = dice >> np.uint32(8) & np.uint32(255)
    return np.where((dice & np.uint32(255)) < chance, grey, 0).astype(np.uint8), labels


def mnist(samples=SAMPLES):
    """The first images and labels of MNIST's training set in file order; None without the files."""
    folder = os.environ.get("NABLA_DATA")
    folder = Path(folder) if folder else Path(__file__).resolve().parents[3] / "shared/data/mnist"
    images, labels = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"
    if not images.exists():
        return None
    return read(images, 16).reshape(-1, 784)[:samples], read(labels, 8)[:samples]


def read(file, header):
    return np.frombuffer(gzip.decompress(file.read_bytes()), dtype=np.uint8, offset=header)


def epoch(images, labels, reduction, disturb=lambda weights: None, order=lambda rows: rows):
    """Mean loss of each step before its update. `disturb` and `order` are for measuring how much
    rounding matters: a change of the weights, an order of the samples of a batch."""
    weights = [golden.parameter(w) for w in start_weights()]
    with torch.no_grad():
        disturb(weights)
    losses = []
    for start in range(0, len(images), BATCH_SIZE):
        rows = order(np.arange(start, min(start + BATCH_SIZE, len(images))))
        x = torch.from_numpy(images[rows].astype(np.float64)) * (1 / 255)
        y = torch.from_numpy(labels[rows].astype(np.int64))
        logits = forward(weights, x)
        loss = F.cross_entropy(logits, y, reduction="none")
        losses.append(loss.mean().item())
        descend(weights, loss.sum() if reduction == "sum" else loss.mean())
    return losses


def forward(weights, x):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = torch.relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def descend(weights, target):
    gradients = torch.autograd.grad(target, weights)
    with torch.no_grad():
        for w, g in zip(weights, gradients):
            w -= RATE * g


def generate():
    runs = []
    for dataset, load in (("mnist", mnist), ("synthetic", synthetic)):
        data = load()
        if data is None:
            raise FileNotFoundError("MNIST: set NABLA_DATA to the folder of its gzipped IDX files")
        for reduction in ("sum", "mean"):
            losses = epoch(*data, reduction)
            runs.append({"dataset": dataset, "reduction": reduction, "losses": losses})
    golden.write("tutorial-float64", __file__, None, {"runs": runs})


def measure():
    """Prints how far the losses of one epoch stray when only rounding changes."""
    for dataset, load in (("mnist", mnist), ("synthetic", synthetic)):
        for reduction in ("sum", "mean"):
            data = load()
            base = np.array(epoch(*data, reduction))
            random = np.random.default_rng(0)
            noise = torch.Generator().manual_seed(0)

            def disturb(weights):
                for w in weights:
                    w *= 1 + 1e-15 * torch.randn(w.shape, generator=noise)

            for name, change in (
                ("samples of a batch permuted", {"order": random.permutation}),
                ("weights times 1 + 1e-15 noise", {"disturb": disturb}),
            ):
                other = np.array(epoch(*data, reduction, **change))
                worst = np.max(np.abs(other - base) / base)
                print(f"{dataset}, {reduction}, {name}: {worst:.1e} relative at most")


if __name__ == "__main__":
    measure()
