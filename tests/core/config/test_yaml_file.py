from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.yaml_file import LARGEST_FILE, read_yaml
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str | bytes], str]:
    """Return a function that reads some content as YAML and returns the error without the path."""
    path = tmp_path / "model.yaml"

    def read(content: str | bytes) -> str:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(ConfigError) as caught:
            read_yaml(path)
        return str(caught.value).replace(str(path), "file")

    return read


def test_content_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("# comment\na: 1\nb:\n  c: [x, y]\n  d:\n    - e: 2\n", encoding="utf-8")

    source = read_yaml(path)

    assert source.content == {"a": 1, "b": {"c": ["x", "y"], "d": [{"e": 2}]}}
    assert source.line_of(("a",)) == 2
    assert source.line_of(("b", "c", 1)) == 4
    assert source.line_of(("b", "d", 0, "e")) == 6


def test_a_key_that_is_not_there_has_the_line_of_the_one_above(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("a: 1\nb:\n  c: 1\n", encoding="utf-8")

    assert read_yaml(path).line_of(("b", "missing", "deeper")) == 2
    assert read_yaml(path).line_of(("missing",)) is None


def test_a_byte_order_mark_is_not_an_issue(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read_yaml(path).content == {"a": 1}


def test_anchors_and_merges_are_read_as_yaml_says(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("a: &x {b: 1}\nc: {<<: *x, d: 2}\n", encoding="utf-8")

    assert read_yaml(path).content == {"a": {"b": 1}, "c": {"b": 1, "d": 2}}


def test_broken_yaml_is_refused_with_its_position(refused: Callable[[str], str]) -> None:
    assert refused("a: 1\nb: [1, 2\nc: 3\n").startswith("file:3: is not valid YAML: ")
    assert refused("a: b\nc: *missing\n") == "file:2: is not valid YAML: found undefined alias at column 4"


def test_two_documents_are_refused(refused: Callable[[str], str]) -> None:
    assert "but found another document" in refused("a: 1\n---\nb: 2\n")


def test_a_python_object_is_refused(refused: Callable[[str], str]) -> None:
    assert "could not determine a constructor for the tag" in refused(
        "a: !!python/object/apply:os.getcwd []\n"
    )


def test_a_date_that_is_none_is_refused(refused: Callable[[str], str]) -> None:
    assert refused("a: 2005-02-31\n").startswith("file: is not valid YAML: day ")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "an empty file"),
        ("# only a comment\n", "an empty file"),
        ("- a\n", "list ['a']"),
        ("text", "text 'text'"),
    ],
)
def test_anything_but_a_mapping_is_refused(refused: Callable[[str], str], content: str, found: str) -> None:
    assert refused(content) == f"file: expected a mapping of keys to values, found {found}"


def test_a_key_written_twice_is_refused(refused: Callable[[str], str]) -> None:
    assert refused("a: 1\nb: 2\na: 3\n") == "file:3: a: the key is written twice, first in line 1; keep one"


def test_nested_keys_written_twice_are_all_refused(refused: Callable[[str], str]) -> None:
    assert refused("a:\n  b: 1\n  b: 2\nc:\n  - {d: 1, d: 2}\n").splitlines() == [
        "file:3: a.b: the key is written twice, first in line 2; keep one",
        "file:5: c[0].d: the key is written twice, first in line 5; keep one",
    ]


def test_the_same_key_in_two_sections_is_not_an_issue(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("a: {seed: 1}\nb: {seed: 2}\n", encoding="utf-8")

    assert read_yaml(path).content == {"a": {"seed": 1}, "b": {"seed": 2}}


def test_another_encoding_is_refused_with_its_line(refused: Callable[[bytes], str]) -> None:
    assert refused("a: 1\nb: Müller\n".encode("latin-1")) == (
        "file:2: byte 0xfc is not UTF-8; save the file with UTF-8 encoding"
    )


def test_a_file_that_contains_itself_is_refused(refused: Callable[[str], str]) -> None:
    assert refused("a: &x\n  b: *x\n") == "file: is not valid YAML: a.b contains itself through an alias"


def test_aliases_that_multiply_are_refused_quickly(refused: Callable[[str], str]) -> None:
    lines = ["k0: &k0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "more than 20,000 keys" in refused("\n".join(lines))


@pytest.mark.parametrize("levels", [50, 400_000])
def test_deep_nesting_is_refused(refused: Callable[[str], str], levels: int) -> None:
    assert "is not valid YAML: nested over 30 levels" in refused("a: " + "[" * levels + "]" * levels)


def test_an_unhashable_key_is_refused(refused: Callable[[str], str]) -> None:
    assert "is not valid YAML" in refused("? [a, b]\n: 1\n")


def test_a_file_that_is_far_too_large_is_refused(refused: Callable[[bytes], str]) -> None:
    assert "at most 1,000,000 are read" in refused(b"a: " + b"x" * LARGEST_FILE)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").mkdir()

    with pytest.raises(ConfigError, match=r"model\.yaml: can't be read: Is a directory"):
        read_yaml(tmp_path / "model.yaml")
