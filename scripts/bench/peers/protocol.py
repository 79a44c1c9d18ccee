"""What the Python contenders have in common: the data, the tutorial's program, the conversation.

A contender is a process that says on its first line which version it is, then answers each request,
one line of JSON, by one line of JSON:

  {"do": "open", "kind": "step" | "predict" | "pictureStep" | ..., ...}   -> {}
  {"do": "measure", "repeat": n}   -> {"microseconds": of one unit, ...}
  {"do": "loss", "steps": n}       -> {"loss": mean of the first batch after n steps}
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

PIXELS = 784


def threads():
    """The number of threads to compute on; to be called before the library is imported."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--mode", default="")
    return parser.parse_args()


class Data:
    """Images [n, 784] in [0, 1], labels [n], the order of the rows, initial weights."""

    def __init__(self, request):
        folder, sizes, count = Path(request["data"]), request["sizes"], request["samples"]
        pixels = np.fromfile(folder / "images.u8", dtype=np.uint8, count=count * PIXELS)
        self.images = pixels.reshape(-1, PIXELS).astype(np.float32) * np.float32(1 / 255)
        self.labels = np.fromfile(folder / "labels.u8", dtype=np.uint8, count=count).astype(np.int64)
        self.rows = np.fromfile(folder / "rows.i32", dtype=np.int32)
        self.weights = read_weights(folder / f"weights-{'-'.join(map(str, sizes))}.f32", sizes)

    def batches(self, size):
        return [self.rows[i : i + size] for i in range(0, len(self.rows) - size + 1, size)]


def read_weights(file, sizes):
    """[kernel [inputs, units], bias [units], ...]"""
    values = np.fromfile(file, dtype=np.float32)
    weights = []
    for inputs, units in zip(sizes, sizes[1:]):
        weights.append(values[: inputs * units].reshape(inputs, units).copy())
        weights.append(values[inputs * units : inputs * units + units].copy())
        values = values[(inputs + 1) * units :]
    return weights


def microseconds(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e6


def serve(version, kinds):
    """Answers requests. `kinds` maps a kind to a class: opened with a request; run(repeat)."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print shall not stand among the answers
    say(answers, {"version": version})
    case = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "open":
                case = None
                case = kinds[request["kind"]](request)
                say(answers, {})
            elif request["do"] == "loss":
                case.run(request["steps"])
                say(answers, {"loss": case.loss()})
            else:
                elapsed = microseconds(lambda: case.run(request["repeat"]))
                result = getattr(case, "result", {})
                say(answers, {"microseconds": elapsed / request["repeat"], **result})
        except Exception as error:  # the benchmark goes on without this case
            say(answers, {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]})


def say(stream, answer):
    print(json.dumps(answer), file=stream, flush=True)
