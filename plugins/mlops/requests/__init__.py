"""What a person may ask for on a model's page, and how each of it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.requests.acknowledge import ACKNOWLEDGE
from mlops.requests.reject import REJECT
from mlops.requests.release import RELEASE

if TYPE_CHECKING:
    from mlops.requests.base import Request

REQUESTS: dict[str, Request] = {one.name: one for one in (RELEASE, REJECT, ACKNOWLEDGE)}
