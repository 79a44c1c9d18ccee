"""Constraints: what becomes of a weight."""

from keras_objects import constant, keras, made
from recording import tensor

AXIS = {"axis": lambda d: d.choice([0, 1, [0, 1]])}

OPTIONS = {
    "MaxNorm": lambda d: {"max_value": lambda: d.number(0.5, 3), "axis": lambda: AXIS["axis"](d)},
    "MinMaxNorm": lambda d: {
        "min_value": lambda: d.number(0.1, 0.9),
        "max_value": lambda: d.number(1, 3),
        "rate": lambda: d.number(0.1, 1),
        "axis": lambda: AXIS["axis"](d),
    },
    "NonNeg": lambda d: {},
    "UnitNorm": lambda d: {"axis": lambda: AXIS["axis"](d)},
}

CLASSES = sorted(OPTIONS)


def case(class_name, draw, dtype):
    options = draw.some(OPTIONS[class_name](draw))
    x = draw.normal((draw.dim(2, 5), draw.dim(2, 5)), draw.choice([0.3, 1, 3]))
    constraint = getattr(keras.constraints, class_name)(**made(options))
    output = constraint(constant(x)).numpy()
    return {"args": [], "options": options, "inputs": [tensor(x)], "outputs": [tensor(output)]}
