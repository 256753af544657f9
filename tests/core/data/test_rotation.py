"""Nobody trains on an entity that is tested in the same champion's life, whatever happens in it.

A life begins when a version becomes champion and ends when another one does. Deliveries, candidates,
rejections, promotions, rollbacks and edits of ``split`` and ``entity.type`` come in any order; every dataset
is built as ``prepare`` builds it, and the sets of entities are read from the files. ``make properties`` runs
1,000 such histories.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from include.data.dataset import build_dataset
from include.data.dataset_files import file_digest
from include.data.dataset_record import Dataset, dataset_key
from include.data.leaks import check_not_learned
from include.data.splits import Holdout, select_holdout
from include.errors import DataError, ModelError
from include.strict_json import to_json
from tests.core.data.test_dataset import CUSTOMERS, Source
from tests.world.examples import examples
from tests.world.model_config import make_config

pytestmark = [pytest.mark.core, pytest.mark.no_cover]  # simulations, which measuring slows down most

MONTHS = [f"2005-{month:02d}-01" for month in range(1, 13)]
TYPES = {"integer": pa.int64(), "string": pa.string()}
IDS = pa.array(np.arange(20_000))
SPLITS = {
    "seed": st.sampled_from([1, 2]),
    "test_share": st.sampled_from([0.3, 0.5, 0.8]),
    "rotation": st.sampled_from([0.0, 0.25, 0.3, 0.5]),
}


MANY = examples(
    40,
    most=1_000,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def from_tags(holdout: Holdout) -> Holdout:
    """What is known of a version's holdout later: its arc, as text."""
    texts = {name: str(getattr(holdout, name)) for name in ("seed", "share", "start", "rotation")}
    return Holdout(
        seed=int(texts.pop("seed")),
        entity=holdout.entity,
        **{name: float(text) for name, text in texts.items()},
    )


@dataclass
class Version:
    """What became of a candidate: whom it was trained on, whom its training left out."""

    trained: set[str]
    record: Dataset

    @property
    def holdout(self) -> Holdout:
        """As its tags have it."""
        assert self.record.holdout is not None
        return from_tags(self.record.holdout)


@dataclass
class Life:
    """What happened while one version was champion."""

    tested: set[str] = field(default_factory=set)
    trained: set[str] = field(default_factory=set)


class Lives(RuleBasedStateMachine):
    """Any order of events, on real files."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self.sources = {kind: Source(folder / kind, arrow) for kind, arrow in TYPES.items()}
        for kind in TYPES:
            (folder / kind).mkdir()
        self.target = folder / "dataset"
        self.split = {"seed": 1, "test_share": 0.5, "rotation": 0.25}
        self.entity_type = "integer"
        self.versions: list[Version] = []
        self.champion: Version | None = None
        self.candidate: Version | None = None
        self.challenger: Version | None = None
        self.life = Life()
        self.months = 0

    def teardown(self) -> None:
        self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.deliver(first=0, count=60)

    @rule(first=st.integers(0, 60), count=st.integers(30, 80))
    @precondition(lambda self: self.months < len(MONTHS) - 1)
    def deliver(self, first: int, count: int) -> None:
        """A month arrives with its labels: some entities return, some are new."""
        month, known = MONTHS[self.months], MONTHS[self.months + 1]
        ids = list(range(first, first + count))
        for source in self.sources.values():
            source.add_features(month, ids)
            source.add_labels(known, month, ids, [one % 2 for one in range(count)])
        self.months += 1

    @rule(**SPLITS, entity_type=st.sampled_from(sorted(TYPES)))
    def edit(self, entity_type: str, **split: float) -> None:
        """Somebody changes ``model.yaml``."""
        self.split, self.entity_type = split, entity_type

    @rule(rotation=SPLITS["rotation"])
    def rotate_otherwise(self, rotation: float) -> None:
        """Somebody changes ``split.rotation`` alone."""
        self.split = {**self.split, "rotation": rotation}

    @rule()
    def train(self) -> None:
        """A candidate is trained and sits an exam, and so does the kept challenger."""
        config = make_config(
            window={"min_rows": 1, "partitions": 3},
            gate={"min_rows": 1, "min_positives": 1},
            split={"out_of_time": True, **self.split},
            entity={"type": self.entity_type},
            target={"delay_days": 0},
        )
        source = self.sources[self.entity_type]
        holdout = self.champion and self.champion.holdout
        try:
            found, again = (
                build_dataset(
                    source.features,
                    source.labels,
                    config,
                    MONTHS[self.months],
                    self.target,
                    champion_holdout=holdout,
                )
                for _ in range(2)
            )
        except DataError as error:
            if "leak" in str(error):
                raise
            return
        if not isinstance(found, Dataset):
            return
        assert found == again, "the same input gives the same bytes"
        trained, tested = (
            set(pq.read_table(self.target / f"{name}.parquet")["customer_id"].cast(pa.string()).to_pylist())
            for name in ("train", "test")
        )
        assert not tested & trained
        if self.champion is not None:  # no life begins before the first one
            self.life.tested |= tested
            self.life.trained |= trained
            assert not self.life.tested & self.life.trained, "trained on, and tested in the same life"
            assert not self.life.tested & self.champion.trained, "the champion knows the answers"
        if self.challenger is not None:
            check_not_learned(self.target / "test.parquet", config, self.challenger.record.holdout)
        self.candidate = Version(trained=trained, record=Dataset.from_dict(found.to_dict()))

    @rule()
    @precondition(lambda self: self.champion is not None and self.candidate is not None)
    def reject(self) -> None:
        """The gate keeps the candidate as a challenger."""
        self.challenger, self.candidate = self.candidate, None

    @rule(kept=st.booleans())
    @precondition(lambda self: self.candidate or self.challenger)
    def promote(self, *, kept: bool) -> None:
        """The candidate becomes champion, or the challenger."""
        chosen = (self.challenger if kept else self.candidate) or self.candidate or self.challenger
        assert chosen is not None
        self.versions.append(chosen)
        self._begin_life(chosen)

    @rule(back=st.integers(0, 4))
    @precondition(lambda self: self.versions)
    def roll_back(self, back: int) -> None:
        """An earlier version becomes champion again."""
        self._begin_life(self.versions[-1 - back % len(self.versions)])

    def _begin_life(self, champion: Version) -> None:
        self.champion, self.candidate, self.challenger, self.life = champion, None, None, Life()


@pytest.mark.hypothesis
def test_nobody_trains_on_an_entity_that_is_tested_in_the_same_life():
    run_state_machine_as_test(Lives, settings=MANY)


@given(
    edits=st.lists(st.fixed_dictionaries(SPLITS), min_size=1, max_size=6),
    first=st.fixed_dictionaries(SPLITS),
    start=st.floats(0, 1, exclude_max=True),
)
def test_every_training_of_a_life_leaves_out_whom_the_life_tests(edits, first, start):
    champion = replace(Holdout.of(make_config(split=first)), start=start)
    tested = champion.select_tested(IDS)
    assert not (tested & ~champion.select(IDS)).any()
    for edit in edits:
        candidate = Holdout.of(make_config(split=edit), champion)
        assert not (tested & ~candidate.select(IDS)).any()
        assert candidate.share == edit["test_share"]


@pytest.mark.parametrize(("rotation", "fresh"), [(0.0, 0.0), (0.25, 1 / 3), (0.4, 2 / 3), (0.5, 1.0)])
def test_each_life_tests_the_share_of_fresh_entities_that_was_promised(rotation, fresh):
    config = make_config(split={"test_share": 0.3, "rotation": rotation})
    champion = Holdout.of(config)
    np.testing.assert_array_equal(champion.select(IDS), Holdout(seed=champion.seed, share=0.3).select(IDS))
    for _ in range(12):  # several times round the circle
        tested = champion.select_tested(IDS)
        assert tested.mean() == pytest.approx(0.3 * (1 - rotation), abs=0.012)
        champion = Holdout.of(config, champion)
        assert champion.beside is None
        assert champion.select(IDS).mean() == pytest.approx(0.3, abs=0.012), "nothing more is held out"
        new = champion.select_tested(IDS)
        assert (new & ~tested).sum() / new.sum() == pytest.approx(fresh, abs=0.03)


def test_whoever_is_held_out_now_returns_to_training():
    config = make_config(split={"test_share": 0.3, "rotation": 0.25})
    champion = Holdout.of(config)
    always = champion.select(IDS)
    for _ in range(4):
        champion = Holdout.of(config, champion)
        always &= champion.select(IDS)
    assert not always.any()


def test_without_rotation_the_holdout_is_that_of_the_configuration_for_ever():
    config = make_config(split={"rotation": 0.0})
    first = Holdout.of(config)
    assert Holdout.of(config, first) == first
    assert first == Holdout(seed=config.split.seed, share=config.split.test_share, entity=config.entity.type)


def test_a_version_of_before_rotation_tests_its_whole_holdout_and_the_next_one_rotates():
    config = make_config(split={"test_share": 0.3, "rotation": 0.25})
    old = replace(Holdout.of(config), rotation=0.0)
    candidate = Holdout.of(config, old)
    np.testing.assert_array_equal(old.select_tested(IDS), old.select(IDS))
    assert candidate.beside == old
    assert candidate.start == pytest.approx(0.075)
    assert candidate.select(IDS).mean() == pytest.approx(0.375, abs=0.012), "the arc, and whom the life tests"
    assert "from 0.075 on the circle, beside whom the champion tests by split.seed" in candidate.to_text()


def test_a_challenger_of_another_split_is_still_known_not_to_have_learned(tmp_path):
    """Its arc does not hold the tested ones; what its training left out besides does."""
    config = make_config(split={"seed": 1, "test_share": 0.3})
    champion = Holdout.of(config)
    challenger = Holdout.of(make_config(split={"seed": 2, "test_share": 0.3}), champion)
    test = tmp_path / "test.parquet"
    pq.write_table(pa.table({"customer_id": IDS.filter(pa.array(champion.select_tested(IDS)))}), test)
    check_not_learned(test, config, challenger)
    with pytest.raises(ModelError, match="may have been trained on"):
        check_not_learned(test, config, challenger.arc)


def test_the_first_dataset_is_to_the_byte_what_it_was_before_there_was_rotation(tmp_path):
    source = Source(tmp_path, pa.int64())
    for month, known in pairwise(MONTHS[:3]):
        source.add_features(month)
        source.add_labels(known, month)
    few = {"min_rows": 1, "min_positives": 1}
    digests = set()
    for rotation in (0.0, 0.25):
        config = make_config(window={"min_rows": 1}, gate=few, split={"rotation": rotation})
        found = build_dataset(source.features, source.labels, config, MONTHS[3], tmp_path / "dataset")
        assert isinstance(found, Dataset)
        train, test = (file_digest(tmp_path / "dataset" / f"{name}.parquet") for name in ("train", "test"))
        digests.add((found.digest, found.train_digest, found.test_digest, config.digest))
        split = {"seed": 20050430, "test_share": 0.3333, "out_of_time": True}
        content = {"train": train, "test": test, "split": split, "features": list(config.feature_names)}
        assert found.digest == hashlib.sha256(to_json(content, sort_keys=True).encode()).hexdigest()
        tested = pq.read_table(tmp_path / "dataset" / "test.parquet")["customer_id"].to_pylist()
        held_out = select_holdout(pa.array(range(CUSTOMERS)), seed=20050430, share=0.3333)
        assert tested == np.flatnonzero(held_out).tolist()
    assert len(digests) == 1


def test_the_object_key_of_a_dataset_follows_the_arc():
    plain, turning = (make_config(split={"rotation": rotation}) for rotation in (0.0, 0.25))
    first = Holdout.of(turning)
    second = Holdout.of(turning, first)
    assert dataset_key(plain, None) == dataset_key(plain, Holdout.of(plain)) == plain.digest
    keys = [
        dataset_key(turning, None),
        dataset_key(turning, first),
        dataset_key(turning, second),
        dataset_key(make_config(split={"rotation": 0.5}), first),
        dataset_key(plain, first),
        plain.digest,
    ]
    assert len(set(keys)) == len(keys)
    assert dataset_key(turning, second) == dataset_key(turning, replace(second))
