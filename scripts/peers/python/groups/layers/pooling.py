"""Pooling over windows and over everything."""

from .convolution import channels_first, least, picture, window


def windows(kind, rank):
    def draw_layer(draw):
        size = window(draw, rank, 1, 3 if rank < 3 else 2)
        options = draw.some({"strides": lambda: window(draw, rank, 1, 3), "padding": "same"})
        if kind == "Max" and rank == 3 and "strides" in options and "padding" in options:
            # There TensorFlow takes other steps than its 2-D kernels where a stride leaps over the
            # window, and gives gradients of 0.
            options["strides"] = least(options["strides"], size)
        options.update(channels_first(draw))
        return {
            "args": [size],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), 5 if rank < 3 else 3, options)],
        }

    return draw_layer


def everything(rank):
    def draw_layer(draw):
        options = {**draw.some({"keepdims": True}), **channels_first(draw)}
        return {
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), draw.choice([1, 3]), options)],
        }

    return draw_layer


DRAWS = {
    **{f"{kind}Pooling{rank}D": windows(kind, rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{rank}D": everything(rank)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    },
}
