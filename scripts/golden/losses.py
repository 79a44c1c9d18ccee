"""losses.json: one loss a sample, from probabilities and from logits, with gradients.

Probabilities are kept within [1e-7, 1 - 1e-7], as in Keras 3. Gradients are given where that bound
does not bite, since there only one convention exists.
"""

import numpy as np
import torch
import torch.nn.functional as F

import golden

SEED = 2
EPSILON = 1e-7


class Cases:
    """Collects cases { loss, options, yTrue, yPred, output, weights?, gradient? }."""

    def __init__(self):
        self.random = np.random.default_rng(SEED)
        self.list = []

    def draw(self, *shape, low=-3.0, high=3.0):
        return np.round(self.random.uniform(low, high, shape), 3)

    def probabilities(self, *shape):
        """Rows of three decimals that sum to 1."""
        parts = self.random.integers(20, 200, shape)
        rows = np.floor(parts / parts.sum(-1, keepdims=True) * 1000).astype(int)
        rows[..., -1] = 1000 - rows[..., :-1].sum(-1)
        return rows / 1000

    def value(self, loss, truth, predicted, **options):
        output = LOSSES[loss](torch.from_numpy(truth), torch.from_numpy(predicted), **options)
        self.list.append(describe(loss, options, truth, predicted, output))

    def gradient(self, loss, truth, predicted, **options):
        """With the gradient of sum(output * weights) by the predictions."""
        source = golden.parameter(predicted)
        output = LOSSES[loss](torch.from_numpy(truth), source, **options)
        weights = self.draw(*output.shape)
        (output * torch.from_numpy(weights)).sum().backward()
        case = describe(loss, options, truth, predicted, output)
        case["weights"] = golden.numbers(weights.ravel())
        case["gradient"] = golden.numbers(source.grad.numpy().ravel())
        self.list.append(case)


def describe(loss, options, truth, predicted, output):
    return {
        "loss": loss,
        "options": options,
        "yTrue": golden.tensor(truth),
        "yPred": golden.tensor(predicted),
        "output": golden.tensor(output),
    }


def bounded(p):
    return p.clamp(EPSILON, 1 - EPSILON)


def sparse(truth, predicted, fromLogits=False):
    """Keras bounds probabilities first, then divides them by their sum: rows need not sum to 1."""
    logarithms = predicted if fromLogits else torch.log(bounded(predicted))
    return -F.log_softmax(logarithms, -1).gather(-1, truth.long()[..., None])[..., 0]


def dense(truth, predicted, fromLogits=False):
    """For distributions as targets Keras bounds what it has divided by the sum."""
    if fromLogits:
        return -(truth * F.log_softmax(predicted, -1)).sum(-1)
    return -(truth * torch.log(bounded(predicted / predicted.sum(-1, keepdim=True)))).sum(-1)


def binary(truth, predicted, fromLogits=False):
    if fromLogits:
        return F.binary_cross_entropy_with_logits(predicted, truth, reduction="none").mean(-1)
    p = bounded(predicted)
    return -(truth * torch.log(p) + (1 - truth) * torch.log(1 - p)).mean(-1)


LOSSES = {
    "sparseCategoricalCrossentropy": sparse,
    "categoricalCrossentropy": dense,
    "binaryCrossentropy": binary,
    "meanSquaredError": lambda truth, predicted: (predicted - truth).square().mean(-1),
    "meanAbsoluteError": lambda truth, predicted: (predicted - truth).abs().mean(-1),
}

EXTREME_LOGITS = np.array(
    [
        [1000.0, 0.0, -1000.0],
        [-1000.0, 1000.0, 1000.0],
        [0.0, -1000.0, 1.0],
        [1000.0, 999.0, 1000.0],
        [-1000.0, -1000.0, -1000.0],
        [1000.0, 1000.0, 1000.0],
    ]
)
CERTAIN = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.0, 0.5], [1e-8, 1 - 1e-8, 0.0]])


def categorical(cases):
    for shape, dtype in [((4, 3), np.uint8), ((5, 10), np.int32), ((2, 3, 4), np.int32), ((3, 1), np.uint8)]:
        labels = cases.random.integers(0, shape[-1], shape[:-1]).astype(dtype)
        cases.gradient("sparseCategoricalCrossentropy", labels, cases.draw(*shape), fromLogits=True)
        if shape[-1] > 1:
            p = cases.probabilities(*shape)
            cases.gradient("sparseCategoricalCrossentropy", labels, p, fromLogits=False)
            cases.gradient("sparseCategoricalCrossentropy", labels, 3 * p - 0.25, fromLogits=False)
    for shape in [(4, 3), (5, 10), (2, 3, 4)]:
        hard = np.eye(shape[-1])[cases.random.integers(0, shape[-1], shape[:-1])]
        soft = cases.probabilities(*shape)
        for truth in (hard, soft):
            cases.gradient("categoricalCrossentropy", truth, cases.draw(*shape), fromLogits=True)
            p = cases.probabilities(*shape)
            cases.gradient("categoricalCrossentropy", truth, p, fromLogits=False)
            cases.gradient("categoricalCrossentropy", truth, 3 * p, fromLogits=False)
    for label in range(3):
        labels = np.full(len(EXTREME_LOGITS), label, dtype=np.int32)
        cases.gradient("sparseCategoricalCrossentropy", labels, EXTREME_LOGITS, fromLogits=True)
        cases.gradient("categoricalCrossentropy", np.eye(3)[labels], EXTREME_LOGITS, fromLogits=True)
        labels = np.full(len(CERTAIN), label, dtype=np.int32)
        cases.value("sparseCategoricalCrossentropy", labels, CERTAIN, fromLogits=False)
        cases.value("categoricalCrossentropy", np.eye(3)[labels], CERTAIN, fromLogits=False)


def element_wise(cases):
    for shape in [(4, 1), (3, 5), (2, 3, 2)]:
        hard = cases.random.integers(0, 2, shape).astype(np.float64)
        soft = cases.draw(*shape, low=0, high=1)
        for truth in (hard, soft):
            cases.gradient("binaryCrossentropy", truth, cases.draw(*shape), fromLogits=True)
            p = cases.draw(*shape, low=0.01, high=0.99)
            cases.gradient("binaryCrossentropy", truth, p, fromLogits=False)
        for loss in ("meanSquaredError", "meanAbsoluteError"):
            cases.gradient(loss, cases.draw(*shape), cases.draw(*shape))
    extreme = np.array([[1000.0], [-1000.0], [0.0], [40.0], [-40.0], [1e-300]])
    certain = np.array([[1.0], [0.0], [0.5], [1 - 1e-8], [1e-8], [1e-300]])
    for label in (0.0, 1.0, 0.25):
        truth = np.full(extreme.shape, label)
        cases.gradient("binaryCrossentropy", truth, extreme, fromLogits=True)
        cases.value("binaryCrossentropy", truth, certain, fromLogits=False)
    for loss in ("meanSquaredError", "meanAbsoluteError"):
        far = np.array([[1e150, -1e150], [1e-200, 0.0], [np.inf, 1.0], [np.nan, 1.0]])
        cases.value(loss, np.array([[0.0, 1e150], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]), far)


def generate():
    cases = Cases()
    categorical(cases)
    element_wise(cases)
    golden.write("losses", __file__, SEED, {"epsilon": EPSILON, "cases": cases.list})
