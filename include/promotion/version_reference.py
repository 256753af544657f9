"""Which version of a model is meant: ``credit_risk@champion``, ``credit_risk@3`` or ``credit_risk/3``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from include.config.config_errors import nearest
from include.errors import ConfigError
from include.promotion.alias_plan import CHAMPION

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = re.compile(r"(?P<model>[^@/\s]+)(?:(?P<sign>[@/])(?P<which>[^@/\s]+))?")
_NUMBER = re.compile(r"v?0*(?P<number>[1-9][0-9]*)")  # MLflow has no aliases of this form
_ALIAS = re.compile(r"[A-Za-z_][\w.-]*")


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

        :param text: ``MODEL``, ``MODEL@ALIAS``, ``MODEL@VERSION`` or ``MODEL/VERSION``; ``v3`` is ``3``.
        :raises ConfigError: it has another form.
        """
        found = _FORM.fullmatch(text)
        which = found["which"] if found else None
        by_number = which is not None and _NUMBER.fullmatch(which)
        by_alias = which is None or (found is not None and found["sign"] == "@" and _ALIAS.fullmatch(which))
        if found is None or not (by_number or by_alias):
            raise ConfigError(
                f"{text!r} names no version of a model: expected MODEL@ALIAS, such as credit_risk@champion, "
                "or MODEL@VERSION or MODEL/VERSION, such as credit_risk/3."
            )
        return cls.of(found["model"], which or CHAMPION)

    @classmethod
    def of(cls, model: str, which: str) -> Self:
        """Read which version of a known model is meant.

        :param model: name of the model.
        :param which: an alias, also as ``@champion``, or the number of a version; the model may stand before.
        :raises ConfigError: it is neither, or of another model.
        """
        name = which.strip().removeprefix("@")
        if (found := _FORM.fullmatch(name)) and found["sign"]:
            whole = cls.parse(name)
            if whole.model != model:
                raise ConfigError(
                    f"{which!r} is a version of {whole.model}; expected one of {model}, by an alias, such as "
                    f"{CHAMPION}, or a number, such as 3. Two models share no rows that both could predict."
                )
            return whole
        if number := _NUMBER.fullmatch(name):
            return cls(model=model, version=number["number"])
        if not _ALIAS.fullmatch(name):
            raise ConfigError(
                f"{which!r} names no version of {model}: expected an alias, such as {CHAMPION}, or a number, "
                "such as 3."
            )
        return cls(model=model, alias=name)

    def number(self, aliases: Mapping[str, str], where: str = "") -> str:
        """Return the number of the version.

        :param aliases: each alias of the model with its version.
        :param where: the environment that they are of, such as ``staging``; empty where there is one.
        :raises ConfigError: the model has no such alias; the nearest one is offered.
        """
        if self.version:
            return self.version
        if self.alias in aliases:
            return str(aliases[self.alias])
        near = nearest(self.alias, aliases)
        known = ", ".join(f"{alias} (version {version})" for alias, version in sorted(aliases.items()))
        hint = f"Did you mean {self.model}@{near}? " if near else ""
        there = f"It has {known}." if known else "It has none: no version was ever registered or promoted."
        place = f" in {where}" if where else ""
        raise ConfigError(f"The model {self.model!r} has no alias {self.alias!r}{place}. {hint}{there}")

    def __str__(self) -> str:
        return f"{self.model}@{self.alias}" if self.alias else f"{self.model}/{self.version}"
