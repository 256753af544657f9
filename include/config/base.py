"""The base model of the schema, and the types that its models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
SEED_LIMIT = 2**32 - 1  # the largest seed that NumPy and scikit-learn take
Seed = Annotated[int, Field(ge=0, le=SEED_LIMIT)]
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$")]


class StrictModel(BaseModel):
    """Part of a configuration file: frozen, strict (no text where a number belongs), no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
