"""trajectories.json: losses and final weights of a small network under each optimizer.

The network is 6-5-4-3 with tanh, tanh and softmax cross-entropy, in float64; step t takes batch
t mod 8. SGD is torch.optim.SGD, whose momentum follows Keras' v = m v - lr g, w += v (Nesterov:
w += m v - lr g) as long as the learning rate is constant. Adam is Keras' formula in numpy, checked
here against torch.optim.Adam.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

import golden

SEED = 4
SIZES = [6, 5, 4, 3]
BATCHES = 8
BATCH_SIZE = 7
STEPS = 20

SGD = {
    "sgd": {"learningRate": 0.2},
    "sgd-momentum": {"learningRate": 0.05, "momentum": 0.9},
    "sgd-nesterov": {"learningRate": 0.05, "momentum": 0.9, "nesterov": True},
}
ADAM = {"learningRate": 0.02, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}


def draw_weights(random):
    """Kernel and bias of each layer in turn, three decimals."""
    weights = []
    for inputs, units in zip(SIZES, SIZES[1:]):
        limit = math.sqrt(6 / (inputs + units))
        weights.append(np.round(random.uniform(-limit, limit, (inputs, units)), 3))
        weights.append(np.round(random.uniform(-0.1, 0.1, units), 3))
    return weights


def draw_batches(random):
    """Inputs that tell the label apart, with noise."""
    centres = random.uniform(-1, 1, (SIZES[-1], SIZES[0]))
    labels = random.integers(0, SIZES[-1], (BATCHES, BATCH_SIZE)).astype(np.int32)
    noise = random.normal(0, 0.5, (BATCHES, BATCH_SIZE, SIZES[0]))
    return np.round(centres[labels] + noise, 3), labels


def sample_losses(weights, x, y):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = torch.tanh(x @ kernel + bias)
    return F.cross_entropy(x @ weights[-2] + weights[-1], y, reduction="none")


def train(start, batches, reduction, update):
    """`update(weights, step)` follows the gradients in `.grad`; returns the mean loss of each step,
    before its update, and the final weights."""
    weights = [golden.parameter(w) for w in start]
    losses = []
    for step in range(STEPS):
        x, y = (torch.from_numpy(part[step % BATCHES]) for part in batches)
        loss = sample_losses(weights, x, y.long())
        losses.append(loss.mean().item())
        for w in weights:
            w.grad = None
        (loss.sum() if reduction == "sum" else loss.mean()).backward()
        update(weights, step)
    return losses, [w.detach().numpy() for w in weights]


def torch_sgd(options):
    optimizer = None

    def update(weights, step):
        nonlocal optimizer
        optimizer = optimizer or torch.optim.SGD(
            weights,
            lr=options["learningRate"],
            momentum=options.get("momentum", 0),
            nesterov=options.get("nesterov", False),
        )
        optimizer.step()

    return update


def keras_adam(options):
    slots = None

    def update(weights, step):
        nonlocal slots
        slots = slots or [(np.zeros(w.shape), np.zeros(w.shape)) for w in weights]
        b1, b2 = options["beta1"], options["beta2"]
        rate = options["learningRate"] * math.sqrt(1 - b2 ** (step + 1)) / (1 - b1 ** (step + 1))
        for w, (m, v) in zip(weights, slots):
            g = w.grad.numpy()
            m += (g - m) * (1 - b1)
            v += (g**2 - v) * (1 - b2)
            w.data -= torch.from_numpy(rate * m / (np.sqrt(v) + options["epsilon"]))

    return update


def torch_adam(options):
    """torch adds epsilon inside the bias correction: to agree, it is enlarged at every step."""
    optimizer = None

    def update(weights, step):
        nonlocal optimizer
        optimizer = optimizer or torch.optim.Adam(
            weights, lr=options["learningRate"], betas=(options["beta1"], options["beta2"])
        )
        correction = math.sqrt(1 - options["beta2"] ** (step + 1))
        optimizer.param_groups[0]["eps"] = options["epsilon"] / correction
        optimizer.step()

    return update


def check_adam(start, batches, reduction, losses, weights):
    expected, end = train(start, batches, reduction, torch_adam(ADAM))
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    for w, e in zip(weights, end):
        np.testing.assert_allclose(w, e, rtol=1e-10, atol=1e-13)


def generate():
    random = np.random.default_rng(SEED)
    start = draw_weights(random)
    batches = draw_batches(random)
    runs = []

    def record(name, optimizer, options, reduction, update):
        losses, weights = train(start, batches, reduction, update)
        runs.append(
            {
                "name": f"{name}, {reduction}",
                "optimizer": optimizer,
                "options": options,
                "reduction": reduction,
                "losses": golden.numbers(losses),
                "weights": [golden.tensor(w) for w in weights],
            }
        )
        return losses, weights

    for name, options in SGD.items():
        for reduction in ("sum", "mean"):
            scale = BATCH_SIZE if reduction == "sum" else 1
            scaled = {**options, "learningRate": options["learningRate"] / scale}
            record(name, "SGD", scaled, reduction, torch_sgd(scaled))
    for reduction in ("sum", "mean"):
        losses, weights = record("adam", "Adam", ADAM, reduction, keras_adam(ADAM))
        check_adam(start, batches, reduction, losses, weights)
    content = {
        "weights": [golden.tensor(w) for w in start],
        "batches": [{"x": golden.tensor(x), "y": golden.tensor(y)} for x, y in zip(*batches)],
        "runs": runs,
    }
    golden.write("trajectories", __file__, SEED, content)
