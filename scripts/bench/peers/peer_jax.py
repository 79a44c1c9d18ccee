"""JAX as a contender, by jax.jit with donated weights."""

import os

from protocol import Data, serve, threads

options = threads()
# XLA takes as many threads as there are processors when it starts.
if hasattr(os, "sched_setaffinity"):
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(processors)[-options.threads :])

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_platforms", "cpu")
jax.devices()
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, processors)


def forward(weights, x):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = jax.nn.relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def losses(weights, x, y):
    scores = jax.nn.log_softmax(forward(weights, x))
    return -jnp.take_along_axis(scores, y[:, None], axis=1)[:, 0]


def updated(weights, gradient, rate):
    return [w - rate * g for w, g in zip(weights, gradient)]


class Network:
    def __init__(self, request):
        self.data = Data(request)
        self.x = jnp.asarray(self.data.images)
        self.y = jnp.asarray(self.data.labels.astype(np.int32))
        self.weights = [jnp.asarray(w) for w in self.data.weights]


class Step(Network):
    def __init__(self, request):
        super().__init__(request)
        self.batches = [jnp.asarray(rows) for rows in self.data.batches(request["batch"])]
        self.next = 0

        def step(weights, images, labels, rows):
            x, y = images[rows], labels[rows]
            gradient = jax.grad(lambda w: losses(w, x, y).sum())(weights)
            return updated(weights, gradient, request["rate"])

        self.step = jax.jit(step, donate_argnums=0)

    def run(self, repeat):
        weights = self.weights
        for _ in range(repeat):
            weights = self.step(weights, self.x, self.y, self.batches[self.next % len(self.batches)])
            self.next += 1
        self.weights = jax.block_until_ready(weights)

    def loss(self):
        rows = self.batches[0]
        return float(losses(self.weights, self.x[rows], self.y[rows]).mean())


class Predict(Network):
    def __init__(self, request):
        super().__init__(request)
        self.input = self.x[: request["batch"]]
        self.forward = jax.jit(lambda weights, x: jax.nn.softmax(forward(weights, x)))

    def run(self, repeat):
        for _ in range(repeat):
            np.asarray(self.forward(self.weights, self.input))


class Epoch(Network):
    """Epochs over the training part; the loop over batches by lax.scan with `--mode scan`."""

    def __init__(self, request):
        super().__init__(request)
        self.request = request
        self.key = jax.random.key(0)
        rate = request["rate"]

        def step(weights, total, images, labels, rows):
            x, y = images[rows], labels[rows]
            loss, gradient = jax.value_and_grad(lambda w: losses(w, x, y).mean())(weights)
            return updated(weights, gradient, rate), total + loss * len(rows)

        def epoch(weights, images, labels, order):
            def one(carry, rows):
                return step(*carry, images, labels, rows), None

            return jax.lax.scan(one, (weights, jnp.zeros(())), order)[0]

        def evaluate(weights, images, labels):
            predicted = forward(weights, images)
            return losses(weights, images, labels).sum(), (predicted.argmax(1) == labels).sum()

        self.step = jax.jit(step, donate_argnums=(0, 1))
        self.scan = jax.jit(epoch, donate_argnums=0)
        self.test = jax.jit(evaluate)
        self.permute = jax.jit(lambda key: jax.random.permutation(key, request["train"]))

    def run(self, repeat):
        for _ in range(repeat):
            self.epoch()

    def epoch(self):
        size, train = self.request["batch"], self.request["train"]
        self.key, key = jax.random.split(self.key)
        order = self.permute(key)
        whole = train // size * size
        total = jnp.zeros(())
        if options.mode == "scan":
            self.weights, total = self.scan(self.weights, self.x, self.y, order[:whole].reshape(-1, size))
        else:
            order = np.asarray(order)
            for i in range(0, whole, size):
                rows = order[i : i + size]
                self.weights, total = self.step(self.weights, total, self.x, self.y, rows)
        if whole < train:
            self.weights, total = self.step(self.weights, total, self.x, self.y, order[whole:])
        return float(total) / train

    def evaluate(self, begin, end):
        parts = [
            self.test(self.weights, self.x[i : min(i + 128, end)], self.y[i : min(i + 128, end)])
            for i in range(begin, end, 128)
        ]
        loss, correct = (sum(map(float, values)) for values in zip(*parts))
        return loss / (end - begin), correct / (end - begin)


class Tutorial(Epoch):
    def run(self, repeat):
        for _ in range(repeat):
            self.weights = [jnp.asarray(w) for w in self.data.weights]
            valid = self.request["train"] + self.request["valid"]
            for _ in range(self.request["epochs"]):
                self.epoch()
                self.evaluate(self.request["train"], valid)
            self.result = {"accuracy": self.evaluate(valid, len(self.y))[1]}


kinds = {"step": Step, "predict": Predict, "epoch": Epoch, "tutorial": Tutorial}
serve(jax.__version__, kinds)
