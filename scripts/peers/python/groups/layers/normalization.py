"""Normalisation."""


def shape_of(draw, channels=None):
    """At least 3 along each axis: of 2 normalised numbers all gradients cancel but for rounding."""
    rank = draw.choice([1, 2, 3])
    return (draw.dim(3, 6), *[draw.dim(3, 5) for _ in range(rank - 1)], channels or draw.dim(3, 6))


def affine(draw):
    return {"center": False, "scale": False, "epsilon": lambda: draw.choice([1e-5, 1e-2])}


def spread(draw):
    return {"scale": draw.number(0.5, 3), "mean": draw.number(-2, 2)}


def batch(draw):
    shape = shape_of(draw)
    more = {"momentum": lambda: draw.number(0.5, 0.95), "axis": lambda: draw.choice([draw.integer(1, len(shape) - 1), -1])}
    return {
        "options": draw.some({**affine(draw), **more}, 0.35),
        "inputs": [shape],
        "training": draw.chance(0.6),
        **spread(draw),
    }


def layer(draw):
    shape = shape_of(draw)
    axes = sorted(draw.shuffled(range(1, len(shape)))[: draw.integer(1, len(shape) - 1)])
    more = {"axis": lambda: draw.choice([axes, axes[-1], -1, [axis - len(shape) for axis in axes]])}
    return {"options": draw.some({**affine(draw), **more}, 0.35), "inputs": [shape], **spread(draw)}


def group(draw):
    groups = draw.choice([1, 2, 3])
    shape = shape_of(draw, groups * draw.integer(1, 3))
    options = {"groups": draw.choice([groups, -1]), **draw.some(affine(draw), 0.35)}
    if draw.chance(0.3):
        options["axis"] = 1
        shape = (shape[0], shape[-1], *shape[1:-1])
    return {
        "options": options,
        "inputs": [shape],
        **spread(draw),
    }


def root_mean_square(draw):
    shape = shape_of(draw)
    axes = sorted(draw.shuffled(range(1, len(shape)))[: draw.integer(1, len(shape) - 1)])
    options = {
        "epsilon": lambda: draw.choice([1e-5, 1e-2]),
        "axis": lambda: draw.choice([-1, len(shape) - 1, axes]),
    }
    return {"options": draw.some(options), "inputs": [shape], **spread(draw)}


def unit(draw):
    shape = shape_of(draw)
    axes = draw.choice([draw.integer(1, len(shape) - 1), list(range(1, len(shape)))])
    return {"options": draw.some({"axis": axes}), "inputs": [shape]}


def statistics(draw):
    shape = shape_of(draw)
    size = shape[-1]
    options = {
        "mean": [draw.number(-2, 2) for _ in range(size)],
        "variance": [draw.number(0.2, 3) for _ in range(size)],
        **draw.some({"invert": True}, 0.3),
    }
    return {"options": options, "inputs": [shape]}


DRAWS = {
    "BatchNormalization": batch,
    "GroupNormalization": group,
    "LayerNormalization": layer,
    "Normalization": statistics,
    "RMSNormalization": root_mean_square,
    "UnitNormalization": unit,
}
