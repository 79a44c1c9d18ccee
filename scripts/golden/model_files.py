"""model-files.json: what the safetensors package reads in a model's file, and its predictions by numpy."""

import pathlib

import numpy as np
from safetensors import safe_open

import golden

FILE = pathlib.Path(golden.FOLDER) / "models" / "version-1.safetensors"


def predictions(weights, x):
    """Of the network that the file holds; Dropout does nothing."""
    hidden = np.tanh(x @ weights["layers.0.kernel"] + weights["layers.0.bias"]) * 0.5
    block = "layers.2.layers.1."
    inner = hidden @ weights[f"{block}kernel"] + weights[f"{block}bias"]
    return inner @ weights["layers.3.kernel"] + weights["layers.3.bias"]


def generate():
    with safe_open(FILE, framework="numpy") as file:
        metadata = dict(file.metadata())
        weights = {name: file.get_tensor(name) for name in file.keys()}
    x = np.round(np.sin(np.arange(24.0)).reshape(6, 4), 3)
    wide = {name: values.astype(np.float64) for name, values in weights.items()}
    golden.write(
        "model-files",
        __file__,
        None,
        {
            "fields": sorted(metadata),
            "format": [metadata["format"], metadata["format_version"], metadata["class"]],
            "tensors": {name: golden.tensor(values) for name, values in sorted(weights.items())},
            "x": golden.tensor(x),
            "predictions": golden.tensor(predictions(wide, x)),
        },
    )
