"""Make the pack of evidence of a version: what is gathered, and the card that shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from include.evidence.card import card_markdown, card_page
from include.evidence.sections import card_sections
from mlops.evidence.gather import gather

if TYPE_CHECKING:
    from pathlib import Path

    from include.config.schema import ModelConfig
    from mlops.evidence.version import RecordedVersion
    from mlops.hooks.mlflow import MlflowHook
    from mlops.hooks.object_store import ObjectStoreHook
    from mlops.tracking.ledger import Ledger

CARD = "card.md"
_EVIDENCE = "evidence/"


def make_card(
    hook: MlflowHook,
    store: ObjectStoreHook,
    ledger: Ledger,
    version: RecordedVersion,
    *,
    config: ModelConfig,
    folder: Path,
    scratch: Path,
) -> dict[str, bytes]:
    """Return the files of a pack, the card among them; parameters and errors as :func:`gather`."""
    files = gather(hook, store, ledger, version, config=config, folder=folder, scratch=scratch)
    evidence = {
        name.removeprefix(_EVIDENCE).removesuffix(".json"): json.loads(content)
        for name, content in files.items()
        if name.startswith(_EVIDENCE)
    }
    readme = files.get("model/README.md", b"").decode("utf-8", errors="replace")
    sections = card_sections(evidence, readme)
    title = f"Model card: {version.title}"
    return {
        **files,
        CARD: card_markdown(title, sections).encode(),
        "card.html": card_page(title, sections).encode(),
    }
