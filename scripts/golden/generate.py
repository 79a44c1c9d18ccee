#!/usr/bin/env python3
"""Writes test/golden/*.json: all of them, or the families named as arguments."""

import subprocess
import sys

import golden
import initializers
import losses
import ops
import trajectories
import tutorial_float64

FAMILIES = {
    "ops": ops,
    "losses": losses,
    "initializers": initializers,
    "trajectories": trajectories,
    "tutorial-float64": tutorial_float64,
}

for name in sys.argv[1:] or FAMILIES:
    FAMILIES[name].generate()
    print(f"test/golden/{name}.json")
subprocess.run(
    ["npx", "--no-install", "prettier", "--write", "--log-level", "warn", golden.FOLDER], check=True
)
