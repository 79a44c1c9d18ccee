"""Numbers that Python and TypeScript compute bit for bit alike, without sharing a generator.

Element i of a stream is a hash of i: 32-bit integer arithmetic, then at most a division by a power
of two, which is exact in float64. The README has the formula.
"""

import numpy as np


def words(stream, count):
    """The first `count` elements of a stream, uint32: MurmurHash3's finalizer of a Weyl sequence."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
    x += np.uint32(stream * 0x85EBCA6B % 2**32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def fractions(stream, count):
    """Multiples of 2^-24 in [0, 1), float64."""
    return (words(stream, count) >> np.uint32(8)).astype(np.float64) / 2.0**24
