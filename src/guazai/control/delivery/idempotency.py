"""`Idempotency-Key` on writes (S6): one effect, however often a request is sent.

The key is taken in a transaction of its own, so that a duplicate meanwhile sees it in flight. The
effect and the answer to repeat commit together; a killed attempt leaves neither, and its key can be
taken over once its lock has run out. Refusals are not kept, so that the request may be sent again;
what a refusal stored (a spent code) stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from guazai.control.delivery import errors
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.doors import actor_of
from guazai.control.kernel.errors import Code
from guazai.control.kernel.models import IdempotencyKey
from guazai.control.kernel.texts import Text

Handler = Callable[[HttpRequest], HttpResponse]
LOCK = timedelta(seconds=30)
MAX_KEY = 128

KEY_INVALID = Code(
    "idempotency_key_invalid",
    400,
    Text(
        "Idempotency-Key 应为 1 至 128 个可见 ASCII 字符",
        "An Idempotency-Key is 1 to 128 visible ASCII characters",
    ),
)
KEY_IN_FLIGHT = Code(
    "idempotency_key_in_flight",
    409,
    Text("相同的请求正在处理中,请稍后重试", "The same request is being handled; retry shortly"),
)
ANSWER_NOT_KEPT = Code(
    "idempotency_answer_not_kept",
    409,
    Text(
        "该请求已完成,但其结果含有只显示一次的密钥,请重新生成",
        "The request was done; its answer held a secret that is shown once. Make a new one",
    ),
)
KEY_REUSED = Code(
    "idempotency_key_reused",
    422,
    Text(
        "该 Idempotency-Key 已用于另一请求,请更换",
        "This Idempotency-Key was used for another request; take a new one",
    ),
)


class _Overtaken(Exception):
    """Another attempt took the key over; this one's effect is rolled back."""


def idempotent_writes(get_response: Handler) -> Handler:
    """Honour `Idempotency-Key` on authenticated writes to the API."""

    def handle(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method in {"GET", "HEAD", "OPTIONS"}:
            return get_response(request)
        if not request.path.startswith("/api/v1/"):
            return get_response(request)
        who = actor_of(request)
        if not who:
            return get_response(request)
        if not 0 < len(key) <= MAX_KEY or not all("!" <= c <= "~" for c in key):
            return errors.render(KEY_INVALID())
        return _once(request, get_response, who, key)

    return handle


def _once(request: HttpRequest, get_response: Handler, who: Actor, key: str) -> HttpResponse:
    request_hash = _hash(request)
    row, attempt = _take(who, key, request_hash)
    if row.request_hash != request_hash:
        return errors.render(KEY_REUSED())
    if row.response_status is not None and not row.response_type:
        return errors.render(ANSWER_NOT_KEPT())
    if row.response_status is not None:
        return HttpResponse(
            bytes(row.response_body),
            status=row.response_status,
            content_type=row.response_type,
            headers={"Idempotency-Replayed": "true"},
        )
    if row.attempt != attempt:
        return errors.render(KEY_IN_FLIGHT())
    mine = IdempotencyKey.objects.filter(pk=row.pk, attempt=attempt)
    try:
        with transaction.atomic():
            response = get_response(request)
            is_secret = getattr(request, "has_secret_answer", False)
            if response.status_code < 400 and not mine.update(
                response_status=response.status_code,
                response_type=""
                if is_secret
                else response.headers.get("Content-Type", "text/plain"),
                response_body=b"" if is_secret else response.content,
            ):
                raise _Overtaken
    except _Overtaken:
        return errors.render(KEY_IN_FLIGHT())
    if response.status_code >= 400:
        mine.delete()
    return response


def _take(who: Actor, key: str, request_hash: str) -> tuple[IdempotencyKey, str]:
    """The key's row, and this attempt's name, which the row bears if it may go on."""
    attempt, now = ids.new("att"), clock.now()
    lock = {"attempt": attempt, "locked_until": now + LOCK}
    principal = f"{who.kind}:{who.id}"
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                principal=principal, key=key, request_hash=request_hash, **lock
            )
    except IntegrityError:
        rows = IdempotencyKey.objects.filter(principal=principal, key=key)
        rows.filter(
            response_status__isnull=True, locked_until__lt=now, request_hash=request_hash
        ).update(**lock)
        found = rows.first()
        if found is None:
            # Its attempt was refused just now; take the free key.
            return _take(who, key, request_hash)
        row = found
    return row, attempt


def _hash(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()
