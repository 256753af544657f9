"""A token is one word, and no message shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.errors import ConfigError
from include.serving.token_file import check_token, read_token

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.core


def test_blanks_around_a_token_are_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(" s3cret-Word~\r\n")
    assert read_token(file, "--token-file") == "s3cret-Word~"
    assert check_token("", "it") == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "can't be read"),
        (b"s3cret\nx-evil: 1", "holds blanks, line breaks"), (b"s3cret\x00", "holds blanks"),
        ("s3cret-\u00e9".encode(), "other than ASCII"),
    ],
)  # fmt: skip
def test_any_other_content_is_refused_and_not_shown(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        read_token(file, "--token-file")
    assert f"--token-file {file}" in str(refused.value)
    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)
