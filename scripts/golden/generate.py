#!/usr/bin/env python3
"""Writes test/golden/*.json: all of them, or the families named as arguments."""

import importlib
import subprocess
import sys

import golden

FAMILIES = [
    *["ops", "ops-further", "losses", "initializers", "trajectories", "tutorial-float64"],
    *["formats", "safetensors-files", "numpy-files", "keras-fit", "reports", "windows"],
    *["preprocessing", "resnet"],
]

for name in sys.argv[1:] or FAMILIES:
    importlib.import_module(name.replace("-", "_")).generate()
    print(f"test/golden/{name}.json")
subprocess.run(
    ["npx", "--no-install", "prettier", "--write", "--log-level", "warn", golden.FOLDER], check=True
)
