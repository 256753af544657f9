"""What an event of an asset says: the content of its ``extra``, which DAGs of other teams read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.records import Record, RecordKind
from include.strict_json import plain

if TYPE_CHECKING:
    from include.verdicts import Verdict

_LONGEST = 600  # characters of a text; Airflow hands every event to each run that it starts

EVENT = RecordKind(
    name="asset event", remedy="look at the ledger, and at the object store, which are the truth"
)


@dataclass(frozen=True, kw_only=True)
class AssetEvent(Record, kind=EVENT):
    """One thing that was made, and what a consumer has to know of it. What is None is left out.

    :param key: names the thing: the same in every try, and there is one event for it.
    :param model: name of the model.
    :param as_of: as-of date of the run (ISO).
    :param version: of the model, in the model registry.
    :param from_version: the version that served before.
    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param rows: how many there are.
    :param object_key: where it lies in the object store.
    :param by: what moved the champion: ``promotion`` or ``rollback``.
    :param digests: what was digested to its digest: ``snapshot_md5``, ``training_key`` ...
    :param verdict: what was decided, with its summary: ``kind``, ``decision``, ``subject``, ``summary``.
    """

    key: str
    model: str
    as_of: str
    version: str | None = None
    from_version: str | None = None
    table: str | None = None
    partition: str | None = None
    rows: int | None = None
    object_key: str | None = None
    by: str | None = None
    digests: dict[str, str] = field(default_factory=dict)
    verdict: dict[str, str] | None = None

    def _plain(self) -> dict[str, Any]:
        fields: dict[str, Any] = plain({**vars(self), "digests": {**self.digests}})
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> AssetEvent:
        return cls(**fields)


def short_verdict(verdict: Verdict) -> dict[str, str]:
    """Return of a verdict what an event says: the decision in words; its rules are in the ledger."""
    texts = {name: getattr(verdict, name) for name in ("kind", "decision", "subject", "summary")}
    return {
        name: text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..." for name, text in texts.items()
    }


def prediction_key(partition: str, version: str, md5: str) -> str:
    """Return the key of a file of predictions: one delivery's content, scored by one version.

    :param partition: ISO date of the delivery.
    :param version: the version that scored it.
    :param md5: digest of the delivery's snapshot.
    """
    return f"{partition}/v{version}/{md5}"


def snapshot_key(table: str, partition: str, md5: str) -> str:
    """Return the key of a snapshot: one delivery's content.

    :param table: ``features`` or ``labels``.
    :param partition: ISO date of the delivery.
    :param md5: digest of the snapshot.
    """
    return f"{table}/{partition}/{md5}"


def journal_line(part: str, event: AssetEvent) -> dict[str, Any]:
    """Return what the journal says of an event: all of it, and which node it belongs to.

    :param part: the node of the graph.
    :param event: the event.
    """
    return {"part": part, **event.to_dict()}


def is_line_of(extra: Any, part: str, key: str) -> bool:
    """Tell whether a line of the journal is about a thing.

    :param extra: the line; anybody with rights may have posted one, so it may be anything.
    :param part: the node of the graph that the thing belongs to.
    :param key: names the thing.
    """
    return isinstance(extra, dict) and (extra.get("part"), extra.get("key")) == (part, key)
