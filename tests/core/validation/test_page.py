"""The page is for people, holds on its own, and trusts nothing that comes from the data."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from include.validation.page import render_page

pytestmark = pytest.mark.core

EVIL = "</td><script>alert(1)</script><img src=x onerror=alert(2)>"


class Outline(HTMLParser):
    """Checks that tags are closed in order, and collects texts and what could load or run something."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.suspicious = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br", "!doctype"}:
            self.open.append(tag)
        dangerous = {"script", "img", "iframe", "link", "object", "embed", "form", "a", "svg"}
        if tag in dangerous or any(name.startswith("on") or name in {"src", "href"} for name, _ in attrs):
            self.suspicious.append((tag, attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def outline(html):
    parsed = Outline()
    parsed.feed(html)
    parsed.close()
    assert parsed.open == []
    return parsed


def test_a_sound_snapshot_has_a_page_without_findings(validate):
    html = render_page(validate())
    page = outline(html)
    assert "Passes its contract." in page.texts
    assert "Findings, worst first" not in page.texts
    assert "All rules" in page.texts
    assert "credit_risk features 2005-04-30" in page.texts


def test_findings_stand_before_all_rules(validate):
    html = render_page(validate(sex=[None] * 40, age=[float("inf")] * 40))
    page = outline(html)
    assert (
        "Violates its contract: 1 critical finding and 1 warning. It is not used for training." in page.texts
    )
    assert page.texts.index("Findings, worst first") < page.texts.index("All rules")
    assert "at least one value that is not missing" in page.texts


def test_warnings_alone_are_said_so(validate, make_rule):
    rules = (make_rule("expect_column_mean_to_be_between", "warning", column="age", max_value=10),)
    assert "Passes its contract, with 1 warning." in outline(render_page(validate(rules=rules))).texts


def test_values_and_texts_are_escaped(validate, make_rule):
    rules = (make_rule("expect_column_values_to_be_in_set", column="sex", value_set=["1", EVIL]),)
    report = validate(rules=rules, sex=[EVIL + "!"] * 40)
    page = outline(render_page(report))
    assert page.suspicious == []
    assert any(EVIL[:20] in text for text in page.texts)


def test_everything_on_the_page_is_escaped_even_names(validate):
    import dataclasses

    report = validate(sex=[None] * 40)
    spoiled = dataclasses.replace(
        report,
        model=EVIL,
        table=EVIL,
        partition=EVIL,
        as_of=EVIL,
        contract_digest=EVIL,
        findings=tuple(
            dataclasses.replace(
                f, column=EVIL, rule=EVIL, found=EVIL, allowed=EVIL, why=EVIL, examples=(EVIL,)
            )
            for f in report.findings
        ),
        rules=tuple(
            {**rule, **dict.fromkeys(("column", "rule", "found", "allowed", "why"), EVIL)}
            for rule in report.rules
        ),
    )
    assert outline(render_page(spoiled)).suspicious == []


def test_the_page_forbids_the_browser_to_load_anything(validate):
    html = render_page(validate())
    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "https://" not in html
    assert len(html) < 20_000
