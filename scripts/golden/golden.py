"""Writes golden files: arrays as JSON, each number as the shortest decimal that reads back to the
same float64 (at most 17 significant digits)."""

import json
import math
import platform
from pathlib import Path

import numpy as np

try:
    import torch
except ImportError:  # the families of numpy alone do without
    torch = None
else:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)

FOLDER = Path(__file__).resolve().parents[2] / "test" / "golden"


def write(name, script, seed, content):
    """Writes test/golden/<name>.json; `script` is the file that computed the content."""
    header = {
        "script": f"scripts/golden/{Path(script).name}",
        "python": platform.python_version(),
        **({"torch": torch.__version__} if torch else {}),
        "numpy": np.__version__,
        "seed": seed,
    }
    text = json.dumps({"header": header, **content}, allow_nan=False, separators=(",", ":"))
    (FOLDER / f"{name}.json").write_text(text + "\n")


def tensor(values):
    """An array or torch tensor as { shape, dtype, data }; booleans become uint8."""
    array = values.detach().numpy() if torch and isinstance(values, torch.Tensor) else np.asarray(values)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    if str(array.dtype) not in ("float32", "float64", "int32", "uint8"):
        raise TypeError(f"no such dtype in nabla: {array.dtype}")
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "data": numbers(array.ravel()),
    }


def numbers(values):
    """A flat list of numbers as JSON can hold them."""
    return [number(value) for value in np.asarray(values).tolist()]


def number(value):
    """JSON has no infinities and no NaN: they become strings. -0 stays -0.0."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    is_whole = float(value).is_integer() and abs(value) < 2**53
    is_negative_zero = value == 0 and math.copysign(1, value) < 0
    return int(value) if is_whole and not is_negative_zero else value


def parameter(values):
    """A float64 tensor that gradients are wanted for."""
    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=True)
