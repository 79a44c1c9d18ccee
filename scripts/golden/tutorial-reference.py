#!/usr/bin/env python3
"""The tutorial's program in PyTorch, for comparing figures with scripts/train-mnist.ts.

MNIST's 60,000 training images are split 35/15/50 into training, validation and test, in file order;
shuffle with a buffer of 1,024, batch 32; 784-32-64-128-10, SGD 0.01. Initialised as Keras does:
Glorot uniform kernels, biases 0. MNIST's own 10,000 test images are told beside.
"""

import argparse
import gzip
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

SIZES = [784, 32, 64, 128, 10]
TRAIN = 21_000
VALIDATION = 9_000
SHUFFLE_BUFFER = 1024
ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the gzipped IDX files")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    parser.add_argument("--reduction", choices=["sum", "mean"], default="sum")
    parser.add_argument("--verbose", action="store_true", help="print a line for each epoch")
    return parser.parse_args()


def read(folder, part):
    """Images [n, 784] in [0, 1] and labels [n]."""
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(images, dtype=np.uint8, offset=16).reshape(-1, SIZES[0])
    y = np.frombuffer(labels, dtype=np.uint8, offset=8)
    return torch.from_numpy(x.astype(np.float32)) * (1 / 255), torch.from_numpy(y.astype(np.int64))


def draw_weights():
    weights = []
    for inputs, units in zip(SIZES, SIZES[1:]):
        limit = math.sqrt(6 / (inputs + units))
        weights += [torch.empty(inputs, units).uniform_(-limit, limit), torch.zeros(units)]
    return [w.requires_grad_() for w in weights]


def shuffled(count, random):
    """0 ... count - 1 as tf.data's shuffle gives them: each draw from a buffer that is refilled."""
    buffer = list(range(min(SHUFFLE_BUFFER, count)))
    order = []
    for refill in range(len(buffer), count):
        place = random.integers(len(buffer))
        order.append(buffer[place])
        buffer[place] = refill
    return torch.tensor(order + random.permutation(buffer).tolist())


def forward(weights, x, activation):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = activation(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def train_epoch(weights, x, y, order, options):
    """Returns the mean loss and the accuracy over the epoch's samples, each before its update."""
    optimizer = torch.optim.SGD(weights, lr=options.rate)
    loss_sum = correct = 0
    for rows in order.split(options.batch):
        logits = forward(weights, x[rows], ACTIVATIONS[options.activation])
        loss = F.cross_entropy(logits, y[rows], reduction="none")
        optimizer.zero_grad()
        (loss.sum() if options.reduction == "sum" else loss.mean()).backward()
        optimizer.step()
        loss_sum += loss.sum().item()
        correct += (logits.argmax(1) == y[rows]).sum().item()
    return loss_sum / len(order), correct / len(order)


def evaluate(weights, x, y, options):
    with torch.no_grad():
        logits = forward(weights, x, ACTIVATIONS[options.activation])
        loss = F.cross_entropy(logits, y).item()
    return loss, (logits.argmax(1) == y).float().mean().item()


def main():
    options = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    x, y = read(options.data, "train")
    valid_x, valid_y = x[TRAIN : TRAIN + VALIDATION], y[TRAIN : TRAIN + VALIDATION]
    weights = draw_weights()
    for epoch in range(1, options.epochs + 1):
        order = shuffled(TRAIN, random)
        train = train_epoch(weights, x, y, order, options)
        if options.verbose:
            valid = evaluate(weights, valid_x, valid_y, options)
            print(
                f"epoch{epoch}: train_loss:{train[0]:.6f}, train_acc:{train[1]:.6f}, "
                f"valid_loss:{valid[0]:.6f}, valid_acc:{valid[1]:.6f}",
                flush=True,
            )
    test_x, test_y = x[TRAIN + VALIDATION :], y[TRAIN + VALIDATION :]
    test_loss, test_accuracy = evaluate(weights, test_x, test_y, options)
    figures = {
        "trainLoss": train[0],
        "testLoss": test_loss,
        "testAccuracy": test_accuracy,
        "t10kAccuracy": evaluate(weights, *read(options.data, "t10k"), options)[1],
    }
    told = {key: getattr(options, key) for key in ("seed", "reduction", "activation", "epochs")}
    print(json.dumps({**told, **{key: round(value, 6) for key, value in figures.items()}}))


if __name__ == "__main__":
    main()
