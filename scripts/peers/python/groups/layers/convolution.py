"""Convolutions of all kinds."""

from .core import activation_of


def window(draw, rank, low, high):
    """One number for all axes, or one an axis."""
    if draw.chance(0.5) or rank == 1:
        return draw.integer(low, high)
    return [draw.integer(low, high) for _ in range(rank)]


def stepping(draw, rank, same_strides=False):
    """Strides or dilation: Keras allows one of them above 1."""
    kind = draw.choice(["strides", "dilation_rate", None])
    if kind is None:
        return {}
    if same_strides and kind == "strides":
        return {kind: draw.integer(2, 3)}
    return {kind: window(draw, rank, 1, 3)}


def picture(draw, rank, channels, least=5, options={}):
    """Its shape; one step or a few along an axis in some cases where windows need not fit."""
    if options.get("padding") in ("same", "causal") and draw.chance(0.3):
        least = 1
    sizes = [draw.integer(least, least + (1 if draw.small else {1: 8, 2: 4, 3: 2}[rank])) for _ in range(rank)]
    return placed((draw.dim(1, 3), *sizes, channels), options)


def placed(shape, options):
    """The shape of channels last with the channels where the options have them."""
    if options.get("data_format") != "channels_first":
        return shape
    return (shape[0], shape[-1], *shape[1:-1])


def channels_first(draw):
    return draw.some({"data_format": "channels_first"}, 0.15)


def least(a, b):
    """The least of two windows, axis by axis."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return [min(pair) for pair in zip(*([v] * 3 if isinstance(v, int) else v for v in (a, b)))]


def convolution(rank):
    def draw_layer(draw):
        groups = draw.choice([1, 1, 1, 2, 3])
        channels = groups * draw.integer(1, 3)
        options = {
            **draw.some(activation_of(draw), 0.35),
            **stepping(draw, rank),
            **draw.some({"padding": lambda: draw.choice(["same", "causal"] if rank == 1 else ["same"])}),
            **channels_first(draw),
        }
        if groups > 1:
            options["groups"] = groups
        return {
            "args": [groups * draw.integer(1, 3), window(draw, rank, 1, 3 if rank < 3 else 2)],
            "options": options,
            "inputs": [picture(draw, rank, channels, 7 if rank < 3 else 4, options)],
        }

    return draw_layer


def transposed(rank):
    def draw_layer(draw):
        kernel = window(draw, rank, 1, 3)
        options = {
            **draw.some(activation_of(draw), 0.35),
            **draw.some({"padding": "same", "strides": lambda: window(draw, rank, 1, 3)}),
            **channels_first(draw),
        }
        if rank == 3 and "strides" in options:
            # TensorFlow's own gradient is wrong where a stride leaps over the kernel.
            options["strides"] = least(options["strides"], kernel)
        if "strides" not in options:
            options.update(draw.some({"dilation_rate": lambda: draw.integer(1, 2)}, 0.3))
        elif draw.chance(0.3):
            strides = options["strides"]
            strides = [strides] * rank if isinstance(strides, int) else strides
            options["output_padding"] = [draw.integer(0, stride - 1) for stride in strides]
            if rank == 1:
                options["output_padding"] = options["output_padding"][0]
        # The softmax of one filter is 1, its gradient noise.
        filters = draw.integer(2 if options.get("activation") == "softmax" else 1, 3)
        return {
            "args": [filters, kernel],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 3), 2 if rank == 3 else draw.choice([1, 3]), options)],
        }

    return draw_layer


def depthwise(rank):
    def draw_layer(draw):
        options = {
            **draw.some(activation_of(draw), 0.35),
            **stepping(draw, rank, same_strides=True),
            **draw.some({"padding": "same", "depth_multiplier": lambda: draw.integer(2, 3)}),
            **channels_first(draw),
        }
        return {
            "args": [window(draw, rank, 1, 3)],
            "options": options,
            "inputs": [picture(draw, rank, draw.integer(1, 4), 7, options)],
        }

    return draw_layer


def separable(rank):
    def draw_layer(draw):
        spec = depthwise(rank)(draw)
        return {**spec, "args": [draw.integer(1, 4), *spec["args"]]}

    return draw_layer


DRAWS = {
    **{f"Conv{rank}D": convolution(rank) for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": transposed(rank) for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": depthwise(rank) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": separable(rank) for rank in (1, 2)},
}
