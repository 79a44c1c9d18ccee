"""Layers: outputs, gradients of inputs and weights, and what a call leaves in the weights; layers
with chance by their statistics."""

import numpy as np
from keras_objects import constant, differentiate, keras, made
from recording import tensor, tensors

from . import activation, convolution, core, merging, normalization, noise, pooling, reshaping

DRAWS = {
    **core.DRAWS,
    **convolution.DRAWS,
    **pooling.DRAWS,
    **normalization.DRAWS,
    **noise.DRAWS,
    **reshaping.DRAWS,
    **activation.DRAWS,
    **merging.DRAWS,
}

CLASSES = sorted(DRAWS)


def case(class_name, draw, dtype):
    spec = DRAWS[class_name](draw)
    args, options, shapes = spec.get("args", []), spec.get("options", {}), spec["inputs"]
    layer = getattr(keras.layers, class_name)(*made(args), **made(options), dtype=dtype)
    training = spec.get("training", draw.chance(0.3))
    described = {"args": args, "options": options, "training": training}
    if spec.get("chance") and training:
        return {**described, **statistics(layer, shapes[0], draw)}
    arrays = [input_of(spec, shape, draw) for shape in shapes]
    inputs = [constant(array) for array in arrays]
    # Merging layers take a list of inputs.
    given = inputs if spec.get("list") else inputs[0]
    layer.build([tuple(x.shape) for x in inputs] if spec.get("list") else tuple(inputs[0].shape))
    weights = [weight_values(weight, draw) for weight in layer.weights]
    for weight, value in zip(layer.weights, weights):
        weight.assign(value)
    arguments = {"training": training} if takes_training(layer) else {}
    trainable = [weight.value for weight in layer.trainable_weights]
    outputs, seeds, gradients = differentiate(
        lambda: layer(given, **arguments), [*inputs, *trainable], draw
    )
    return {
        **described,
        "list": bool(spec.get("list")),
        "inputs": tensors(arrays),
        "weights": tensors(weights),
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        "gradients": {
            "inputs": tensors(gradients[: len(inputs)]),
            "weights": tensors(gradients[len(inputs) :]),
        },
        "updated": tensors([weight.numpy() for weight in layer.weights]),
    }


def input_of(spec, shape, draw):
    return draw.normal(shape, spec.get("scale", 1), spec.get("mean", 0))


def takes_training(layer):
    return layer._call_has_training_arg


def weight_values(weight, draw):
    shape = tuple(weight.shape)
    name = weight.path.rsplit("/", 1)[-1]
    if "variance" in name:
        return draw.uniform(shape, 0.3, 2)
    if name in ("gamma", "scale"):
        return draw.normal(shape, 0.3, 1)
    return draw.normal(shape, 0.5)


def statistics(layer, shape, draw):
    """Over many elements that are 1 or follow a normal distribution."""
    ones = draw.chance(0.5)
    x = np.ones(shape) if ones else draw.normal(shape, 1, 0.5)
    y = np.asarray(layer(constant(x), training=True), np.float64)
    found = {
        "mean": float(y.mean()),
        "deviation": float(y.std()),
        "zeros": float((y == 0).mean()),
        "emptyChannels": float((y.reshape(y.shape[0], -1, y.shape[-1]) == 0).all(1).mean()),
    }
    # The extremes of what has no bounds are chance.
    if ones and "Gaussian" not in type(layer).__name__:
        found.update(least=float(y.min()), greatest=float(y.max()))
    given = {"shape": list(shape), "ones": ones, "mean": 0.5, "deviation": 1}
    return {"input": given, "statistics": found}
