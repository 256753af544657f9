"""The token of an endpoint: one word, which lies in a file and goes into a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_WORD = re.compile("[!-~]*")  # ASCII without blanks


def check_token(token: str, where: str) -> str:
    """Return a token that a header can carry; the message of any other does not show it.

    :param token: may be empty, for none.
    :param where: it was found, to begin the message with.
    :raises ConfigError: it holds blanks, line breaks or other than ASCII.
    """
    if not _WORD.fullmatch(token):
        raise ConfigError(
            f"{where} holds blanks, line breaks or other than ASCII; expected one word "
            "(openssl rand -hex 24 makes one)."
        )
    return token


def read_token(path: Path, option: str) -> str:
    """Return the token in a file, without the blanks around it.

    :param path: the file.
    :param option: that names it, to begin messages with.
    :raises ConfigError: it can't be read, is empty, or holds more than one word.
    """
    where = f"{option} {path}"
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where} can't be read ({error}); expected a file with one token.") from error
    if not token:
        raise ConfigError(f"{where} is empty; expected a token (openssl rand -hex 24 makes one).")
    return check_token(token, where)
