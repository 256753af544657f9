"""What the policy remembers of a model from run to run, in Airflow's asset state store.

The store keeps JSON values by key on an asset, across runs and without expiry; a task reaches those of its
inlets. It has neither transactions nor compare-and-set, and Airflow empties it when no DAG names the asset
any more (a model folder that is gone for an hour). :mod:`include.monitoring.policy.exactly_once` is built
for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import DataError
from include.monitoring.drift.remembered import RememberedDrift
from include.monitoring.policy.inputs import PolicyState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Asset, Context

    from include.monitoring.drift.decision import DriftDecision

_STATE, _DRIFT = "policy", "drift"


class PolicyStore:
    """Reads and writes what the policy remembers of one model.

    Two keys: ``policy`` holds a :class:`PolicyState`, ``drift`` a :class:`RememberedDrift` of the newest
    deliveries, because it looks at one a day and the policy at several.

    :param context: the context of a task that has its asset among its inlets.
    :param asset: that asset.
    """

    def __init__(self, context: Context, asset: Asset) -> None:
        self.asset = asset
        self._values = context["asset_state_store"][asset]

    def read(self) -> PolicyState:
        """Return what was remembered; nothing before the first decision.

        :raises DataError: something else stands there.
        """
        found = self._values.get(_STATE)
        try:
            return PolicyState() if found is None else PolicyState.from_dict(found)
        except DataError as error:
            raise DataError(
                f"asset {self.asset.name!r}, key {_STATE!r} of its state store: {error}"
            ) from error

    def write(self, state: PolicyState) -> None:
        """Remember a state."""
        self._values.set(_STATE, state.to_dict())

    def drift(self, version: str) -> dict[str, DriftDecision]:
        """Return the decisions of the drift check that are remembered: partition to decision.

        :param version: the champion's version; decisions about another one do not count.
        :raises DataError: something else stands there.
        """
        found: Any = self._values.get(_DRIFT)
        if found is None:
            return {}
        remembered = RememberedDrift.from_dict(found)
        return dict(remembered.windows) if remembered.version == version else {}

    def remember_drift(self, version: str, windows: Mapping[str, DriftDecision], keep: int) -> None:
        """Remember the decisions of the drift check.

        :param version: the champion's version.
        :param windows: partition to decision.
        :param keep: how many of the newest to keep.
        """
        newest = {partition: windows[partition] for partition in sorted(windows)[-keep:]}
        self._values.set(_DRIFT, RememberedDrift(version=version, windows=newest).to_dict())
