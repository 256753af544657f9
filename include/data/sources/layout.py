"""How deliveries are laid out: what the URI of a table says about the partition of each path.

Either one placeholder, ``{partition}``, stands for the ISO date that names a partition, or the keys of Hive
and Spark do: ``year={year}/month={month}/day={day}``. Without ``{day}`` a partition is a month, and named by
its last day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from typing import TYPE_CHECKING

from include.data.ingest.partitions import parse_partition
from include.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PLACEHOLDER = "{partition}"
_PLACEHOLDERS = {
    PLACEHOLDER: r"\d{4}-\d{2}-\d{2}",
    "{year}": r"\d{4}",
    "{month}": r"\d{1,2}",
    "{day}": r"\d{1,2}",
}
_ALLOWED = ({PLACEHOLDER}, {"{year}", "{month}"}, {"{year}", "{month}", "{day}"})
_FIXED = {"{partition}": r"\d{4}-\d{2}-\d{2}", "{year}": r"\d{4}", "{month}": r"\d{2}", "{day}": r"\d{2}"}
_ANY = re.compile("|".join(map(re.escape, _PLACEHOLDERS)))
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def part_pattern(template: str) -> str | None:
    """Return what the names of part files match, where a delivery is a folder of them; None for one file.

    :param template: URI or path with placeholders: ``accounts/{partition}/`` for every file in a folder,
        ``accounts/{partition}/*.csv`` for those of a name.
    """
    last = template.rpartition("/")[2]
    return last or "*" if "*" in last or not last else None


def delivery_template(template: str) -> str:
    """Return the part of a template that leads to a delivery: to one file, or to a folder of part files.

    :param template: as for :func:`part_pattern`.
    """
    return template if part_pattern(template) is None else template.rpartition("/")[0]


def without_placeholders(template: str) -> str:
    """Return a template with nothing where its placeholders are."""
    return _ANY.sub("", template)


def walk_levels(template: str) -> tuple[str, list[re.Pattern[str]]]:
    """Return the folder below which all deliveries lie, and what the names on each level below it match.

    :param template: path with placeholders that leads to a delivery.
    """
    start = _first(template)
    base = template[:start].rpartition("/")[0]
    names = template.removeprefix(f"{base}/").split("/")
    return base, [_level(name) for name in names]


def names_a_day(path: str, template: str) -> bool:
    """Return whether a path is one that a delivery would have.

    :param path: of something that the levels of :func:`walk_levels` lead to.
    :param template: path with placeholders that leads to a delivery.
    """
    match = _compile(template).fullmatch(path)
    try:
        return match is not None and bool(_read_partition(match))
    except ValueError:
        return False


def list_partitions(paths: Iterable[str], template: str) -> dict[str, str]:
    """Return the deliveries among these paths: partition to path, oldest first.

    A template without a scheme or leading ``/`` is matched at the end of each path. Paths of another form (a
    README, a marker file) are not deliveries and are left out; the same path listed twice counts once.

    :param paths: URIs or paths, in any order.
    :param template: URI or path with placeholders, each within one path segment.
    :raises ConfigError: the template does not have the placeholders that name a partition, once each.
    :raises DataError: a delivery is not named by a day or a month, or two paths are the same partition.
    """
    pattern = _compile(template)
    found: dict[str, str] = {}
    for path in sorted(set(paths)):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        try:
            partition = _read_partition(match)
        except ValueError as error:
            raise DataError(
                f"{path}: {error}. A partition of {template} is named by the day of its delivery: rename it, "
                "or move it out of the source."
            ) from error
        if partition in found:
            raise DataError(
                f"partition {partition} was delivered twice, as {found[partition]} and as {path}; expected "
                f"one file that matches {template}: remove the wrong one."
            )
        found[partition] = path
    return dict(sorted(found.items()))


def _compile(template: str) -> re.Pattern[str]:
    """Return what matches the path of a delivery, with a group for each placeholder.

    :raises ConfigError: placeholders are missing, or there is one too many.
    """
    found = _ANY.findall(template)
    if set(found) not in _ALLOWED or len(found) != len(set(found)):
        hint = " and nothing else, or year={year}/month={month}/day={day}" if len(set(found)) > 1 else ""
        raise ConfigError(
            f"source uri {template!r} contains {PLACEHOLDER} {found.count(PLACEHOLDER)} times; expected it "
            f"exactly once{hint}, such as accounts/as_of={PLACEHOLDER}/accounts.csv"
        )
    anchored = bool(_SCHEME.match(template)) or template.startswith("/")
    return re.compile(("" if anchored else "(?:.*/)?") + _pieces(template), re.DOTALL)


def _level(name: str) -> re.Pattern[str]:
    """Return what matches a name on one level: files of writers that no placeholder stands for are hidden."""
    hidden = "(?![._])" if _first(name) == 0 else ""
    return re.compile(hidden + _pieces(name), re.DOTALL)


def _pieces(template: str) -> str:
    """Return a template as a regular expression with a group for each placeholder.

    A placeholder matches more than it may stand for, so that what is wrong is seen. Where two stand side by
    side, only digits tell where one ends.
    """
    found, at = [], 0
    for match in _ANY.finditer(template):
        name, end = match.group(), match.end()
        beside = (0 < at == match.start()) or _ANY.match(template, end)
        inner = _FIXED[name] if beside else "[^/]+"
        found.append(f"{re.escape(template[at : match.start()])}(?P<{name[1:-1]}>{inner})")
        at = end
    return "".join([*found, re.escape(template[at:])])


def _first(template: str) -> int:
    """Return where the first placeholder stands; -1 where there is none."""
    match = _ANY.search(template)
    return match.start() if match else -1


def _read_partition(match: re.Match[str]) -> str:
    """Return the ISO date that the groups of a match name.

    :raises ValueError: they name none.
    """
    groups = match.groupdict()
    if "partition" in groups:
        return parse_partition(groups["partition"]).isoformat()
    for name, text in groups.items():
        if not re.fullmatch(_PLACEHOLDERS[f"{{{name}}}"], text, re.ASCII):
            raise ValueError(f"{text!r} is not a {name} such as {_example(name)}")
    year, month = int(groups["year"]), int(groups["month"])
    if not 1 <= month <= 12 or not year:  # noqa: PLR2004 - months of a year
        raise ValueError(f"'{groups['year']}-{groups['month']}' is not a month of the calendar")
    day = int(groups["day"]) if "day" in groups else monthrange(year, month)[1]
    return parse_partition(f"{year:04}-{month:02}-{day:02}").isoformat()


def _example(name: str) -> str:
    examples: Sequence[tuple[str, str]] = (("year", "2005"), ("month", "04"), ("day", "30"))
    return dict(examples)[name]
