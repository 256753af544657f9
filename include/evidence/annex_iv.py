"""The technical documentation that Annex IV of the EU AI Act asks for, point by point.

Regulation (EU) 2024/1689, Article 11(1) and Annex IV, shortened. Each point says what of it the pack holds,
and
what only the provider can write: a pack is the evidence behind the documentation, not the documentation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Source(StrEnum):
    """Where the content of a point comes from."""

    GENERATED = "generated"
    PART = "generated in part"
    PROVIDER = "for the provider to complete"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the annex.

    :param number: as the annex counts, such as ``2(g)``.
    :param asks: what it asks for, shortened.
    :param source: where its content comes from.
    :param found_in: files of the pack that hold it; empty where none does.
    :param missing: what the provider has to add; empty where nothing is.
    """

    number: str
    asks: str
    source: Source
    found_in: tuple[str, ...] = ()
    missing: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def _generated(number: str, asks: str, *found_in: str) -> Point:
    return Point(number=number, asks=asks, source=Source.GENERATED, found_in=found_in)


def _part(number: str, asks: str, missing: str, *found_in: str) -> Point:
    return Point(number=number, asks=asks, source=Source.PART, found_in=found_in, missing=missing)


def _provider(number: str, asks: str, missing: str) -> Point:
    return Point(number=number, asks=asks, source=Source.PROVIDER, missing=missing)


ANNEX_IV = (
    _part(
        "1(a)", "intended purpose, name of the provider, version and its relation to earlier ones",
        "name of the provider; the purpose beyond the question in model.yaml",
        "evidence/version.json", "evidence/ledger.json", "model/README.md",
    ),
    _provider("1(b)", "interaction with hardware, software, other AI systems", "what uses predictions, how"),
    _generated(
        "1(c)", "versions of relevant software", "evidence/environment.json", "sbom.cdx.json",
    ),
    _provider("1(d)", "forms in which it is placed on the market or put into service", "the forms"),
    _provider("1(e)", "hardware it is intended to run on", "the hardware"),
    _provider("1(f)", "photographs or illustrations, of a component of a product", "these, where it applies"),
    _provider("1(g)", "user interface provided to the deployer", "its description"),
    _provider("1(h)", "instructions for use", "the instructions"),
    _part(
        "2(a)", "methods and steps of development, pre-trained systems and tools of third parties",
        "why these methods", "evidence/training.json", "model/estimator.py", "sbom.cdx.json",
    ),
    _part(
        "2(b)", "design: logic, assumptions, choices, what is optimised for, expected output",
        "rationale, assumptions and trade-offs", "model/model.yaml", "model/estimator.py",
        "evidence/limits.json",
    ),
    _part(
        "2(c)", "architecture; computational resources used",
        "resources other than those of training", "evidence/training.json",
    ),
    _part(
        "2(d)", "data: provenance, scope, characteristics, selection, labelling, cleaning",
        "how the data was obtained and labelled, where the model's README does not say",
        "evidence/data.json", "model/contract.yaml", "model/README.md",
    ),
    _part(
        "2(e)", "human oversight measures (Article 14)",
        "their assessment", "evidence/approvals.json",
    ),
    _part(
        "2(f)", "pre-determined changes and continuous compliance",
        "which changes are foreseen beyond retraining", "evidence/limits.json", "evidence/ledger.json",
    ),
    _part(
        "2(g)", "validation and testing: data, metrics, discriminatory impacts, logs, signed reports",
        "signatures of the responsible persons, beyond that of the pack",
        "evidence/metrics.json", "evidence/slices.json", "evidence/fairness.json", "evidence/evaluation.json",
    ),
    _provider("2(h)", "cybersecurity measures", "the measures of the installation"),
    _part(
        "3", "capabilities and limitations, accuracy for groups of persons, risks, oversight, input data",
        "foreseeable unintended outcomes and risks",
        "evidence/metrics.json", "evidence/slices.json", "evidence/fairness.json", "model/contract.yaml",
    ),
    _part(
        "4", "appropriateness of the performance metrics",
        "why these metrics suit the purpose", "evidence/limits.json",
    ),
    _provider("5", "risk management system (Article 9)", "its description"),
    _generated("6", "changes made through the lifecycle", "evidence/ledger.json"),
    _provider("7", "harmonised standards applied, or the solutions in their place", "the list"),
    _provider("8", "EU declaration of conformity (Article 47)", "a copy"),
    _part(
        "9", "evaluation of performance after it is on the market (Article 72)",
        "the post-market monitoring plan", "evidence/limits.json",
    ),
)  # fmt: skip
"""The points of the annex, in its order."""
