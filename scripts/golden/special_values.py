"""Values and gradients at 0, infinities, NaN and extremes, by PyTorch: test/golden/special-values.json.

    python3 scripts/golden/special_values.py test/golden/special-values.json

Needs PyTorch 2. Gradients are those of the sum of the results.
"""

import json
import math
import sys

import torch

POINTS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e30, -1e30, 1e-30]
UNARY = {
    "abs": torch.abs,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "relu": torch.relu,
    "rsqrt": torch.rsqrt,
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: torch.nn.functional.softplus(x, threshold=1e9),
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tanh": torch.tanh,
}
BINARY = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow}
ROWS = [
    [0.0, 0.0], [3.0, 4.0], [3e-30, 4e-30], [3e30, 4e30], [-1e4, 1e4],
    [-math.inf, 0.0], [-math.inf, -math.inf], [math.inf, 1.0], [math.nan, 1.0],
]
REDUCTIONS = {
    "norm": lambda x: torch.linalg.vector_norm(x, dim=1),
    "logSumExp": lambda x: torch.logsumexp(x, 1),
}


def listed(tensor):
    return [repr(float(value)) for value in tensor.detach().flatten()]


def case(run, *values):
    inputs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    result = run(*inputs)
    result.sum().backward()
    return {"y": listed(result), "gradients": [listed(x.grad) for x in inputs]}


def main(path):
    pairs = [(a, b) for a in POINTS for b in POINTS]
    table = {
        "points": [repr(x) for x in POINTS],
        "rows": [[repr(x) for x in row] for row in ROWS],
        "unary": {name: case(run, POINTS) for name, run in UNARY.items()},
        "binary": {
            name: case(run, [a for a, _ in pairs], [b for _, b in pairs])
            for name, run in BINARY.items()
        },
        "reductions": {name: case(run, ROWS) for name, run in REDUCTIONS.items()},
    }
    with open(path, "w") as file:
        json.dump(table, file)
        file.write("\n")


main(sys.argv[1])
