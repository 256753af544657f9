"""Keys of ``model.yaml`` that have another name by now, or none: the old one is refused with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.config_errors import ConfigIssue, Key, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Old key to new key, from the top of the file. A section that was renamed takes its keys with it; "*" stands
# for any name a team chose, and is the same name on both sides.
RENAMED: dict[Key, Key] = {
    ("monitoring", "performance", "min_coverage"): ("target", "min_coverage"),
    ("probe",): ("reproducibility_check",),
}

# Keys that have gone, and why nothing takes their place.
REMOVED: dict[Key, str] = {
    ("gate", "resamples"): "intervals come from influence values now, without any resampling",
}


def renamed_issues(
    content: Mapping[str, Any],
    renamed: Mapping[Key, Key] = RENAMED,
    removed: Mapping[Key, str] = REMOVED,
) -> Iterator[ConfigIssue]:
    """Yield an issue for each key that is written under its old name, or has gone.

    :param content: the file as plain values, valid or not.
    :param renamed: old key to new key.
    :param removed: old key to why nothing takes its place.
    """
    for old, why in removed.items():
        for found in _places(content, old):
            yield ConfigIssue(found, f"this key has gone: {why}; delete the line")
    for old, new in renamed.items():
        for found in _places(content, old):
            names = iter([part for part, asked in zip(found, old, strict=True) if asked == "*"])
            now = tuple(next(names) if part == "*" else part for part in new)
            yield ConfigIssue(found, f"the key is called {dotted(now)} now; {_remedy(found, now)}")


def _remedy(old: Key, new: Key) -> str:
    """Return what to do with the line."""
    if old[:-1] == new[:-1]:
        return f"write {new[-1]} in its place"
    section = dotted(new[:-1])
    return f"move it: write {new[-1]} {f'under {section}' if section else 'at the top of the file'}"


def _places(content: Any, old: Key, above: Key = ()) -> Iterator[Key]:
    """Yield where an old key stands in a file."""
    if not old:
        yield above
    elif isinstance(content, dict):
        for name in content:
            if old[0] in {"*", name}:
                yield from _places(content[name], old[1:], (*above, str(name)))
