"""A stamp is taken for what this project writes, or refused."""

from __future__ import annotations

import dataclasses

import pytest

from include.errors import DataError
from include.provenance.stamps import check_stamp
from include.scoring.predictions import Stamp

pytestmark = pytest.mark.core

STAMP = Stamp(
    model="loans", version="12", partition="2005-09-30", snapshot_md5="0" * 32, registry_commit="a" * 40,
    training_run="b" * 32, airflow_run="loans_scoring/manual__1/score", as_of="2005-09-30",
)  # fmt: skip


def test_what_this_project_writes_is_taken() -> None:
    assert check_stamp(STAMP, "f.parquet") is STAMP


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "../loans"), ("model", "loans'"), ("model", "loans\n"), ("model", ""),
        ("version", "0"), ("version", "abc"), ("version", "9" * 40), ("version", "1'"), ("version", "\u0661"),
        ("partition", "2005-09-30 x"), ("partition", "../../etc"),
        ("snapshot_md5", ""), ("snapshot_md5", "zz" * 16),
        ("registry_commit", "main"), ("registry_commit", "--batch"), ("registry_commit", "a" * 40 + "\nb"),
        ("training_run", "../../x"), ("training_run", ""),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_file_and_what_was_expected(name: str, value: str) -> None:
    changed = dataclasses.replace(STAMP, **{name: value})
    with pytest.raises(DataError, match=rf"^f\.parquet: its stamp has the {name} .*; expected "):
        check_stamp(changed, "f.parquet")
