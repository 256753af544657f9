"""Half a copy is found, file by file."""

from __future__ import annotations

import json

import pytest

from include.deployment.evidence import (
    EVIDENCE_FILE,
    Evidence,
    EvidenceFile,
    MetricValue,
    check_complete,
    check_equal,
    list_files,
)
from include.errors import DataError

pytestmark = pytest.mark.core


@pytest.fixture
def folder(tmp_path):
    for name, text in (("run/a.txt", "a"), ("model/MLmodel", "m"), ("store/models/x/test.parquet", "t")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / EVIDENCE_FILE).write_text("{}")
    return tmp_path


def test_every_file_is_listed_but_for_the_list_itself(folder):
    assert [one.path for one in list_files(folder)] == [
        "model/MLmodel", "run/a.txt", "store/models/x/test.parquet",
    ]  # fmt: skip
    check_complete(list_files(folder), list_files(folder), where="here")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "run/a.txt").unlink(), "run/a.txt is missing"),
        (
            lambda folder: (folder / "run/a.txt").write_text("b"),
            "run/a.txt has 1 bytes with sha256 3e23e8",
        ),
        (lambda folder: (folder / "run/b.txt").write_text("b"), "run/b.txt is not part of the evidence"),
    ],
)
def test_a_missing_a_changed_and_an_unknown_file_are_named(folder, spoil, said):
    expected = list_files(folder)
    spoil(folder)
    with pytest.raises(DataError) as raised:
        check_complete(expected, list_files(folder), where="The copy")
    assert said in str(raised.value)
    assert "Half a copy is never a version" in str(raised.value)


def test_other_files_are_let_be_where_they_may_lie(folder):
    expected = list_files(folder)
    (folder / "run/b.txt").write_text("b")
    check_complete(expected, list_files(folder), where="there", more=True)


def test_of_many_problems_some_are_shown_and_the_rest_counted():
    files = [EvidenceFile(path=f"run/{number}", size=1, sha256="0") for number in range(9)]
    with pytest.raises(DataError, match="run/4 is missing; and 4 more"):
        check_complete(files, [], where="there")


def test_figures_are_compared_by_name():
    check_equal("metric", {"auc": 0.9}, {"auc": 0.9, "more": 1.0}, where="there")
    with pytest.raises(DataError, match=r"metric auc is 0.8, expected 0.9"):
        check_equal("metric", {"auc": 0.9}, {"auc": 0.8}, where="there")
    with pytest.raises(DataError, match="parameter seed is 'missing', expected '1'"):
        check_equal("parameter", {"seed": "1"}, {}, where="there")


def test_evidence_is_a_record():
    found = Evidence(
        model="m", source="staging", target="production", version="3", run_id="r", started=5, deployment="d",
        description="", version_tags={"a": "b"}, run_tags={}, params={"seed": "1"},
        metrics=(MetricValue(key="auc", value=0.9, time=1, step=0),),
        files=tuple(EvidenceFile(path=path, size=1, sha256="0") for path in ("run/a", "store/k")),
    )  # fmt: skip
    assert Evidence.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert [one.path for one in found.below("store")] == ["store/k"]
