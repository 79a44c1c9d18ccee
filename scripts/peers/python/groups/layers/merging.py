"""Layers that merge a list of inputs."""


def shape_of(draw):
    return (draw.dim(2, 4), *[draw.dim(2, 4) for _ in range(draw.integer(1, 3))])


def alike(low, high):
    def draw_layer(draw):
        shape = shape_of(draw)
        shapes = [shape] * draw.integer(low, high)
        if draw.chance(0.3) and len(shape) > 2:
            # One input whose first inner axis is repeated for the others.
            shapes[-1] = (shape[0], 1, *shape[2:])
        return {"inputs": shapes, "list": True}

    return draw_layer


def concatenate(draw):
    shape = shape_of(draw)
    axis = draw.integer(1, len(shape) - 1)
    option = draw.choice([axis, axis - len(shape)])
    shapes = []
    for _ in range(draw.integer(2, 4)):
        own = list(shape)
        own[axis] = draw.dim(1, 4)
        shapes.append(tuple(own))
    return {"options": {"axis": option}, "inputs": shapes, "list": True}


def dot(draw):
    samples, shared, first, second = (draw.dim(2, 4) for _ in range(4))
    if draw.chance(0.4):
        spec = {"args": [1], "inputs": [(samples, shared), (samples, shared)]}
    else:
        axes = draw.choice([[1, 1], [2, 1], [1, 2], [2, 2], [-1, -1], [-2, 2]])
        shapes = []
        for axis, free in zip(axes, (first, second)):
            shapes.append((samples, shared, free) if axis in (1, -2) else (samples, free, shared))
        spec = {"args": [axes], "inputs": shapes}
    return {**spec, "options": draw.some({"normalize": True}, 0.3), "list": True}


DRAWS = {
    **{name: alike(2, 4) for name in ("Add", "Average", "Maximum", "Minimum", "Multiply")},
    "Subtract": alike(2, 2),
    "Concatenate": concatenate,
    "Dot": dot,
}
