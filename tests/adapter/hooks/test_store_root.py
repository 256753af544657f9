from __future__ import annotations

import pytest

from include.errors import ConfigError
from mlops.hooks.store_root import check_root, explain_path

pytestmark = pytest.mark.adapter


@pytest.mark.parametrize(
    ("root", "taken"),
    [
        ("file:///srv/mlops", "file:///srv/mlops"),
        ("file:///srv/mlops/", "file:///srv/mlops"),
        ("file:///srv/a%20b#[1],*?", "file:///srv/a%20b#[1],*?"),
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("s3://bucket/a b/ü/", "s3://bucket/a b/ü"),
    ],
)
def test_a_root_is_taken_literally(root: str, taken: str) -> None:
    assert check_root(root, "c") == taken


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("/srv/mlops", "expected file:///a/folder or s3://bucket/prefix"),
        ("FILE:///srv", "expected file:///a/folder"),
        ("gs://bucket/x", "expected file:///a/folder"),
        ("file://srv/mlops", "expected an absolute path after file://"),
        ("file://~/mlops", "expected an absolute path after file://"),
        ("file:///", "names no folder"),
        ("file:////srv", "has '//' in it"),
        ("file:///srv//x", "has '//' in it"),
        ("file:///srv/x//", "has '//' in it"),
        ("file:///srv/../x", "has '.' or '..' in it"),
        ("file:///srv/./x", "has '.' or '..' in it"),
        ("file:///srv/x/..", "has '.' or '..' in it"),
        ("file:///srv/a::b", "has '::' in it"),
        ("file:///srv/a\nb", "can't be in the path of a folder"),
        ("file:///srv/a\tb", "can't be in the path of a folder"),
        ("file:///srv/a{b}", "can't be in the path of a folder"),
        ("file:///srv/%(x)s", "can't be in the path of a folder"),
        (" file:///srv", "expected file:///a/folder"),
        ("file:///srv ", "blanks before or after"),
        ("s3:///x", "is not the name of a bucket"),
        ("s3://other@bucket/x", "is not the name of a bucket"),
        ("s3://buc ket/x", "is not the name of a bucket"),
        ("s3://bucket#x", "is not the name of a bucket"),
        *((f"s3://bucket/a{sign}b", "can't be in the path of a bucket") for sign in '#?*[]{}%\\^"<>|`\n'),
        ("s3://bucket//x", "has '//' in it"),
        ("s3://bucket/a/../b", "has '.' or '..' in it"),
    ],
)
def test_a_root_that_would_lead_elsewhere_is_refused_with_the_reason(root: str, reason: str) -> None:
    with pytest.raises(
        ConfigError, match=r"Connection 'c': extra\.root is .*under Admin > Connections"
    ) as caught:
        check_root(root, "c")
    assert reason in str(caught.value)


def test_a_placeholder_may_stand_in_a_path_once() -> None:
    assert explain_path("a/as_of={partition}/x.csv", "file", placeholder="{partition}") is None
    assert explain_path("a/{partition}/{partition}", "file", placeholder="{partition}") is not None
