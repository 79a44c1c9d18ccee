"""augmentation.json: pictures seen through maps, and layers that move pictures by fixed amounts, by Keras
(of scripts/peers/requirements.txt) on TensorFlow."""

import json
from pathlib import Path

import keras
import numpy as np

FILE = Path(__file__).resolve().parents[2] / "test" / "golden" / "augmentation.json"
SEED = 1
MODES = ["constant", "nearest", "reflect", "wrap"]


def flat(values):
    values = np.asarray(values, np.float64)
    return {"shape": list(values.shape), "data": [float(f"{value:.7g}") for value in values.ravel()]}


def pictures(random, shape):
    return np.round(random.normal(size=shape), 2)


def maps(random, count):
    """Around the one that changes nothing, moved far beyond the rim."""
    identity = np.array([1, 0, 0, 0, 1, 0, 0, 0])
    spread = np.array([0.4, 0.4, 6, 0.4, 0.4, 6, 0.01, 0.01])
    return np.round(identity + random.uniform(-1, 1, (count, 8)) * spread, 3)


def transformed(random):
    for fill_mode in MODES:
        for interpolation in ["bilinear", "nearest"]:
            x, transform = pictures(random, (3, 4, 5, 2)), maps(random, 3)
            options = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 0.5}
            y = keras.ops.image.affine_transform(
                x.astype("float32"), transform.astype("float32"), data_format="channels_last", **options
            )
            yield {"options": options, "x": flat(x), "transform": flat(transform), "y": flat(y)}


LAYERS = [
    ("RandomTranslation", [[0.2, 0.2], [-0.35, -0.35]], {}),
    ("RandomTranslation", [[-0.7, -0.7], [0.15, 0.15]], {"fill_mode": "constant", "fill_value": 2}),
    ("RandomTranslation", [[0.3, 0.3], [0.4, 0.4]], {"fill_mode": "wrap", "interpolation": "nearest"}),
    ("RandomRotation", [[0.1, 0.1]], {}),
    ("RandomRotation", [[-0.27, -0.27]], {"fill_mode": "nearest"}),
    ("RandomZoom", [[0.3, 0.3]], {}),
    ("RandomZoom", [[-0.4, -0.4]], {"width_factor": [0.2, 0.2], "fill_mode": "constant"}),
    ("RandomBrightness", [[0.3, 0.3]], {"value_range": [-1, 1]}),
    ("RandomContrast", [[0, 0]], {"value_range": [-1, 1]}),
    ("RandomCrop", [6, 3], {}),
    ("CenterCrop", [3, 2], {}),
    ("CenterCrop", [6, 4], {}),
]


def layers(random):
    for name, args, options in LAYERS:
        x = pictures(random, (2, 5, 4, 2))
        y = getattr(keras.layers, name)(*args, **options)(x.astype("float32"), training=True)
        yield {"className": name, "args": args, "options": options, "x": flat(x), "y": flat(y)}


random = np.random.default_rng(SEED)
header = {"script": "scripts/golden/augmentation.py", "keras": keras.__version__, "seed": SEED}
content = {"header": header, "transformed": list(transformed(random)), "layers": list(layers(random))}
FILE.write_text(json.dumps(content, separators=(",", ":")) + "\n")
