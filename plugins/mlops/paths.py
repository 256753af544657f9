"""Where this project lies; imports nothing that takes long."""

from __future__ import annotations

from pathlib import Path

import include

PROJECT_ROOT = Path(include.__file__).resolve().parents[1]
MODELS_ROOT = PROJECT_ROOT / "include" / "models"
