"""A mini program's allow list behind a trusted proxy: the caller's address is what counts."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.journeys.test_web_workers import APP, CALL, served, token

CALLER, ADDRESS_NOT_LISTED = "203.0.113.7", 28005079


@pytest.mark.slow
def test_the_allow_list_sees_who_called_the_proxy(tmp_path: Path) -> None:
    with served(tmp_path, trusted_proxies="127.0.0.1") as found:
        known = token(found)
        networks = {"networks": ["203.0.113.0/24"]}
        found.caller("developer").put(f"/mini-programs/{APP}/credential/allowed-networks", networks)

        def asked(*forwarded: str) -> int:
            headers = [("access-token", known), *(("x-forwarded-for", each) for each in forwarded)]
            address = f"{found.control_url}{CALL}"
            answer = httpx.get(address, headers=headers, trust_env=False, timeout=30)
            return int(answer.json()["err_no"])

        assert asked(CALLER) == 0
        assert asked(f"198.51.100.1, {CALLER}") == 0
        assert asked("198.51.100.1", CALLER) == 0
        # Made up by the caller, and the proxy writes behind it whom it heard.
        assert asked(f"{CALLER}, 198.51.100.1") == ADDRESS_NOT_LISTED
        assert asked(CALLER, "198.51.100.1") == ADDRESS_NOT_LISTED
        assert asked() == ADDRESS_NOT_LISTED
