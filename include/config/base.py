"""What every section of a configuration file has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$")]


class Section(BaseModel):
    """A section is frozen, strict (no text where a number belongs) and refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
