"""What the policy decides on: windows, the champion, and what was decided before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from include.errors import DataError
from include.monitoring.drift.decision import DriftDecision
from include.monitoring.performance.status import PerformanceStatus
from include.records import Record, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.config.monitoring_schema import Policy
    from include.monitoring.policy.missing import MissingDelivery

_KNOWN = {PerformanceStatus.GOOD, PerformanceStatus.WORSE}
_CONCLUSIVE = {*DriftDecision} - {DriftDecision.INCONCLUSIVE}
_DATES = ("watermark", "last_retraining", "last_worse")
RETRAIN_PREFIX = "retrain__v"


def _add_worse(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 knows which retraining worse performance led to; before, any may have been one."""
    return {**fields, "last_worse": fields.get("last_retraining"), "last_worse_version": None}


POLICY_STATE = RecordKind(
    name="state of the policy",
    remedy="reset it with `bin/mlops policy MODEL --reset`",
    upgrades=(_add_worse,),
)


@dataclass(frozen=True, kw_only=True)
class WindowFinding:
    """What was found about one delivery and the present champion's predictions for it.

    :param partition: the delivery, an ISO date.
    :param drift: decision of the drift check; None when it was not made.
    :param performance: status of the realised performance; None when it was not looked at.
    :param bad_data: whether the delivery broke its data contract.
    :raises DataError: a word that no check says, or a partition that is not a date.
    """

    partition: str
    drift: str | None = None
    performance: str | None = None
    bad_data: bool = False

    def __post_init__(self) -> None:
        as_date(self.partition, "the partition of a window")
        for name, word, words in (
            ("drift", self.drift, tuple(DriftDecision)),
            ("performance", self.performance, tuple(PerformanceStatus)),
        ):
            if word is not None and word not in words:
                raise DataError(
                    f"window {self.partition}: {name} is {word!r}; the policy knows {', '.join(words)}. "
                    "Add the new word, or correct the check that reported it"
                )

    @property
    def is_mature(self) -> bool:
        """Whether the realised performance is known."""
        return self.performance in _KNOWN and not self.bad_data

    @property
    def is_evaluated(self) -> bool:
        """Whether performance or, as long as it is not known, drift says how the window went."""
        return self.is_mature or (self.drift in _CONCLUSIVE and not self.bad_data)

    @property
    def is_breach(self) -> bool:
        """Whether the limits were broken; realised performance outranks drift."""
        if self.is_mature:
            return self.performance == PerformanceStatus.WORSE
        return self.is_evaluated and self.drift == DriftDecision.IMPACTFUL


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The version in production.

    :param version: its number.
    :param newest_labels: the newest label partition (ISO date) it has learned from; empty when not recorded.
    :param trained: as-of date of its training (ISO); empty when not recorded.
    """

    version: str
    newest_labels: str
    trained: str = ""


@dataclass(frozen=True, kw_only=True)
class PolicyState(Record, kind=POLICY_STATE):
    """What the policy remembers from one day to the next.

    :param watermark: the newest ISO date that was decided about.
    :param last_retraining: the date on which a retraining was last decided; the cooldown counts from it.
    :param last_evidence: the evidence that led to it, 16 hexadecimal digits.
    :param last_worse: the date on which a retraining was last decided because performance was worse.
    :param last_worse_version: the champion that was worse; None where any may have been.
    :param pending: run id of the last retraining as long as nobody has seen that it was started; see
        :mod:`include.monitoring.policy.exactly_once`.
    """

    watermark: str | None = None
    last_retraining: str | None = None
    last_evidence: str | None = None
    last_worse: str | None = None
    last_worse_version: str | None = None
    pending: str | None = None

    def _plain(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def _build(cls, plain: dict[str, Any]) -> Self:
        names = [field.name for field in dataclasses.fields(cls)]
        if any(not isinstance(plain.get(name), (str, type(None))) for name in names):
            raise DataError(
                f"the policy's state is {plain!r}; expected a mapping of {', '.join(names)} to texts"
            )
        for name in _DATES:
            if plain.get(name) is not None:
                as_date(plain[name], f"{name} of the policy's state")
        return cls(**{name: plain.get(name) for name in names})

    def refuse_future(self, today: date, model: str) -> None:
        """Make sure that no date is remembered that has not come: nothing would be acted on before it.

        :param today: the date by the clock, in UTC.
        :param model: name of the model, for the message.
        :raises DataError: one is; earlier versions took such a date from the form.
        """
        for name in _DATES:
            found = getattr(self, name)
            if found is not None and date.fromisoformat(found) > today:
                raise DataError(
                    f"the policy's state of {model} has {name} {found}, which lies in the future (today is "
                    f"{today.isoformat()}): nothing would be acted on before that day. Look at it with "
                    f"`bin/mlops policy {model}`, and start it anew with `bin/mlops policy {model} --reset`."
                )

    def started(self) -> PolicyState:
        """Return the state once the pending retraining is known to have been started."""
        return replace(self, pending=None)

    @property
    def cooling_since(self) -> str | None:
        """The date from which the cooldown counts: that of a retraining which really was started."""
        return None if self.pending is not None else self.last_retraining

    def worse_since(self, version: str) -> str | None:
        """Return when a retraining was last started because this champion was worse; None if none was.

        :param version: the champion's version.
        """
        known = self.last_worse_version in {None, version}
        return self.last_worse if known and self.pending is None else None

    @property
    def acted_on(self) -> str | None:
        """The evidence for which a retraining really was started."""
        return None if self.pending is not None else self.last_evidence


@dataclass(frozen=True, kw_only=True)
class PolicyInputs:
    """Everything a decision is made from.

    :param findings: windows up to ``as_of``, oldest first, one for each partition.
    :param model: name of the model.
    :param champion: None before the first promotion.
    :param as_of: the as-of date of the decision (ISO).
    :param new_labels: labelled rows that the champion has not learned from.
    :param state: what was decided before.
    :param limits: ``monitoring.policy`` of ``model.yaml``.
    :param missing: deliveries up to ``as_of`` that were not looked at.
    """

    findings: tuple[WindowFinding, ...]
    model: str
    champion: Champion | None
    as_of: str
    new_labels: int
    state: PolicyState
    limits: Policy
    missing: tuple[MissingDelivery, ...] = ()

    @property
    def newest(self) -> tuple[WindowFinding, ...]:
        """The newest windows, as many as the policy looks at."""
        return self.findings[-self.limits.windows :]

    def with_findings(self, findings: Iterable[WindowFinding]) -> PolicyInputs:
        """Return the inputs with some windows in place of those of the same partition, or added."""
        known = {finding.partition: finding for finding in (*self.findings, *findings)}
        return replace(self, findings=tuple(known[partition] for partition in sorted(known)))


def as_date(text: str, what: str) -> date:
    """Return an ISO date.

    :param text: such as ``2005-08-31``.
    :param what: what it is, for the message.
    :raises DataError: no date, or one in another notation.
    """
    try:
        found = date.fromisoformat(text)
    except (TypeError, ValueError):
        found = None
    if found is None or found.isoformat() != text:
        raise DataError(f"{what} is {text!r}; expected an ISO date such as 2005-08-31")
    return found
