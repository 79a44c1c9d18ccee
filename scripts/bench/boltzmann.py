"""Trains scikit-learn's BernoulliRBM on raw float32 rows; the peer of boltzmann.ts."""

import json
import os
import sys
import time

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM


def main() -> None:
    settings = json.loads(sys.argv[1])
    folder = settings["folder"]
    rows = np.fromfile(os.path.join(folder, "rows.f32"), np.float32).reshape(-1, settings["visible"])
    machine = BernoulliRBM(
        n_components=settings["hidden"],
        learning_rate=settings["rate"],
        batch_size=settings["batch"],
        n_iter=settings["epochs"],
        random_state=settings["seed"],
    )
    start = time.perf_counter()
    machine.fit(rows)
    seconds = (time.perf_counter() - start) / settings["epochs"]
    weights = {
        "kernel": machine.components_.T,
        "visibleBias": machine.intercept_visible_,
        "hiddenBias": machine.intercept_hidden_,
    }
    for name, values in weights.items():
        np.ascontiguousarray(values, np.float32).tofile(os.path.join(folder, f"{name}.f32"))
    print(json.dumps({"seconds": seconds, "version": sklearn.__version__}))


main()
