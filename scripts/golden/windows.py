"""windows.json: convolutions and pooling by PyTorch, whose pictures have their channels first."""

import torch.nn.functional as F

import golden
import ops

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
MEAN = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def first(x):
    """Channels from last to first."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def flipped(w):
    """A kernel [..., channels, filters] as [filters, channels, ...]."""
    return w.movedim(-1, 0).movedim(-1, 1)


def conv(cases, x, w, strides=1, padding=0, dilation=1, groups=1):
    axes = len(x) - 2
    options = {"strides": strides, "padding": padding, "dilationRate": dilation, "groups": groups}

    def compute(pictures, kernel):
        run = CONV[axes]
        return last(run(first(pictures), flipped(kernel), None, strides, padding, dilation, groups))

    given = [cases.draw(*x), cases.draw(*w)]
    cases.gradient(f"conv{axes}d", given, compute, options=options)


def depthwise(cases, x, w, strides=1, padding=0):
    channels = x[-1]
    options = {"strides": strides, "padding": padding}

    def compute(pictures, kernel):
        filters = kernel.reshape(*w[:-2], 1, channels * w[-1])
        return last(
            F.conv2d(first(pictures), flipped(filters), None, strides, padding, 1, channels)
        )

    cases.gradient("depthwiseConv2d", [cases.draw(*x), cases.draw(*w)], compute, options=options)


def transposed(cases, x, w, strides, output_padding=0):
    axes = len(x) - 2
    options = {"strides": strides, "outputPadding": output_padding}

    def compute(pictures, kernel):
        # PyTorch's kernel is [channels, filters, ...].
        by = flipped(kernel)
        return last(TRANSPOSED[axes](first(pictures), by, None, strides, 0, output_padding))

    given = [cases.draw(*x), cases.draw(*w)]
    cases.gradient(f"conv{axes}dTranspose", given, compute, options=options)


def pools(cases, x, size, strides, padding=0):
    axes = len(x) - 2
    options = {"strides": strides, "padding": padding}

    def greatest(pictures):
        return last(MAX[axes](first(pictures), size, strides, padding))

    def mean(pictures):
        return last(
            MEAN[axes](first(pictures), size, strides, padding, count_include_pad=False)
        )

    cases.gradient("maxPool", [cases.distinct(*x)], greatest, size=size, options=options)
    cases.gradient("avgPool", [cases.draw(*x)], mean, size=size, options=options)


def generate():
    cases = ops.Cases()
    conv(cases, (2, 7, 3), (3, 3, 2), strides=2, padding=1)
    conv(cases, (1, 9, 2), (3, 1, 4), padding=2, dilation=3, groups=2)
    conv(cases, (2, 4, 3, 3), (3, 2, 3, 4))
    conv(cases, (1, 4, 4, 1), (3, 3, 1, 9), padding=1)
    conv(cases, (1, 6, 7, 2), (3, 3, 2, 2), strides=[2, 3], padding=[1, 2])
    conv(cases, (1, 6, 5, 2), (3, 2, 2, 2), padding=1, dilation=2)
    conv(cases, (1, 3, 3, 6), (2, 3, 2, 3), groups=3, padding=[0, 1])
    conv(cases, (2, 3, 3, 5), (1, 1, 5, 4), strides=2)
    conv(cases, (1, 3, 2, 4, 2), (2, 2, 3, 2, 2), strides=[1, 1, 2], padding=1)
    depthwise(cases, (1, 4, 4, 3), (3, 3, 3, 1), padding=1)
    depthwise(cases, (1, 4, 4, 3), (2, 3, 3, 2), strides=2, padding=1)
    transposed(cases, (2, 4, 3), (4, 2, 3), 3)
    transposed(cases, (1, 3, 4, 2), (3, 3, 3, 2), 2)
    transposed(cases, (1, 3, 2, 4), (2, 3, 1, 4), 2, output_padding=1)
    transposed(cases, (1, 2, 2, 3, 2), (2, 3, 2, 2, 2), [2, 1, 2])
    pools(cases, (2, 7, 3), 3, 2, 1)
    pools(cases, (2, 5, 4, 2), [2, 2], [2, 2])
    pools(cases, (1, 5, 6, 2), [3, 2], [1, 2], [1, 1])
    pools(cases, (1, 3, 3, 4, 2), [2, 2, 3], [2, 1, 1], [0, 1, 1])
    golden.write("windows", __file__, ops.SEED, {"cases": cases.list})
