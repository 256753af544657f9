"""The base model of the schema, and the types that its models share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
SEED_LIMIT = 2**32 - 1  # the largest seed that NumPy and scikit-learn take
Seed = Annotated[int, Field(ge=0, le=SEED_LIMIT)]
OFF = "off"
STORED = {"stored": True}
"""The context in which a configuration is validated that was dumped before: None is what was ``off``."""
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$")]
ColumnName = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]  # one line, no blanks around it


class StrictModel(BaseModel):
    """Part of a configuration file: frozen, strict (no text where a number belongs), no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def or_off(section: type[StrictModel]) -> BeforeValidator:
    """Return the reader of a section that may be turned off: ``off`` in the file, None in the configuration.

    YAML 1.1 reads a bare ``off`` as false. An empty entry is an error: it would look like ``off``.

    :param section: the model of the section.
    """

    def read(found: Any, info: ValidationInfo) -> Any:
        if found is False or found == OFF or (found is None and info.context == STORED):
            return None
        if isinstance(found, (dict, section)):
            return found
        keys = ", ".join(section.model_fields)
        raise PydanticCustomError("section_or_off", f"expected {OFF}, or a mapping of {keys} to values")

    return BeforeValidator(read)
