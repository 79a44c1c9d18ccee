"""initializers.json: limits and deviations of Keras 3's initialisers for several shapes.

Formulas as the Keras 3 documentation has them. For a kernel [..., inputs, units] the leading axes
are a convolution's window: fanIn = window * inputs, fanOut = window * units; a vector [n] has both
n. A scaled initialiser with scale s and fan n draws with variance s / n: uniform within
+-sqrt(3 s / n), normal with deviation sqrt(s / n). Keras' normal ones are truncated at two
deviations and the deviation of the untruncated distribution is enlarged to make up for it.
"""

import numpy as np

import golden

SHAPES = [[784, 32], [32, 64], [128, 10], [1, 1], [300, 200], [50], [3, 3, 16, 32], [5, 5, 1, 8]]

# Deviation of the standard normal distribution truncated at two deviations, as Keras has it.
TRUNCATED_DEVIATION = 0.87962566103423978

# scale and fan
SCALED = {"glorot": (1.0, "average"), "he": (2.0, "in"), "lecun": (1.0, "in")}


def fans(shape):
    if len(shape) == 1:
        return shape[0], shape[0]
    window = int(np.prod(shape[:-2]))
    return window * shape[-2], window * shape[-1]


def uniform(limit):
    return {"distribution": "uniform", "low": -limit, "high": limit, "deviation": limit / np.sqrt(3)}


def normal(deviation):
    return {"distribution": "normal", "deviation": deviation}


def truncated(parameter):
    """Normal of deviation `parameter`, cut at two of them; `deviation` is that of what is left."""
    return {
        "distribution": "truncatedNormal",
        "low": -2 * parameter,
        "high": 2 * parameter,
        "deviation": parameter * TRUNCATED_DEVIATION,
    }


def scaled(scale, fan):
    variance = scale / max(1, fan)
    return uniform(np.sqrt(3 * variance)), truncated(np.sqrt(variance) / TRUNCATED_DEVIATION)


def generate():
    cases = []
    for shape in SHAPES:
        fan_in, fan_out = fans(shape)
        expected = {}
        for name, (scale, mode) in SCALED.items():
            fan = fan_in if mode == "in" else (fan_in + fan_out) / 2
            expected[f"{name}Uniform"], expected[f"{name}Normal"] = scaled(scale, fan)
        expected["randomUniform"] = uniform(0.05)
        expected["randomNormal"] = normal(0.05)
        expected["truncatedNormal"] = truncated(0.05)
        for initializer, values in expected.items():
            cases.append({"initializer": initializer, "shape": shape, **values})
    golden.write("initializers", __file__, None, {"cases": cases})
