"""Activations: values and slopes, also at kinks."""

import numpy as np
from keras_objects import constant, differentiate, keras
from recording import tensor, tensors

# Where some activation has a kink or a limit.
KINKS = [0, 0.5, 1, 3, 6, 20, 90]

OPTIONS = {
    "celu": lambda d: d.some({"alpha": lambda: d.number(0.3, 2)}),
    "elu": lambda d: d.some({"alpha": lambda: d.number(0.3, 2)}),
    "gelu": lambda d: d.some({"approximate": lambda: d.chance(0.7)}, 0.7),
    "glu": lambda d: d.some({"axis": lambda: d.choice([-1, 1])}),
    "hard_shrink": lambda d: d.some({"threshold": lambda: d.number(0.1, 2)}),
    "leaky_relu": lambda d: d.some({"negative_slope": lambda: d.number(0.01, 0.6)}),
    "log_softmax": lambda d: d.some({"axis": lambda: d.choice([-1, 0, 1])}),
    "relu": lambda d: d.some(
        {
            "negative_slope": lambda: d.number(0.01, 0.6),
            "max_value": lambda: d.choice([1.0, 2.0, 6.0]),
            "threshold": lambda: d.number(0.1, 1),
        },
        0.4,
    ),
    "soft_shrink": lambda d: d.some({"threshold": lambda: d.number(0.1, 2)}),
    "softmax": lambda d: d.some({"axis": lambda: d.choice([-1, 0, 1])}),
    "sparsemax": lambda d: d.some({"axis": lambda: d.choice([-1, 0, 1])}),
    "squareplus": lambda d: d.some({"b": lambda: d.number(0.5, 6)}),
    **dict.fromkeys(
        "exponential hard_sigmoid hard_silu hard_swish hard_tanh linear log_sigmoid mish relu6 "
        "selu sigmoid silu softplus softsign sparse_plus sparse_sigmoid swish tanh "
        "tanh_shrink".split(),
        lambda d: {},
    ),
    "threshold": lambda d: {},
}

CLASSES = sorted(OPTIONS)

# Over an axis, where equal elements are ties, and values far apart are all 0.
OVER_AXIS = {"glu", "log_softmax", "softmax", "sparsemax"}


def case(class_name, draw, dtype):
    args = [draw.number(-1, 1), draw.number(-2, 2)] if class_name == "threshold" else []
    options = OPTIONS[class_name](draw)
    shape = (draw.dim(2, 5), 2 * draw.dim(2, 5))
    x = draw.normal(shape, draw.choice([1, 3, 10]))
    if class_name not in OVER_AXIS:
        values = [sign * kink for kink in KINKS[:5] for sign in (-1, 1)]
        x = np.concatenate([x.ravel(), values if class_name == "exponential" else values + [-90.0, 90.0]])
    given = constant(x)
    function = getattr(keras.activations, class_name)
    outputs, seeds, gradients = differentiate(lambda: function(given, *args, **options), [given], draw)
    return {
        "args": args,
        "options": options,
        "inputs": [tensor(x)],
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        "gradients": {"inputs": tensors(gradients)},
    }
