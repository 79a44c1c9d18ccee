"""formats.json: arrays as numpy prints them with its default options, made from a seed."""

import numpy as np

import golden

SEED = 20250601
FLOATS = ["float32", "float64"]
INTEGERS = ["int32", "uint8"]

# Flat values; each is printed in every float dtype.
FLOAT_ROWS = [
    [0.0],
    [-0.0, 0.0],
    [1.0, 2.0, 3.0],
    [0.1, 0.25, -1.5],
    [1 / 3, 2 / 3, 1.0],
    [100.0, 0.5, -3.25],
    [1e-4, 0.01],
    [9.9e-5, 0.01],
    [1.0, 1000.0],
    [1.0, 1001.0],
    [999999.0, 123456.0],
    [1e6, 2e6],
    [99999999.0, 1e7],
    [1e8, 123456789.0],
    [1e-45, 1.0],
    [3.4e38, -1.2e-38],
    [1e16, 1e17],
    [float("nan"), 1.0, 2.5],
    [float("inf"), -1.0],
    [float("-inf"), 0.125, 3.0],
    [float("nan"), float("nan")],
    [float("inf"), float("-inf"), float("nan")],
    [float("nan"), 1e-10, 5.0],
    [float("-inf"), 1e-10, 5.0],
    [2.0**-9, 3 * 2.0**-9, 0.5],
    [0.999999999, 0.5],
    [9.9999999999e9, 1.0],
    [1.23456789012345, 9.87654321098765],
    [0.1 + 0.2, 0.3],
    [123.456, 7.0, 0.001953125],
    [-1e-5, 1e-5],
    [1.7976931348623157e308, 5e-324],
    [1e100, 1e-100, 1.5],
]
INTEGER_ROWS = [[0], [1, 20, 200], [7, 7, 7]]
SCALARS = [
    999999.0, 1e6, 9999999.0, 0.0, -0.0, 1.0, 0.1, -2.5, 1 / 3, 1e-4, 9.9e-5, 1e-5, 123456789.0, 1e15, 1e16, 1.5e16, 1e22,
    1e-300, 2.0**24, 16777217.0, float("nan"), float("inf"), float("-inf"), 3.4028235e38, 1e-45,
]  # fmt: skip
SHAPES = [
    [5], [30], [1000], [1001], [3, 4], [2, 40], [1, 1], [2, 3, 4], [2, 2, 2, 2], [1, 1, 1, 3],
    [40, 30], [400, 3], [3, 400], [5, 11, 20], [0], [2, 0], [0, 3],
    [6, 167], [7, 143],
]  # fmt: skip


def case(array):
    return {**golden.tensor(array), "text": str(array)}


def generate():
    random = np.random.default_rng(SEED)
    cases = []
    with np.errstate(over="ignore"):
        for dtype in FLOATS:
            for values in FLOAT_ROWS:
                cases.append(case(np.array(values, dtype=dtype)))
            for value in SCALARS:
                cases.append(case(np.array(value, dtype=dtype)))
    for dtype in INTEGERS:
        for values in [*INTEGER_ROWS, *([[-1, 100], [-(2**31), 2**31 - 1]] if dtype == "int32" else [])]:
            cases.append(case(np.array(values, dtype=dtype)))
        cases.append(case(np.array(7, dtype=dtype)))
    for number, shape in enumerate(SHAPES):
        scale = [1.0, 100.0, 1e-6, 1e4][number % 4]
        drawn = np.round(random.normal(size=shape) * scale, 8 if scale < 1 else 3)
        cases.append(case(drawn.astype(FLOATS[number % 2])))
        cases.append(case(random.integers(0, 256, shape).astype(INTEGERS[number % 2])))
    for dtype in FLOATS:
        for decimals in range(0, 10, 3):
            for exponent in (-5, -3, 0, 2, 5):
                drawn = np.round(random.normal(size=6), decimals) * 10.0**exponent
                cases.append(case(drawn.astype(dtype)))
    golden.write("formats", __file__, SEED, {"cases": cases})
