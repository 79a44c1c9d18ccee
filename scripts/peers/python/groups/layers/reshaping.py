"""Layers that move, pad, cut and repeat elements."""

from .convolution import channels_first, picture, window


INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]


def sides(draw, rank, low, high):
    """One number; one an axis; or a pair an axis."""
    kind = draw.integer(0, 2)
    if kind == 0:
        return draw.integer(low, high)
    if rank == 1:
        return [draw.integer(low, high), draw.integer(low, high)]
    if kind == 1:
        return [draw.integer(low, high) for _ in range(rank)]
    return [[draw.integer(low, high), draw.integer(low, high)] for _ in range(rank)]


def padding(rank):
    def draw_layer(draw):
        options = channels_first(draw) if rank > 1 else {}
        return {
            "args": [sides(draw, rank, 0, 2)],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), draw.choice([1, 2]), options)],
        }

    return draw_layer


def cropping(rank):
    def draw_layer(draw):
        options = channels_first(draw) if rank > 1 else {}
        return {
            "args": [sides(draw, rank, 0, 2)],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), 5, options)],
        }

    return draw_layer


def up_sampling(rank):
    def draw_layer(draw):
        between = {"interpolation": lambda: draw.choice(INTERPOLATIONS)}
        options = draw.some(between) if rank == 2 else {}
        options.update(channels_first(draw) if rank > 1 else {})
        return {
            "args": [window(draw, rank, 1, 3)],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), draw.choice([1, 2]), options)],
        }

    return draw_layer


def flatten(draw):
    options = channels_first(draw)
    return {"options": options, "inputs": [picture(draw, draw.integer(1, 3), draw.integer(1, 3), 2, options)]}


def reshape(draw):
    a, b, c = draw.dim(2, 4), draw.dim(2, 4), draw.dim(2, 4)
    target = draw.choice([[a * b * c], [a, b * c], [c, a, b], [-1, c], [a, -1], [b, 1, a * c]])
    return {"args": [target], "inputs": [(draw.dim(2, 4), a, b, c)]}


def permute(draw):
    rank = draw.integer(2, 3)
    shape = (draw.dim(2, 4), *[draw.dim(2, 4) for _ in range(rank)])
    return {"args": [draw.shuffled(range(1, rank + 1))], "inputs": [shape]}


def repeat(draw):
    return {"args": [draw.integer(1, 4)], "inputs": [(draw.dim(2, 4), draw.dim(2, 5))]}


def resizing(draw):
    options = {
        **draw.some({"interpolation": lambda: draw.choice(INTERPOLATIONS), "antialias": True}),
        **draw.choice([{}, {}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}]),
        **channels_first(draw),
    }
    if "pad_to_aspect_ratio" in options:
        options.update(draw.some({"fill_value": lambda: draw.number(-2, 2)}))
    return {
        "args": [draw.integer(1, 8), draw.integer(1, 8)],
        "options": options,
        "inputs": [picture(draw, 2, draw.integer(1, 3), draw.choice([1, 3]), options)],
    }


def center_crop(draw):
    options = channels_first(draw)
    return {
        "args": [draw.integer(2, 7), draw.integer(2, 7)],
        "options": options,
        "inputs": [picture(draw, 2, draw.integer(1, 3), 4, options)],
    }


DRAWS = {
    "CenterCrop": center_crop,
    **{f"Cropping{rank}D": cropping(rank) for rank in (1, 2, 3)},
    "Flatten": flatten,
    "Permute": permute,
    "RepeatVector": repeat,
    "Reshape": reshape,
    "Resizing": resizing,
    **{f"UpSampling{rank}D": up_sampling(rank) for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": padding(rank) for rank in (1, 2, 3)},
}
