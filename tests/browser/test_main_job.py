"""The main job in the console: everybody who has a part in it, each in a browser of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.texts import Texts
from tests.browser.visit import Demo

Console = Callable[..., Page]
PROMISE_SECONDS = 1.0
PASSING = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}


@dataclass(frozen=True)
class Cast:
    """Who plays, and with what: each language has a mini program and an account of its own."""

    developer: str
    owner: str
    app_id: str
    name: str
    aweme_id: str


CASTS = {
    "zh-CN": Cast("developer", "owner", "tt_tea", "山间好茶", "tea_brand"),
    "en": Cast("outsider", "owner2", "tt_cup", "Cups", "cup_brand"),
}


def add_the_cups(demo: Demo) -> None:
    """The second mini program and its account, as the host would sync them in."""
    host = demo.as_("host")
    program = {"entity_id": "ent_porcelain", "name": "Cups", "is_online": True, "credit_score": 80}
    account = {
        "nickname": "Cups and saucers",
        "account_type": "institution",
        "entity_id": "ent_porcelain",
        "owner_login": "creator-luo",
    }
    host.put("/host/mini-programs/tt_cup", program)
    host.put("/host/mini-programs/tt_cup/versions/1.0.0", {"pages": ["pages/index/index"]})
    host.put("/host/accounts/cup_brand", account)
    facts = {"as_of": demo.as_("operator").get("/operator/accounts/tea_brand/verdict")["as_of"]}
    host.put("/host/accounts/cup_brand/facts", {**facts, "facts": PASSING})


def await_entry(visitor: Page, url: str, *, is_shown: bool) -> None:
    """Open the profile until the entry is there, or gone, within the promise (V3)."""
    began = time.monotonic()
    while True:
        visitor.goto(url)
        if visitor.locator("a.entry").count() == is_shown:
            return
        assert time.monotonic() - began < PROMISE_SECONDS, visitor.content()


def apply(page: Page, texts: Texts, cast: Cast) -> None:
    """C1, C3: from the list of mini programs to an application in review."""
    page.get_by_role("link", name=cast.name, exact=True).click()
    page.get_by_label(texts("capability:apply.reason")).fill("茶叶购买与售后")
    page.get_by_role("button", name=texts("capability:apply.submit")).click()
    submitted = texts("capability:submitted.title")
    expect(page.get_by_role("heading", name=submitted)).to_be_visible()


def approve(page: Page, texts: Texts, *, is_marked: bool) -> None:
    """C4: take the next item of the queue and approve it, without the mouse."""
    page.keyboard.press("n")
    expect(page.get_by_role("timer")).to_be_visible()
    for key in "1g2g3g4g" if is_marked else "":
        page.keyboard.press(key)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    unread = page.get_by_role("dialog").get_by_role("button", name=texts("review:unread.confirm"))
    over = page.get_by_text(texts("review:next.none"))
    expect(unread.or_(over).first).to_be_visible()
    if unread.is_visible():
        unread.click()
    expect(over).to_be_visible()


def hear_of_it(page: Page, texts: Texts) -> None:
    """C5, N1: the message is counted, and leads to where it is about."""
    page.reload()
    bell = re.compile(texts("inbox:bell", count=r"[1-9]\d*"))
    page.get_by_role("link", name=bell).click()
    page.locator("main .message a").first.click()
    expect(page.get_by_text(texts("capability:granted.title"), exact=True)).to_be_visible()


def bind(page: Page, phone: Page, texts: Texts, cast: Cast, demo: Demo) -> None:
    """B5: the developer shows a code, the owner consents on a phone, the page follows by itself."""
    page.get_by_role("link", name=texts("capability:granted.bind")).click()
    page.get_by_role("textbox", name=texts("binding:new.account"), exact=True).fill(cast.aweme_id)
    page.get_by_role("button", name=texts("binding:new.submit")).click()
    page.get_by_role("button", name=texts("binding:consent.show")).click()
    phone.goto(page.get_by_text(f"{demo.url}/c/").inner_text().strip())
    demo.log_in(phone, cast.owner)
    phone.fill("#match_number", page.locator(".match-number").inner_text())
    phone.locator("main form button").first.click()
    expect(page.get_by_text(texts("binding:outcome.active.title"))).to_be_visible()


def configure(page: Page, texts: Texts) -> None:
    """L1, L2: a page typed by hand is submitted, and in review."""
    page.get_by_role("link", name=texts("binding:outcome.configure")).click()
    page.get_by_text(texts("landing:form.path"), exact=True).click()
    page.get_by_role("textbox", name=texts("landing:form.pagePath"), exact=True).fill(
        "pages/index/index"
    )
    page.get_by_label(texts("landing:form.entryTitle")).fill("Tea")
    page.get_by_role("button", name=texts("landing:form.submit")).click()
    expect(page.get_by_text(texts("status:change.in_review")).first).to_be_visible()


def revoke(page: Page, texts: Texts, cast: Cast) -> None:
    """C7: what is revoked is found by its id, and what that hides is said first."""
    page.get_by_label(texts("governance:find.label")).fill(cast.app_id)
    page.get_by_role("link", name=cast.name, exact=True).click()
    page.get_by_role("button", name=texts("governance:revoke.verb")).click()
    dialog = page.get_by_role("dialog")
    hides = {"zh-CN": "governance:impact.hide", "en": "governance:impact.hide_one"}
    expect(dialog.get_by_text(texts(hides[texts.language], count=1))).to_be_visible()
    dialog.get_by_label(texts("common:reason")).fill("内容与申请不符")
    dialog.get_by_role("button", name=texts("governance:revoke.verb")).click()


@pytest.mark.parametrize(
    "language", ["zh-CN", pytest.param("en", marks=pytest.mark.slow)], ids=["zh", "en"]
)
def test_the_main_job(demo: Demo, opened: Opener, console: Console, language: str) -> None:
    texts, cast = Texts(language), CASTS[language]
    if language == "en":
        add_the_cups(demo)
    profile = f"{demo.url}/p/{cast.aweme_id}"
    developer = console(cast.developer, "/apps", language=language)
    reviewer = console("reviewer", "/review", language=language)
    operator = console("operator", "/operate/find", language=language)
    phone = opened(language=language, java_script_enabled=False).new_page()
    visitor = opened(language=language).new_page()

    apply(developer, texts, cast)
    expect(reviewer.get_by_role("link", name=cast.name)).to_be_visible()
    approve(reviewer, texts, is_marked=True)
    hear_of_it(developer, texts)
    bind(developer, phone, texts, cast, demo)
    configure(developer, texts)
    await_entry(visitor, profile, is_shown=False)
    expect(reviewer.get_by_role("link", name=cast.name)).to_be_visible()
    approve(reviewer, texts, is_marked=False)
    await_entry(visitor, profile, is_shown=True)
    expect(visitor.get_by_text("Tea", exact=True)).to_be_visible()
    revoke(operator, texts, cast)
    await_entry(visitor, profile, is_shown=False)

    # The developer sees why (V2).
    developer.goto(f"{demo.url}/apps/{cast.app_id}/pages/{cast.aweme_id}/why")
    expect(developer.get_by_text(texts("landing:why.unmet"))).to_be_visible()
