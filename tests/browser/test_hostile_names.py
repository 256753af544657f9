"""Models, columns and texts of any name: all of it is text, and none of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.verdicts import Reason, Verdict
from tests.adapter.pages.conftest import Models, entry
from tests.browser.browser import PHONE
from tests.browser.looks import faint, overflowing, unsaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.browser import Window

    Enter = Callable[..., Window]

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(300)]

RUNS = "<img src=x onerror=\"parent.hacked='img'\"><script>parent.hacked='script'</script>"
NAMES = [
    RUNS, f"'\"></a><svg onload=\"parent.hacked='svg'\">{RUNS}", "javascript:parent.hacked='link'",
    "a\"b'c&amp;d", "a/b", "a%2Fb%00", "a b?c=1#d", "{{ 7 * 7 }}{% raw %}", "x" * 230,
    "\u202egnp.tsop\u202c",
    "نموذج المخاطر", "日本" * 60, "..\\..", "</title></svg></style>", "--><!--", "&lt;b&gt;", "\u2028\ufeff",
]  # fmt: skip
FORMS = "return [...document.querySelectorAll('form')].map(form => form.action)"
FELL = "return window.hacked || parent.hacked || top.hacked || null"


def told(name: str) -> Verdict:
    reason = Reason(rule=f"drift of {name}", passed=False, found=name, required=f"not {name}")
    return Verdict(
        kind="drift", decision="alert", subject=name, summary=f"column {name} drifted", reasons=(reason,),
        counterfactuals=(f"less of {name}",),
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_text_wherever_it_stands(enter: Enter, models: Models, name: str) -> None:
    found = {"drift": entry(told(name)), "performance": entry(told(name)), "promotion": entry(version=name)}
    models.add(name, found)
    window = enter("eve", "plugin/models")
    with window.frame() as page:
        (link,) = page.run(
            "return [...document.querySelectorAll('td[data-label=Model] a')].map(a => a.textContent)"
        )
        assert link == name
        assert page.run("return document.querySelectorAll('main img, main script, svg svg').length") == 0
        page.run("document.querySelector('td[data-label=Model] a').click()")
        page.see("h1")
        page.see("button", "Retrain")
        assert page.run("return document.querySelector('h1').textContent") == name
        page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.run("return document.querySelectorAll('main img, main script, svg svg').length") == 0
        assert f"not {name}" in page.run("return document.querySelector('main').textContent")
        assert unsaid(page) == []
        assert faint(page) == []
        assert page.run(FELL) is None
        for address in page.run(FORMS):
            assert address.startswith(f"{window.url}mlops/model/")
    assert window.run("return window.hacked || null") is None


def test_no_name_is_wider_than_a_phone(enter: Enter, models: Models) -> None:
    for name in NAMES:
        models.add(name, {"drift": entry(told(name)), "promotion": entry(version=name)})
    window = enter("eve")
    size = {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 1, "mobile": True}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for path in ("mlops/models", f"mlops/model/{'x' * 230}", f"mlops/tab?dag_id={'y' * 230}"):
            window.open(path)
            window.see("main")
            window.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert overflowing(window) == [], path
    finally:
        window.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
