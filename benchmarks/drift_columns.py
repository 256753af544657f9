"""The columns of :mod:`benchmarks.drift_source`, for programs that must not import what draws them."""

from __future__ import annotations

NUMBERS = [f"x{place:02}" for place in range(20)]
SIZES = {"c2": 2, "c4": 4, "c10": 10, "c50": 50, "c300": 300}  # categories, with the number of their values
FEATURES = [*NUMBERS, *SIZES]
