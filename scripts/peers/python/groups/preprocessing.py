"""Layers of tables and texts, and FeatureSpace: strings and numbers to tensors, after `adapt` or without."""

import numpy as np
from keras_objects import keras
from recording import number, tensor

WORDS = ["apple", "pear", "fig", "plum", "", "naïve", "a long word of several", "x"]
NUMBERS = [3, -7, 12, 0, 123456, -1, 5]
MODES = ["int", "one_hot", "multi_hot", "count"]


def rows_of(draw, values, columns=None):
    columns = columns or draw.dim(1, 4)
    return [[draw.choice(values) for _ in range(columns)] for _ in range(draw.dim(3, 12))]


def lookup(values, mask):
    def draw_lookup(draw):
        mode = draw.choice([*MODES, "tf_idf"])
        options = {"output_mode": mode, **draw.some({"mask_token": mask, "num_oov_indices": draw.integer(1, 4)})}
        columns = 1 if mode in ("int", "one_hot") and draw.chance(0.5) else draw.dim(2, 4)
        if mode == "one_hot":
            columns = 1
        if mode != "tf_idf" and draw.chance(0.4):
            options["vocabulary"] = [value for value in draw.shuffled(values) if value != mask][:4]
            return {"options": options, "x": rows_of(draw, values, columns)}
        options.update(draw.some({"max_tokens": draw.integer(6, 9)}, 0.3))
        adapt = rows_of(draw, values, columns)
        return {"options": options, "adapt": adapt, "x": rows_of(draw, values, columns)}

    return draw_lookup


def hashing(draw):
    values = draw.choice([WORDS, NUMBERS])
    mode = draw.choice(MODES)
    options = {"output_mode": mode}
    if values is WORDS:
        options.update(draw.some({"salt": lambda: draw.choice([133, [3, 2**33]]), "mask_value": ""}, 0.4))
    columns = 1 if mode == "one_hot" else None
    return {"args": [draw.integer(3, 1000)], "options": options, "x": rows_of(draw, values, columns)}


def crossing(draw):
    size = draw.dim(2, 8)
    columns = [[draw.choice(draw.choice([WORDS[:4]])) for _ in range(size)]]
    for _ in range(draw.integer(1, 2)):
        values = draw.choice([WORDS, NUMBERS])
        columns.append([draw.choice(values) for _ in range(size)])
    mode = draw.choice(["int", "one_hot"])
    return {"args": [draw.integer(3, 60)], "options": {"output_mode": mode}, "x": columns, "list": True}


def category(draw):
    tokens = draw.integer(4, 9)
    mode = draw.choice(MODES[1:])
    columns = 1 if mode == "one_hot" else None
    return {"args": [tokens], "options": {"output_mode": mode}, "x": rows_of(draw, list(range(tokens)), columns)}


def table(draw, rows, columns):
    return np.round(draw.random.normal(draw.number(-3, 3), draw.number(0.5, 4), [rows, columns]), 3).tolist()


def normalization(draw):
    columns = draw.dim(1, 4)
    options = draw.some({"axis": lambda: draw.choice([-1, None]), "invert": True}, 0.4)
    return {"options": options, "adapt": table(draw, draw.dim(5, 30), columns), "x": table(draw, 6, columns), "floats": True}


def discretization(draw):
    columns = draw.dim(1, 3)
    mode = draw.choice(["int", "multi_hot", "count"])
    x = table(draw, 8, columns)
    if draw.chance(0.5):
        bounds = sorted({draw.number(-4, 4) for _ in range(draw.integer(1, 5))})
        return {"options": {"bin_boundaries": bounds, "output_mode": mode}, "x": x, "floats": True}
    options = {"num_bins": draw.integer(2, 6), "output_mode": mode}
    return {"options": options, "adapt": table(draw, draw.dim(20, 60), columns), "x": x, "floats": True}


KINDS = {
    "float": "number",
    "float_normalized": "number",
    "float_discretized": "number",
    "integer_categorical": "integer",
    "integer_hashed": "integer",
    "string_categorical": "text",
    "string_hashed": "text",
}


def space(draw):
    names = draw.shuffled(["age", "income", "town", "zip", "kind"])[: draw.integer(2, 5)]
    features = {name: draw.choice(sorted(KINDS)) for name in names}

    def column(kind, rows):
        if kind == "number":
            return [draw.number(-9, 9) for _ in range(rows)]
        return [draw.choice(WORDS[:4] if kind == "text" else NUMBERS) for _ in range(rows)]

    def rows_of_space(rows):
        return {name: column(KINDS[kind], rows) for name, kind in features.items()}

    options = draw.some({"hashing_dim": draw.integer(3, 9), "num_discretization_bins": draw.integer(2, 5)})
    categories = [name for name, kind in features.items() if KINDS[kind] != "number"]
    if len(categories) > 1 and draw.chance(0.6):
        options.update(crosses=[categories[:2]], crossing_dim=draw.integer(4, 9))
    return {"args": [features], "options": options, "adapt": rows_of_space(40), "x": rows_of_space(6)}


DRAWS = {
    "CategoryEncoding": category,
    "Discretization": discretization,
    "FeatureSpace": space,
    "HashedCrossing": crossing,
    "Hashing": hashing,
    "IntegerLookup": lookup(NUMBERS, 0),
    "Normalization": normalization,
    "StringLookup": lookup(WORDS, ""),
}

CLASSES = sorted(DRAWS)


def array(values, floats):
    return np.array(values, dtype="float32" if floats else None)


def columns_of(data):
    return {name: np.array(column) for name, column in data.items()}


def case(class_name, draw, dtype):
    keras.config.set_floatx("float32")  # strings and integers give float32
    drawn = {"args": [], "options": {}, **DRAWS[class_name](draw)}
    floats = drawn.pop("floats", False)
    args, options = drawn["args"], drawn["options"]
    if class_name == "FeatureSpace":
        layer = keras.utils.FeatureSpace(*args, **options)
        layer.adapt(columns_of(drawn["adapt"]))
        output = layer(columns_of(drawn["x"]))
    else:
        layer = getattr(keras.layers, class_name)(*args, **options)
        if "adapt" in drawn:
            layer.adapt(array(drawn["adapt"], floats))
        given = drawn["x"]
        output = layer([np.array(c) for c in given] if drawn.get("list") else array(given, floats))
    return {**drawn, "dtype": "float32", "output": tensor(output)}
