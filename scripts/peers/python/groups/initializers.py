"""Initializers by their statistics; those without chance by their values."""

import numpy as np
from keras_objects import keras
from recording import tensor

SPREAD = {"mean": lambda d: d.number(-0.5, 0.5), "stddev": lambda d: d.number(0.02, 1)}

OPTIONS = {
    "Constant": lambda d: d.some({"value": lambda: d.number(-2, 2)}, 0.8),
    "GlorotNormal": lambda d: {},
    "GlorotUniform": lambda d: {},
    "HeNormal": lambda d: {},
    "HeUniform": lambda d: {},
    "Identity": lambda d: d.some({"gain": lambda: d.number(0.5, 2)}),
    "LecunNormal": lambda d: {},
    "LecunUniform": lambda d: {},
    "Ones": lambda d: {},
    "Orthogonal": lambda d: d.some({"gain": lambda: d.number(0.5, 2)}),
    "RandomNormal": lambda d: d.some({k: v(d) for k, v in SPREAD.items()}),
    "RandomUniform": lambda d: d.some(
        {"minval": lambda: d.number(-2, -0.1), "maxval": lambda: d.number(0.1, 2)}
    ),
    "TruncatedNormal": lambda d: d.some({k: v(d) for k, v in SPREAD.items()}),
    "VarianceScaling": lambda d: d.some(
        {
            "scale": lambda: d.number(0.3, 3),
            "mode": lambda: d.choice(["fan_in", "fan_out", "fan_avg"]),
            "distribution": lambda: d.choice(
                ["normal", "truncated_normal", "untruncated_normal", "uniform"]
            ),
        },
        0.7,
    ),
    "Zeros": lambda d: {},
}

CLASSES = sorted(OPTIONS)

EXACT = {"Constant", "Identity", "Ones", "Zeros"}


def case(class_name, draw, dtype):
    options = OPTIONS[class_name](draw)
    initializer = getattr(keras.initializers, class_name)(**options)
    if class_name in EXACT:
        shape = [draw.integer(2, 4), draw.integer(2, 4)]
        values = np.asarray(initializer(shape, dtype))
        return {"args": [], "options": options, "shape": shape, "outputs": [tensor(values)]}
    shape = draw.choice([[120, 170], [200, 100], [3, 3, 40, 60], [5, 50, 80]])
    values = np.asarray(initializer(shape, dtype), np.float64)
    statistics = {"mean": float(values.mean()), "deviation": float(values.std())}
    if class_name not in ("Orthogonal", "RandomNormal") and "untruncated" not in str(options):
        statistics.update(least=float(values.min()), greatest=float(values.max()))
    if class_name == "Orthogonal":
        statistics["gram"] = gram(values)
    return {"args": [], "options": options, "shape": shape, "statistics": statistics}


def gram(values):
    """Products of the rows or the columns, the fewer of the two: the first few."""
    matrix = values.reshape(-1, values.shape[-1])
    products = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    return tensor(np.round(products[:4, :4], 4))
