"""reports.json: classification reports and confusion matrices as scikit-learn makes them."""

import warnings

import numpy as np
import sklearn
from sklearn.metrics import classification_report, confusion_matrix

import golden

SEED = 11

# Samples, classes, how often a prediction is right, options by scikit-learn's names.
DRAWS = [
    (10, 2, 0.7, {}),
    (200, 3, 0.6, {}),
    (57, 5, 0.9, {"digits": 4}),
    (40, 3, 0.5, {"target_names": ["cat", "an animal with a long name", "dog"]}),
    (40, 4, 0.5, {"labels": [2, 0]}),
    (40, 4, 0.5, {"labels": [3, 1], "target_names": ["three", "one"], "digits": 0}),
    (1234, 12, 0.8, {"digits": 3}),
    (8, 6, 0.1, {}),
    (8, 6, 0.1, {"zero_division": 1.0}),
    (6, 3, 1.0, {"digits": 1}),
    (5, 1, 1.0, {}),
    (8, 2, 0.0, {"digits": 20}),
]


def draw(random, samples, classes, right):
    truth = random.integers(0, classes, samples)
    other = random.integers(0, classes, samples)
    return truth, np.where(random.random(samples) < right, truth, other)


def generate():
    warnings.simplefilter("ignore")  # of rates that are 0 / 0
    random = np.random.default_rng(SEED)
    cases = []
    for samples, classes, right, options in DRAWS:
        truth, predicted = draw(random, samples, classes, right)
        given = {"zero_division": 0.0, **options}
        cases.append(
            {
                "yTrue": truth.tolist(),
                "yPred": predicted.tolist(),
                "options": options,
                "text": classification_report(truth, predicted, **given),
                "matrix": str(confusion_matrix(truth, predicted, labels=range(classes))),
            }
        )
    # Rates halfway between two numbers of so many digits.
    truth, predicted = [0] * 8 + [1] * 8, [0] * 5 + [1] * 3 + [1] * 7 + [0]
    text = classification_report(truth, predicted)
    matrix = str(confusion_matrix(truth, predicted))
    cases.append({"yTrue": truth, "yPred": predicted, "options": {}, "text": text, "matrix": matrix})
    golden.write("reports", __file__, SEED, {"scikit-learn": sklearn.__version__, "cases": cases})
