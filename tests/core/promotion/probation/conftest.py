from __future__ import annotations

import numpy as np
import pytest

from include.config.probation_schema import Probation
from include.evaluation.buckets import BUCKETS, BucketedGain
from include.promotion.probation.decide import decide
from include.promotion.probation.record import PairedDelivery, PairStatus
from include.promotion.probation.subject import OnProbation


@pytest.fixture(scope="session")
def make_delivery():
    """Return a function that makes a delivery with a gain and a standard error of just this size."""

    def make(day, gain=0.0, error=0.01, *, status=PairStatus.MEASURED, rows=1000, positives=100, seed=None):
        if status is not PairStatus.MEASURED:
            return PairedDelivery(partition=day, md5="ab" * 8, as_of="2006-01-01", status=status)
        sums = np.random.default_rng(seed if seed is not None else int(day.replace("-", ""))).standard_normal(
            BUCKETS
        )
        scale = np.sqrt(BUCKETS / (BUCKETS - 1) * (sums**2).sum())
        found = BucketedGain(rows=rows, total=gain * rows, sums=sums * (error * rows / scale))
        return PairedDelivery(
            partition=day, md5="ab" * 8, as_of="2006-01-01", status=status, positives=positives, gain=found
        )

    return make


@pytest.fixture(scope="session")
def subject():
    return OnProbation(model="credit_risk", decision_id="0123456789abcdef", version="2", displaced="1")


@pytest.fixture
def ask(subject):
    """Return a function that decides about some deliveries."""

    def ask(deliveries, *, about=subject, effect=None, unpaired=0, **settings):
        return decide(
            deliveries,
            about,
            Probation(**settings),
            metric="roc_auc",
            design_effect=effect,
            unpaired=unpaired,
        )

    return ask


@pytest.fixture(scope="session")
def months():
    return [f"2005-{month:02}-28" for month in range(1, 13)]
