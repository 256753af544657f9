"""Which version of a model is meant: ``credit_risk@champion`` or ``credit_risk/3``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = re.compile(r"(?P<model>[a-z][a-z0-9_]*)(?:@(?P<alias>[A-Za-z][\w.-]*)|[/@]v?(?P<version>[1-9]\d*))?")
_DEFAULT = "champion"


@dataclass(frozen=True, kw_only=True)
class VersionReference:
    """A version by its number or by an alias; one of the two is empty.

    :param model: name of the model.
    :param alias: such as ``champion``.
    :param version: such as ``3``.
    """

    model: str
    alias: str = ""
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what somebody typed; a name alone means the champion.

        :param text: ``MODEL``, ``MODEL@ALIAS`` or ``MODEL/VERSION``.
        :raises ConfigError: it has another form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise ConfigError(
                f"{text!r} names no version of a model: expected MODEL@ALIAS, such as credit_risk@champion, "
                f"or "
                "MODEL/VERSION, such as credit_risk/3"
            )
        version = found["version"] or ""
        alias = found["alias"] or ("" if version else _DEFAULT)
        return cls(model=found["model"], alias=alias, version=version)

    def number(self, aliases: Mapping[str, str]) -> str:
        """Return the number of the version.

        :param aliases: each alias of the model with its version.
        :raises ConfigError: the model has no such alias.
        """
        if self.version:
            return self.version
        if self.alias in aliases:
            return aliases[self.alias]
        near = get_close_matches(self.alias, aliases, n=1)
        known = ", ".join(f"{alias} (version {version})" for alias, version in sorted(aliases.items()))
        hint = f"Did you mean {self.model}@{near[0]}? " if near else ""
        there = f"It has {known}." if known else "It has none: no version was ever registered or promoted."
        raise ConfigError(f"The model {self.model!r} has no alias {self.alias!r}. {hint}{there}")

    def __str__(self) -> str:
        return f"{self.model}@{self.alias}" if self.alias else f"{self.model}/{self.version}"
