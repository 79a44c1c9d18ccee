"""Activations as layers."""

from .core import leading


def elementwise(options):
    return lambda draw: {
        "options": draw.some(options(draw)),
        "inputs": [(*leading(draw), draw.dim(2, 6))],
        "scale": 3,
    }


def parametric(draw):
    shape = (*leading(draw), draw.dim(2, 6))
    axes = {"shared_axes": lambda: draw.shuffled(range(1, len(shape)))[: draw.integer(1, 2)]}
    return {"options": draw.some(axes), "inputs": [shape], "scale": 2}


DRAWS = {
    "ELU": elementwise(lambda d: {"alpha": lambda: d.number(0.3, 2)}),
    "LeakyReLU": elementwise(lambda d: {"negative_slope": lambda: d.number(0.01, 0.6)}),
    "PReLU": parametric,
    "ReLU": elementwise(
        lambda d: {
            "max_value": lambda: d.choice([1.0, 2.0, 6.0]),
            "negative_slope": lambda: d.number(0.01, 0.6),
            "threshold": lambda: d.number(0.1, 1),
        }
    ),
    "Softmax": elementwise(lambda d: {"axis": lambda: d.choice([-1, 1, [1], [-1, 1]])}),
}
