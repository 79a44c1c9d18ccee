"""Pooling over windows and over everything."""

from .convolution import picture, window


def windows(rank):
    def draw_layer(draw):
        options = draw.some({"strides": lambda: window(draw, rank, 1, 3), "padding": "same"})
        return {
            "args": [window(draw, rank, 1, 3 if rank < 3 else 2)],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), 5 if rank < 3 else 3)],
        }

    return draw_layer


def everything(rank):
    def draw_layer(draw):
        return {
            "options": draw.some({"keepdims": True}),
            "inputs": [picture(draw, rank, draw.integer(1, 3), 3)],
        }

    return draw_layer


DRAWS = {
    **{f"{kind}Pooling{rank}D": windows(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{rank}D": everything(rank)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    },
}
