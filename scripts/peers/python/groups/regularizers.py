"""Regularizers: the penalty of a weight, and its gradient."""

from keras_objects import constant, differentiate, keras
from recording import tensor, tensors

OPTIONS = {
    "L1": lambda d: d.some({"l1": lambda: d.number(0.001, 0.5)}),
    "L2": lambda d: d.some({"l2": lambda: d.number(0.001, 0.5)}),
    "L1L2": lambda d: d.some({"l1": lambda: d.number(0.001, 0.5), "l2": lambda: d.number(0.001, 0.5)}, 0.8),
    "OrthogonalRegularizer": lambda d: d.some(
        {"factor": lambda: d.number(0.01, 0.5), "mode": lambda: d.choice(["rows", "columns"])}
    ),
}

CLASSES = list(OPTIONS)


def case(class_name, draw, dtype):
    options = OPTIONS[class_name](draw)
    x = draw.normal((draw.dim(2, 5), draw.dim(2, 5)))
    given = constant(x)
    regularizer = getattr(keras.regularizers, class_name)(**options)
    outputs, seeds, gradients = differentiate(lambda: regularizer(given), [given], draw)
    return {
        "args": [],
        "options": options,
        "inputs": [tensor(x)],
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        "gradients": {"inputs": tensors(gradients)},
    }
