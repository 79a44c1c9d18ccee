"""The pictures and weights that scripts/bench/pictures.ts writes."""

import json
from pathlib import Path

import numpy as np


class Pictures:
    """x float32 [n, height, width, channels] in [0, 1], y int64 [n], weights as Keras orders them."""

    def __init__(self, request):
        folder, name = Path(request["data"]), request["network"]
        form = json.loads((folder / f"{name}.json").read_text())
        pixels = np.fromfile(folder / f"{name}-pictures.u8", dtype=np.uint8)
        self.x = pixels.reshape(-1, *form["picture"]).astype(np.float32) * np.float32(1 / 255)
        self.y = np.fromfile(folder / f"{name}-labels.u8", dtype=np.uint8).astype(np.int64)
        values = np.fromfile(folder / f"{name}-weights.f32", dtype=np.float32)
        ends = np.cumsum([int(np.prod(shape)) for shape in form["shapes"]])
        parts = np.split(values, ends[:-1])
        self.weights = [part.reshape(shape) for part, shape in zip(parts, form["shapes"])]
