"""What generated calls meet: `python -m tests.openapi_schema.filling COUNT`.

A program, in the environment of a platform whose tables are there. Its last line has the tokens
that can be sent, and values that calls know, by the names of arguments.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.db.models import Model  # noqa: E402 - Django is set up

from guazai.control.binding.models import Binding  # noqa: E402
from guazai.control.capability.models import CapabilityApplication  # noqa: E402
from guazai.control.directory.models import LegalEntity, MiniProgram  # noqa: E402
from guazai.control.landing.models import LandingChange  # noqa: E402
from guazai.control.openapi import queries  # noqa: E402
from guazai.control.openapi.actions import credentials, providers, tokens  # noqa: E402
from guazai.control.openapi.models import ClientSecret  # noqa: E402
from guazai.control.openapi.states import Permission  # noqa: E402
from tests.openapi.calling import TESTER, secret_of  # noqa: E402
from tests.openapi.scene import IDENTITY_NUMBER, REAL_NAME  # noqa: E402
from tests.world import World  # noqa: E402

FAR = 1_900_000_000
PAGE = "pages/gift/list"


def main(count: int) -> None:
    """Make `count` mini programs of every standing, and print what can be sent."""
    world = World()
    apps: list[str] = []
    accounts: list[str] = []
    sent: list[str] = []
    for number in range(count):
        entity = world.entity()
        app = world.mini_program(entity)
        found = [world.account(entity), world.account(entity), world.account()]
        if number % 4 == 1:
            world.grant(app)
        elif number % 4:
            world.entry(app, found[0])
        accounts += [account.pk for account in found]
        apps.append(app.pk)
        sent.append(token_of(app))
    own: list[str] = []
    for number in range(count // 4):
        theirs, for_app = provider_tokens(number, apps)
        own.append(theirs)
        sent.append(for_app)
    asking = world.mini_program()
    print(json.dumps({"tokens": sent, "own": own, "known": known(apps, accounts, asking)}))


def token_of(app: MiniProgram) -> str:
    """A client token."""
    secret, _ = credentials.create_secret(TESTER, app)
    return tokens.issue_client_token(secret).raw


def provider_tokens(number: int, apps: list[str]) -> tuple[str, str]:
    """A service provider's own token, and the one for a mini program that trusts it."""
    provider, _ = providers.create_provider(TESTER, f"Agency {number}")
    credential = queries.find_credential(provider.pk)
    assert credential is not None
    (secret,) = queries.live_secrets(credential)
    app = MiniProgram.objects.get(pk=apps[number])
    wanted = list(Permission)[: number % 4 + 1]
    authorization = providers.authorize(TESTER, app, provider.pk, wanted)
    own = tokens.issue_client_token(secret).raw
    code = tokens.issue_code(authorization)
    return own, tokens.redeem_code(provider.pk, secret.pk, code).token.raw


def known(apps: list[str], accounts: list[str], asking: MiniProgram) -> dict[str, list[Any]]:
    """Values that lead further than made-up ones; tokens are asked for by one mini program alone.

    Whoever asks for tokens supersedes the earlier ones.
    """
    employee = {
        "real_name": REAL_NAME,
        "identity_number": IDENTITY_NUMBER,
        "relation_expire_date": FAR,
    }
    return {
        "client_key": [asking.pk, apps[0]],
        "client_secret": [secret_of(asking), "gzs_wrong"],
        "grant_type": ["client_credential", "app_to_tp_authorization_code"],
        "capacity_key": ["profile_mount"],
        "capacity_list": [["profile_mount"]],
        "type": ["brand", "employee", "cooperation"],
        "aweme_id": accounts,
        "template_id": [[1], [1, 2]],
        "page_num": [1, 2],
        "page_size": [1, 20, 50],
        "apply_reason": ["购买与售后"],
        "apply_info": [{}],
        "co_subject": [True],
        "employee_info": [employee],
        "audit_template_info": [{}],
        "page_path": [PAGE, "pages/index/index"],
        "share_link_id": [None],
        "query": ["", "from=profile", "{}"],
        "app_id": apps,
        "micapp_id": apps,
        "app_name": ["douyin", "toutiao"],
        "expire_time": [FAR],
        "path": ["", "pages/index/index"],
        "surface": ["profile_mount"],
        "kind": ["brand", "employee", "capability_application", "landing_change"],
        "limit": [1, 20],
        "entity_id": _keys(LegalEntity),
        "binding_id": _keys(Binding),
        "change_id": _keys(LandingChange),
        "application_id": _keys(CapabilityApplication),
        "item_id": [*_keys(CapabilityApplication), *_keys(LandingChange)],
        "secret_id": _keys(ClientSecret),
    }


def _keys(model: type[Model]) -> list[str]:
    return list(model._default_manager.values_list("pk", flat=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))
