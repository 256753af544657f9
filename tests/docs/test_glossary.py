"""docs/glossary.md: one thing has one name, and the names that are retired are nowhere any more."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.core

GLOSSARY = "docs/glossary.md"
FOLDERS = ("include", "plugins", "dags", "demo", "bin", "benchmarks", "tests", "docs", ".ci")
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".html", ".j2", ".ambr", ".sh", ""}
# Files that may use retired words, all or those listed: they say what something was called before, or
# read what an earlier version has stored.
EXEMPT: dict[str, set[str] | None] = {
    GLOSSARY: None,
    "CHANGELOG.md": None,
    "tests/docs/test_glossary.py": None,
    "include/config/renamed.py": None,
    "include/data/dataset_record.py": {"borders?(?![-:])"},
    "tests/core/data/test_dataset.py": {"borders?(?![-:])"},
    # Another word in these would be another digest, and every clone would train the example again.
    "include/models/credit_risk/estimator.py": None,
    "include/models/credit_risk/contract.yaml": None,
    "include/verdicts.py": {"would_change"},
    "tests/core/monitoring/performance/test_rules.py": {"judg(e|es|ed|ing|ement|ements)"},
    "include/monitoring/performance/record.py": {"judg(e|es|ed|ing|ement|ements)"},
    "include/monitoring/drift/decision.py": None,
    "include/monitoring/profile/formats.py": None,
    "include/monitoring/drift/report_formats.py": None,
    "tests/core/monitoring/drift/test_report_formats.py": None,
    "tests/adapter/cli/test_policy_command.py": {'"quiet"'},
    "tests/integration/test_policy_command.py": {'"matters"'},
    "tests/core/monitoring/profile/test_profile.py": {"wobbl(e|es|ed|ing|y)", "borders?(?![-:])"},
    "tests/core/test_verdicts.py": {"would_change"},
    # The name of a command: make bench-judge.
    "Makefile": {"judg(e|es|ed|ing|ement|ements)"},
    "docs/benchmarks.md": {"judg(e|es|ed|ing|ement|ements)"},
    "tests/core/config/test_renamed.py": None,
}
# Between two words: blanks, underscores, a line end with the sign of a comment, or with the quotes of a text
# that goes on in the next line. Between the words of a name such as AsOfDate there is nothing.
GAP = re.compile(r"(?:[\s_]+(?:\#:?\s|>\s)?|[\"']\s+[frb]{0,2}[\"'])+|(?<=[a-z0-9])(?=[A-Z])")


class Word(NamedTuple):
    """An entry of the table, and what to write instead."""

    entry: str
    instead: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The entry between the ends of words; with an underscore it is part of a name, as it stands."""
        return re.compile(rf"(?<![A-Za-z0-9])(?:{self.entry})(?![A-Za-z0-9])", re.IGNORECASE)

    @property
    def start(self) -> str:
        """What each find begins with, in lower case: a text without it needs no search by the pattern."""
        return _start(self.entry)


@cache
def _start(entry: str) -> str:
    found = re.match(r"([A-Za-z0-9_ ]*)(.?)", entry, re.DOTALL)
    assert found is not None
    letters, after = found.groups()
    if "|" in re.sub(r"\([^()]*\)", "", entry):  # another way to begin
        return ""
    return (letters[:-1] if after and after in "?*{" else letters).lower()


class Text:
    """A text as words with one blank in between, which still knows its lines."""

    def __init__(self, raw: str) -> None:
        self.raw, self.words = raw, GAP.sub(" ", raw)
        self._small = {True: raw.lower(), False: self.words.lower()}

    @cached_property
    def _lines(self) -> tuple[list[int], list[int]]:
        """Where each word starts, and in which line."""
        starts, lines, start, line, end = [0], [1], 0, 1, 0
        for gap in GAP.finditer(self.raw):
            start, end = start + gap.start() - end + 1, gap.end()
            line += gap.group().count("\n")
            starts.append(start)
            lines.append(line)
        return starts, lines

    def find(self, word: Word) -> Iterator[tuple[int, str]]:
        """Yield the lines in which a word begins, with what was found."""
        whole = "_" in word.entry
        if word.start not in self._small[whole]:
            return
        for match in word.pattern.finditer(self.raw if whole else self.words):
            if whole:
                yield self.raw.count("\n", 0, match.start()) + 1, match.group()
            else:
                starts, lines = self._lines
                yield lines[bisect_right(starts, match.start()) - 1], match.group()


@cache
def retired() -> tuple[Word, ...]:
    """Return the entries of the table at the end of the glossary."""
    table = (ROOT / GLOSSARY).read_text(encoding="utf-8").split("## Retired words")[1]
    rows = re.findall(r"^\| (`.+`) \| (.+) \|$", table, flags=re.MULTILINE)
    entries = [
        (entry.replace(r"\|", "|"), instead)
        for cell, instead in rows
        for entry in re.findall("`([^`]+)`", cell)
    ]
    return tuple(Word(entry, instead) for entry, instead in entries)


def sources() -> list[Path]:
    """Return what people write and read: code, configuration, docs and snapshots of messages."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    found = [path for path in (*below, *ROOT.iterdir()) if path.is_file() and path.suffix in SUFFIXES]
    left_out = {"LICENSE", "constraints.txt", ".coverage"}
    return sorted(path for path in found if "__pycache__" not in path.parts and path.name not in left_out)


def findings() -> Iterator[tuple[str, str]]:
    """Yield each retired word that is still used: its entry, and file, line and remedy."""
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        allowed = EXEMPT.get(name, set())
        if allowed is None:
            continue
        text, named = Text(path.read_text(encoding="utf-8")), Text(name)
        for word in retired():
            if word.entry in allowed:
                continue
            places = [*text.find(word), *((0, found) for _, found in named.find(word))]
            for line, found in places:
                yield word.entry, f"{name}:{line}: {found!r}; write: {word.instead}"


def test_retired_words_are_gone():
    found = [text for _, text in findings()]
    assert not found, "retired words:\n" + "\n".join(found)


def test_exemptions_are_needed():
    entries = {word.entry for word in retired()}
    for name, allowed in EXEMPT.items():
        text = Text((ROOT / name).read_text(encoding="utf-8"))
        unknown = set(allowed or ()) - entries
        assert not unknown, f"{name} is exempt from {unknown}, which docs/glossary.md does not retire"
        idle = [word for word in retired() if word.entry in (allowed or ()) and not any(text.find(word))]
        assert not idle, f"{name} no longer needs its exemption from {[word.entry for word in idle]}"


@pytest.mark.parametrize(
    ("entry", "text", "line"),
    [
        ("wobbl(e|es)", "a\nday_wobble = 1", 2),
        ("stands_on", "def stands_on():", 1),
        ("check freshness", "x\n\nclass CheckFreshnessOperator:", 3),
        ("hand(s|ed)? over", "# what is handed\n# over", 1),
        ("(?<!there )is no (?!longer)[a-z]+", 'f"{x} is no "\n    f"JSON"', 1),
    ],
)
def test_a_word_is_found(entry, text, line):
    assert [found for found, _ in Text(text).find(Word(entry, ""))] == [line]


@pytest.mark.parametrize(
    ("entry", "start"),
    [
        ("wobbl(e|es)", "wobbl"), ("borders?(?![-:])", "border"), ("Check freshness", "check freshness"),
        ("(?<!there )is no", ""), ("one|another", ""), ("stands_on", "stands_on"),
    ],
)  # fmt: skip
def test_all_finds_of_a_word_begin_alike(entry, start):
    assert Word(entry, "").start == start


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("wobbl(e|es)", "wobbler"),
        ("stands_on", "who stands on it"),
        ("(?<!there )is no (?!longer)[a-z]+", "there\n  is no champion, and it is no longer served"),
        ("borders?(?![-:])", "border-collapse: collapse; border: 1px"),
    ],
)
def test_another_word_is_not(entry, text):
    assert not list(Text(text).find(Word(entry, "")))


if __name__ == "__main__":
    for _, finding in findings():
        print(finding)  # noqa: T201
