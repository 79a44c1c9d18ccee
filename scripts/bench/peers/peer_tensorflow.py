"""TensorFlow as a contender, by tf.function, or with `--mode xla` by tf.function(jit_compile=True)."""

import os

from protocol import Data, serve, threads

options = threads()
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
compiled = tf.function(jit_compile=options.mode == "xla", reduce_retracing=True)


def forward(weights, x):
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = tf.nn.relu(tf.matmul(x, kernel) + bias)
    return tf.matmul(x, weights[-2]) + weights[-1]


def losses(weights, x, y):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(y, forward(weights, x))


class Network:
    def __init__(self, request):
        self.data = Data(request)
        self.x = tf.constant(self.data.images)
        self.y = tf.constant(self.data.labels.astype(np.int32))
        self.weights = [tf.Variable(w) for w in self.data.weights]

    def update(self, loss, tape, rate):
        for weight, gradient in zip(self.weights, tape.gradient(loss, self.weights)):
            weight.assign_sub(rate * gradient)


class Step(Network):
    def __init__(self, request):
        super().__init__(request)
        self.batches = [tf.constant(rows) for rows in self.data.batches(request["batch"])]
        self.next = 0

        def step(rows):
            x, y = tf.gather(self.x, rows), tf.gather(self.y, rows)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(losses(self.weights, x, y))
            self.update(loss, tape, request["rate"])

        self.step = compiled(step)

    def run(self, repeat):
        for _ in range(repeat):
            self.step(self.batches[self.next % len(self.batches)])
            self.next += 1

    def loss(self):
        x, y = tf.gather(self.x, self.batches[0]), tf.gather(self.y, self.batches[0])
        return float(tf.reduce_mean(losses(self.weights, x, y)))


class Predict(Network):
    def __init__(self, request):
        super().__init__(request)
        self.input = self.x[: request["batch"]]
        self.forward = compiled(lambda x: tf.nn.softmax(forward(self.weights, x)))

    def run(self, repeat):
        for _ in range(repeat):
            self.forward(self.input).numpy()


class Epoch(Network):
    """Epochs over the training part, batches indexed from tensors."""

    def __init__(self, request):
        super().__init__(request)
        self.request = request
        self.total = tf.Variable(0.0)

        def step(rows):
            x, y = tf.gather(self.x, rows), tf.gather(self.y, rows)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(losses(self.weights, x, y))
            self.update(loss, tape, request["rate"])
            self.total.assign_add(loss * tf.cast(tf.size(rows), tf.float32))

        def evaluate(x, y):
            scores = forward(self.weights, x)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, scores)
            hits = tf.equal(tf.argmax(scores, 1, tf.int32), y)
            return tf.reduce_sum(loss), tf.reduce_sum(tf.cast(hits, tf.int32))

        self.step = compiled(step)
        self.test = compiled(evaluate)

    def run(self, repeat):
        for _ in range(repeat):
            self.epoch()

    def epoch(self):
        size, train = self.request["batch"], self.request["train"]
        order = tf.random.shuffle(tf.range(train))
        self.total.assign(0.0)
        for i in range(0, train, size):
            self.step(order[i : i + size])
        return self.total.numpy() / train

    def evaluate(self, begin, end):
        parts = [
            self.test(self.x[i : min(i + 128, end)], self.y[i : min(i + 128, end)])
            for i in range(begin, end, 128)
        ]
        loss, correct = (sum(float(value) for value in values) for values in zip(*parts))
        return loss / (end - begin), correct / (end - begin)


class Tutorial(Epoch):
    def run(self, repeat):
        for _ in range(repeat):
            for weight, value in zip(self.weights, self.data.weights):
                weight.assign(value)
            valid = self.request["train"] + self.request["valid"]
            for _ in range(self.request["epochs"]):
                self.epoch()
                self.evaluate(self.request["train"], valid)
            self.result = {"accuracy": self.evaluate(valid, len(self.data.labels))[1]}


kinds = {"step": Step, "predict": Predict, "epoch": Epoch, "tutorial": Tutorial}
serve(tf.__version__, kinds)
