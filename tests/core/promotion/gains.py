"""Gains with a standard error that is known, for exams."""

from __future__ import annotations

import numpy as np

from include.evaluation.buckets import BUCKETS, BucketedGain


def bucketed(value, low, high, rows=10_000, seed=0):
    """Return a gain whose 95 % interval is nearly this one; another seed has other noise."""
    return make_gain(
        value, (high - low) / 2 / 1.96, rows, np.random.default_rng(seed).standard_normal(BUCKETS)
    )


def make_gain(value, error, rows=10_000, noise=None):
    """Return a gain with this standard error.

    :param noise: of each bucket, shape (BUCKETS,), in any unit; without it, +1 and -1 by turns.
    """
    noise = np.resize([1.0, -1.0], BUCKETS) if noise is None else noise - noise.mean()
    scale = error * rows / np.sqrt(BUCKETS / (BUCKETS - 1) * (noise**2).sum())
    return BucketedGain(rows=rows, total=value * rows, sums=noise * scale)
