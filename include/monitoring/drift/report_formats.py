"""The formats that drift reports are or were stored in."""

from __future__ import annotations

from typing import Any

from include.monitoring.drift.decision import rename_status
from include.names import PREDICTIONS, internal
from include.records import RecordKind


def _name_predictions(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 2 gives predictions a name that no feature can have, and names features that are left out."""
    found = fields["predictions"]
    return {"left_out": [], **fields, "predictions": found and {**found, "name": internal(PREDICTIONS)}}


_RENAMED = {
    "moves": "results",
    "knew_one_value": "constant_in_training",
    "normal": "critical_value",
    "variation": "between_day_variation",
}


def _use_standard_terms(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 3 has other names for what is known of a column, and for what was found."""

    def rename(old: dict[str, Any]) -> dict[str, Any]:
        return {_RENAMED.get(name, name): value for name, value in old.items()}

    def rename_column(old: dict[str, Any]) -> dict[str, Any]:
        column = rename(old)
        results = [{**rename(one), "status": rename_status(one["status"])} for one in column["results"]]
        return {**column, "results": results}

    columns = [rename_column(column) for column in fields["columns"]]
    predictions = fields["predictions"] and rename_column(fields["predictions"])
    return {**fields, "columns": columns, "predictions": predictions}


def _follow_probabilities(fields: dict[str, Any]) -> dict[str, Any]:
    """Format 4 knows tasks of more than two classes, and shifts that are a share."""
    return {**fields, "probabilities": [], "shift_of": "", "shift_unit": ""}


DRIFT_REPORT = RecordKind(
    name="drift report",
    remedy="remove the file and clear the task drift_check, which writes it again",
    upgrades=(_name_predictions, _use_standard_terms, _follow_probabilities),
)
