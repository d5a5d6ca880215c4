from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from guazai.control.binding.states import BindingStatus
from guazai.control.delivery.pages.texts import HINTS, TEXTS, TITLES
from guazai.control.directory.states import AccountType
from guazai.control.entry.queries import Mender
from guazai.control.kernel.texts import Text
from guazai.control.openapi.states import HostApp
from guazai.control.surfaces.registry import BindingKind
from guazai.demo.data import PEOPLE

PAGES = Path(__file__).parents[2] / "src/guazai/control/delivery/pages"
SAID = re.compile(r"""\{% say (?P<quote>['"])(?P<key>\w+)(?P=quote)(?! \w+[\w.]* )""")
IN_CODE = re.compile(r'TEXTS\[(.*?)\]|"((?:value|refused|not_found)\w*)"')
#: Keys whose end is a state, a kind or a reason, and every end that there is.
FAMILIES = {
    "status": set(BindingStatus.values),
    "outcome": set(BindingStatus.values),
    "mender": {mender.value for mender in Mender},
    "type": set(AccountType.values),
    "kind": {BindingKind.BRAND.value, BindingKind.EMPLOYEE.value},
    "demo": {each.kind for each in PEOPLE},
    "host": set(HostApp.values),
    "end": {"title", "lead", "button"},
    "refuse": {"title", "lead", "button"},
    "block": {"title", "lead", "button"},
}


def _ends(prefix: str) -> set[str]:
    return {key.removeprefix(f"{prefix}_") for key in TEXTS if key.startswith(f"{prefix}_")}


@pytest.mark.parametrize("prefix", FAMILIES)
def test_every_state_kind_and_verb_has_its_text(prefix: str) -> None:
    assert FAMILIES[prefix] <= _ends(prefix)


def test_every_reason_why_an_entry_is_hidden_has_its_text() -> None:
    source = (PAGES.parents[1] / "entry/queries.py").read_text()
    reasons = set(
        re.findall(r'"((?:\w+_)?(?:not_\w+|denied|closed|offline|occupied|missing))"', source)
    )
    keys = {"account_not_denied", "mini_program_not_denied", "legal_entity_not_denied"}
    named = {reason for reason in reasons if reason not in keys and "not_denied" not in reason}
    assert len(named) >= 13
    assert named <= _ends("why")


def test_templates_say_known_texts_and_no_text_is_left_over() -> None:
    said = {
        match["key"]
        for template in PAGES.rglob("*.html")
        for match in SAID.finditer(template.read_text())
    }
    code = "".join(path.read_text() for path in PAGES.glob("*.py") if path.name != "texts.py")
    said |= set(re.findall(r'"(\w+)"', code)) & TEXTS.keys()
    of_families = {
        key
        for key in TEXTS
        if key.startswith("why_") or any(key.startswith(f"{each}_") for each in FAMILIES)
    }
    assert said <= TEXTS.keys() | FAMILIES.keys() | {"why"}
    assert TEXTS.keys() - said - of_families == set()


def test_both_languages_fill_the_same_places() -> None:
    for text in (*TEXTS.values(), *TITLES.values(), *HINTS.values()):
        assert _places(text.zh) == _places(text.en), text
        assert text.zh
        assert text.en


def test_chinese_texts_have_chinese_punctuation() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff][,;:?()]|[,;:?()][\u4e00-\u9fff]")
    texts: list[Text] = [*TEXTS.values(), *TITLES.values(), *HINTS.values()]
    assert [text.zh for text in texts if chinese.search(text.zh)] == []


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_stylesheet_loads_nothing_from_elsewhere() -> None:
    for path in (PAGES / "static").iterdir():
        text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?://|@import|url\((?!#)", text), path.name
