"""Calling the API as somebody of the demo, as a person's browser or a host's server would."""

from __future__ import annotations

from typing import Any

import httpx

from guazai.demo.credentials import Credentials


class Refused(Exception):
    """The API refused a call; carries the answer."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.request.method} {response.request.url.path}")
        self.status = response.status_code
        is_json = "json" in response.headers.get("content-type", "")
        self.problem: dict[str, Any] = response.json() if is_json else {"detail": response.text}


class Caller:
    """One principal: ``host`` with its token, or a person's role or login with a session."""

    def __init__(self, credentials: Credentials, role: str, language: str = "zh-hans") -> None:
        self.role = role
        self.client = httpx.Client(
            base_url=f"{credentials.control_url}/api/v1",
            headers={"Accept-Language": language},
            timeout=10,
            trust_env=False,
        )
        if role == "host":
            self.client.headers["Authorization"] = f"Bearer {credentials.host_token}"
            return
        person = credentials.login_of(role)
        self._take_csrf(self.call("GET", "/session"))
        body = {"login": person.login, "password": person.password}
        self._take_csrf(self.call("POST", "/session", body))

    def _take_csrf(self, session: dict[str, Any]) -> None:
        self.client.headers["X-CSRFToken"] = session["csrf_token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON, None where there is none; raises `Refused`."""
        response = self.client.request(method, path, json=body)
        if response.status_code >= 400:
            raise Refused(response)
        return response.json() if response.content else None

    def get(self, path: str) -> Any:
        """GET `path` below /api/v1."""
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST `body` to `path`."""
        return self.call("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any) -> Any:
        """PUT `body` to `path`."""
        return self.call("PUT", path, body)
