"""ops-further.json: rounding, trigonometry, logic, cumulatives, sorting, indexing, batched products."""

import numpy as np
import torch

import golden
from ops import EXTREMES, Cases

SEED = 11


def unary(cases):
    anywhere = {
        "erf": torch.erf,
        "tan": torch.tan,
        "atan": torch.atan,
        "sinh": torch.sinh,
        "cosh": torch.cosh,
        "log2": torch.log2,
        "asin": torch.asin,
        "acos": torch.acos,
        "round": torch.round,
        "ceil": torch.ceil,
    }
    ranges = {"log2": (0.01, 3), "asin": (-0.95, 0.95), "acos": (-0.95, 0.95), "tan": (-1.4, 1.4)}
    for op, compute in anywhere.items():
        low, high = ranges.get(op, (-2.0, 2.0))
        cases.gradient(op, [cases.draw(2, 5, low=low, high=high)], compute)
        cases.value(op, [np.array(EXTREMES)], compute)
    cases.value("erf", [np.array([0.5, -3.0, 5.5, 1e-20, 2.7])], torch.erf)
    # Slopes at limits: zeros, infinities, the ends of the domain.
    edges = {
        "erf": [0.0, np.inf, -np.inf, 30.0],
        "atan": [0.0, np.inf, -np.inf, 1e200],
        "asin": [0.0, 1.0, -1.0, 2.0],
        "acos": [0.0, 1.0, -1.0, 2.0],
        "log2": [0.0, np.inf, 1.0],
        "sinh": [0.0, np.inf, -np.inf],
        "cosh": [0.0, np.inf, -np.inf],
        "round": [0.5, 1.5, -2.5, np.inf],
        "ceil": [0.0, 0.5, -np.inf],
    }
    for op, values in edges.items():
        cases.gradient(op, [np.array(values)], anywhere[op])
    halves = np.array([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999999999999994, 1e15 + 0.5])
    cases.value("round", [halves], lambda x: np.round(x.numpy()))
    cases.value("ceil", [halves], torch.ceil)


def remainders(cases):
    shapes = [((2, 3), (2, 3)), ((4, 1), (1, 3)), ((2, 3), ())]
    for a, b in shapes:
        cases.gradient("mod", [cases.draw(*a, low=-9, high=9), cases.draw(*b)], torch.remainder)
        cases.gradient("atan2", [cases.draw(*a), cases.draw(*b)], torch.atan2)
        floored = lambda a, b: torch.div(a, b, rounding_mode="floor")
        cases.gradient("floorDiv", [cases.draw(*a, low=-9, high=9), cases.draw(*b)], floored)
    finite = np.array([7.0, -7.0, 1e-300, -5.5, 6.0, 1.0, 1e16, 0.3])
    others = np.array([2.0, 2.0, -3.0, -2.0, -3.0, 0.1, 3.0, 0.1])
    special = np.array([5.0, -5.0, np.inf, np.nan, 3.0, -3.0])
    divisors = np.array([np.inf, np.inf, 2.0, 2.0, 0.0, -0.0])
    with np.errstate(all="ignore"):
        for op, compute in {"mod": np.mod, "floorDiv": np.floor_divide}.items():
            function = lambda a, b: compute(a.numpy(), b.numpy())
            cases.value(op, [finite, others], function)
            cases.value(op, [special, divisors], function)
            whole = np.array([7, -7, 7, -7, 0, -2147483648], dtype=np.int32)
            cases.value(op, [whole, np.array([2, 2, -2, -2, 5, 3], dtype=np.int32)], function)
            cases.value(op, [whole, np.array([0, 0, 3, 3, 0, -7], dtype=np.int32)], function)
    zeros = np.array([0.0, -0.0, 0.0, -0.0, np.inf, -np.inf, np.inf, 1.0, np.nan])
    more = np.array([0.0, 0.0, -0.0, -0.0, np.inf, -np.inf, 1.0, -np.inf, 1.0])
    cases.value("atan2", [zeros, more], torch.atan2)
    cases.gradient("atan2", [np.array([0.0, 1.0, 0.0, np.inf]), np.array([0.0, 0.0, -2.0, 1.0])], torch.atan2)


def logic(cases):
    special = np.array([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e-300])
    bytes_ = np.array([0, 1, 2, 255], dtype=np.uint8)
    for op, compute in {
        "logicalNot": np.logical_not,
        "isNaN": np.isnan,
        "isFinite": np.isfinite,
    }.items():
        for x in (special, bytes_):
            cases.value(op, [x], lambda x: compute(x.numpy()))
    for op, compute in {
        "logicalAnd": np.logical_and,
        "logicalOr": np.logical_or,
        "logicalXor": np.logical_xor,
    }.items():
        function = lambda a, b: compute(a.numpy(), b.numpy())
        cases.value(op, [special, special[:, None]], function)
        cases.value(op, [bytes_, bytes_[:, None]], function)
    x = np.array([[0.0, np.nan, 0.0], [0.0, -0.0, 0.0], [1.0, 2.0, -3.0]])
    for axis in (None, 0, 1, -1):
        for keep in (False, True):
            attrs = {"axis": axis, "keepDims": keep}
            cases.value("any", [x], lambda x: np.any(x.numpy(), axis, keepdims=keep), **attrs)
            cases.value("all", [x], lambda x: np.all(x.numpy(), axis, keepdims=keep), **attrs)
            count = lambda x: np.asarray(np.count_nonzero(x.numpy(), axis, keepdims=keep), np.int32)
            cases.value("countNonZero", [x], count, **attrs)
    for op, compute in {"any": np.any, "all": np.all}.items():
        cases.value(op, [np.zeros((0, 2))], lambda x: compute(x.numpy(), 0), axis=0, keepDims=False)


def products(cases):
    for shape, axis in [((4,), 0), ((2, 3), 1), ((3, 2), 0), ((2, 3, 2), 1), ((5,), None)]:
        compute = lambda x: x.prod() if axis is None else x.prod(axis)
        attrs = {"axis": axis, "keepDims": False}
        cases.gradient("prod", [cases.draw(*shape)], compute, **attrs)
        zeros = np.where(np.arange(int(np.prod(shape))).reshape(shape) % 3 == 1, 0.0, cases.draw(*shape))
        cases.gradient("prod", [zeros], compute, **attrs)
    one = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [np.inf, 2.0, 1.0], [np.nan, 2.0, 0.0]])
    cases.gradient("prod", [one], lambda x: x.prod(1), axis=1, keepDims=False)
    whole = cases.random.integers(-9, 9, (3, 4)).astype(np.int32)
    cases.value("prod", [whole], lambda x: x.prod(0).int(), axis=0, keepDims=False)
    long = np.round(cases.random.uniform(0.97, 1.03, (2, 200)), 3)
    cases.value("prod", [long], lambda x: x.prod(1), axis=1, keepDims=False)
    cases.value("prod", [np.zeros((0, 2))], lambda x: x.prod(0), axis=0, keepDims=False)


def scan(x, function, axis, exclusive, reverse):
    """torch's cumulative function, which has no such flags."""
    turned = x.flip(axis) if reverse else x
    if exclusive:
        start = torch.zeros_like if function is torch.cumsum else torch.ones_like
        first = start(turned.narrow(axis, 0, 1))
        turned = torch.cat([first, turned.narrow(axis, 0, turned.shape[axis] - 1)], axis)
    y = function(turned, axis)
    return y.flip(axis) if reverse else y


def scans(cases):
    for op, function in {"cumSum": torch.cumsum, "cumProd": torch.cumprod}.items():
        for exclusive in (False, True):
            for reverse in (False, True):
                for shape, axis in [((4,), 0), ((2, 3), 1), ((3, 2), 0), ((2, 3, 2), -2)]:
                    compute = lambda x: scan(x, function, axis, exclusive, reverse)
                    attrs = {"axis": axis, "exclusive": exclusive, "reverse": reverse}
                    cases.gradient(op, [cases.draw(*shape)], compute, **attrs)
                zeros = np.array([[0.0, 2.0, 3.0, -1.5], [2.0, 0.0, 0.0, 4.0], [3.0, 2.0, 0.0, 1.0]])
                compute = lambda x: scan(x, function, 1, exclusive, reverse)
                attrs = {"axis": 1, "exclusive": exclusive, "reverse": reverse}
                cases.gradient(op, [zeros], compute, **attrs)
                special = np.array([[1.0, np.inf, 2.0], [np.nan, 1.0, 2.0], [np.inf, -np.inf, 1.0]])
                cases.value(op, [special], compute, **attrs)
        long = cases.draw(1, 300, low=-1.3, high=1.3)
        cases.value(op, [long], lambda x: function(x, 1), axis=1, exclusive=False, reverse=False)
        whole = cases.random.integers(-9, 9, (3, 4)).astype(np.int32)
        compute = lambda x: function(x, 0).int()
        cases.value(op, [whole], compute, axis=0, exclusive=False, reverse=False)


def statistics(cases):
    for op, compute in {"variance": torch.var, "std": torch.std}.items():
        for axis in (None, 0, 1, [0, 2]):
            for keep in (False, True):
                axes = (0, 1, 2) if axis is None else axis
                function = lambda x: compute(x, axes, correction=0, keepdim=keep)
                cases.gradient(op, [cases.draw(2, 3, 2)], function, axis=axis, keepDims=keep)
        function = lambda x: compute(x, 1, correction=0)
        equal = np.array([[1.5, 1.5, 1.5], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]])
        cases.gradient(op, [equal], function, axis=1, keepDims=False)
        special = np.array([[np.inf, 1.0], [np.nan, 1.0]])
        cases.value(op, [special], function, axis=1, keepDims=False)


def along(cases):
    for shape, axis in [((3, 4), 0), ((2, 3, 4), 1), ((2, 3, 2, 2), -3)]:
        for op, compute in {"softmax": torch.softmax, "logSoftmax": torch.log_softmax}.items():
            cases.gradient(op, [cases.draw(*shape, low=-4, high=4)], lambda x: compute(x, axis), axis=axis)
    for shape, of, axis in [((3, 4), (5,), 1), ((2, 3, 4), (2, 2), 1), ((2, 3, 2), (), -1), ((2, 3), (0,), 1)]:
        indices = np.array(cases.random.integers(0, shape[axis], of), dtype=np.int32)
        at = axis % len(shape)
        result = shape[:at] + of + shape[at + 1 :]
        compute = lambda x, i: x.index_select(at, i.long().reshape(-1)).reshape(result)
        cases.gradient("gather", [cases.draw(*shape), indices], compute, axis=axis, dtype=None)
    labels = np.array([[0, 1, 3], [2, 2, 1]], dtype=np.int32)
    for axis in (0, 1, 2, -1):
        compute = lambda x: np.moveaxis(np.eye(4)[x.numpy()], -1, axis)
        cases.value("oneHot", [labels], compute, depth=4, dtype="float64", axis=axis)


def points(cases):
    for shape, of, count in [((3, 4), (5,), 2), ((3, 4), (2,), 1), ((2, 3, 4), (2, 3), 2), ((5,), (), 1)]:
        indices = np.stack([cases.random.integers(0, n, of) for n in shape[:count]], -1).astype(np.int32)
        split = lambda i: tuple(i.long().unbind(-1))
        cases.gradient("gatherND", [cases.draw(*shape), indices], lambda x, i: x[split(i)])
        updates = cases.draw(*of, *shape[count:])
        scatter = lambda i, u: torch.zeros(shape).index_put(split(i), u, accumulate=True)
        cases.gradient("scatterND", [indices, updates], scatter, shape=shape)


def ordering(cases):
    special = np.array([3.0, np.nan, -np.inf, 0.0, np.inf, np.nan, -2.0, 1e-300, -1e300])
    long = cases.random.integers(0, 9, 100).astype(np.int32)
    for x, axis in [(cases.distinct(7), 0), (cases.distinct(3, 4), 1), (cases.distinct(3, 4), 0), (cases.distinct(2, 3, 2), -2)]:
        cases.gradient("sort", [x], lambda x: x.sort(axis).values, axis=axis)
        places = lambda x: np.argsort(x.numpy(), axis, kind="stable").astype(np.int32)
        cases.value("argSort", [x], places, axis=axis)
    for x in (special, long):
        cases.value("sort", [x], lambda x: np.sort(x.numpy(), kind="stable"), axis=0)
        cases.value("argSort", [x], lambda x: np.argsort(x.numpy(), kind="stable").astype(np.int32), axis=0)
    cuts = [((9,), [1], [8], [3]), ((9,), [8], [None], [-2]), ((4, 5), [None, -1], [None, 0], [2, -1]), ((3, 4), [5, 0], [9, 2], [1, 1])]
    for shape, begin, end, strides in cuts:
        region = tuple(slice(*cut) for cut in zip(begin, end, strides))
        x = cases.draw(*shape)
        attrs = {"begin": begin, "end": end, "strides": strides}
        cases.value("stridedSlice", [x], lambda x: x.numpy()[region], **attrs)
        if min(strides) > 0:  # torch has no others
            cases.gradient("stridedSlice", [x], lambda x: x[region], **attrs)
    for shape, axis in [((4,), None), ((2, 3), None), ((2, 3), 1), ((2, 3, 2), [0, 2])]:
        axes = tuple(range(len(shape))) if axis is None else ((axis,) if isinstance(axis, int) else axis)
        cases.gradient("reverse", [cases.draw(*shape)], lambda x: x.flip(axes), axis=axis)
    for shape, offset, axis1, axis2 in [((3, 3), 0, 0, 1), ((3, 4), 1, 0, 1), ((4, 3), -2, 0, 1), ((2, 3, 4), 1, 1, 2), ((2, 3, 2), 0, 2, 0), ((3, 3), 4, 0, 1)]:
        compute = lambda x: torch.diagonal(x, offset, axis1, axis2)
        if offset >= shape[axis2 if offset > 0 else axis1]:
            compute = lambda x: np.diagonal(x.numpy(), offset, axis1, axis2)
            cases.value("diagonal", [cases.draw(*shape)], compute, offset=offset, axis1=axis1, axis2=axis2)
            continue
        cases.gradient("diagonal", [cases.draw(*shape)], compute, offset=offset, axis1=axis1, axis2=axis2)
    for op, compute in {"tril": torch.tril, "triu": torch.triu}.items():
        for shape, k in [((3, 3), 0), ((3, 4), 1), ((2, 3, 3), -1)]:
            cases.gradient(op, [cases.draw(*shape)], lambda x: compute(x, k), k=k)
        infinite = np.array([[np.nan, np.inf], [-np.inf, np.nan]])
        cases.value(op, [infinite], lambda x: compute(x, 0), k=0)


def batches(cases):
    shapes = [((2,), (2,)), ((2,), ()), ((), (3,)), ((2, 1), (3,)), ((9,), ())]
    for of_a, of_b in shapes:
        for transpose_a in (False, True):
            for transpose_b in (False, True):
                a = cases.draw(*of_a, *((2, 3) if transpose_a else (3, 2)))
                b = cases.draw(*of_b, *((4, 2) if transpose_b else (2, 4)))
                cases.gradient(
                    "matMul",
                    [a, b],
                    lambda a, b: (a.mT if transpose_a else a) @ (b.mT if transpose_b else b),
                    transposeA=transpose_a,
                    transposeB=transpose_b,
                )
    equations = [
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("bqhd,bkhd->bhqk", (2, 3, 2, 2), (2, 2, 2, 2)),
        ("bhqk,bkhd->bqhd", (2, 2, 3, 2), (2, 2, 2, 2)),
        ("ijk,jil->kl", (2, 3, 2), (3, 2, 2)),
        ("...ij,...jk", (2, 1, 2, 3), (2, 3, 2)),
        ("i,j", (3,), (2,)),
        ("ii->i", (3, 3)),
        ("ba", (2, 3)),
        ("i,ij,j->", (2,), (2, 3), (3,)),
        ("ij,ij->i", (2, 3), (2, 3)),
    ]
    for equation, *operands in equations:
        inputs = [cases.draw(*shape) for shape in operands]
        compute = lambda *x: torch.einsum(equation, *x)
        cases.gradient("einsum", inputs, compute, equation=equation)


def generate():
    cases = Cases(SEED)
    for family in [unary, remainders, logic, products, scans, statistics, along, points, ordering, batches]:
        family(cases)
    golden.write("ops-further", __file__, SEED, {"cases": cases.list})
