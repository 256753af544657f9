"""Contracts are checked against a model folder: the one that the tests of configuration break."""

from tests.core.config.conftest import edit, folder, issues

__all__ = ["edit", "folder", "issues"]
