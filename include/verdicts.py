"""A verdict: one decision that explains itself.

Every gate, new-data check, drift check, policy decision and promotion returns one :class:`Verdict`. The
same object becomes the last lines of the task log, the note on the run, the artifact in MLflow and the row in
the ledger.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from include.media import log_line, markdown, markdown_table
from include.strict_json import plain

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not applicable"
_OUTCOMES = {True: PASSED, False: FAILED, None: NOT_APPLICABLE}
_BEFORE = "would_change"  # what earlier versions called the counterfactuals


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One rule, and how it came out.

    :param rule: short name of the rule, such as ``floor:roc_auc``.
    :param passed: whether it passed; None where it is not applicable (a comparison without a champion).
    :param found: what was found, as a person would read it, with its unit.
    :param required: what would have passed, as a person would read it.
    """

    rule: str
    passed: bool | None
    found: str
    required: str

    @property
    def outcome(self) -> str:
        """``passed``, ``failed`` or ``not applicable``."""
        return _OUTCOMES[self.passed]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A decision with everything it was made from.

    :param kind: what kind of decision this is: ``gate``, ``new-data check``, ``promotion`` ...
    :param decision: the outcome, one lower-case word or two: ``promote``, ``reject``, ``block``, ``skip`` ...
    :param subject: what was decided about, such as ``credit_risk candidate of 2005-05-31``.
    :param summary: the outcome and its main reason in one sentence.
    :param reasons: the rules applied, in the order they were applied.
    :param inputs: references and figures the decision was made from; JSON values only.
    :param thresholds: the configured limits that were applied; JSON values only.
    :param counterfactuals: what would have changed the decision, one sentence each.
    """

    kind: str
    decision: str
    subject: str
    summary: str
    reasons: tuple[Reason, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Any] = field(default_factory=dict)
    counterfactuals: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values (None for what is not defined); :meth:`from_dict` reads them."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Verdict:
        """Build a verdict from what :meth:`to_dict` returned, in this version or an earlier one."""
        fields = dict(values)
        before = fields.pop(_BEFORE, ())
        fields["reasons"] = tuple(Reason(**reason) for reason in values.get("reasons", ()))
        fields["counterfactuals"] = tuple(values.get("counterfactuals", before))
        return cls(**fields)

    def to_text(self) -> str:
        """Return the verdict as lines for a task log."""
        lines = [f"VERDICT {self.kind}: {self.decision.upper()} - {self.subject}", f"  {self.summary}"]
        if self.reasons:
            first = max(len(f"[{reason.outcome}]") for reason in self.reasons)
            second = max(len(log_line(reason.rule)) for reason in self.reasons)
            lines += [
                f"  {f'[{reason.outcome}]':<{first}} {log_line(reason.rule):<{second}}  {reason.found}  "
                f"(required: {reason.required})"
                for reason in self.reasons
            ]
        lines += [f"  would change the decision: {sentence}" for sentence in self.counterfactuals]
        return "\n".join(map(log_line, lines))

    def to_markdown(self) -> str:
        """Return the verdict as Markdown, for notes, approvals and MLflow."""
        title = markdown(f"{self.kind}: {self.decision} - {self.subject}")
        lines = [f"### {title}", "", markdown(self.summary), ""]
        if self.reasons:
            rows = [(r.rule, r.outcome, r.found, r.required) for r in self.reasons]
            lines += [*markdown_table(("rule", "outcome", "found", "required"), rows), ""]
        lines += [f"- would change the decision: {markdown(sentence)}" for sentence in self.counterfactuals]
        return "\n".join(lines)
