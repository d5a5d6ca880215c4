from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from guazai.control.binding import actions as binding
from guazai.control.binding.states import CODE_LIFE, REQUEST_LIFE
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.surfaces.registry import BindingKind
from tests.pages.scene import Browser, Scene
from tests.world import HOST, SURFACE


def _other_number(number: str) -> str:
    return f"{(int(number) + 1) % 100:02}"


def _shown(page: str) -> str:
    """The page without what differs from one answer to the next."""
    without = re.sub(r'value="[^"]*"|<code>req_[^<]*</code>', "", page)
    return re.sub(r'title="[^"]*"|<bdi>person-\d+</bdi>|<span class="count".*?</a>', "", without)


def test_b5_the_page_says_who_asks_for_what_and_until_when(scene: Scene) -> None:
    asked = scene.request()
    code = scene.code(asked)
    page = scene.browser.read(f"/c/{code.raw}")
    for told in (
        scene.app.name,
        scene.app.pk,
        scene.app.entity.name,
        scene.app.entity_id,
        scene.app.icon_url,
        scene.account.nickname,
        scene.account.pk,
        "Employee",
        "Show its entry on your profile page",
        f"{code.expires_at.astimezone(clock.SHANGHAI):%H:%M:%S}",
        f"{asked.expires_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
    ):
        assert told in page
    assert code.match_number not in re.findall(r'value="(\d\d)"', page)


def test_b3_the_page_says_on_which_day_the_binding_ends(scene: Scene) -> None:
    last_day = f"{clock.today() + timedelta(days=30):%Y-%m-%d}"
    assert last_day in scene.browser.read(f"/c/{scene.code().raw}")
    own = scene.world.account(scene.app.entity, scene.owner)
    asked = binding.request(HOST, scene.app, SURFACE, own.pk, BindingKind.BRAND)
    page = scene.browser.read(f"/c/{scene.code(asked).raw}")
    assert "Until" not in page


def test_b5_the_owner_consents_with_the_number_and_sees_the_binding(scene: Scene) -> None:
    asked = scene.request()
    code = scene.code(asked)
    done = scene.browser.submit(f"/c/{code.raw}", match_number=code.match_number)
    assert (done.status_code, done["Location"]) == (302, f"/me/bindings/{asked.pk}")
    page = scene.browser.read(done["Location"])
    assert "<h1>Bound</h1>" in page
    assert f"/me/bindings/{asked.pk}/end" in page
    event = journal.search(verb="binding.consent", subject_id=asked.pk).get()
    assert event.actor_id == scene.owner.pk


def test_b5_foreign_unknown_replaced_and_used_codes_are_refused_alike(scene: Scene) -> None:
    asked = scene.request()
    replaced, code = scene.code(asked), scene.code(asked)
    other = scene.world.account()
    assert other.owner is not None
    outsider = Browser(other.owner)
    developer = Browser(scene.world.developer(scene.app.entity))
    foreign = outsider.read(f"/c/{code.raw}", status=404)
    unknown = outsider.read("/c/unknown", status=404)
    refused = {
        _shown(foreign),
        _shown(unknown),
        _shown(outsider.read(f"/c/{replaced.raw}", status=404)),
        _shown(outsider.submit(f"/c/{code.raw}", match_number=code.match_number).content.decode()),
    }
    assert len(refused) == 1
    assert scene.status(asked) == "awaiting_consent"
    own = {_shown(scene.browser.read(f"/c/{replaced.raw}", status=404))}
    scene.browser.submit(f"/c/{code.raw}", match_number=code.match_number)
    own |= {
        _shown(scene.browser.read(f"/c/{code.raw}", status=404)),
        _shown(scene.browser.read("/c/unknown", status=404)),
    }
    assert len(own) == 1
    assert "consent_code_invalid" in unknown
    assert "consent_code_invalid" in developer.read(f"/c/{code.raw}", status=404)
    assert scene.app.name not in foreign


def test_b5_an_expired_code_says_what_to_do(scene: Scene) -> None:
    asked = scene.request()
    code = scene.code(asked)
    with time_machine.travel(clock.now() + CODE_LIFE + timedelta(seconds=1), tick=False):
        page = scene.browser.read(f"/c/{code.raw}", status=410)
        late = scene.browser.submit(f"/c/{code.raw}", match_number=code.match_number)
    assert "consent_code_expired" in page
    assert "Ask the developer to show a new QR code" in page
    assert late.status_code == 410
    assert scene.status(asked) == "awaiting_consent"


def test_b5_a_wrong_number_binds_nothing_and_voids_the_code(scene: Scene) -> None:
    asked = scene.request()
    code = scene.code(asked)
    wrong = scene.browser.submit(f"/c/{code.raw}", match_number=_other_number(code.match_number))
    assert wrong.status_code == 409
    assert "The digits do not match" in wrong.content.decode()
    assert scene.status(asked) == "awaiting_consent"
    again = scene.browser.submit(f"/c/{code.raw}", match_number=code.match_number)
    assert again.status_code == 404


@pytest.mark.parametrize("typed", ["", "7", "1234", "ab", "\0\0", "٤٢"])
def test_what_is_no_number_is_asked_for_again_and_spends_nothing(scene: Scene, typed: str) -> None:
    asked = scene.request()
    code = scene.code(asked)
    refused = scene.browser.submit(f"/c/{code.raw}", match_number=typed)
    assert refused.status_code == 422
    done = scene.browser.submit(f"/c/{code.raw}", match_number=f" {code.match_number} ")
    assert done.status_code == 302
    assert scene.status(asked) == "active"


def test_b5_refusing_asks_once_more_and_then_refuses(scene: Scene) -> None:
    asked = scene.request()
    code = scene.code(asked)
    refuse = f"/me/bindings/{asked.pk}/refuse"
    assert refuse in scene.browser.read(f"/c/{code.raw}")
    assert "cannot ask again for 24 hours" in scene.browser.read(refuse)
    assert scene.status(asked) == "awaiting_consent"
    done = scene.browser.submit(refuse)
    assert done["Location"] == f"/me/bindings/{asked.pk}"
    assert "<h1>Refused</h1>" in scene.browser.read(done["Location"])
    assert scene.status(asked) == "refused"
    assert scene.browser.get(refuse)["Location"] == f"/me/bindings/{asked.pk}"
    twice = scene.browser.submit(refuse)
    assert twice.status_code == 409
    assert "wrong_state" in twice.content.decode()


def test_b5_blocking_refuses_and_can_be_lifted(scene: Scene) -> None:
    asked = scene.request()
    block = f"/me/bindings/{asked.pk}/block"
    assert "it cannot ask to bind" in scene.browser.read(block)
    scene.browser.submit(block)
    assert scene.status(asked) == "refused"
    assert "You blocked" in scene.browser.read(f"/me/bindings/{asked.pk}")
    assert f'name="unblock" value="{scene.app.pk}"' in scene.browser.read(scene.page)
    assert scene.browser.submit(scene.page, unblock=scene.app.pk).status_code == 302
    assert 'name="unblock"' not in scene.browser.read(scene.page)
    assert scene.browser.submit(scene.page, unblock=scene.app.pk).status_code == 404
    assert scene.browser.submit(scene.page, unblock="\0").status_code == 422


def test_an_expired_request_can_still_be_refused_by_its_page(scene: Scene) -> None:
    asked = scene.request()
    with time_machine.travel(clock.now() + REQUEST_LIFE + timedelta(minutes=1), tick=False):
        scene.browser.force_login(scene.owner)
        page = scene.browser.read(f"/me/bindings/{asked.pk}")
    assert f"/me/bindings/{asked.pk}/refuse" in page


def test_a_form_without_its_token_is_refused_with_a_page(scene: Scene) -> None:
    code = scene.code()
    refused = scene.browser.post(f"/c/{code.raw}", {"match_number": code.match_number})
    assert refused.status_code == 403
    assert refused["Content-Type"].startswith("text/html")
    assert "csrf_failed" in refused.content.decode()
