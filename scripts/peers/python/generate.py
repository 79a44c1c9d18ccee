#!/usr/bin/env python3
"""Draws random cases, runs Keras on them and writes each as one line of JSON."""

import argparse
import json
import sys

from keras_objects import keras, tf
import recording
from drawing import Draw
from groups import GROUPS

# Keras refuses some combinations of options; a case then is drawn again.
TRIES = 20


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--groups", required=True, help="NAME=CASES, separated by commas; -N: N a class")
    parser.add_argument("--classes", default="", help="these classes alone, separated by commas")
    parser.add_argument("--number", type=int, help="this one case of each class alone")
    parser.add_argument("--small", action="store_true", help="small arrays, for golden files")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def dtype_of(draw):
    return "float64" if draw.chance(0.3) else "float32"


def draw_case(group, class_name, number, options):
    """The first case of a few tries that Keras accepts; None if it accepts none."""
    error = None
    for attempt in range(TRIES):
        draw = Draw(options.seed, f"{group} {class_name}", number * TRIES + attempt, options.small)
        dtype = dtype_of(draw)
        keras.config.set_floatx(dtype)
        keras.backend.clear_session()
        keras.utils.set_random_seed(number)
        try:
            case = GROUPS[group].case(class_name, draw, dtype)
        except Exception as refusal:  # Keras and TensorFlow raise many kinds
            error = refusal
            continue
        return {"group": group, "className": class_name, "number": number, "dtype": dtype, **case}
    print(f"Keras refuses {group} {class_name}: {str(error)[:300]}", file=sys.stderr)
    return None


def numbered(group, cases, options):
    """So many cases of a group, its classes in turn: (class, number among its cases)."""
    wanted = [name for name in options.classes.split(",") if name]
    classes = [name for name in GROUPS[group].CLASSES if not wanted or name in wanted]
    if options.number is not None:
        return [(name, options.number) for name in classes]
    total = cases if cases >= 0 else -cases * len(classes)
    return [(classes[i % len(classes)], i // len(classes)) for i in range(total) if classes]


def main():
    options = parse()
    recording.digits = 9 if options.small else 12
    with open(options.out, "w", encoding="utf8") as out:
        header = {"keras": keras.__version__, "tensorflow": tf.__version__, "seed": options.seed}
        out.write(json.dumps(header) + "\n")
        for item in options.groups.split(","):
            group, cases = item.split("=")
            for class_name, number in numbered(group, int(cases), options):
                case = draw_case(group, class_name, number, options)
                if case is not None:
                    out.write(json.dumps(recording.plain(case), allow_nan=False) + "\n")


main()
