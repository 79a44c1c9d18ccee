"""Losses as objects: reductions and sample weights."""

from keras_objects import constant, differentiate, keras
from recording import tensor, tensors

from . import losses

NAMES = {
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "CategoricalHinge": "categorical_hinge",
    "CosineSimilarity": "cosine_similarity",
    "Dice": "dice",
    "Hinge": "hinge",
    "Huber": "huber",
    "KLDivergence": "kl_divergence",
    "LogCosh": "log_cosh",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredError": "mean_squared_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Poisson": "poisson",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "SquaredHinge": "squared_hinge",
    "Tversky": "tversky",
}

CLASSES = list(NAMES)

REDUCTIONS = ["sum_over_batch_size", "sum", "none", "mean", "mean_with_sample_weight"]


def case(class_name, draw, dtype):
    labels, predictions, options = losses.DRAWS[NAMES[class_name]](draw)
    options = {**options, **draw.some({"reduction": lambda: draw.choice(REDUCTIONS)}, 0.8)}
    loss = getattr(keras.losses, class_name)(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}, dtype=dtype
    )
    truth, given = constant(labels), constant(predictions)
    # A weight a sample fits where the loss leaves the first axis alone.
    weighted = class_name not in ("Dice", "Tversky") and options.get("axis", -1) == -1
    weights = draw.uniform(labels.shape[:1], 0.1, 2) if weighted and draw.chance(0.5) else None
    if weights is not None and len(predictions.shape) == 3:
        weights = draw.uniform(predictions.shape[:2], 0.1, 2)
    sample_weight = None if weights is None else constant(weights)
    outputs, seeds, gradients = differentiate(
        lambda: loss(truth, given, sample_weight=sample_weight), [given], draw
    )
    return {
        "args": [],
        "options": options,
        "inputs": tensors([labels, predictions]),
        **({} if weights is None else {"sampleWeight": tensor(weights)}),
        "seeds": tensors(seeds),
        "outputs": tensors(outputs),
        "gradients": {"inputs": tensors(gradients)},
    }
