"""What a delivery of features was joined with, kept beside it: deliveries by version, and what they had."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from include.data.views.units import DAY
from include.records import Record, RecordKind
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.config.joined_view import JoinedView
    from include.data.views.gather import Found

JOIN = RecordKind(name="record of a join", remedy="clear the task extract, which writes it again")
_LAYOUT = 1  # raised when the same values are joined in another way


@dataclass(frozen=True, kw_only=True)
class ViewVersion:
    """One delivery of a view, in one version.

    :param partition: ISO date of the delivery.
    :param md5: DVC's digest of its content.
    :param commit: commit of the data registry that introduced the version.
    """

    partition: str
    md5: str
    commit: str


@dataclass(frozen=True, kw_only=True)
class JoinedWith:
    """What one view had for the rows.

    :param view: its name.
    :param deliveries: what was read of it, oldest first.
    :param rows: how many rows there are.
    :param none: rows for which no value was known.
    :param old: rows whose newest value was older than ``max_age``.
    :param mean_age: of the values of the others, in days; None where there is none.
    :param oldest: the oldest of them, in days; None where there is none.
    """

    view: str
    deliveries: tuple[ViewVersion, ...]
    rows: int
    none: int
    old: int
    mean_age: float | None
    oldest: float | None

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return (self.none + self.old) / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True)
class JoinRecord(Record, kind=JOIN):
    """What one delivery of features was joined with.

    :param model: the model's name.
    :param partition: ISO date of the features.
    :param source_sha256: digest of what was delivered and joined, as the data registry has it.
    :param views: each view.
    """

    model: str
    partition: str
    source_sha256: str
    views: tuple[JoinedWith, ...]

    def _plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        views = tuple(
            JoinedWith(**{**one, "deliveries": tuple(ViewVersion(**part) for part in one["deliveries"])})
            for one in fields.pop("views")
        )
        return cls(**fields, views=views)


def joined_with(view: str, deliveries: tuple[ViewVersion, ...], found: Found) -> JoinedWith:
    """Return what a view had for the rows of a delivery.

    :param view: its name.
    :param deliveries: what was read of it, oldest first.
    :param found: what the join found.
    """
    valued = found.rows - found.none - found.old
    return JoinedWith(
        view=view,
        deliveries=deliveries,
        rows=found.rows,
        none=found.none,
        old=found.old,
        mean_age=found.ages / valued / DAY if valued else None,
        oldest=found.oldest / DAY if valued else None,
    )


def join_digest(
    source_sha256: str, views: Mapping[str, JoinedView], deliveries: Mapping[str, Sequence[ViewVersion]]
) -> str:
    """Return the digest of what a snapshot is made from: rows, definitions, and deliveries of views.

    :param source_sha256: digest of the delivery of features.
    :param views: the views as the model uses them.
    :param deliveries: view to what is read of it, oldest first.
    """
    content = [
        _LAYOUT,
        source_sha256,
        [
            [name, view.model_dump(mode="json"), list(view.columns), [one.md5 for one in deliveries[name]]]
            for name, view in sorted(views.items())
        ],
    ]
    return hashlib.sha256(to_json(content, sort_keys=True).encode()).hexdigest()
