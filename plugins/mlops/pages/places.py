"""Where the pages stand in Airflow's UI: an entry of the navigation, and a tab of DAGs, runs and tasks.

An address begins without a slash, so that it holds below a base URL with a path. ``url_route`` has to differ
between all views of all plugins, or else Airflow leaves the second one out.
"""

from __future__ import annotations

from typing import Any

_ICONS = {"icon": "mlops/static/icon.svg", "icon_dark_mode": "mlops/static/icon.svg"}
_DAG, _RUN = "dag_id={DAG_ID}", "run_id={RUN_ID}"
_TABS = {
    "dag": ("model", _DAG),
    "dag_run": ("model-run", f"{_DAG}&{_RUN}"),
    "task_instance": ("model-task", f"{_DAG}&{_RUN}&task_id={{TASK_ID}}"),
}


def external_views() -> list[dict[str, Any]]:
    """Return what a plugin of Airflow calls ``external_views``."""
    entry = {"destination": "nav", "url_route": "models", "href": "mlops/models", "nav_top_level": True}
    tabs = [
        {"name": "Model", "destination": place, "url_route": route, "href": f"mlops/tab?{query}", **_ICONS}
        for place, (route, query) in _TABS.items()
    ]
    return [{"name": "Models", **entry, **_ICONS}, *tabs]
