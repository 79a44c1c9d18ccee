"""Cases as JSON can hold them."""

import math

import numpy as np

# Of each number; golden files get along with fewer.
digits = 12


def tensor(values):
    """An array as { shape, dtype, data }, row by row; booleans become uint8."""
    array = np.asarray(values)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    if array.dtype == np.int64:
        array = array.astype(np.int32)
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "data": [number(value) for value in array.ravel().tolist()],
    }


def tensors(values):
    return [tensor(value) for value in values]


def number(value):
    """JSON has no infinities and no NaN: they become strings. -0 stays -0.0."""
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return -0.0 if math.copysign(1, value) < 0 else 0
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


def plain(value):
    """Options as JSON: numpy's numbers as Python's, tuples as lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value
