"""scikit-learn's MLPClassifier on the folds of examples/tabular.ts.

    npm run example tabular -- --folds --json folds.json
    python3 scripts/peers/tabular.py folds.json

Needs scikit-learn. Prints the mean accuracy of both, and by how many standard errors they differ.
"""

import csv
import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier

MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
TABLE = pathlib.Path(__file__).parents[2] / "examples" / "data" / "penguins.csv"


def table():
    with TABLE.open() as file:
        rows = [row for row in csv.DictReader(file) if all(row[m] not in ("", "NA") for m in MEASURES)]
    for row in rows:
        if row["sex"] in ("", "NA"):
            row["sex"] = "unknown"
    numbers = np.array([[float(row[m]) for m in MEASURES] for row in rows])
    categories = [np.array([row[name] for row in rows]) for name in ("island", "sex")]
    return numbers, categories, np.array([row["species"] for row in rows])


def encoded(numbers, categories, train):
    """Scaled by what the training rows have, and one column a category of theirs."""
    mean, deviation = numbers[train].mean(0), numbers[train].std(0)
    columns = [(numbers - mean) / deviation]
    for column in categories:
        columns.append((column[:, None] == np.unique(column[train])[None, :]).astype(float))
    return np.concatenate(columns, 1)


def main():
    report = json.load(open(sys.argv[1]))
    numbers, categories, species = table()
    assert len(species) == report["rows"], "the folds are of another table"
    accuracies = []
    for k, test in enumerate(report["tested"]):
        train = np.setdiff1d(np.arange(len(species)), test)
        x = encoded(numbers, categories, train)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 200 iterations are its default, converged or not
            model = MLPClassifier(random_state=k).fit(x[train], species[train])
        accuracies.append(model.score(x[test], species[test]))
    peer, ours = np.array(accuracies), np.array(report["accuracies"])
    error = peer.std(ddof=1) / np.sqrt(len(peer))
    print(f"nabla         {ours.mean():.4f}")
    print(f"MLPClassifier {peer.mean():.4f}, standard error {error:.4f}")
    if ours.mean() < peer.mean() - error:
        sys.exit("nabla is more than one standard error below")


main()
