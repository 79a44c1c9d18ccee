"""resnet.json: one batch through ResNet-20 (He et al. 2015, section 4.2) by PyTorch: logits, loss, the
gradient of each weight, and the means that follow the batch.

Weights and pictures are streams of pseudo.py; of each gradient the file has the norm and the product
with a stream, so that nothing large is committed.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

import golden
from pseudo import fractions

BATCH = 4
PICTURES, LABELS, DIRECTIONS = 1000, [3, 0, 9, 5], 2000
MOMENTUM, EPSILON = 0.1, 1e-5  # PyTorch's momentum weighs the new


class Streams:
    """Weights in the order of the network's layers, each from the next stream."""

    def __init__(self):
        self.weights = []

    def kernel(self, *shape):
        limit = math.sqrt(6 / math.prod(shape[:-1]))
        return self.add(shape, (2 * self.next(shape) - 1) * limit)

    def near(self, value, size):
        return self.add([size], value + (self.next([size]) - 0.5) / 5)

    def next(self, shape):
        return fractions(len(self.weights), math.prod(shape))

    def add(self, shape, values):
        weight = golden.parameter(values.reshape(shape))
        self.weights.append(weight)
        return weight


class Network:
    """The network and the means of its normalisations; draws weights in the order in which it runs."""

    def __init__(self):
        self.streams, self.means = Streams(), []

    def conv(self, x, filters, stride):
        kernel = self.streams.kernel(3, 3, x.shape[1], filters)
        y = F.conv2d(x, kernel.permute(3, 2, 0, 1), stride=stride, padding=1)
        gamma, beta = self.streams.near(1, filters), self.streams.near(0, filters)
        mean, variance = torch.zeros(filters), torch.ones(filters)
        y = F.batch_norm(y, mean, variance, gamma, beta, True, MOMENTUM, EPSILON)
        self.means.append(mean)
        return y

    def block(self, x, filters, stride):
        y = self.conv(F.relu(self.conv(x, filters, stride)), filters, 1)
        if stride > 1:
            x = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, filters - x.shape[1]))
        return F.relu(x + y)

    def logits(self, x):
        x = F.relu(self.conv(x, 16, 1))
        for filters in (16, 32, 64):
            for i in range(3):
                x = self.block(x, filters, 2 if filters > 16 and i == 0 else 1)
        return x.mean((2, 3)) @ self.streams.kernel(64, 10) + self.streams.near(0, 10)


def generate():
    pictures = 2 * fractions(PICTURES, BATCH * 32 * 32 * 3) - 1
    x = torch.tensor(pictures.reshape(BATCH, 32, 32, 3)).permute(0, 3, 1, 2)
    network = Network()
    logits = network.logits(x)
    loss = F.cross_entropy(logits, torch.tensor(LABELS))
    loss.backward()
    gradients = [weight.grad.numpy() for weight in network.streams.weights]
    golden.write(
        "resnet",
        __file__,
        0,
        {
            "labels": LABELS,
            "pictures": PICTURES,
            "directions": DIRECTIONS,
            "logits": golden.tensor(logits),
            "loss": loss.item(),
            "norms": golden.numbers([np.linalg.norm(g) for g in gradients]),
            "products": golden.numbers(
                [
                    g.ravel() @ (2 * fractions(DIRECTIONS + i, g.size) - 1)
                    for i, g in enumerate(gradients)
                ]
            ),
            "means": golden.tensor(torch.cat(network.means)),
        },
    )
