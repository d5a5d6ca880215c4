"""Calls of the ecosystem's wire, as a client makes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from guazai.control.directory.models import MiniProgram
from guazai.control.kernel.actor import system
from guazai.control.openapi.actions import credentials
from guazai.control.openapi.wire import site

TESTER = system("test")
#: A call that takes nothing, one of the older kind, and one with arguments of every kind.
CAPABILITIES = "/api/apps/v1/capacity/query_capacity_list/"
CREDIT = "/api/apps/v2/credit_score/get_credit_score/"
RELATIONS = "/api/apps/v1/capacity/query_aweme_relation_list/"


@dataclass(frozen=True)
class Told:
    """What a call answered."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def err_no(self) -> int:
        """The code; of the calls for tokens, theirs."""
        if "err_no" in self.body:
            return int(self.body["err_no"])
        return int(self.body["data"]["error_code"])

    @property
    def data(self) -> dict[str, Any]:
        """What it answers."""
        found: dict[str, Any] = self.body["data"]
        return found


class Wire:
    """Calls with one token; every code told must be in the call's documentation."""

    def __init__(self, token: str = "", address: str = "203.0.113.7") -> None:
        self.client = Client(REMOTE_ADDR=address)
        self.headers = {"access-token": token} if token else {}

    def get(self, path: str, query: dict[str, Any] | str | None = None, **headers: str) -> Told:
        """A call by GET, its query as it is or made of pairs."""
        text = query if isinstance(query, str) else urlencode(query or {}, doseq=True)
        return self.send("GET", f"{path}?{text}" if text else path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Told:
        """A call by POST; `bytes` are sent as they are."""
        return self.send("POST", path, body, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> Told:
        """Any request."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.generic(
            method, path, data, content_type=content_type, headers={**self.headers, **named}
        )
        told = Told(response.status_code, json.loads(response.content), dict(response.headers))
        self._check(method, path, told)
        return told

    def _check(self, method: str, path: str, told: Told) -> None:
        assert told.headers["Content-Type"] == "application/json"
        call = site.calls().get(path.partition("?")[0].removesuffix("/"), {}).get(method)
        if call is not None:
            assert told.status == 200
            assert told.err_no == 0 or told.err_no in call.errors, f"undocumented: {told}"


def secret_of(app: MiniProgram) -> str:
    """A new secret of a mini program."""
    _, raw = credentials.create_secret(TESTER, app)
    return raw


def client_token(client_key: str, secret: str, path: str = "/oauth/client_token/") -> str:
    """A token got by the call for it."""
    told = Wire().post(path, asking(client_key, secret))
    assert told.err_no == 0, told
    token: str = told.data["access_token"]
    return token


def asking(client_key: str, secret: str, **more: Any) -> dict[str, Any]:
    """The body of a call for a token."""
    credential = {"client_key": client_key, "client_secret": secret}
    return {**credential, "grant_type": "client_credential", **more}


def wire(app: MiniProgram) -> Wire:
    """Calls as a mini program with the credential that it begins with."""
    return Wire(client_token(app.pk, secret_of(app)))
