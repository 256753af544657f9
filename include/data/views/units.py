"""The unit of instants; imports nothing, for those who only read what was joined."""

from __future__ import annotations

DAY = 86_400_000_000  # microseconds
