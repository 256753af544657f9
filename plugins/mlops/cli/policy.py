"""``bin/mlops policy``: what the policy remembers of a model, read and reset through Airflow's REST API.

It is kept in the asset state store (:mod:`mlops.monitoring.policy_state`), which tasks reach by their
context and people by ``/api/v2/assets/{id}/state-store`` (Airflow 3.3).
"""

from __future__ import annotations

import getpass
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.configuration import conf
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.errors import ConfigError, DataError
from include.monitoring.drift.remembered import RememberedDrift
from include.promotion.alias_plan import decision_id
from include.reporting.text_table import text_table
from include.verdicts import Verdict
from mlops.cli.airflow_api import AirflowApi
from mlops.cli.chosen_environment import entered_environment
from mlops.cli.local_connections import demo_airflow, use_connections
from mlops.cli.output import show
from mlops.hooks.mlflow import MlflowHook
from mlops.tracking.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 10.0  # seconds; a person is waiting
_KEYS = ("policy", "drift")
_MEANING = {
    "watermark": "newest date that was decided about; nothing is acted on before it",
    "last_retraining": "date of the last retraining; the cooldown counts from it",
    "last_evidence": "evidence that led to it",
    "last_worse": "date of the last retraining because performance was worse",
    "last_worse_version": "the champion that was worse",
    "pending": "retraining that has not been seen to start yet",
}


def run(model: str, *, reset: bool = False, yes: bool = False, as_json: bool = False) -> int:
    """Print what the policy remembers of a model, or reset it; return the exit code.

    :param model: its name.
    :param reset: whether to clear it.
    :param yes: do not ask.
    :param as_json: whether to print JSON.
    """
    use_connections()
    kept = RememberedPolicy(airflow_api(), model)
    if reset:
        return reset_policy(kept, Ledger(MlflowHook(), model), model, sure=yes, as_json=as_json)
    entries = kept.entries()
    show(as_json, entries, lambda: policy_table(entries))
    return 0


def airflow_api() -> AirflowApi:
    """Return a client of the Airflow whose connections are in use.

    :raises ConfigError: its address is not known.
    """
    try:
        known = BaseHook.get_connection("airflow_api_default")
    except AirflowNotFoundException:
        entered = entered_environment()
        if entered is not None and not entered.content.from_airflow:
            raise ConfigError(
                f"Environment {entered.name} has no connection 'airflow_api_default', which leads to "
                "its Airflow: add it, or run this on that Airflow's workers."
            ) from None
        address = demo_airflow() or conf.get("api", "base_url", fallback="") or "http://127.0.0.1:8080"
        return AirflowApi(address, patience=_PATIENCE)
    scheme, given, host = (known.host or "").rstrip("/").rpartition("://")
    port = f":{known.port}" if known.port else ""
    address = f"{scheme if given else known.schema or 'http'}://{host}{port}"
    return AirflowApi(address, login=known.login or "", password=known.password or "", patience=_PATIENCE)


class RememberedPolicy:
    """The entries of one model in Airflow's asset state store.

    :param api: Airflow's API.
    :param model: name of the model.
    """

    def __init__(self, api: AirflowApi, model: str) -> None:
        self._api = api
        self._model = model

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return what is kept, by key: value, when it was written and by whom.

        :raises ConfigError: Airflow knows no such model.
        """
        found = self._api.call("GET", f"assets/{self._asset()}/state-store?limit=100")["asset_state_store"]
        return {entry["key"]: entry for entry in found if entry["key"] in _KEYS}

    def reset(self) -> None:
        """Forget everything: the next run decides as the first one did."""
        asset = self._asset()
        for key in _KEYS:
            self._api.call("DELETE", f"assets/{asset}/state-store/{key}")

    def _asset(self) -> int:
        uri = f"mlops://models/{self._model}"
        found = self._api.call("GET", f"assets?limit=1000&uri_pattern={quote(uri, safe='')}")["assets"]
        ids = [int(asset["id"]) for asset in found if asset["uri"] == uri]
        if not ids:
            raise ConfigError(
                f"Airflow knows no model {self._model!r} (asset {uri}). `bin/mlops models` lists the models; "
                "their DAGs have to be parsed once."
            )
        return ids[0]


def policy_table(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what is remembered as a table for a terminal."""
    if not entries:
        return "nothing is remembered: no decision yet, or it was reset"
    rows = []
    state = entries.get("policy", {}).get("value")
    for name, meaning in _MEANING.items():
        found = state.get(name) if isinstance(state, dict) else None
        rows.append((name, str(found if found is not None else "-"), meaning))
    if (found := entries.get("drift", {}).get("value")) is not None:
        rows += _drift_rows(found)
    written = max((str(entry.get("updated_at", "")) for entry in entries.values()), default="")
    return text_table(("what", "value", "meaning"), rows) + f"\nwritten {written}"


def _drift_rows(found: Any) -> list[tuple[str, str, str]]:
    """Return a row for each decision of the drift check; one that is damaged must not keep from a reset."""
    try:
        drift = RememberedDrift.from_dict(found)
    except DataError as error:
        return [("drift", "?", str(error))]
    return [
        (f"drift {partition}", decision.value, f"against version {drift.version}")
        for partition, decision in sorted(drift.windows.items())
    ]


def reset_policy(
    kept: RememberedPolicy, ledger: Ledger, model: str, *, sure: bool, as_json: bool = False
) -> int:
    """Clear what is remembered, after a question, with an entry in the ledger; return the exit code.

    :param kept: what is remembered.
    :param ledger: the model's ledger.
    :param model: its name.
    :param sure: do not ask.
    :param as_json: whether to print JSON.
    """
    before = kept.entries()
    content: dict[str, Any] = {
        "reset": False, "before": {key: entry["value"] for key, entry in before.items()},
    }  # fmt: skip
    if not before:
        show(as_json, content, lambda: policy_table(before))
        return 0
    sys.stderr.write(policy_table(before) + "\n")
    if not sure:
        sys.stderr.write(f"Forget all this of {model}? The next run decides as the first one did. [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            show(as_json, content, lambda: "nothing was changed")
            return 1
    who = getpass.getuser()
    verdict = Verdict(
        kind="policy reset",
        decision="reset",
        subject=model,
        summary=f"{who} reset what the policy remembers; watermark was {_watermark(before)}",
        reasons=(),
        inputs={"before": content["before"]},
    )
    identifier = decision_id(model, "policy reset", f"{who} {time.time_ns()}")
    entry = ledger.record_planned(
        identifier,
        verdict,
        plan={},
        decided_by=f"{who} by bin/mlops",
        tags={},
    )
    kept.reset()
    ledger.record_applied(entry, verdict)
    content |= {"reset": True, "decision_id": identifier}
    show(as_json, content, lambda: f"{verdict.summary}. It is in the ledger: bin/mlops ledger {model}")
    return 0


def _watermark(entries: Mapping[str, Mapping[str, Any]]) -> str:
    value = entries.get("policy", {}).get("value")
    return str(value.get("watermark") or "none") if isinstance(value, dict) else "unreadable"
