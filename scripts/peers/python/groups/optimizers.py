"""Optimizers: the weights along twenty steps of given gradients."""

from keras_objects import constant, keras, made
from recording import tensors

from .schedules import random_schedule

STEPS = 20


def betas(draw):
    return {"beta_1": lambda: draw.number(0.5, 0.95), "beta_2": lambda: draw.number(0.8, 0.999)}


def epsilon(draw):
    return {"epsilon": lambda: draw.choice([1e-8, 1e-5, 1e-3])}


OWN = {
    "SGD": lambda d: {"momentum": lambda: d.number(0.1, 0.95)},
    "RMSprop": lambda d: {
        "rho": lambda: d.number(0.5, 0.99),
        "momentum": lambda: d.number(0.1, 0.9),
        "centered": True,
        **epsilon(d),
    },
    "Adam": lambda d: {**betas(d), **epsilon(d), "amsgrad": True},
    "AdamW": lambda d: {**betas(d), **epsilon(d), "amsgrad": True},
    "Nadam": lambda d: {**betas(d), **epsilon(d)},
    "Adamax": lambda d: {**betas(d), **epsilon(d)},
    "Adagrad": lambda d: {"initial_accumulator_value": lambda: d.number(0, 0.5), **epsilon(d)},
    "Adadelta": lambda d: {"rho": lambda: d.number(0.5, 0.99), **epsilon(d)},
    "Adafactor": lambda d: {
        "beta_2_decay": lambda: d.number(-0.9, -0.5),
        "epsilon_2": lambda: d.choice([1e-3, 1e-2]),
        "clip_threshold": lambda: d.number(0.5, 2),
        "relative_step": False,
    },
    "Ftrl": lambda d: {
        "learning_rate_power": lambda: d.number(-0.9, -0.1),
        "initial_accumulator_value": lambda: d.number(0.05, 0.5),
        "l1_regularization_strength": lambda: d.number(0.001, 0.1),
        "l2_regularization_strength": lambda: d.number(0.001, 0.1),
        "l2_shrinkage_regularization_strength": lambda: d.number(0.001, 0.1),
        "beta": lambda: d.number(0.1, 1),
    },
    "Lion": lambda d: betas(d),
    "Lamb": lambda d: {**betas(d), **epsilon(d)},
    "Muon": lambda d: {
        "momentum": lambda: d.number(0.5, 0.95),
        "nesterov": False,
        "ns_steps": lambda: d.integer(3, 6),
        "adam_lr_ratio": lambda: d.number(0.3, 2),
        "adam_weight_decay": lambda: d.number(0, 0.1),
        "rms_rate": lambda: d.number(0.1, 0.5),
    },
}

CLASSES = sorted(OWN)

# What Keras' base class gives to every optimizer.


def common(draw):
    options = draw.some({"weight_decay": lambda: draw.number(0.001, 0.2)}, 0.3)
    if draw.chance(0.5):
        limit = draw.choice(["clipnorm", "clipvalue", "global_clipnorm"])
        options[limit] = draw.number(0.1, 2)
    if draw.chance(0.25):
        options.update(use_ema=True, ema_overwrite_frequency=draw.integer(1, 6))
        options.update(draw.some({"ema_momentum": lambda: draw.number(0.5, 0.99)}))
    if draw.chance(0.25):
        options["gradient_accumulation_steps"] = draw.integer(2, 4)
    return options


def case(class_name, draw, dtype):
    options = draw.some(OWN[class_name](draw), 0.4)
    if class_name == "SGD" and "momentum" in options:
        options.update(draw.some({"nesterov": True}))
    if draw.chance(0.6):
        options.update(common(draw))
    rate = random_schedule(draw) if draw.chance(0.3) else draw.number(0.001, 0.1)
    shapes = [(draw.dim(2, 4), draw.dim(2, 4)), (draw.dim(2, 4),)]
    if not draw.small:
        shapes += [(2, draw.dim(2, 3), draw.dim(2, 3)), ()]
    starts = [draw.normal(shape) for shape in shapes]
    scale = draw.choice([0.1, 1, 3])
    gradients = [[draw.normal(shape, scale) for shape in shapes] for _ in range(STEPS)]
    return {
        "args": [rate],
        "options": options,
        "weights": tensors(starts),
        "steps": [tensors(step) for step in gradients],
        "after": run(class_name, rate, options, starts, gradients),
    }


def run(class_name, rate, options, starts, gradients):
    """The weights after some of the steps: { step: weights }."""
    optimizer = getattr(keras.optimizers, class_name)(made(rate), **made(options))
    weights = [keras.Variable(start, name=f"weight_{i}") for i, start in enumerate(starts)]
    after = {}
    for step, of_step in enumerate(gradients, 1):
        optimizer.apply([constant(gradient) for gradient in of_step], weights)
        if step in (1, 2, 5, 10, STEPS):
            after[str(step)] = tensors([weight.numpy() for weight in weights])
    return after
