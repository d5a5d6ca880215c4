"""What stands on the wire: bodies, and the headers that prove them."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import guazai
from guazai.control.kernel import clock
from guazai.control.webhooks.states import Event

SIGNATURE = "X-Douyin-Signature"
#: During a rotation: the signature by the secret that is there to stay.
SIGNATURE_NEXT = "X-Guazai-Signature-Next"
MESSAGE_ID = "Msg-Id"
CHECK = "verify_webhook"
_LOG_ID = re.compile(r"\d{14}[0-9A-F]{20}")


def body(event: Event, app_id: str, request_id: str, at: datetime, content: Any) -> tuple[str, str]:
    """An event's log_id and body: its content is JSON as a text.

    An act that came over the ecosystem's wire keeps the log_id that its caller was answered.
    """
    log_id = request_id if _LOG_ID.fullmatch(request_id) else new_log_id(at)
    text = _json(
        {"event": event, "client_key": app_id, "log_id": log_id, "content": _json(content)}
    )
    return log_id, text


def check_body(app_id: str, challenge: int) -> str:
    """What an endpoint is asked, to prove itself: `{"challenge": …}` of it is to be answered."""
    return _json({"event": CHECK, "client_key": app_id, "content": {"challenge": challenge}})


def new_log_id(at: datetime) -> str:
    """A log_id: the time in Shanghai, and chance."""
    when = at.astimezone(clock.SHANGHAI).strftime("%Y%m%d%H%M%S")
    return when + secrets.token_hex(10).upper()


def signature(secret: str, sent: bytes) -> str:
    """The ecosystem's signature of a raw body, in hex."""
    return hashlib.sha1(secret.encode() + sent).hexdigest()  # noqa: S324 - the contract's


def headers(sent: bytes, live: Sequence[str], message_id: str = "") -> Mapping[str, str]:
    """The headers of a body that is signed by a client's `live` secrets, the oldest first."""
    found = {
        "Content-Type": "application/json",
        "User-Agent": f"Guazai/{guazai.__version__}",
        "Accept-Encoding": "identity",
    }
    if message_id:
        found[MESSAGE_ID] = message_id
    return found | {
        name: signature(secret, sent) for name, secret in zip(signed_by(live), live, strict=False)
    }


def signed_by(live: Sequence[str]) -> list[str]:
    """The names of the headers in which a body's signatures stand."""
    return [SIGNATURE, SIGNATURE_NEXT][: len(live)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
