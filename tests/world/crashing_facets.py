"""Facets that crash: Airflow imports this module where its setting ``[openlineage] extractors`` names it."""

from __future__ import annotations

from typing import Any

from airflow.providers.openlineage.extractors import BaseExtractor

from mlops.openlineage.extractors import EXTRACTORS


class NoOperator(BaseExtractor):
    """An extractor of no operator."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        return []

    def _execute_extraction(self) -> None: ...


def crash(task: Any) -> None:
    raise RuntimeError("a fault in the facets")


EXTRACTORS["ExtractDataOperator"] = crash  # type: ignore[assignment]
