"""Values and gradients at 0, infinities, NaN and extremes, by PyTorch: test/golden/special-values.json.

    python3 scripts/golden/special_values.py test/golden/special-values.json

Needs PyTorch 2. Gradients are those of the sum of the results.
"""

import json
import math
import sys

import torch

POINTS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e30, -1e30, 1e-30]
functional = torch.nn.functional
UNARY = {
    "abs": torch.abs,
    "acos": torch.acos,
    "asin": torch.asin,
    "atan": torch.atan,
    "ceil": torch.ceil,
    "cos": torch.cos,
    "cosh": torch.cosh,
    "erf": torch.erf,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "floor": torch.floor,
    "log": torch.log,
    "log1p": torch.log1p,
    "log2": torch.log2,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "relu": torch.relu,
    "round": torch.round,
    "rsqrt": torch.rsqrt,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "sin": torch.sin,
    "sinh": torch.sinh,
    "softplus": lambda x: functional.softplus(x, threshold=1e9),
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tan": torch.tan,
    "tanh": torch.tanh,
}
# With Keras' defaults.
ACTIVATIONS = {
    "celu": functional.celu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "hardShrink": functional.hardshrink,
    "hardSigmoid": lambda x: functional.relu6(x + 3) / 6,  # hardsigmoid's sixth is a float32
    "hardSwish": functional.hardswish,
    "hardTanh": functional.hardtanh,
    "leakyRelu": lambda x: functional.leaky_relu(x, 0.2),
    "logSigmoid": functional.logsigmoid,
    "mish": functional.mish,
    "relu6": functional.relu6,
    "selu": functional.selu,
    "silu": functional.silu,
    "softShrink": functional.softshrink,
    "softsign": functional.softsign,
    "tanhShrink": functional.tanhshrink,
}
BINARY = {
    "add": torch.add,
    "atan2": torch.atan2,
    "div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mod": torch.remainder,
    "mul": torch.mul,
    "pow": torch.pow,
    "sub": torch.sub,
}
ROWS = [
    [0.0, 0.0], [3.0, 4.0], [3e-30, 4e-30], [3e30, 4e30], [-1e4, 1e4],
    [-math.inf, 0.0], [-math.inf, -math.inf], [math.inf, 1.0], [math.nan, 1.0],
]
REDUCTIONS = {
    "cumProd": lambda x: torch.cumprod(x, 1),
    "cumSum": lambda x: torch.cumsum(x, 1),
    "logSoftmax": lambda x: torch.log_softmax(x, 1),
    "logSumExp": lambda x: torch.logsumexp(x, 1),
    "max": lambda x: torch.amax(x, 1),
    "mean": lambda x: torch.mean(x, 1),
    "min": lambda x: torch.amin(x, 1),
    "norm": lambda x: torch.linalg.vector_norm(x, dim=1),
    "prod": lambda x: torch.prod(x, 1),
    "softmax": lambda x: torch.softmax(x, 1),
    "std": lambda x: torch.std(x, 1, correction=0),
    "sum": lambda x: torch.sum(x, 1),
    "variance": lambda x: torch.var(x, 1, correction=0),
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
        "activations": {name: case(run, POINTS) for name, run in ACTIVATIONS.items()},
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
