"""Models, columns and texts of any name: all of it is text, and none of it runs."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from include.verdicts import Reason, Verdict
from tests.adapter.pages.conftest import Models, entry
from tests.browser.browser import PHONE
from tests.browser.conftest import everything
from tests.browser.looks import faint, overflowing, unsaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.browser import Window

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(300)]

RUNS = "<img src=x onerror=\"parent.hacked='img'\"><script>parent.hacked='script'</script>"
NAMES = [
    "<img src=x onerror=parent.hacked=1>", "'\"><svg onload=parent.hacked=1>",
    RUNS, f"'\"></a><svg onload=\"parent.hacked='svg'\">{RUNS}", "javascript:parent.hacked='link'",
    "a\"b'c&amp;d", "a/b", "a%2Fb%00", "a b?c=1#d", "{{ 7 * 7 }}{% raw %}", "x" * 230,
    "\u202egnp.tsop\u202c",
    "نموذج المخاطر", "日本" * 60, "..\\..", "</title></svg></style>", "--><!--", "&lt;b&gt;", "\u2028x\ufeff",
]  # fmt: skip
FORMS = "return [...document.querySelectorAll('form')].map(form => form.action)"
LINKS = "return [...document.querySelectorAll('td[data-label=Model] a')].map(link => link.textContent)"
MARKUP = "return document.querySelectorAll('main img, main script, main style, svg svg').length"
# Airflow's address bar follows the frame, and decodes these once too often. No DAG can be called so.
NOT_FOLLOWED = set("?#%\\")
FELL = "return window.hacked || parent.hacked || top.hacked || null"


def as_model(name: str) -> str:
    """Return what a model is called. An asset takes ASCII only, and what stands behind a slash is another
    node of a model's graph: such names are those of columns, versions and texts."""
    return name if name.isascii() and "/" not in name else "m"


def told(name: str) -> Verdict:
    reason = Reason(rule=f"drift of {name}", passed=False, found=name, required=f"not {name}")
    return Verdict(
        kind="drift", decision="alert", subject=name, summary=f"column {name} drifted", reasons=(reason,),
        counterfactuals=(f"less of {name}",),
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_text_wherever_it_stands(enter: Enter, models: Models, name: str) -> None:
    model = as_model(name)
    entries, lists = everything(name, version=name)
    models.add(model, {**entries, "policy": entry(told(name))}, lists=lists)
    window = enter("eve", "mlops/models" if set(name) & NOT_FOLLOWED else "plugin/models")
    with window.frame() if "plugin" in window.driver.current_url else nullcontext(window) as page:
        page.see("h1", "Models")
        assert page.run(LINKS) == [model]
        assert page.run(MARKUP) == 0
        page.run("document.querySelector('td[data-label=Model] a').click()")
        page.see("button", "Retrain")
        assert page.run("return document.querySelector('h1').textContent") == model
        page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.run(MARKUP) == 0
        assert f"not {name}" in page.run("return document.querySelector('main').textContent")
        assert unsaid(page) == []
        assert faint(page) == []
        assert page.run(FELL) is None
        for address in page.run(FORMS):
            assert address.startswith(f"{window.url}mlops/model/")
    assert window.run(FELL) is None


def test_no_name_is_wider_than_a_phone(enter: Enter, models: Models) -> None:
    for name in {as_model(name) for name in NAMES} - {"m"}:
        models.add(name, {"drift": entry(told(name)), "promotion": entry(version=name)})
    entries, lists = everything("".join(NAMES), version="x" * 230)
    models.add("m", {**entries, "policy": entry(told("".join(NAMES)))}, lists=lists)
    window = enter("eve")
    size = {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 1, "mobile": True}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for path in (
            "mlops/models",
            "mlops/model/m",
            f"mlops/model/{'x' * 230}",
            f"mlops/tab?dag_id={'y' * 230}",
        ):
            window.open(path)
            window.see("main")
            window.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert overflowing(window) == [], path
    finally:
        window.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
