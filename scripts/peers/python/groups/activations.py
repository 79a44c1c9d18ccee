"""Activations: values and slopes, also at kinks."""

import numpy as np
from keras_objects import constant, differentiate, keras
from recording import tensor, tensors

# Where some activation has a kink.
KINKS = [0.5, 1, 3, 6]


def kinks(class_name):
    values = [sign * kink for kink in KINKS for sign in (-1, 1)]
    # On TensorFlow celu has the slope 2 at 0: both of its parts count.
    zero = [] if class_name == "celu" else [0.0]
    limits = [] if class_name == "exponential" else [-90.0, 90.0]
    return values + zero + limits


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
    "squareplus": lambda d: d.some({"b": lambda: d.number(0.5, 6)}),
    **dict.fromkeys(
        "exponential hard_sigmoid hard_silu hard_swish hard_tanh linear log_sigmoid mish relu6 "
        "selu sigmoid silu softplus softsign sparse_plus sparse_sigmoid swish tanh "
        "tanh_shrink".split(),
        lambda d: {},
    ),
    "threshold": lambda d: {},
}

# Not sparsemax: Keras 3.15 sums the running sums of the classes that are supported, where the
# definition has the last of them, so that its results do not sum to 1.
CLASSES = sorted(OPTIONS)

# Over an axis, where equal elements are ties, and values far apart are all 0.
OVER_AXIS = {"glu", "log_softmax", "softmax"}


def case(class_name, draw, dtype):
    args = [draw.number(-1, 1), draw.number(-2, 2)] if class_name == "threshold" else []
    options = OPTIONS[class_name](draw)
    shape = (2, 4) if draw.small else (draw.integer(2, 5), 2 * draw.integer(2, 5))
    x = draw.normal(shape, draw.choice([1, 3, 10]))
    if class_name not in OVER_AXIS:
        x = np.concatenate([x.ravel(), kinks(class_name)])
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
