"""Two versions on one delivery: which rows count, and what they show."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.labels import Labels
from include.data.splits import Holdout
from include.evaluation.interval import standard_error
from include.evaluation.metrics import measure
from include.promotion.probation.pairs import ScoredBy, compare_on_delivery
from include.promotion.probation.record import PairStatus
from include.scoring.predictions import predictions_schema

pytestmark = pytest.mark.core

JUNE, DUE = "2005-06-30", "2005-07-31"
N = 600


@pytest.fixture
def world(tmp_path, make_config):
    """Return a function that compares two versions; keywords change what they scored and what is known."""
    rng = np.random.default_rng(5)
    target = (rng.random(N) < 0.3).astype(np.int8)
    good = np.clip(0.3 + 0.3 * target + rng.normal(0, 0.2, N), 0, 1)
    poor = np.clip(0.3 + 0.1 * target + rng.normal(0, 0.2, N), 0, 1)
    config = make_config()

    def write(name, ids, scores):
        days = pa.array([date(2005, 6, 30)] * len(ids), pa.date32())
        pq.write_table(
            pa.table([pa.array(ids), days, pa.array(scores)], predictions_schema(config)), tmp_path / name
        )
        return tmp_path / name

    def compare(
        *,
        rows=(None, None),
        labelled=slice(None),
        as_of=DUE,
        learned=("", ""),
        holdouts=(None, None),
        flat=False,
    ):
        ids = np.arange(N)
        sides = []
        for name, scores, kept, newest, holdout in zip(
            ("new", "old"), (poor, good), rows, learned, holdouts, strict=True
        ):
            place = np.arange(N) if kept is None else kept
            file = write(name, ids[place], np.full(len(place), 0.5) if flat else scores[place])
            sides.append(ScoredBy(version=name, file=file, newest_labels=newest, holdout=holdout))
        known = ids[labelled]
        labels = Labels(keys=pa.array(known), targets=target[labelled], known_on=DUE) if len(known) else None
        return compare_on_delivery(JUNE, *sides, labels, config, md5="ab" * 8, as_of=as_of)

    compare.expected = measure("roc_auc", target, poor) - measure("roc_auc", target, good)
    compare.target = target
    return compare


def test_the_gain_is_that_of_the_promoted_over_the_displaced(world):
    found = world()
    assert found.status is PairStatus.MEASURED
    assert found.gain.value == pytest.approx(world.expected)
    assert found.gain.rows == N
    assert found.positives == world.target.sum()
    assert 0 < standard_error(found.gain) < 0.1


def test_the_order_of_the_rows_in_either_file_does_not_matter(world):
    mixed = np.random.default_rng(1).permutation(N)
    found = world(rows=(mixed, np.arange(N)))
    assert found.gain.value == pytest.approx(world.expected)
    assert np.allclose(found.gain.sums, world().gain.sums)


def test_a_sample_of_the_displaced_version_is_compared_on_its_rows(world):
    found = world(rows=(None, np.arange(0, N, 3)))
    assert found.gain.rows == N // 3
    assert world(rows=(np.arange(0, N, 2), np.arange(0, N, 3))).gain.rows == N // 6


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"as_of": "2005-07-30", "labelled": slice(0, 590)}, PairStatus.WAITING),
        ({"labelled": slice(0, 0), "as_of": "2005-07-30"}, PairStatus.WAITING),
        ({"labelled": slice(0, 0)}, PairStatus.OVERDUE),
        ({"labelled": slice(0, 470)}, PairStatus.OVERDUE),
        ({"labelled": slice(0, 480)}, PairStatus.MEASURED),
        ({"as_of": "2005-07-01"}, PairStatus.MEASURED),  # all labels are known, which no later one can change
    ],
)
def test_labels_count_once_they_are_mature(world, changes, status):
    assert world(**changes).status is status


def test_a_delivery_that_one_has_learned_from_counts_by_its_holdout(world, make_config):
    holdout = Holdout.of(make_config())
    found = world(learned=(JUNE, ""), holdouts=(holdout, None))
    held = holdout.select(pa.array(np.arange(N)))
    assert found.gain.rows == held.sum() < N / 2
    other = Holdout(seed=1, share=0.5, entity="integer")
    both = world(learned=(JUNE, "2005-07-31"), holdouts=(holdout, other))
    assert both.gain.rows == (held & other.select(pa.array(np.arange(N)))).sum()


def test_a_later_delivery_counts_whole_whatever_the_holdouts_are(world, make_config):
    holdout = Holdout.of(make_config())
    assert world(learned=("2005-05-31", "2005-04-30"), holdouts=(holdout, None)).gain.rows == N


def test_what_nobody_knows_to_be_held_out_does_not_count(world):
    assert world(learned=(JUNE, "")).status is PairStatus.LEARNED


def test_labels_of_one_class_show_nothing(world):
    ones = np.flatnonzero(world.target == 1)
    assert world(rows=(ones, ones)).status is PairStatus.ONE_CLASS


def test_no_row_in_common_shows_nothing(world):
    assert world(rows=(np.arange(0, 300), np.arange(300, N))).status is PairStatus.UNMATCHED


def test_scores_that_are_all_equal_have_no_error(world):
    found = world(flat=True)
    assert (found.gain.value, standard_error(found.gain)) == (0.0, 0.0)
