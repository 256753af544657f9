"""What came of making a version again: what was compared, what differs, and the answer in one sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from include.reporting.text_table import text_table

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as it was.

    :param what: such as ``roc_auc`` or ``customer_id=17``.
    :param recorded: what was recorded of it, all digits.
    :param found: what was found now.
    :param note: how far apart they are; empty where that can't be said.
    """

    what: str
    recorded: str
    found: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was compared.

    :param what: such as ``metrics``.
    :param identical: whether it is what was recorded.
    :param summary: how much was compared, or how much differs.
    :param differences: the first ones, where there are any.
    """

    what: str
    identical: bool
    summary: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What came of making a version again.

    :param subject: such as ``credit_risk version 3``.
    :param findings: what was compared, in order: the data before what was learned from it.
    :param circumstances: what may explain a difference and is none itself: versions of libraries and of
        Python.
    :param notes: where code and data came from.
    """

    subject: str
    findings: tuple[Finding, ...]
    circumstances: tuple[Difference, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def identical(self) -> bool:
        """Whether all that was compared is what was recorded."""
        return all(one.identical for one in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "subject": self.subject,
            "identical": self.identical,
            "findings": [asdict(one) for one in self.findings],
            "circumstances": [asdict(one) for one in self.circumstances],
            "notes": dict(self.notes),
        }

    def to_text(self) -> str:
        """Return it for a terminal: what was compared, what differs, and the answer last."""
        rows = [(name, text) for name, text in self.notes.items()]
        rows += [
            (one.what, f"{'identical' if one.identical else 'DIFFERS'}: {one.summary}")
            for one in self.findings
        ]
        lines = [self.subject, _indent("\n".join(f"{name:<14}  {text}" for name, text in rows))]
        for one in self.findings:
            if one.differences:
                lines += ["", f"{one.what}:", _indent(_table(one.differences))]
        if self.circumstances:
            lines += ["", "of other versions than in training:", _indent(_table(self.circumstances))]
        lines += ["", f"{self.subject}: {self.answer}"]
        return "\n".join(lines)

    @property
    def answer(self) -> str:
        """The answer as one sentence."""
        if self.identical:
            return "identical"
        parts = ", ".join(one.what for one in self.findings if not one.identical)
        others = ", ".join(one.what for one in self.circumstances)
        return f"differs in {parts}{f'; of other versions than in training: {others}' if others else ''}"


def _table(differences: tuple[Difference, ...]) -> str:
    rows = [(one.what, one.recorded, one.found, one.note) for one in differences]
    return text_table(("", "recorded", "now", ""), rows)


def _indent(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
