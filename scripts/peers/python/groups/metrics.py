"""Metrics: the result after several batches, some of them with sample weights."""

import numpy as np
from keras_objects import constant, keras, made
from recording import tensor

BATCHES = 3


class Batches:
    """Draws the batches of one case: each [samples, *rest], all with the same rest."""

    def __init__(self, draw):
        self.draw = draw
        self.rest = (draw.dim(2, 5),) if draw.chance(0.7) else (draw.dim(2, 4), draw.dim(2, 5))
        self.flat = self.rest[:1]

    def shapes(self, rest):
        return [(self.draw.dim(3, 9), *rest) for _ in range(BATCHES)]

    def regression(self, options=None, flat=False):
        rest = self.flat if flat else self.rest
        pairs = [(self.draw.normal(s), self.draw.normal(s)) for s in self.shapes(rest)]
        return pairs, options or {}

    def correlated(self, options=None):
        pairs = []
        for shape in self.shapes(self.flat):
            truth = self.draw.normal(shape)
            pairs.append((truth, self.draw.rounded(0.7 * truth + self.draw.normal(shape, 0.5))))
        return pairs, options or {}

    def positive(self):
        pairs = [(self.draw.uniform(s, 0, 4), self.draw.uniform(s, 0.1, 4)) for s in self.shapes(self.rest)]
        return pairs, {}

    def distributions(self):
        pairs = [(self.draw.probabilities(s), self.draw.probabilities(s)) for s in self.shapes(self.rest)]
        return pairs, {}

    def binary(self, options=None, logits=False, rest=None):
        draw = self.draw
        rest = rest if rest is not None else draw.choice([(), (1,), self.flat])
        pairs = []
        for shape in self.shapes(rest):
            truth = draw.flags(shape)
            given = draw.normal(shape, 2) if logits else draw.rounded(
                np.clip(0.25 * truth + 0.75 * draw.random.random(shape), 0, 1)
            )
            pairs.append((truth, given))
        return pairs, options or {}

    def hinge(self):
        pairs = [(self.draw.flags(s), self.draw.normal(s)) for s in self.shapes(self.rest)]
        return pairs, {}

    def one_hot(self, options=None, logits=False, rest=None):
        rest = rest or self.rest
        pairs = []
        for shape in self.shapes(rest):
            truth = self.draw.one_hot(shape[:-1], shape[-1])
            given = self.draw.normal(shape, 2) if logits else self.draw.probabilities(shape)
            pairs.append((truth, given))
        return pairs, options or {}

    def labels(self, options=None, logits=False):
        pairs = []
        for shape in self.shapes(self.rest):
            truth = self.draw.integers(shape[:-1], 0, shape[-1] - 1)
            given = self.draw.normal(shape, 2) if logits else self.draw.probabilities(shape)
            pairs.append((truth, given))
        return pairs, options or {}

    def class_pairs(self, classes, options=None):
        """Labels against labels."""
        pairs = [
            (self.draw.integers(s, 0, classes - 1), self.draw.integers(s, 0, classes - 1))
            for s in self.shapes(draw_rest(self.draw))
        ]
        return pairs, options or {}

    def values(self):
        return [(self.draw.normal(s),) for s in self.shapes(self.rest)], {}


def draw_rest(draw):
    return draw.choice([(), (draw.dim(2, 5),)])


def thresholds(draw):
    return draw.choice([draw.number(0.2, 0.8), sorted(draw.number(0.1, 0.9) for _ in range(3))])


def confusion(batches, more=None):
    draw = batches.draw
    return batches.binary(draw.some({"thresholds": lambda: thresholds(draw), **(more or {})}))


def retrieval(batches):
    draw = batches.draw
    if draw.chance(0.6):
        return confusion(batches)
    size = batches.flat[0]
    options = draw.some({"top_k": lambda: draw.integer(1, size), "class_id": lambda: draw.integer(0, size - 1)})
    return batches.binary(options, rest=batches.flat)


def at_goal(batches):
    draw = batches.draw
    return batches.binary(draw.some({"num_thresholds": lambda: draw.integer(3, 60)}), rest=())


def auc(batches):
    draw = batches.draw
    options = draw.some(
        {
            "num_thresholds": lambda: draw.integer(3, 60),
            "curve": lambda: draw.choice(["ROC", "PR"]),
            "summation_method": lambda: draw.choice(["interpolation", "minoring", "majoring"]),
            "from_logits": True,
        }
    )
    if draw.chance(0.2):
        options.pop("num_thresholds", None)
        options["thresholds"] = sorted({draw.number(0.05, 0.95) for _ in range(5)})
    many = draw.chance(0.3)
    if many:
        options.update(multi_label=True, num_labels=batches.flat[0])
        options.update(
            draw.some({"label_weights": lambda: [draw.number(0.2, 2) for _ in range(batches.flat[0])]})
        )
        return batches.binary(options, options.get("from_logits", False), rest=batches.flat)
    return batches.binary(options, options.get("from_logits", False), rest=())


def f_score(batches, more=None):
    draw = batches.draw
    options = draw.some(
        {
            "average": lambda: draw.choice(["micro", "macro", "weighted"]),
            "threshold": lambda: draw.number(0.1, 0.6),
            **(more or {}),
        }
    )
    if "threshold" in options:
        return batches.binary(options, rest=batches.flat)
    return batches.one_hot(options, rest=batches.flat)


def smoothed(draw, more=None):
    return draw.some(
        {"from_logits": True, "label_smoothing": lambda: draw.number(0.05, 0.4), **(more or {})}, 0.4
    )


def logits_of(make, options):
    return make(options, options.get("from_logits", False))


def iou(batches, options):
    draw = batches.draw
    classes = draw.dim(3, 5)
    options = {**options, **draw.some({"ignore_class": lambda: draw.integer(0, classes - 1)}, 0.3)}
    return classes, options


def iou_pairs(batches, classes, options, hot):
    """Labels or one-hot rows on either side, as the options say."""
    draw = batches.draw
    pairs = []
    for shape in batches.shapes(draw_rest(draw)):
        truth = draw.one_hot(shape, classes) if hot[0] else draw.integers(shape, 0, classes - 1)
        given = draw.probabilities((*shape, classes)) if hot[1] else draw.integers(shape, 0, classes - 1)
        pairs.append((truth, given))
    return pairs, options


def sparse_iou(batches, targets):
    draw = batches.draw
    classes, options = iou(batches, draw.some({"sparse_y_pred": False, "sparse_y_true": False}, 0.3))
    hot = [not options.get("sparse_y_true", True), not options.get("sparse_y_pred", True)]
    args = [classes] + ([draw.shuffled(range(classes))[:2]] if targets else [])
    return (*iou_pairs(batches, classes, options, hot), args)


def one_hot_iou(batches, targets):
    draw = batches.draw
    classes, options = iou(batches, draw.some({"sparse_y_pred": True}, 0.3))
    args = [classes] + ([draw.shuffled(range(classes))[:2]] if targets else [])
    return (*iou_pairs(batches, classes, options, [True, not options.get("sparse_y_pred", False)]), args)


def binary_iou(batches):
    draw = batches.draw
    options = draw.some(
        {"target_class_ids": lambda: draw.choice([[0], [1], [0, 1]]), "threshold": lambda: draw.number(0.2, 0.8)}
    )
    return batches.binary(options)


def top_k(batches, make):
    return make(batches.draw.some({"k": lambda: batches.draw.integer(1, batches.rest[-1])}, 0.8))


def with_goal(batches):
    pairs, options = at_goal(batches)
    return pairs, options, [batches.draw.number(0.2, 0.9)]


def axis_options(batches):
    return batches.draw.some({"axis": lambda: batches.draw.choice([-1, 1])})


DRAWS = {
    "AUC": auc,
    "Accuracy": lambda b: b.class_pairs(3),
    "BinaryAccuracy": lambda b: b.binary(b.draw.some({"threshold": lambda: b.draw.number(0.2, 0.8)})),
    "BinaryCrossentropy": lambda b: logits_of(b.binary, smoothed(b.draw)),
    "BinaryIoU": binary_iou,
    "CategoricalAccuracy": lambda b: b.one_hot(),
    "CategoricalCrossentropy": lambda b: logits_of(b.one_hot, smoothed(b.draw)),
    "CategoricalHinge": lambda b: b.one_hot(logits=True),
    "ConcordanceCorrelation": lambda b: b.correlated(),
    "CosineSimilarity": lambda b: b.regression(axis_options(b)),
    "F1Score": f_score,
    "FBetaScore": lambda b: f_score(b, {"beta": lambda: b.draw.number(0.3, 3)}),
    "FalseNegatives": confusion,
    "FalsePositives": confusion,
    "Hinge": lambda b: b.hinge(),
    "IoU": lambda b: sparse_iou(b, True),
    "KLDivergence": lambda b: b.distributions(),
    "LogCoshError": lambda b: b.regression(),
    "Mean": lambda b: b.values(),
    "MeanAbsoluteError": lambda b: b.regression(),
    "MeanAbsolutePercentageError": lambda b: b.regression(),
    "MeanIoU": lambda b: sparse_iou(b, False),
    "MeanSquaredError": lambda b: b.regression(),
    "MeanSquaredLogarithmicError": lambda b: b.positive(),
    "OneHotIoU": lambda b: one_hot_iou(b, True),
    "OneHotMeanIoU": lambda b: one_hot_iou(b, False),
    "PearsonCorrelation": lambda b: b.correlated(),
    "Poisson": lambda b: b.positive(),
    "Precision": retrieval,
    "PrecisionAtRecall": with_goal,
    "R2Score": lambda b: b.regression(
        b.draw.some(
            {
                "class_aggregation": lambda: b.draw.choice(
                    ["uniform_average", "variance_weighted_average"]
                ),
                "num_regressors": lambda: b.draw.integer(1, 4),
            }
        ),
        flat=True,
    ),
    "Recall": retrieval,
    "RecallAtPrecision": with_goal,
    "RootMeanSquaredError": lambda b: b.regression(),
    "SensitivityAtSpecificity": with_goal,
    "SparseCategoricalAccuracy": lambda b: b.labels(),
    "SparseCategoricalCrossentropy": lambda b: logits_of(
        b.labels, b.draw.some({"from_logits": True, "ignore_class": 0}, 0.4)
    ),
    "SparseTopKCategoricalAccuracy": lambda b: top_k(b, b.labels),
    "SpecificityAtSensitivity": with_goal,
    "SquaredHinge": lambda b: b.hinge(),
    "Sum": lambda b: b.values(),
    "TopKCategoricalAccuracy": lambda b: top_k(b, b.one_hot),
    "TrueNegatives": confusion,
    "TruePositives": confusion,
}

CLASSES = sorted(DRAWS)

# Metrics whose Keras class takes no weights, or weights of another meaning than one a sample.
UNWEIGHTED = {"ConcordanceCorrelation", "PearsonCorrelation", "Accuracy"}


def case(class_name, draw, dtype):
    pairs, options, *rest = DRAWS[class_name](Batches(draw))
    args = rest[0] if rest else []
    metric = getattr(keras.metrics, class_name)(*made(args), **made(options), dtype=dtype)
    weighted = class_name not in UNWEIGHTED and draw.chance(0.4)
    batches, results = [], []
    for pair in pairs:
        weights = draw.uniform(pair[0].shape[:1], 0.1, 2) if weighted else None
        given = {} if weights is None else {"sample_weight": constant(weights)}
        metric.update_state(*map(constant, pair), **given)
        results.append(tensor(np.asarray(metric.result())))
        batches.append(
            {
                "inputs": [tensor(value) for value in pair],
                **({} if weights is None else {"sampleWeight": tensor(weights)}),
            }
        )
    return {"args": args, "options": options, "batches": batches, "results": results}
