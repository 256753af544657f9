"""What somebody asks the lineage of: a version of a model, or a file of predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.config.config_errors import nearest
from include.errors import ConfigError
from include.promotion.version_reference import VersionReference

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 12  # names that a message lists


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked about: a model with a version or an alias, or a file.

    :param model: the model's name; empty of a file.
    :param version: number of the version; empty where an alias is named.
    :param alias: the alias; empty where a version is named.
    :param file: path, URI or object key of a file of predictions; empty of a model.
    """

    model: str = ""
    version: str = ""
    alias: str = ""
    file: str = ""


def parse_asked(text: str) -> Asked:
    """Return what a text names.

    :param text: ``credit_risk@champion``, ``credit_risk@3``, ``credit_risk/3``, ``credit_risk`` (its
        champion), or a file that ends with ``.parquet``.
    :raises ConfigError: it is none of these.
    """
    if text.endswith(".parquet"):
        return Asked(file=text)
    try:
        found = VersionReference.parse(text)
    except ConfigError as error:
        raise ConfigError(
            f"{error} Or a file of predictions: a path, URI or object key that ends with .parquet."
        ) from None
    return Asked(model=found.model, version=found.version, alias=found.alias)


def unknown(what: str, name: str, known: Iterable[str], *, where: str) -> ConfigError:
    """Return the error for a name that nothing has, with the nearest one that something has.

    :param what: such as ``model``.
    :param name: what was asked for.
    :param known: what there is.
    :param where: where it was looked for, and what to do.
    """
    names = sorted(set(known), key=lambda one: (len(one), one) if one.isdecimal() else (0, one))
    near = next((one for one in names if name and one.startswith(name)), None) or nearest(name, names)
    hint = f" Did you mean {near!r}?" if near else ""
    listed = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST:,} more" if len(names) > _MOST else "")
    return ConfigError(f"There is no {what} {name!r}.{hint} There are: {listed or 'none'}. {where}")
