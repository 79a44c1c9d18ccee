"""Keras as a contender, on TensorFlow or, with `--mode jax`, on JAX, by fit and predict_on_batch."""

import os

from protocol import serve, threads

options = threads()
os.environ["KERAS_BACKEND"] = options.mode
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
# XLA takes as many threads as there are processors when it starts.
processors = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else None
if options.mode == "jax" and processors:
    os.sched_setaffinity(0, sorted(processors)[-options.threads :])

import keras
from keras import layers

if options.mode == "jax":
    import jax

    jax.config.update("jax_platforms", "cpu")
    jax.devices()
    if processors:
        os.sched_setaffinity(0, processors)
else:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)

from pictures import Pictures


def convnet(dropout):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            *([layers.Dropout(dropout)] if dropout > 0 else []),
            layers.Dense(10),
        ]
    )


def convolved(x, filters, stride):
    if stride > 1:
        x = layers.ZeroPadding2D(1)(x)
    padding = "valid" if stride > 1 else "same"
    x = layers.Conv2D(filters, 3, strides=stride, padding=padding, use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def block(x, filters, stride):
    y = convolved(layers.ReLU()(convolved(x, filters, stride)), filters, 1)
    if stride > 1:
        x = layers.MaxPooling2D(1, strides=2)(x)
        added = filters // 2
        x = keras.ops.pad(x, [[0, 0], [0, 0], [0, 0], [0, added]])
    return layers.ReLU()(layers.Add()([x, y]))


def resnet():
    inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(convolved(inputs, 16, 1))
    for filters in (16, 32, 64):
        for i in range(3):
            x = block(x, filters, 2 if filters > 16 and i == 0 else 1)
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def network(request, pictures):
    model = convnet(request["dropout"]) if request["network"] == "convnet" else resnet()
    for weight, value in zip(model.trainable_weights, pictures.weights):
        weight.assign(value)
    return model


class Step:
    def __init__(self, request):
        pictures = Pictures(request)
        self.x, self.y, self.batch = pictures.x, pictures.y.astype("int32"), request["batch"]
        self.model = network(request, pictures)
        rate = request["rate"]
        self.model.compile(
            optimizer=(
                keras.optimizers.Adam(rate)
                if request["network"] == "convnet"
                else keras.optimizers.SGD(rate, momentum=0.9)
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

    def run(self, repeat):
        rounds, rest = divmod(repeat, len(self.x) // self.batch)
        for count, epochs in ((len(self.x), rounds), (rest * self.batch, min(rest, 1))):
            if epochs > 0:
                x, y = self.x[:count], self.y[:count]
                settings = {"shuffle": False, "verbose": 0}
                self.model.fit(x, y, batch_size=self.batch, epochs=epochs, **settings)

    def loss(self):
        x, y = self.x[: self.batch], self.y[: self.batch]
        return float(self.model.loss(y, self.model(x, training=True)))


class Predict:
    def __init__(self, request):
        pictures = Pictures(request)
        self.x = pictures.x[: request["batch"]]
        self.model = network(request, pictures)
        self.model.compile()

    def run(self, repeat):
        for _ in range(repeat):
            self.model.predict_on_batch(self.x)


serve(keras.__version__, {"pictureStep": Step, "picturePredict": Predict})
