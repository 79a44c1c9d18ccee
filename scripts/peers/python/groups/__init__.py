"""The groups of cases, each a module with `CLASSES` and `case(class_name, draw, dtype)`."""

from . import (
    activations,
    constraints,
    graphs,
    initializers,
    layers,
    loss_objects,
    losses,
    metrics,
    optimizers,
    preprocessing,
    regularizers,
    schedules,
)

GROUPS = {
    "activations": activations,
    "losses": losses,
    "loss-objects": loss_objects,
    "metrics": metrics,
    "schedules": schedules,
    "optimizers": optimizers,
    "initializers": initializers,
    "regularizers": regularizers,
    "constraints": constraints,
    "layers": layers,
    "preprocessing": preprocessing,
    "graphs": graphs,
}
