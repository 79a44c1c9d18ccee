"""functional.json: random functional models of Keras 3, their outputs and gradients in float64.

Run it with the Python that scripts/peers installs Keras for. Every model has two inputs, two outputs, a
layer that is called twice, and a model in it, often called twice as well. Classes and options are nabla's;
weights and inputs come from `pseudo.py`.
"""

import os
import random
import re

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

import golden
import pseudo

SEED = 11
MODELS = 30
BATCH = 4
STREAMS = 1000  # of a model: its weights from 0 on, inputs from 900 on, factors of outputs from 950 on
ACTIVATIONS = ["linear", "tanh", "sigmoid", "softplus", "gelu", "swish"]
MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate"]
NORMALIZATIONS = ["LayerNormalization", "BatchNormalization", "RMSNormalization"]

keras.config.set_floatx("float64")


class Draw:
    """Draws a model: layers, their calls, and the values that come of them, inputs first."""

    def __init__(self, dice, shapes):
        self.dice = dice
        self.inputs = shapes
        self.shapes = list(shapes)
        self.layers = []
        self.calls = []

    def call(self, layer, arguments, shape):
        self.calls.append([layer, arguments])
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def add(self, described):
        self.layers.append(described)
        return len(self.layers) - 1

    def dense(self, value):
        units = self.dice.randint(2, 4)
        options = {"activation": self.dice.choice(ACTIVATIONS), "useBias": self.dice.random() < 0.8}
        layer = self.add({"class": "Dense", "arguments": [units], "options": options})
        return self.call(layer, [value], [*self.shapes[value][:-1], units])

    def normalized(self, value):
        layer = self.add({"class": self.dice.choice(NORMALIZATIONS), "arguments": [], "options": {}})
        return self.call(layer, [value], self.shapes[value])

    def of_width(self, value, width):
        """The value, or what a layer without bias makes of it, with so many units."""
        if self.shapes[value][-1] == width:
            return value
        options = {"activation": "tanh", "useBias": False}
        layer = self.add({"class": "Dense", "arguments": [width], "options": options})
        return self.call(layer, [value], [*self.shapes[value][:-1], width])

    def merged(self, one, other):
        kind = self.dice.choice(MERGES)
        layer = {"class": kind, "arguments": [], "options": {}}
        if kind == "Concatenate":
            width = self.shapes[one][-1] + self.shapes[other][-1]
        else:
            width = self.shapes[one][-1]
            other = self.of_width(other, width)
        return self.call(self.add(layer), [one, other], [*self.shapes[one][:-1], width])

    def shared(self, one, other):
        """One layer that is called twice, and both results."""
        units = self.dice.randint(2, 4)
        width = self.shapes[one][-1]
        other = self.of_width(other, width)
        options = {"activation": self.dice.choice(ACTIVATIONS)}
        layer = self.add({"class": "Dense", "arguments": [units], "options": options})
        shape = [*self.shapes[one][:-1], units]
        return self.call(layer, [one], shape), self.call(layer, [other], shape)

    def nested(self, one, other):
        """A model of one or two inputs and one output; called once, or twice."""
        width = self.shapes[one][-1]
        other = self.of_width(other, width)
        arguments = [one, other][: self.dice.randint(1, 2)]
        inner = Draw(self.dice, [self.shapes[value] for value in arguments])
        value = inner.dense(0) if len(arguments) == 1 else inner.merged(0, 1)
        value = inner.dense(inner.normalized(value))
        layer = self.add({"model": inner.described([value])})
        shape = inner.shapes[value]
        first = self.call(layer, arguments, shape)
        if self.dice.random() < 0.5:
            return first
        second = self.call(layer, arguments[::-1] if len(arguments) == 2 else [other], shape)
        return self.merged(first, second)

    def described(self, outputs):
        return {
            "inputs": self.inputs,
            "layers": self.layers,
            "calls": self.calls,
            "outputs": outputs,
        }


def drawn(number):
    dice = random.Random(SEED * 1000 + number)
    steps = [3] if number % 3 == 2 else []
    draw = Draw(dice, [[*steps, dice.randint(2, 4)] for _ in range(2)])
    one, other = draw.shared(0, 1)
    values = [0, 1, one, other, draw.nested(one, other)]
    for _ in range(dice.randint(1, 4)):
        step = dice.choice([draw.dense, draw.normalized, draw.merged, draw.nested])
        arguments = dice.sample(values, 1 if step in (draw.dense, draw.normalized) else 2)
        values.append(step(*arguments))
    return draw.described([draw.merged(values[-1], one), draw.dense(values[-2])])


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def made(described):
    """The Keras model, and its layers in the order of the description, those of models in their place."""
    tensors = [keras.Input(shape) for shape in described["inputs"]]
    layers, flat = [], []
    for each in described["layers"]:
        if "model" in each:
            model, inner = made(each["model"])
            layers.append(model)
            flat += inner
        else:
            options = {snake(name): value for name, value in each["options"].items()}
            layers.append(getattr(keras.layers, each["class"])(*each["arguments"], **options))
            flat.append(layers[-1])
    for layer, arguments in described["calls"]:
        values = [tensors[place] for place in arguments]
        tensors.append(layers[layer](values if len(values) > 1 else values[0]))
    inputs = tensors[: len(described["inputs"])]
    outputs = [tensors[place] for place in described["outputs"]]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])
    return model, flat


def stream(number, place, shape, low):
    count = 1
    for size in shape:
        count *= size
    return (pseudo.fractions(STREAMS * number + place, count) * 1.5 + low).reshape(shape)


def rounded(values):
    return [float(f"{value:.9g}") for value in values.numpy().ravel()]


def computed(number):
    described = drawn(number)
    model, layers = made(described)
    place = 0
    for layer in layers:
        low = 0.25 if "Normalization" in type(layer).__name__ else -0.75
        for weight in layer.weights:
            weight.assign(stream(number, place, weight.shape, low))
            place += 1
    inputs = [
        tf.Variable(stream(number, 900 + i, [BATCH, *shape], -0.75))
        for i, shape in enumerate(described["inputs"])
    ]
    trainable = [weight.value for layer in layers for weight in layer.trainable_weights]
    with tf.GradientTape() as tape:
        outputs = model([tf.convert_to_tensor(x) for x in inputs], training=False)
        total = tf.add_n(
            [
                tf.reduce_sum(y * stream(number, 950 + i, y.shape, -0.75))
                for i, y in enumerate(outputs)
            ]
        )
    gradients = tape.gradient(total, [*trainable, *inputs], unconnected_gradients="zero")
    return {
        **described,
        "results": [rounded(y) for y in outputs],
        "gradients": [rounded(gradient) for gradient in gradients],
    }


def generate():
    content = {"keras": keras.__version__, "models": [computed(number) for number in range(MODELS)]}
    golden.write("functional", __file__, SEED, content)
