"""Random numbers, arrays and choices, all from one seed."""

import zlib

import numpy as np


class Draw:
    """The draws of one case: the same for the same seed, group and number."""

    def __init__(self, seed, group, number, small=False):
        self.random = np.random.default_rng([seed, zlib.crc32(group.encode()), number])
        self.small = small

    def chance(self, probability):
        return bool(self.random.random() < probability)

    def integer(self, low, high):
        """In [low, high], both ends included."""
        return int(self.random.integers(low, high + 1))

    def number(self, low, high):
        """Rounded to three digits, so that it reads well in a report."""
        return float(f"{self.random.uniform(low, high):.3g}")

    def choice(self, values):
        return values[int(self.random.integers(len(values)))]

    def shuffled(self, values):
        return [values[i] for i in self.random.permutation(len(values))]

    def dim(self, low, high):
        """A dimension; small cases keep to the lower end."""
        return self.integer(low, min(high, low + 2) if self.small else high)

    def some(self, options, probability=0.5):
        """Each of the options by chance: { name: value or function that draws it }."""
        chosen = {}
        for name, value in options.items():
            if self.chance(probability):
                chosen[name] = value() if callable(value) else value
        return chosen

    def normal(self, shape, scale=1.0, mean=0.0):
        return self.rounded(self.random.normal(mean, scale, shape))

    def uniform(self, shape, low=0.0, high=1.0):
        return self.rounded(self.random.uniform(low, high, shape))

    def integers(self, shape, low, high):
        """In [low, high], int32."""
        return self.random.integers(low, high + 1, shape).astype(np.int32)

    def flags(self, shape, probability=0.5):
        return (self.random.random(shape) < probability).astype(np.float64)

    def probabilities(self, shape, sharpness=1.5):
        """Rows that sum to 1 up to rounding."""
        raw = np.exp(self.random.normal(0, sharpness, shape))
        return self.rounded(raw / raw.sum(-1, keepdims=True))

    def one_hot(self, shape, classes):
        return np.eye(classes)[self.random.integers(classes, size=shape)]

    def rounded(self, values):
        """Few decimals, so that files are small and both sides read the same numbers."""
        return np.round(values, 3 if self.small else 5)
