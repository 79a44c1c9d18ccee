"""Losses as functions: one value a sample, and the gradient with respect to the predictions."""

import numpy as np
from keras_objects import constant, differentiate, keras
from recording import tensors

LOGITS = {"from_logits": lambda: True}


def shape_of(draw):
    shape = [draw.dim(2, 6), draw.dim(2, 6)]
    return (*shape, draw.dim(2, 5)) if draw.chance(0.3) else tuple(shape)


def axis_of(draw, shape):
    return draw.integer(-len(shape), len(shape) - 1)


def regression(draw, options=None):
    shape = shape_of(draw)
    return draw.normal(shape, 2), draw.normal(shape, 2), options or {}


def positive(draw):
    shape = shape_of(draw)
    return draw.uniform(shape, 0, 4), draw.uniform(shape, 0.1, 4), {}


def binary(draw, more=None):
    shape = shape_of(draw)
    options = draw.some(
        {
            **LOGITS,
            "label_smoothing": lambda: draw.number(0.05, 0.4),
            "axis": lambda: axis_of(draw, shape),
            **(more or {}),
        },
        0.4,
    )
    labels = draw.flags(shape) if draw.chance(0.7) else draw.uniform(shape)
    predictions = (
        draw.normal(shape, 4)
        if options.get("from_logits")
        else draw.uniform(shape, 0.001, 0.999)
    )
    if not more and not options.get("from_logits") and draw.chance(0.3):
        # Also at 0 and 1, and beyond.
        predictions = np.round(3 * predictions - 1, 1)
    return labels, predictions, options


def binary_focal(draw):
    more = {
        "apply_class_balancing": lambda: True,
        "alpha": lambda: draw.number(0.1, 0.9),
        "gamma": lambda: draw.number(0.5, 4),
    }
    return binary(draw, more)


def categorical(draw, more=None):
    shape = shape_of(draw)
    options = draw.some(
        {**LOGITS, "label_smoothing": lambda: draw.number(0.05, 0.4), **(more or {})}, 0.4
    )
    soft = draw.chance(0.3)
    labels = draw.probabilities(shape) if soft else draw.one_hot(shape[:-1], shape[-1])
    # TensorFlow's slope of logits takes it for granted that targets sum to 1.
    labels[..., -1] += 1 - labels.sum(-1)
    predictions = draw.normal(shape, 4) if options.get("from_logits") else draw.probabilities(shape)
    if not options.get("from_logits") and draw.chance(0.3):
        predictions = draw.rounded(predictions * 1.7)
    elif not options.get("from_logits") and draw.chance(0.3):
        # Zeros, and rows that are certain.
        predictions = np.maximum(draw.one_hot(shape[:-1], shape[-1]), np.round(predictions))
    if draw.chance(0.3):
        options["axis"] = axis = axis_of(draw, shape)
        labels, predictions = np.moveaxis(labels, -1, axis), np.moveaxis(predictions, -1, axis)
    if options.get("from_logits") and labels.shape[-1] != shape[-1]:
        # Nor do smoothed ones: Keras spreads the part by the size of the last axis, whatever `axis` is.
        options.pop("label_smoothing", None)
    return labels, predictions, options


def categorical_focal(draw):
    more = {"alpha": lambda: draw.number(0.1, 0.9), "gamma": lambda: draw.number(1, 4)}
    labels, predictions, options = categorical(draw, more)
    return labels, predictions, options


def sparse(draw):
    shape = shape_of(draw)
    classes = shape[-1]
    options = draw.some(
        {**LOGITS, "ignore_class": lambda: draw.choice([-1, draw.integer(0, classes - 1)])}, 0.4
    )
    labels = draw.integers(shape[:-1], 0, classes - 1)
    if options.get("ignore_class") == -1:
        labels = np.where(draw.flags(labels.shape, 0.3) > 0, -1, labels).astype(np.int32)
    return labels, classes_of(draw, shape, options), options


def classes_of(draw, shape, options):
    """Logits, or probabilities that may fail to sum to 1, or to be within 0 and 1."""
    if options.get("from_logits"):
        return draw.normal(shape, 4)
    predictions = draw.probabilities(shape)
    if draw.chance(0.3):
        predictions = draw.rounded(predictions * 1.7)
    elif draw.chance(0.3):
        predictions = np.round(draw.normal(shape) + 0.5, 1)
    return predictions


def hinge(draw):
    shape = shape_of(draw)
    labels = draw.flags(shape)
    return labels if draw.chance(0.5) else 2 * labels - 1, draw.normal(shape), {}


def categorical_hinge(draw):
    shape = shape_of(draw)
    return draw.one_hot(shape[:-1], shape[-1]), draw.normal(shape), {}


def overlap(draw, more=None):
    shape = shape_of(draw)
    axes = draw.shuffled(range(len(shape)))[: draw.integer(1, len(shape))]
    axis = draw.choice([sorted(axes), axes[0]])
    options = draw.some({"axis": lambda: axis, **(more or {})})
    return draw.flags(shape), draw.uniform(shape), options


def tversky(draw):
    return overlap(
        draw, {"alpha": lambda: draw.number(0.1, 1), "beta": lambda: draw.number(0.1, 1)}
    )


def cosine(draw):
    labels, predictions, _ = regression(draw)
    return labels, predictions, draw.some({"axis": lambda: axis_of(draw, labels.shape)})


def generalized(draw):
    shape = shape_of(draw)[:2]
    options = {"q": draw.number(0.2, 0.9)}
    return draw.integers(shape[:1], 0, shape[1] - 1), draw.probabilities(shape), options


def circle(draw):
    samples, size = draw.dim(4, 8), draw.dim(2, 5)
    embeddings = draw.random.normal(0, 1, (samples, size))
    embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
    # Each label twice at least, so that every sample has a positive and a negative.
    labels = np.array(draw.shuffled([i // 2 for i in range(samples)]), np.int32)
    options = draw.some(
        {"gamma": lambda: draw.number(2, 80), "margin": lambda: draw.number(0.1, 0.6)}
    )
    return labels, draw.rounded(embeddings), options


def ctc(draw):
    samples, steps, classes = draw.dim(2, 4), draw.dim(6, 9), draw.dim(3, 5)
    labels = draw.integers((samples, 3), 1, classes - 1)
    labels[:, 1:] *= np.sort(draw.flags((samples, 2), 0.7), axis=-1)[:, ::-1].astype(np.int32)
    return labels, draw.normal((samples, steps, classes), 2), {}


def distributions(draw):
    shape = shape_of(draw)
    return draw.probabilities(shape), draw.probabilities(shape), {}


DRAWS = {
    "binary_crossentropy": binary,
    "binary_focal_crossentropy": binary_focal,
    "categorical_crossentropy": categorical,
    "categorical_focal_crossentropy": categorical_focal,
    "categorical_generalized_cross_entropy": generalized,
    "categorical_hinge": categorical_hinge,
    "circle": circle,
    "cosine_similarity": cosine,
    "ctc": ctc,
    "dice": overlap,
    "hinge": hinge,
    "huber": lambda draw: regression(draw, draw.some({"delta": lambda: draw.number(0.3, 3)})),
    "kl_divergence": distributions,
    "log_cosh": regression,
    "mean_absolute_error": regression,
    "mean_absolute_percentage_error": regression,
    "mean_squared_error": regression,
    "mean_squared_logarithmic_error": positive,
    "poisson": positive,
    "sparse_categorical_crossentropy": sparse,
    "squared_hinge": hinge,
    "tversky": tversky,
}

CLASSES = sorted(DRAWS)


def case(class_name, draw, dtype):
    labels, predictions, options = DRAWS[class_name](draw)
    if class_name == "ctc":
        # TensorFlow computes it in float32.
        dtype = "float32"
        keras.config.set_floatx(dtype)
    truth, given = constant(labels), constant(predictions)
    function = getattr(keras.losses, class_name)
    arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    outputs, seeds, gradients = differentiate(
        lambda: function(truth, given, **arguments), [given], draw
    )
    return {
        "dtype": dtype,
        "args": [],
        "options": options,
        "inputs": tensors([labels, predictions]),
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        "gradients": {"inputs": tensors(gradients)},
    }
