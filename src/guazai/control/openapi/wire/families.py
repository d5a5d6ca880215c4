"""The generations of the ecosystem's calls: their envelopes, and how each names what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from guazai.control.openapi.wire.codes import ErrNo as E
from guazai.control.openapi.wire.codes import Refused

#: Of a refusal, or None for a success; the request's log_id; the answer's data as JSON.
Envelope = Callable[[Refused | None, str, bytes], bytes]


def envelope(refused: Refused | None, log_id: str, data: bytes) -> bytes:
    """`{"err_no", "err_msg", "log_id", "data"}`, as most calls answer."""
    err_no = 0 if refused is None else refused.err_no.value
    said = "success" if refused is None else refused.text
    head = f'{{"err_no":{err_no},"err_msg":{_quoted(said)},"log_id":"{log_id}","data":'
    return b"".join((head.encode(), data, b"}"))


def token_envelope(refused: Refused | None, log_id: str, data: bytes) -> bytes:
    """`{"data": {…, "error_code"}, "message"}`, as the calls for tokens answer."""
    if refused is None:
        return b"".join((b'{"data":', data, b',"message":"success"}'))
    return json.dumps(
        {
            "data": {
                "access_token": "",
                "description": refused.text,
                "error_code": refused.err_no.value,
                "expires_in": 0,
            },
            "message": "error",
        },
        ensure_ascii=False,
    ).encode()


@dataclass(frozen=True, slots=True)
class Family:
    """How one generation answers, and the codes it has for what the frame refuses."""

    envelope: Envelope
    token_invalid: E
    token_expired: E
    app_not_parsed: E
    address_not_listed: E
    bad_parameter: E
    internal: E

    @property
    def always(self) -> tuple[E, ...]:
        """The codes that each of its calls can give."""
        return (self.bad_parameter, self.internal)

    @property
    def of_tokens(self) -> tuple[E, ...]:
        """The codes of calls that bear a token."""
        return (
            self.token_invalid,
            self.token_expired,
            self.app_not_parsed,
            self.address_not_listed,
        )


MODERN = Family(
    envelope=envelope,
    token_invalid=E.TOKEN_INVALID,
    token_expired=E.TOKEN_EXPIRED,
    app_not_parsed=E.TOKEN_INVALID,
    address_not_listed=E.CLIENT_ADDRESS_NOT_LISTED,
    bad_parameter=E.BAD_PARAMETER,
    internal=E.INTERNAL,
)
#: The calls below /v2, which the platform made first.
OLD = Family(
    envelope=envelope,
    token_invalid=E.OLD_TOKEN_INVALID,
    token_expired=E.OLD_TOKEN_INVALID,
    app_not_parsed=E.APP_NOT_PARSED,
    address_not_listed=E.CLIENT_ADDRESS_NOT_LISTED,
    bad_parameter=E.OLD_PARAMETER,
    internal=E.SYSTEM,
)
#: The calls for tokens.
TOKENS = Family(
    envelope=token_envelope,
    token_invalid=E.TOKEN_KEY_WRONG,
    token_expired=E.TOKEN_KEY_WRONG,
    app_not_parsed=E.TOKEN_KEY_UNKNOWN,
    address_not_listed=E.ADDRESS_NOT_LISTED,
    bad_parameter=E.TOKEN_PARAMETER,
    internal=E.SYSTEM,
)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
