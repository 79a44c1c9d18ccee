"""Schedules of the learning rate: the rate at several steps."""

import numpy as np
from keras_objects import ROOMS, constant, described, made
from recording import number

STEPS = [0, 1, 2, 3, 5, 7, 10, 13, 17, 20, 25, 32, 50, 77, 100, 1000]


def exponential(draw):
    options = {
        "initial_learning_rate": draw.number(0.01, 0.1),
        "decay_steps": draw.integer(2, 30),
        "decay_rate": draw.number(0.3, 0.99),
    }
    return {**options, **draw.some({"staircase": True})}


def piecewise(draw):
    pieces = draw.integer(1, 4)
    boundaries = sorted(draw.shuffled(range(1, 40))[:pieces])
    values = [draw.number(0.001, 0.1) for _ in range(pieces + 1)]
    return {"boundaries": boundaries, "values": values}


def polynomial(draw):
    options = {
        "initial_learning_rate": draw.number(0.01, 0.1),
        "decay_steps": draw.integer(2, 30),
    }
    more = {
        "end_learning_rate": lambda: draw.number(0.0001, 0.005),
        "power": lambda: draw.number(0.5, 3),
        "cycle": True,
    }
    return {**options, **draw.some(more)}


def cosine(draw):
    options = {
        "initial_learning_rate": draw.number(0.001, 0.1),
        "decay_steps": draw.integer(2, 30),
    }
    options.update(draw.some({"alpha": lambda: draw.number(0.01, 0.5)}))
    if draw.chance(0.5):
        options.update(warmup_target=draw.number(0.1, 0.2), warmup_steps=draw.integer(1, 10))
    return options


def restarts(draw):
    options = {
        "initial_learning_rate": draw.number(0.01, 0.1),
        "first_decay_steps": draw.integer(2, 15),
    }
    more = {
        "t_mul": lambda: draw.choice([1.0, 1.5, 2.0, 3.0]),
        "m_mul": lambda: draw.number(0.5, 1),
        "alpha": lambda: draw.number(0.01, 0.5),
    }
    return {**options, **draw.some(more)}


DRAWS = {
    "CosineDecay": cosine,
    "CosineDecayRestarts": restarts,
    "ExponentialDecay": exponential,
    "InverseTimeDecay": exponential,
    "PiecewiseConstantDecay": piecewise,
    "PolynomialDecay": polynomial,
}

CLASSES = sorted(DRAWS)


def random_schedule(draw):
    class_name = draw.choice(CLASSES)
    return described("schedule", class_name, **DRAWS[class_name](draw))


def case(class_name, draw, dtype):
    options = DRAWS[class_name](draw)
    schedule = getattr(ROOMS["schedule"], class_name)(**made(options))
    rates = [float(schedule(constant(np.int32(step)))) for step in STEPS]
    return {"args": [], "options": options, "steps": STEPS, "rates": [number(rate) for rate in rates]}
