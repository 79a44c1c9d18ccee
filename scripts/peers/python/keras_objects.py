"""Keras, on TensorFlow, quiet and on the processor; and its objects as a case describes them."""

import os
import warnings

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
warnings.filterwarnings("ignore")

import keras
import numpy as np
import tensorflow as tf

tf.get_logger().setLevel("ERROR")
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

ROOMS = {
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "initializer": keras.initializers,
    "schedule": keras.optimizers.schedules,
}


def described(room, class_name, args=(), **options):
    """An object within options: what both sides make theirs from."""
    return {"room": room, "class_name": class_name, "args": list(args), "options": options}


def made(value):
    """The Keras object behind a description; lists become tuples, all else stays."""
    if isinstance(value, dict) and "room" in value:
        make = getattr(ROOMS[value["room"]], value["class_name"])
        return make(*map(made, value["args"]), **made(value["options"]))
    if isinstance(value, dict):
        return {key: made(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(made(item) for item in value)
    return value


def constant(array):
    """A tensor; floats in Keras' float type of the moment."""
    array = np.asarray(array)
    return tf.constant(array, keras.config.floatx() if array.dtype.kind == "f" else array.dtype)


def differentiate(compute, watched, draw):
    """Outputs of `compute()`, the random weights that they are summed with, and the gradients of
    that sum with respect to the tensors and variables watched."""
    with tf.GradientTape() as tape:
        for value in watched:
            tape.watch(value)
        outputs = compute()
        listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        seeds = [draw.normal(tuple(output.shape)) for output in listed]
        total = tf.add_n([tf.reduce_sum(y * constant(seed)) for y, seed in zip(listed, seeds)])
    gradients = tape.gradient(total, watched, unconnected_gradients="zero")
    return (
        [output.numpy() for output in listed],
        seeds,
        [tf.convert_to_tensor(gradient).numpy() for gradient in gradients],
    )
