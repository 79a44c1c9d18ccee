"""Test accuracy of examples/mnist-convnet.ts's network as PyTorch trains it: same layers, initial
weights of the same distributions, Adam, batches and split.

    python scripts/peers/mnist_convnet.py --data DIR --seeds 1 2 3

Needs numpy and torch (scripts/bench/requirements.txt).
"""

import argparse
import gzip
import os
import time

import numpy as np
import torch
from torch import nn

VALIDATION = 0.1
BATCH = 128


def read_idx(folder: str, name: str) -> np.ndarray:
    """The array of an idx file of bytes, packed or not."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, "rb") as file:
            content = file.read()
    else:
        with gzip.open(path + ".gz", "rb") as file:
            content = file.read()
    rank = content[3]
    shape = np.frombuffer(content, ">i4", rank, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def pictures(folder: str, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [samples, 1, 28, 28] in [0, 1] with channels last in memory, and their labels."""
    images = torch.tensor(read_idx(folder, f"{part}-images-idx3-ubyte").astype(np.float32) / 255)
    labels = torch.tensor(read_idx(folder, f"{part}-labels-idx1-ubyte").astype(np.int64))
    return images[:, None].to(memory_format=torch.channels_last), labels


def convnet() -> nn.Sequential:
    """Keras' network, with its initializers: Glorot's uniform one, and zeros."""
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(1600, 10),
    )
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model.to(memory_format=torch.channels_last)


def train(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epochs: int) -> None:
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[rows]), labels[rows]).backward()
            optimizer.step()


def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(part).argmax(1) for part in images.split(1000)])
    return (predicted == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="directory of the MNIST files")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args()
    images, labels = pictures(options.data, "train")
    tested = pictures(options.data, "t10k")
    trained = round(len(images) * (1 - VALIDATION))  # nabla's validation takes the rest
    found = []
    print(f"PyTorch {torch.__version__}", flush=True)
    for seed in options.seeds:
        torch.manual_seed(seed)
        start = time.perf_counter()
        model = convnet()
        train(model, images[:trained], labels[:trained], options.epochs)
        found.append(accuracy(model, *tested))
        print(f"seed {seed}: {found[-1]:.4f}, {time.perf_counter() - start:.0f} s", flush=True)
    print(f"mean {np.mean(found):.4f}")


if __name__ == "__main__":
    main()
