"""Keras' preprocessing layers on small data: needs keras and tensorflow."""

import json

import keras
import numpy as np

import golden

L = keras.layers

WORDS = ["b", "a", "c", "b", "a", "b", "", "tomato soup", "naïve", "b"]
NUMBERS = [3, -7, 12, 3, 0, 3, 12, 123456789, -1, 5]
LONG = ["x" * n for n in (0, 1, 3, 4, 7, 8, 15, 16, 17, 32, 33, 63, 64, 65, 128, 129, 200)]


def plain(values):
    return np.asarray(values).tolist()


def lookup(name, options, data, adapt=None):
    layer = getattr(L, name)(**options)
    if adapt is not None:
        layer.adapt(np.array(adapt))
    vocabulary = [str(v) if name[0] == "S" else int(v) for v in layer.get_vocabulary()]
    return {
        "layer": name, "options": options, "adapt": adapt, "x": data, "vocabulary": vocabulary,
        "y": plain(layer(np.array(data))),
    }


def lookups():
    column = [[w] for w in WORDS]
    rows = [WORDS[:5], WORDS[5:]]
    yield lookup("StringLookup", {}, column, column)
    yield lookup("StringLookup", {"mask_token": ""}, column, column)
    yield lookup("StringLookup", {"max_tokens": 3}, column, column)
    for mode in ("one_hot", "multi_hot", "count"):
        yield lookup("StringLookup", {"output_mode": mode, "mask_token": ""}, rows, rows)
        yield lookup("IntegerLookup", {"output_mode": mode}, [NUMBERS[:5], NUMBERS[5:]], NUMBERS)
    yield lookup("StringLookup", {"output_mode": "tf_idf"}, rows, rows)
    yield lookup("StringLookup", {"num_oov_indices": 4, "vocabulary": ["a", "b"]}, [LONG])
    yield lookup("StringLookup", {"num_oov_indices": 4, "vocabulary": ["a", "b"], "salt": 7}, [LONG])
    yield lookup("StringLookup", {"max_tokens": 9, "pad_to_max_tokens": True, "output_mode": "count"}, rows, rows)
    yield lookup("IntegerLookup", {}, [[n] for n in NUMBERS], NUMBERS)
    yield lookup("IntegerLookup", {"num_oov_indices": 3, "vocabulary": [3, 12]}, [NUMBERS])
    yield lookup("IntegerLookup", {"mask_token": 0, "num_oov_indices": 2}, [NUMBERS], NUMBERS)


def call(name, args, options, data):
    layer = getattr(L, name)(*args, **options)
    given = [np.array(d) for d in data] if name == "HashedCrossing" else np.array(data)
    return {"layer": name, "args": args, "options": options, "x": data, "y": plain(layer(given))}


def hashes():
    for options in ({}, {"salt": 133}, {"salt": [3, 2**40]}, {"mask_value": ""}):
        yield call("Hashing", [1000], options, [[w] for w in LONG + WORDS])
    yield call("Hashing", [1000], {}, [[n] for n in NUMBERS])
    yield call("Hashing", [7], {"output_mode": "multi_hot"}, [WORDS[:5], WORDS[5:]])
    yield call("Hashing", [7], {"output_mode": "one_hot"}, [[w] for w in WORDS])
    yield call("HashedCrossing", [1000], {}, [WORDS, NUMBERS])
    yield call("HashedCrossing", [5], {"output_mode": "one_hot"}, [WORDS, NUMBERS, WORDS])
    for mode in ("multi_hot", "count", "one_hot"):
        yield call("CategoryEncoding", [4], {"output_mode": mode}, [[3, 2], [0, 0], [1, 3]])
    yield call("CategoryEncoding", [4], {"output_mode": "one_hot"}, [3, 2, 0])


def numeric():
    random = np.random.default_rng(5)
    x = np.round(random.normal(3, 2, [40, 3]), 3).astype("float32")
    for options in ({}, {"axis": None}, {"invert": True},
                    {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 0.25]}, {"mean": 1.0, "variance": 2.0}):
        layer = L.Normalization(**options)
        if "mean" in options:
            layer.build(x.shape)
        else:
            layer.adapt(x)
        yield {"layer": "Normalization", "options": options, "adapt": plain(x) if "mean" not in options else None,
               "x": plain(x[:9]), "y": plain(np.round(layer(x[:9]), 6))}
    for options in ({"num_bins": 4}, {"num_bins": 7, "epsilon": 0.05}, {"num_bins": 3, "output_mode": "one_hot"},
                    {"bin_boundaries": [1.0, 2.5, 4.0]}, {"bin_boundaries": [1.0, 2.5], "output_mode": "count"}):
        layer = L.Discretization(**options)
        if "num_bins" in options:
            layer.adapt(x)
        yield {"layer": "Discretization", "options": options, "adapt": plain(x) if "num_bins" in options else None,
               "x": plain(x[:20]), "boundaries": plain(layer.bin_boundaries), "y": plain(layer(x[:20]))}


def space():
    random = np.random.default_rng(9)
    data = {
        "age": random.integers(18, 80, 70).tolist(),
        "income": np.round(random.normal(50, 9, 70), 2).tolist(),
        "rooms": random.integers(0, 4, 70).tolist(),
        "town": [WORDS[i] for i in random.integers(0, 9, 70)],
        "zip": random.integers(1000, 1010, 70).tolist(),
        "score": np.round(random.normal(0, 1, 70), 3).tolist(),
    }
    features = {"age": "float_normalized", "income": "float_discretized", "rooms": "integer_categorical",
                "town": "string_categorical", "zip": "integer_hashed", "score": "float"}
    options = {"crosses": [["town", "rooms"]], "crossing_dim": 8, "hashing_dim": 5, "num_discretization_bins": 4}
    layer = keras.utils.FeatureSpace(features, **options)
    layer.adapt(data)
    few = {name: column[:8] for name, column in data.items()}
    y = layer({name: np.array(column, dtype=object if name == "town" else None) for name, column in few.items()})
    return {"features": features, "options": options, "adapt": data, "x": few, "y": plain(np.round(y, 6))}


def generate():
    content = {"lookups": list(lookups()), "hashes": list(hashes()), "numeric": list(numeric()), "space": space()}
    golden.write("preprocessing", __file__, 0, {"keras": keras.__version__, **content})


if __name__ == "__main__":
    generate()
