"""ops.json: ops at ordinary values, with gradients, and at extreme ones."""

import numpy as np
import torch
import torch.nn.functional as F

import golden

SEED = 1
EXTREMES = [0.0, -0.0, 1e-300, -1e-300, 1.0, -1.0, 1000.0, -1000.0, np.inf, -np.inf, np.nan]


class Cases:
    """Collects cases { op, inputs, attrs, output, weights?, gradients? }."""

    def __init__(self, seed=SEED):
        self.random = np.random.default_rng(seed)
        self.list = []

    def draw(self, *shape, low=-2.0, high=2.0):
        """float64 values of three decimals, so that the file stays small; never 0."""
        values = np.round(self.random.uniform(low, high, shape), 3)
        return np.where(values == 0, 0.5, values)

    def distinct(self, *shape):
        """float64 values without ties, in random order."""
        size = int(np.prod(shape))
        return (self.random.permutation(size) / 8 - size / 16 + 0.03125).reshape(shape)

    def value(self, op, inputs, compute, **attrs):
        """A case without gradients."""
        output = compute(*[torch.from_numpy(np.asarray(x)) for x in inputs])
        self.list.append(describe(op, inputs, attrs, output))

    def gradient(self, op, inputs, compute, sources=None, **attrs):
        """A case with the gradients of sum(output * weights) by `sources`, the numbers of inputs;
        by default all that are float64."""
        inputs = [np.asarray(x) for x in inputs]
        if sources is None:
            sources = [i for i, x in enumerate(inputs) if x.dtype == np.float64]
        operands = [
            golden.parameter(x) if i in sources else torch.from_numpy(x)
            for i, x in enumerate(inputs)
        ]
        output = compute(*operands)
        weights = self.draw(*output.shape)
        (output * torch.from_numpy(weights)).sum().backward()
        case = describe(op, inputs, attrs, output)
        case["weights"] = golden.numbers(weights.ravel())
        case["gradients"] = [
            golden.numbers(x.grad.numpy().ravel()) if x.requires_grad else None for x in operands
        ]
        self.list.append(case)


def describe(op, inputs, attrs, output):
    return {
        "op": op,
        "inputs": [golden.tensor(x) for x in inputs],
        "attrs": attrs,
        "output": golden.tensor(output),
    }


def unary(cases):
    anywhere = {
        "neg": torch.neg,
        "abs": torch.abs,
        "exp": torch.exp,
        "expm1": torch.expm1,
        "square": torch.square,
        "reciprocal": torch.reciprocal,
        "sin": torch.sin,
        "cos": torch.cos,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "softplus": softplus,
    }
    positive = {"log": torch.log, "log1p": torch.log1p, "sqrt": torch.sqrt}
    for op, compute in anywhere.items():
        cases.gradient(op, [cases.draw(2, 5)], compute)
        cases.value(op, [np.array(EXTREMES)], compute)
    for op, compute in positive.items():
        cases.gradient(op, [cases.draw(2, 5, low=0.01, high=3)], compute)
        cases.value(op, [np.array(EXTREMES)], compute)
    near_zero = np.array([1e-20, -1e-20, 1e-9, -1e-9, 1e-5, -1e-5])
    for op in ("expm1", "log1p", "tanh", "sin"):
        cases.value(op, [near_zero], getattr(torch, op))
    saturated = np.array([1000.0, -1000.0, 40.0, -40.0, 20.0, -20.0])
    for op in ("sigmoid", "tanh", "softplus", "relu"):
        cases.value(op, [saturated], anywhere[op])
        cases.gradient(op, [saturated], anywhere[op])
    steps = np.array([-2.5, -2.0, -0.5, -0.0, 0.0, 0.5, 0.999, 1.0, 3.7, 1e15 + 0.5, np.inf, -np.inf])
    cases.value("floor", [steps], torch.floor)
    cases.value("floor", [np.array([np.nan])], torch.floor)
    cases.value("sign", [steps], torch.sign)
    for op in ("neg", "abs"):
        cases.value(op, [np.array([3, 0, -7, 2147483647], dtype=np.int32)], anywhere[op])
    cases.gradient("exp", [cases.draw()], torch.exp)
    cases.value("exp", [np.zeros((0, 3))], torch.exp)


def softplus(x):
    """ln(1 + e^x) without torch's switch to the identity above a threshold."""
    return torch.clamp(x, min=0) + torch.log1p(torch.exp(-torch.abs(x)))


def clip(cases):
    for low, high in [(-1.0, 1.0), (0.25, 1.5), (0.0, 0.0)]:
        cases.gradient("clipByValue", [cases.draw(3, 4)], lambda x: x.clamp(low, high), low=low, high=high)
    cases.value("clipByValue", [np.array(EXTREMES)], lambda x: x.clamp(-6.0, 6.0), low=-6.0, high=6.0)


SHAPES = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 3), ()),
    ((), (4,)),
    ((4, 1), (1, 3)),
    ((2, 1, 3), (4, 1)),
    ((2, 3, 1, 2), (3, 4, 1)),
    ((1, 1, 1, 1, 2, 1, 1, 1), (2, 1, 1, 1, 1, 1, 1, 2)),
]


def binary(cases):
    ops = {
        "add": torch.add,
        "sub": torch.sub,
        "mul": torch.mul,
        "div": torch.div,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
    }
    for op, compute in ops.items():
        for a, b in SHAPES if op in ("add", "mul") else SHAPES[:1] + SHAPES[5:7]:
            cases.gradient(op, [cases.draw(*a), cases.draw(*b)], compute)
    tied = [np.array([1.0, 2.0, -3.0]), np.array([1.0, 5.0, -3.0])]
    for op in ("maximum", "minimum"):
        cases.gradient(op, tied, ops[op])
    finite = np.array([0.0, -0.0, 1.0, -1.0, 1e300, -1e300, 1e-300])
    special = np.array([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan])
    for op, compute in ops.items():
        cases.value(op, [finite[:, None], special], compute)
    whole = np.array([7, -7, 0, 2147483647, -2147483648, 100000], dtype=np.int32)
    for op in ("add", "sub", "mul", "maximum", "minimum"):
        cases.value(op, [whole, np.array([2, 3, -5, 1, -1, 100000], dtype=np.int32)], ops[op])
    cases.value("add", [np.zeros((0, 3)), np.ones(3)], torch.add)
    cases.value("mul", [np.zeros((2, 0)), np.ones((2, 1))], torch.mul)


def power(cases):
    for a, b in [((2, 3), (2, 3)), ((3, 1), (4,))]:
        cases.gradient("pow", [cases.draw(*a, low=0.1, high=3), cases.draw(*b)], torch.pow)
    for exponent in (2.0, 3.0, -1.0):
        cases.gradient("pow", [cases.draw(5), np.array(exponent)], torch.pow, sources=[0])
    bases = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -8.0, np.inf, -np.inf, np.nan])
    exponents = np.array([0.0, 1.0, 0.5, -1.0, 3.0, np.inf, -np.inf, np.nan])
    cases.value("pow", [bases[:, None], exponents], torch.pow)


def compare(cases):
    ops = {
        "equal": torch.eq,
        "notEqual": torch.ne,
        "greater": torch.gt,
        "greaterEqual": torch.ge,
        "less": torch.lt,
        "lessEqual": torch.le,
    }
    special = np.array([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan])
    for op, compute in ops.items():
        cases.value(op, [special[:, None], special], compute)
        small = cases.random.integers(-2, 3, (3, 1)).astype(np.int32)
        cases.value(op, [small, np.arange(-2, 3, dtype=np.int32)], compute)
        small = cases.random.integers(0, 256, 6).astype(np.uint8)
        cases.value(op, [small, np.where(np.arange(6) % 2, small, 128).astype(np.uint8)], compute)


def where(cases):
    def choose(condition, a, b):
        return torch.where(condition != 0, a, b)

    for mask, a, b in [((2, 3), (2, 3), (2, 3)), ((3,), (2, 1), ()), ((2, 1, 1), (3, 1), (4,))]:
        condition = cases.random.integers(0, 2, mask).astype(np.uint8)
        cases.gradient("where", [condition, cases.draw(*a), cases.draw(*b)], choose)
    condition = np.array([0, 1, 255], dtype=np.uint8)
    cases.value("where", [condition, np.full(3, np.nan), np.full(3, -np.inf)], choose)
    whole = cases.random.integers(-9, 9, (2, 3)).astype(np.int32)
    cases.value("where", [condition, whole, whole * 10], choose)


def cast(cases):
    floats = np.array([0.0, -0.0, 0.99, -0.99, 1.5, -1.5, 2.5, 127.9, 255.0, 255.9, 256.0, -1.0])
    edges = [2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 1e10, -1e10, 1e300, -1e300]
    floats = np.concatenate([floats, edges, [np.inf, -np.inf, np.nan]])
    whole = np.array([0, 1, -1, 255, 256, 300, -300, 2147483647, -2147483648], dtype=np.int32)
    small = np.array([0, 1, 127, 128, 255], dtype=np.uint8)
    for source in (floats, whole, small):
        for target in ("float32", "float64", "int32", "uint8"):
            cases.value("cast", [source], lambda x: convert(x.numpy(), target), dtype=target)
    thirds = np.array([1 / 3, -2 / 3, 1e-40, -1e-50, 16777217.0])
    cases.value("cast", [thirds], lambda x: convert(x.numpy(), "float32"), dtype="float32")


def convert(x, dtype):
    """Towards 0 and saturating for integers, NaN as 0; rounded to nearest for float32."""
    with np.errstate(over="ignore"):
        if dtype.startswith("float"):
            return x.astype(dtype)
        limits = np.iinfo(dtype)
        finite = np.nan_to_num(x.astype(np.float64), nan=0.0)
        return np.trunc(np.clip(finite, limits.min, limits.max)).astype(dtype)


def rescale(cases):
    images = np.array([[0, 1, 127], [128, 254, 255]], dtype=np.uint8)
    for scale, offset in [(1 / 255, 0.0), (1 / 127.5, -1.0)]:
        floats = cases.draw(2, 3)
        for x in (images, images.astype(np.int32) - 100, floats):
            cases.value(
                "rescale",
                [x],
                lambda x: x.double() * scale + offset,
                scale=scale,
                offset=offset,
                dtype="float64",
            )


def matrices(cases):
    for m, k, n in [(2, 3, 4), (1, 5, 1), (5, 1, 3), (6, 9, 5)]:
        for transpose_a in (False, True):
            for transpose_b in (False, True):
                a = cases.draw(*((k, m) if transpose_a else (m, k)))
                b = cases.draw(*((n, k) if transpose_b else (k, n)))
                cases.gradient(
                    "matMul",
                    [a, b],
                    lambda a, b: (a.T if transpose_a else a) @ (b.T if transpose_b else b),
                    transposeA=transpose_a,
                    transposeB=transpose_b,
                )
    empty = [np.zeros((2, 0)), np.zeros((0, 3))]
    cases.value("matMul", empty, torch.matmul, transposeA=False, transposeB=False)


AXES = [None, 0, 1, -1, [0], [0, 2], [1, 2], [0, 1, 2], [-1, 0]]


def reduce(cases):
    for op in ("sum", "mean", "max", "min"):
        for axis in AXES if op == "sum" else AXES[:3] + AXES[5:6]:
            for keep in (False, True):
                reduced = tuple(range(3)) if axis is None else axis
                compute = reduction(op, reduced, keep)
                cases.gradient(op, [cases.distinct(2, 3, 2)], compute, axis=axis, keepDims=keep)
        special = np.array([[1, np.inf, -np.inf], [np.nan, 1, 2], [np.inf, np.inf, 3], [0, -0.0, -1]])
        cases.value(op, [special], reduction(op, 1, False), axis=1, keepDims=False)
        cases.gradient(op, [cases.draw()], reduction(op, (), False), axis=None, keepDims=False)
        tied = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
        cases.gradient(op, [tied], reduction(op, 1, False), axis=1, keepDims=False)
        long = cases.draw(1, 200)
        cases.value(op, [long], reduction(op, 1, False), axis=1, keepDims=False)
    whole = cases.random.integers(-100, 100, (3, 4)).astype(np.int32)
    for op in ("sum", "max", "min"):
        cases.value(op, [whole], lambda x: reduction(op, 0, False)(x).int(), axis=0, keepDims=False)
    cases.value("sum", [np.zeros((0, 3))], reduction("sum", 0, False), axis=0, keepDims=False)


def reduction(op, axis, keep):
    function = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin}[op]
    if axis == ():  # torch takes no axes as all of them; for a scalar that is the value itself
        return lambda x: x * 1
    return lambda x: function(x, axis if isinstance(axis, int) else tuple(axis), keepdim=keep)


def choose(cases):
    ops = {"argMax": np.argmax, "argMin": np.argmin}
    inputs = [
        cases.distinct(2, 3, 4),
        np.array([[1.0, 3, 3], [2, 2, 2], [-np.inf, np.inf, np.inf]]),
        np.array([[1.0, np.nan, 5], [np.nan, 0, np.nan], [-0.0, 0.0, -0.0]]),
        cases.random.integers(-3, 3, (3, 5)).astype(np.int32),
        cases.random.integers(0, 256, (3, 5)).astype(np.uint8),
    ]
    for op, function in ops.items():
        for x in inputs:
            for axis in (*range(x.ndim), -1):
                compute = lambda x: function(x.numpy(), axis).astype(np.int32)
                cases.value(op, [x], compute, axis=axis)


def softmaxes(cases):
    ops = {"softmax": F.softmax, "logSoftmax": F.log_softmax}
    rows = [
        [1000.0, 0.0, -1000.0],
        [-1000.0, -1000.0, -1000.0],
        [1000.0, 1000.0, 999.0],
        [0.0, -0.0, 1e-300],
        [1e300, -1e300, 0.0],
    ]
    for op, function in ops.items():
        compute = lambda x: function(x, dim=-1)
        for shape in [(4,), (3, 5), (2, 3, 4), (5, 1)]:
            cases.gradient(op, [cases.draw(*shape, low=-4, high=4)], compute)
        cases.gradient(op, [np.array(rows)], compute)
        cases.value(op, [np.array([[0.0, -np.inf, 1.0], [np.nan, 0.0, 1.0]])], compute)


def layout(cases):
    shapes = [((2, 3, 4), (4, 6)), ((6,), (2, 3, 1)), ((1, 1), ()), ((2, 6), (3, -1))]
    for shape, wanted in shapes:
        compute = lambda x: x.reshape(wanted)
        cases.gradient("reshape", [cases.draw(*shape)], compute, shape=wanted)
    for shape, wanted in [((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2, 2)), ((1, 3, 1), (2, 2, 3, 2))]:
        compute = lambda x: x.broadcast_to(wanted)
        cases.gradient("broadcastTo", [cases.draw(*shape)], compute, shape=wanted)
    for shape, perm in [((2, 3), None), ((2, 3, 4), None), ((2, 3, 4), (1, 0, 2)), ((2, 3, 4), (2, 0, 1))]:
        order = perm or tuple(reversed(range(len(shape))))
        compute = lambda x: x.permute(order)
        cases.gradient("transpose", [cases.draw(*shape)], compute, perm=perm)
        whole = cases.random.integers(0, 256, shape).astype(np.uint8)
        cases.value("transpose", [whole], compute, perm=perm)
    cuts = [((5,), (1,), (3,)), ((3, 4), (1, 0), (2, 2)), ((3, 4), (0, 1), (-1, -1)), ((2, 3, 4), (1, 1, 1), (1, 2, 3))]
    for shape, begin, size in cuts:
        region = tuple(slice(b, None if s < 0 else b + s) for b, s in zip(begin, size))
        compute = lambda x: x[region]
        cases.gradient("slice", [cases.draw(*shape)], compute, begin=begin, size=size)
    for shape, paddings in [((3,), [(1, 2)]), ((2, 3), [(0, 1), (2, 0)]), ((2, 1, 2), [(1, 0), (0, 0), (1, 1)])]:
        flat = [n for pair in reversed(paddings) for n in pair]
        compute = lambda x: F.pad(x, flat)
        cases.gradient("pad", [cases.draw(*shape)], compute, paddings=paddings)
    joins = [([(2,), (3,)], 0), ([(2, 3), (1, 3), (2, 3)], 0), ([(2, 3), (2, 1)], 1), ([(2, 2, 2), (2, 2, 3)], -1)]
    for parts, axis in joins:
        compute = lambda *parts: torch.cat(parts, axis)
        cases.gradient("concat", [cases.draw(*shape) for shape in parts], compute, axis=axis)


def indexing(cases):
    rows = [((5, 3), (4,)), ((4,), (2, 3)), ((3, 2, 2), ()), ((3, 4), (6,)), ((3, 2), (0,))]
    for shape, of in rows:
        indices = np.array(cases.random.integers(0, shape[0], of), dtype=np.int32)
        compute = lambda x, i: x[i.long()]
        cases.gradient("gather", [cases.draw(*shape), indices], compute, axis=0, dtype=None)
    images = cases.random.integers(0, 256, (4, 2, 2)).astype(np.uint8)
    indices = np.array([3, 0, 3], dtype=np.int32)
    cases.value("gather", [images, indices], lambda x, i: x[i.long()], axis=0, dtype=None)
    cases.value("gather", [images, indices], lambda x, i: x[i.long()].double(), axis=0, dtype="float64")
    updates = cases.draw(4, 3)
    indices = np.array([2, 0, 2, 2], dtype=np.int32)
    add = lambda u, i: torch.zeros(5, 3).index_add(0, i.long(), u)
    cases.gradient("scatterAdd", [updates, indices], add, rows=5)
    for labels, dtype in [([3, 0, 1], np.uint8), ([[0, 1], [2, 3]], np.int32), (2, np.int32)]:
        for result in ("float64", "uint8"):
            compute = lambda x: np.eye(4, dtype=result)[x.numpy()]
            cases.value("oneHot", [np.array(labels, dtype=dtype)], compute, depth=4, dtype=result)


def generate():
    cases = Cases()
    families = [unary, clip, binary, power, compare, where, cast, rescale, matrices, reduce]
    for family in families + [choose, softmaxes, layout, indexing]:
        family(cases)
    golden.write("ops", __file__, SEED, {"cases": cases.list})
