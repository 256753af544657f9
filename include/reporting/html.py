"""What the pages of this project have in common: one file, no script, nothing loaded from elsewhere.

Values come from data and are not to be trusted: each text is escaped where it is put in, and every page
forbids the browser to load or run anything.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from include.media import html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.verdicts import Verdict

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; --odd: #9a6700; --good:
#1a7f37 } @media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --odd: #e3b341; --good: #56d364 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.outcome { font-size: 1.1rem; margin: .25rem 0 1rem } .bad { color: var(--bad) } .odd { color: var(--odd) }
.good { color: var(--good) }
dl { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 0 } dt { opacity: .7 } dd { margin: 0;
font-weight: 600 } .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line) }
th { background: var(--soft); white-space: nowrap } img { max-width: 100%; background: #fff }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere } .why { opacity: .75; font-size: .9em }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_OUTCOME_STYLES = {True: "good", False: "bad", None: ""}


def render(title: str, body: str) -> str:
    """Return a whole page.

    :param title: the window's title, plain text.
    :param body: HTML whose texts are escaped already.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{html(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""


def facts(found: Mapping[str, str]) -> str:
    """Return names and values in one line; both are escaped here."""
    items = "".join(
        f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>" for name, value in found.items()
    )
    return f"<dl>{items}</dl>"


def table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table.

    :param names: the heads of its columns, escaped here.
    :param rows: cells of HTML whose texts are escaped already.
    """
    head = "".join(f"<th>{html(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def image(png: bytes, description: str) -> str:
    """Return a picture that is part of the page.

    :param png: the bytes of a PNG file.
    :param description: what it shows, for people who don't see it.
    """
    return f'<img alt="{html(description)}" src="data:image/png;base64,{b64encode(png).decode()}">'


def verdict_section(verdict: Verdict, style: str) -> str:
    """Return a verdict: the decision, each rule, and what would have changed the decision.

    :param verdict: the decision.
    :param style: how the decision looks: ``good``, ``odd`` or ``bad``.
    """
    rows = [
        (
            f'<span class="{_OUTCOME_STYLES[reason.passed]}">{reason.outcome}</span>',
            html(reason.rule),
            html(reason.found),
            html(reason.required),
        )
        for reason in verdict.reasons
    ]
    changes = "".join(f"<li>{html(sentence)}</li>" for sentence in verdict.counterfactuals)
    return (
        f'<p class="outcome {style}"><b>{html(verdict.decision)}</b>: {html(verdict.summary)}</p>'
        + (table(("outcome", "rule", "found", "required"), rows) if rows else "")
        + (f"<p>What would have changed the decision:</p><ul>{changes}</ul>" if changes else "")
    )
