from __future__ import annotations

import numpy as np
import pytest

from include.monitoring.histogram.binning import read_bins
from include.monitoring.histogram.categorical_bins import CategoricalBins
from include.monitoring.histogram.numeric_bins import NumericBins

pytestmark = pytest.mark.core


def column(*edges):
    return NumericBins(edges=np.array(edges, dtype=np.float64))


@pytest.mark.parametrize(
    "bins",
    [column(), column(-1.5, 0, 1e300), CategoricalBins(values=("b", "ä"), others=("c",), complete=False)],
)
def test_bins_and_counts_come_back_from_plain_values(bins):
    again = read_bins(bins.to_plain())
    assert again.to_plain() == bins.to_plain()
    counts = np.arange(bins.size)
    assert again.read_counts(bins.name_counts(counts)).tolist() == counts.tolist()


def test_counts_of_other_bins_are_refused():
    with pytest.raises(ValueError, match="1 counts at and 2 between 2 edges"):
        column(0, 1).read_counts(column(0).name_counts(np.arange(6)))
    with pytest.raises(ValueError, match="3 counts of 1 values"):
        CategoricalBins(values=("a",), others=(), complete=True).read_counts({
            "missing": 0,
            "other": 0,
            "unseen": 0,
            "values": [1, 2, 3],
        })


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(KeyError, match="ordinal"):
        read_bins({"kind": "ordinal"})
