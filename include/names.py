"""What a user named: columns, categories, groups. One way to make a key of a name, and one to show it.

Names come from data, so they may be anything: a word of ours (``missing``), markup, control characters, text
of any length, two that look alike. A name is compared as it is, never as it is shown. What it is shown as is
the name itself where that can't be mistaken, and otherwise the name in quotes with escapes, as Python writes
text, so that two names are never shown alike. How a text is put into a log, a page, Markdown, a picture or a
message is a matter of :mod:`include.media`.

What may be invisible follows the Unicode Standard (general categories; Default_Ignorable_Code_Point in
DerivedCoreProperties), what looks like another letter its technical report 39.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

INTERNAL = "mlops_"  # begins each column that is ours; ``model.yaml`` refuses it for any other

# Words of our own that stand where names stand, so that a name that is one of them is shown in quotes.
MISSING, OTHER, UNSEEN, PREDICTIONS = "missing", "other", "never seen", "predictions"
_WORDS = frozenset({
    MISSING, OTHER, UNSEEN, PREDICTIONS, "more columns", "other columns", "too few rows", "left out",
    "between-day variation", "total", "(table)", "nan", "none", "null", "n/a",
})  # fmt: skip

# Printable for Python, and yet nothing is seen of them.
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_LOG_GROUP = re.compile(r"(?<=:):(?=(?:end)?group::)")  # Airflow's pages fold a log from there on
_CUT = re.compile("…[0-9a-f]{8}$")
_LATIN_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХаеорсухіјѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",  # noqa: RUF001 - they are meant
    "ABEKMHOPCTXaeopcyxijsdqwABEZHIKMNOPTYXovp",
)
_DIGEST, _KEY_DIGEST = 8, 16

# MLflow's rule for metrics and parameters (mlflow.utils.validation, 3.17), without what ends like a digest.
_LEGAL = re.compile(r"\w[/\w.\- :]*")
_LIKE_A_DIGEST = re.compile(rf"-[0-9a-f]{{{_KEY_DIGEST}}}$")
_LONGEST_KEY, _KEPT = 250, 120


def internal(name: str) -> str:
    """Return the name of a column of ours, which no column of a user can have.

    :param name: what it holds.
    """
    return f"{INTERNAL}{name}"


def mlflow_key(prefix: str, name: str, *, taken: Collection[str] = ()) -> str:
    """Return the MLflow metric or parameter of a name: legal, always the same, and never that of another.

    A name that MLflow takes stays as it is. Any other is cleaned, cut, and marked by its sha256.

    :param prefix: what the key begins with, such as ``drift_ks_``.
    :param name: the user's name.
    :param taken: names after this prefix that stand for something of ours.
    """
    key = f"{prefix}{name}"
    if (
        name not in taken
        and len(key) <= _LONGEST_KEY
        and _LEGAL.fullmatch(key)
        and posixpath.normpath(key) == key
        and key == key.strip()
        and unicodedata.is_normalized("NFC", key)
        and not _LIKE_A_DIGEST.search(name)
    ):
        return key
    cleaned = re.sub(r"[^0-9A-Za-z_.]+", "_", name)[:_KEPT]
    return f"{prefix}{cleaned}-{_digest(name, _KEY_DIGEST)}"


def shown(name: str, width: int = 80) -> str:
    """Return a name as people read it, on one line: as it is where that is plain, otherwise in quotes.

    :param name: the user's name.
    :param width: characters at most, 12 or more; of a longer text the beginning is shown, and a digest of the
        name.
    """
    return _cut(name if _is_plain(name) else quoted(name), name, width)


def shown_all(names: Iterable[str], width: int = 80) -> list[str]:
    """Return names as people read them side by side, so that letters of two alphabets are told apart.

    :param names: the user's names, each once.
    :param width: as for :func:`shown`.
    """
    listed = list(names)
    alike = Counter(map(_skeleton, listed))
    return [
        _cut(_visible(ascii(name)), name, width)
        if alike[_skeleton(name)] > 1 and not name.isascii()
        else shown(name, width)
        for name in listed
    ]


def quoted(name: str, width: int | None = None) -> str:
    """Return a name in quotes, with escapes for whatever can't be seen or told apart.

    It is a literal of Python, so whoever needs the name itself gets it back.

    :param name: the user's name.
    :param width: as for :func:`shown`; None for all of it.
    """
    text = repr(name)
    if not unicodedata.is_normalized("NFC", name) or _mixes_alphabets(name):
        text = ascii(name)
    elif _begins_with_a_mark(name):
        text = f"{text[0]}{ascii(name[0])[1:-1]}{text[2:]}"
    text = _HIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)
    text = _visible(text)
    return text if width is None else _cut(text, name, width)


def _is_plain(name: str) -> bool:
    """Tell whether a name can be shown as it is."""
    return (
        bool(name)
        and name.isprintable()
        and name == name.strip()
        and name == _visible(name)
        and "\\" not in name
        and name[0] not in {"'", '"'}
        and name.casefold() not in _WORDS
        and unicodedata.is_normalized("NFC", name)
        and not _begins_with_a_mark(name)
        and not _HIDDEN.search(name)
        and not _CUT.search(name)
        and not _mixes_alphabets(name)
    )


def _visible(text: str) -> str:
    """Return a text whose blanks can be counted (a page shows several as one) and that folds no log."""
    return _LOG_GROUP.sub(r"\\x3a", re.sub("(?<= ) ", r"\\x20", text))


def _begins_with_a_mark(name: str) -> bool:
    """Tell whether a name begins with an accent or the like, which would stand on what comes before it."""
    return bool(name) and unicodedata.category(name[0]).startswith("M")


def _mixes_alphabets(name: str) -> bool:
    """Tell whether a letter of another alphabet hides among Latin ones that it looks like."""
    return name.translate(_LATIN_LOOKALIKES) != name and re.search("[A-Za-z]", name) is not None


def _skeleton(name: str) -> str:
    """Return what is the same for names that look alike."""
    return unicodedata.normalize("NFKC", name).translate(_LATIN_LOOKALIKES)


def _cut(text: str, name: str, width: int) -> str:
    """Return a text of a certain width: of a longer one the beginning, with a digest of the whole name."""
    return text if len(text) <= width else f"{text[: width - _DIGEST - 1]}…{_digest(name, _DIGEST)}"


def _digest(name: str, length: int) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:length]
