"""keras-fit.json: what Keras' fit and evaluate make of small models, in float64.

Run it with the Python that scripts/peers installs Keras for. Names and options are nabla's; snake_case
spells them for Keras.
"""

import os
import re

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

import golden

SEED = 7
SAMPLES = 20
FEATURES = 4
CLASSES = 3
RATE = 0.0625  # Keras keeps it, and factors of penalties, in float32
BATCH_SIZE = 8  # batches of 8, 8 and 4
WHOLE = 24  # Keras counts the losses of outputs by batches, a partial one as a whole one


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def spelt(value):
    """A value of an option; [name, arguments] are a regularizer."""
    if isinstance(value, dict) and "regularizer" in value:
        made = {"l1": keras.regularizers.L1, "l2": keras.regularizers.L2}[value["regularizer"]]
        return made(value["factor"])
    return snake(value) if isinstance(value, str) else value


class Spread(keras.layers.Layer):
    """Passes on what it gets, and adds the mean of its squares to the loss."""

    def call(self, x):
        self.add_loss(0.125 * keras.ops.mean(keras.ops.square(x)))
        return x


def layer_of(described):
    if described["class"] == "Spread":
        return Spread()
    options = {snake(name): spelt(value) for name, value in described["options"].items()}
    return keras.layers.Dense(described["units"], **options)


def dense(units, activation="linear", **options):
    return {"class": "Dense", "units": units, "options": {"activation": activation, **options}}


L1, L2 = {"regularizer": "l1", "factor": 0.03125}, {"regularizer": "l2", "factor": 0.0625}

SPARSE = "sparseCategoricalCrossentropy"

REGULARIZED = [
    dense(5, "tanh", kernelRegularizer=L2, biasRegularizer=L1),
    dense(4, "tanh", activityRegularizer=L2),
    {"class": "Spread"},
    dense(CLASSES, "softmax", kernelRegularizer=L1),
]
CLASSIFIER = [dense(5, "tanh"), dense(CLASSES, "softmax")]
REGRESSION = [dense(5, "tanh"), dense(1)]

CASES = {
    "regularizers": {"layers": REGULARIZED, "loss": SPARSE, "metrics": ["accuracy"]},
    "weights of samples": {
        **{"layers": CLASSIFIER, "loss": SPARSE, "metrics": ["accuracy"], "sampleWeight": True},
        "weightedMetrics": ["accuracy", "sparseCategoricalCrossentropy"],
    },
    "weights of samples, regression": {
        **{"layers": REGRESSION, "loss": "meanSquaredError", "sampleWeight": True},
        **{"metrics": ["mae"], "weightedMetrics": ["mse"], "validated": True},
    },
    "weights of classes": {
        **{"layers": CLASSIFIER, "loss": SPARSE, "classWeight": {"0": 0.25, "2": 3}},
        **{"metrics": ["accuracy"], "weightedMetrics": ["accuracy"]},
    },
    "validation every second epoch": {
        **{"layers": REGRESSION, "loss": "meanSquaredError", "validated": True, "validationFreq": 2},
    },
    "two steps of validation": {
        **{"layers": REGRESSION, "loss": "meanSquaredError", "validated": True, "validationSteps": 1},
        "validationFreq": [1, 3],
    },
    "a validation split": {"layers": REGRESSION, "loss": "meanSquaredError", "validationSplit": 0.25},
    "two steps an epoch": {"layers": REGRESSION, "loss": "meanSquaredError", "stepsPerEpoch": 2},
    "five steps an epoch": {"layers": REGRESSION, "loss": "meanSquaredError", "stepsPerEpoch": 5},
}

# Inputs a and b, outputs of the names of the losses.
SEVERAL = {
    "several outputs": {
        "loss": {"kind": SPARSE, "value": "meanSquaredError"},
        "metrics": {"kind": ["accuracy"], "value": ["mae"]},
    },
    "several outputs, weighed": {
        "loss": {"kind": SPARSE, "value": "meanSquaredError"},
        "lossWeights": {"kind": 0.5, "value": 2.0},
        "weightedMetrics": {"value": ["mae", "mse"]},
        "sampleWeight": True,
    },
    "one loss of two outputs": {"loss": {"value": "meanAbsoluteError"}, "metrics": {"kind": ["accuracy"]}},
}


def snake_keys(logs):
    return {name: list(map(golden.number, values)) for name, values in logs.items()}


def run(case, random):
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input([FEATURES]), *map(layer_of, case["layers"])])
    weights = [np.round(random.uniform(-0.8, 0.8, w.shape), 3) for w in model.weights]
    model.set_weights(weights)
    model.compile(
        optimizer=keras.optimizers.SGD(RATE),
        loss=snake(case["loss"]),
        metrics=[snake(name) for name in case.get("metrics", [])],
        weighted_metrics=[snake(name) for name in case.get("weightedMetrics", [])],
    )
    x = np.round(random.normal(0, 1, (SAMPLES, FEATURES)), 3)
    is_classified = case["layers"] is not REGRESSION
    y = random.integers(0, CLASSES, SAMPLES).astype(np.int32) if is_classified else np.round(np.tanh(x[:, :1]), 3)
    options, given = fit_options(case, random, x, y)
    history = model.fit(x, y, epochs=3, batch_size=BATCH_SIZE, shuffle=False, verbose=0, **options)
    evaluated = model.evaluate(x, y, batch_size=BATCH_SIZE, verbose=0, return_dict=True)
    return {
        **case,
        **given,
        "start": [golden.tensor(w) for w in weights],
        "x": golden.tensor(x),
        "y": golden.tensor(y),
        "history": snake_keys(history.history),
        "evaluated": {name: golden.number(value) for name, value in evaluated.items()},
        "weights": [golden.tensor(w) for w in model.get_weights()],
    }


def run_several(case, random):
    keras.backend.clear_session()
    a, b = keras.Input([FEATURES], name="a"), keras.Input([2], name="b")
    hidden = keras.layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.0625))
    joined = keras.layers.Concatenate()([hidden(a), b])
    kind = keras.layers.Dense(CLASSES, activation="softmax", name="kind")(joined)
    value = keras.layers.Dense(1, name="value")(joined)
    model = keras.Model({"a": a, "b": b}, {"kind": kind, "value": value})
    weights = [np.round(random.uniform(-0.8, 0.8, w.shape), 3) for w in model.weights]
    model.set_weights(weights)
    snake_all = lambda names: {key: [snake(name) for name in value] for key, value in names.items()}
    model.compile(
        optimizer=keras.optimizers.SGD(RATE),
        loss={name: snake(loss) for name, loss in case["loss"].items()},
        loss_weights=case.get("lossWeights"),
        metrics=snake_all(case.get("metrics", {})) or None,
        weighted_metrics=snake_all(case.get("weightedMetrics", {})) or None,
    )
    x = {name: np.round(random.normal(0, 1, (WHOLE, size)), 3) for name, size in [("a", FEATURES), ("b", 2)]}
    y = {
        "kind": random.integers(0, CLASSES, WHOLE).astype(np.int32),
        "value": np.round(np.tanh(x["a"][:, :1]), 3),
    }
    options, given = {}, {}
    if case.get("sampleWeight"):
        sample_weight = {name: np.round(random.uniform(0, 2, WHOLE), 3) for name in y}
        options["sample_weight"] = sample_weight
        given["sampleWeight"] = {name: golden.tensor(w) for name, w in sample_weight.items()}
    history = model.fit(x, y, epochs=3, batch_size=BATCH_SIZE, shuffle=False, verbose=0, **options)
    evaluated = model.evaluate(x, y, batch_size=BATCH_SIZE, verbose=0, return_dict=True, **options)
    predicted = model.predict(x, batch_size=BATCH_SIZE, verbose=0)
    return {
        **case,
        **given,
        "start": [golden.tensor(w) for w in weights],
        "x": {name: golden.tensor(values) for name, values in x.items()},
        "y": {name: golden.tensor(values) for name, values in y.items()},
        "history": snake_keys(history.history),
        "evaluated": {name: golden.number(value) for name, value in evaluated.items()},
        "predicted": {name: golden.tensor(values) for name, values in predicted.items()},
        "weights": [golden.tensor(w) for w in model.get_weights()],
    }


def fit_options(case, random, x, y):
    """For Keras, and as the file has them."""
    options, given = {}, {}
    if case.get("sampleWeight"):
        weights = np.round(random.uniform(0, 2, SAMPLES), 3)
        options["sample_weight"], given["sampleWeight"] = weights, golden.tensor(weights)
    if "classWeight" in case:
        options["class_weight"] = {int(label): weight for label, weight in case["classWeight"].items()}
    if case.get("validated"):
        options["validation_data"] = (x[:7], y[:7])
        options["validation_batch_size"] = 4
    for name in ["stepsPerEpoch", "validationSteps", "validationFreq", "validationSplit"]:
        if name in case:
            options[snake(name)] = case[name]
    return options, given


def follow(random, number):
    """A callback that watches values, one an epoch: the rate after each, and where training stops."""
    is_stopping = number % 2 == 0
    mode = random.choice(["min", "max"])
    options = {"mode": str(mode), "patience": int(random.integers(0, 4))}
    if random.random() < 0.5:
        options["minDelta"] = 0.25
    if is_stopping and random.random() < 0.5:
        options["baseline"] = float(np.round(random.uniform(0, 3), 2))
    if is_stopping and random.random() < 0.5:
        options["startFromEpoch"] = int(random.integers(0, 4))
    if not is_stopping:
        options |= {"factor": 0.5, "cooldown": int(random.integers(0, 3)), "minLr": 0.125}
    name = "EarlyStopping" if is_stopping else "ReduceLROnPlateau"
    values = np.round(random.uniform(0, 3, 12), 1).tolist()
    callback = getattr(keras.callbacks, name)(**{snake(key): value for key, value in options.items()})
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(2.0), loss="mse")
    callback.set_model(model)
    callback.on_train_begin()
    rates, best = [], []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": value})
        rates.append(float(model.optimizer.learning_rate))
        best.append("NaN" if callback.best is None else golden.number(float(callback.best)))
        if model.stop_training:
            break
    return {"class": name, "options": options, "values": values, "rates": rates, "best": best}


def generate():
    keras.config.set_floatx("float64")
    random = np.random.default_rng(SEED)
    cases = [{"name": name, **run(case, random)} for name, case in CASES.items()]
    callbacks = [follow(np.random.default_rng([SEED, i]), i) for i in range(40)]
    several = [{"name": name, **run_several(case, random)} for name, case in SEVERAL.items()]
    content = {"keras": keras.__version__, "cases": cases, "several": several, "callbacks": callbacks}
    golden.write("keras-fit", __file__, SEED, content)
