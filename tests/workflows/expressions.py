"""The few expressions of GitHub's workflows that are used here; any other is refused, and not guessed at.

Grammar and meaning: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXTS = {"github", "inputs", "vars", "secrets", "matrix", "needs", "steps", "env"}
STATUS = {"success", "failure", "always"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>\|\||&&|[!=]=|[!()]))"
)
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", flags=re.DOTALL)


class UnknownExpressionError(Exception):
    """An expression that this evaluator does not know."""


def fill(text: str, contexts: Mapping[str, Any]) -> Any:
    """Return a text with its ``${{ }}`` filled in; of a text that is one of them, its value.

    :param text: such as ``model-${{ github.ref }}``.
    :param contexts: by name, nested mappings.
    :raises UnknownExpressionError: it uses what is not known here.
    """
    if (only := _WHOLE.fullmatch(text.strip())) and "${{" not in only[1]:
        return evaluate(only[1], contexts)
    return _WHOLE.sub(lambda found: _as_text(evaluate(found[1], contexts)), text)


def holds(condition: str, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Return whether an ``if:`` lets a step or a job run.

    :param condition: as written; empty for none.
    :param contexts: by name, nested mappings.
    :param failed: whether something before it has failed: without a word on that, this alone ends it.
    """
    text = condition.strip().removeprefix("${{").removesuffix("}}") or "success()"
    asks = any(re.search(rf"\b{name}\(", text) for name in STATUS)
    return (asks or not failed) and bool(evaluate(text, {**contexts, "failed": failed}))


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    :param text: without ``${{ }}``.
    :param contexts: by name; a property that a known one lacks is None, as on GitHub.
    :raises UnknownExpressionError: it uses what is not known here.
    """
    parser = _Parser(_split(text), contexts)
    value = parser.either()
    if parser.left:
        raise UnknownExpressionError(f"{text!r}: {parser.left[0]!r} was not expected")
    return value


def _split(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise UnknownExpressionError(f"{text!r}: {text[at:].strip()[:20]!r} is not known here")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent; what is not asked for is evaluated as well, since nothing has a side effect."""

    def __init__(self, tokens: list[str], contexts: Mapping[str, Any]) -> None:
        self.left = tokens
        self.contexts = contexts

    def either(self) -> Any:
        value = self.both()
        while self._take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self._take("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        for sign in ("==", "!="):
            if self._take(sign):
                other = self.single()
                same = _as_text(value).lower() == _as_text(other).lower()  # GitHub compares so
                return same is (sign == "==")
        return value

    def single(self) -> Any:
        if self._take("!"):
            return not self.single()
        if self._take("("):
            value = self.either()
            self._need(")")
            return value
        token = self.left.pop(0) if self.left else ""
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._take("("):
            return self._call(token)
        return self._look_up(token)

    def _call(self, name: str) -> Any:
        if name in STATUS:
            self._need(")")
            failed = bool(self.contexts.get("failed"))
            return {"success": not failed, "failure": failed, "always": True}[name]
        if name == "fromJSON":
            value = self.either()
            self._need(")")
            return json.loads(value)
        raise UnknownExpressionError(f"{name}() is not known here")

    def _look_up(self, path: str) -> Any:
        root, *names = path.split(".")
        if root not in CONTEXTS or not names:
            raise UnknownExpressionError(
                f"{path!r} is not known here; expected a property of {sorted(CONTEXTS)}"
            )
        found = self.contexts.get(root)
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def _take(self, token: str) -> bool:
        if self.left[:1] != [token]:
            return False
        self.left.pop(0)
        return True

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise UnknownExpressionError(f"{token!r} is missing before {self.left[:1]}")


def _as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
