"""Whether a folder still holds what another model's says, word for word: a copy that was not adapted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from include.config.schema import ModelConfig
    from include.validation.contract.contract import Contract, Rule

_FEW = 2  # rules that two teams may come to by themselves


class Folder(NamedTuple):
    """What is compared of a model's folder.

    :param config: its ``model.yaml``.
    :param contract: its ``contract.yaml``.
    """

    config: ModelConfig
    contract: Contract


def find_borrowed(folders: Mapping[str, Folder]) -> dict[str, list[str]]:
    """Return, for each model with rules of another one, what is the same, a text for each.

    Models that read the same table are left alone: what holds in it, holds for all of them. A rule is the
    same where its reason is, too.

    :param folders: the folders by the names of their models.
    """
    found = {name: list(_borrowed(name, folders)) for name in folders}
    return {name: texts for name, texts in found.items() if texts}


def _borrowed(name: str, folders: Mapping[str, Folder]) -> Iterator[str]:
    own = folders[name]
    rules = _rules(own.contract)
    for other, folder in folders.items():
        if other == name or folder.config.source == own.config.source:
            continue
        same = len(rules & _rules(folder.contract))
        floors = own.config.gate.floors == folder.config.gate.floors
        if same <= _FEW or 2 * same < len(rules):
            continue
        yield (
            f"{same} of {len(rules)} rules in contract.yaml are those of {other}, with the same reasons"
            f"{', and so are all floors of the gate' if floors else ''}: they say what holds in its data. "
            "Write your own, or let `bin/mlops new-model` learn them from yours under another name"
        )


def _rules(contract: Contract) -> set[str]:
    return {to_json(rule.model_dump(mode="json"), sort_keys=True) for rule in _all(contract)}


def _all(contract: Contract) -> Iterator[Rule]:
    yield from contract.features
    yield from contract.labels
