"""Environments beside each other: which version each serves, and what differs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from include.reporting.text_table import text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADS = ("environment", "model", "champion", "as of", "from", "challenger")
_NOTHING = "-"


@dataclass(frozen=True, kw_only=True)
class Served:
    """What one environment serves of a model.

    :param version: the champion; None without one.
    :param origin: the MLflow run in which it was trained, in whichever environment that was.
    :param as_of: as-of date of its training (ISO); empty if unknown.
    :param deployed_from: the environment it was deployed from; empty if it was trained here.
    :param deployed_version: its version there.
    :param challenger: the version that is the challenger; None without one.
    """

    version: str | None = None
    origin: str = ""
    as_of: str = ""
    deployed_from: str = ""
    deployed_version: str = ""
    challenger: str | None = None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One environment.

    :param name: its name.
    :param source: where its connections are written.
    :param places: MLflow, store and data registry, as people know them.
    :param problem: why it can't be looked at; empty where it can.
    :param models: what it serves, by model.
    :param missing: connections that sources of models need and that it lacks, by model.
    """

    name: str
    source: str
    places: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    models: dict[str, Served] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Overview:
        """Build an overview from what :meth:`to_dict` returned."""
        served = {model: Served(**one) for model, one in values["models"].items()}
        return cls(**{**values, "models": served})


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A model of which two environments serve different versions.

    :param model: its name.
    :param first: the one environment.
    :param second: the other.
    :param text: what each serves, as one sentence.
    """

    model: str
    first: str
    second: str
    text: str


def differences(overviews: Sequence[Overview]) -> list[Difference]:
    """Return what environments beside each other serve differently, by model.

    The same version is one that was trained in the same run, whatever its number in either registry is.

    :param overviews: in the order in which a version goes through them.
    """
    seen = [one for one in overviews if not one.problem]
    found = []
    for first, second in pairwise(seen):
        for model in sorted({*first.models, *second.models}):
            here, there = first.models.get(model, Served()), second.models.get(model, Served())
            if here.version is None and there.version is None:
                continue
            if here.origin != there.origin or here.version is None or there.version is None:
                text = f"{model}: {first.name} serves {_shown(here)}, {second.name} {_shown(there)}"
                found.append(Difference(model=model, first=first.name, second=second.name, text=text))
    return found


def overview_text(overviews: Sequence[Overview]) -> str:
    """Return environments, what each serves, and what differs, for people.

    :param overviews: in the order of the table.
    """
    rows = []
    for one in overviews:
        if one.problem:
            rows.append((one.name, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING))
        for model, served in sorted(one.models.items()):
            origin = f"{served.deployed_from} {served.deployed_version}".strip()
            rows.append((
                one.name, model, served.version or _NOTHING, served.as_of or _NOTHING, origin or _NOTHING,
                served.challenger or _NOTHING,
            ))  # fmt: skip
    lines = [text_table(_HEADS, rows), ""]
    for one in overviews:
        if one.problem:
            lines.append(f"{one.name} ({one.source}): {one.problem}")
            continue
        lines.append(f"{one.name} ({one.source}): " + ", ".join(f"{k} {v}" for k, v in one.places.items()))
        lines += [
            f"  {model} can't be trained there: no connection {', '.join(missing)}"
            for model, missing in sorted(one.missing.items())
        ]
    found = differences(overviews)
    lines += ["", *(one.text for one in found)] if found else ["", "no model differs"]
    return "\n".join(lines)


def _shown(served: Served) -> str:
    if served.version is None:
        return "none"
    return f"version {served.version}" + (f" as of {served.as_of}" if served.as_of else "")
