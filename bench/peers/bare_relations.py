"""`query_aweme_relation_list` written as a bare Django view: its queries, and JsonResponse.

It believes its arguments, counts no calls, logs nothing, and knows no error but an unknown token.
With BENCH_TRUSTING it looks no token up either: it is sent a mini program's id in its place.
"""

from __future__ import annotations

import os
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path

from guazai.control.binding import queries as bindings
from guazai.control.capability import queries as capability
from guazai.control.directory.models import MiniProgram
from guazai.control.entry import queries as entries
from guazai.control.openapi.models import ClientToken
from guazai.control.openapi.queries import hash_of
from guazai.control.surfaces.registry import PROFILE_MOUNT, SURFACES, BindingKind
from guazai.feed.records import Scope

IS_TRUSTING = "BENCH_TRUSTING" in os.environ
SURFACE = SURFACES[PROFILE_MOUNT]
COLUMNS = ("account_id", "account__nickname", "account__account_type", "status")
NUMBERS = {"awaiting_consent": 1, "active": 2}


def relations(request: HttpRequest) -> JsonResponse:
    """A page of accounts as the wire has them."""
    app = _app(request.headers["access-token"])
    if app is None:
        return JsonResponse({"err_no": 28001003, "err_msg": "", "log_id": "", "data": {}})
    size = int(request.GET["page_size"])
    first = (int(request.GET["page_num"]) - 1) * size
    newest = bindings.newest_of_kind(app, BindingKind(request.GET["type"]))
    rows = list(newest.order_by("-pk").values_list(*COLUMNS)[first : first + size])
    total = first + len(rows) if len(rows) < size else newest.count()
    denied = {name for _, name in entries.denied([(Scope.ACCOUNT, row[0]) for row in rows])}
    is_granted = capability.is_granted(app.pk, SURFACE)
    unbinds = bindings.unbinds(app, SURFACE)
    frequency = {
        "limit_frequency": unbinds.quota,
        "limit_period": 1,
        "unbound_count": unbinds.used,
        "first_unbind_time": 0,
    }
    found: list[dict[str, Any]] = [
        {
            "aweme_id": aweme_id,
            "user_name": nickname,
            "account_type": 1 if account_type == "personal" else 2,
            "bind_status": 5 if aweme_id in denied else NUMBERS.get(status, 4),
            "reason": "",
            "capacity_list": [
                {
                    "capacity_key": PROFILE_MOUNT,
                    "status": 2 if is_granted else 3,
                    "fail_reason": "",
                    "audit_template_info": {},
                }
            ],
            "unbind_frequency_info": frequency,
        }
        for aweme_id, nickname, account_type, status in rows
    ]
    data = {"total_count": total, "list": found}
    return JsonResponse({"err_no": 0, "err_msg": "success", "log_id": "", "data": data})


def _app(sent: str) -> MiniProgram | None:
    if IS_TRUSTING:
        return MiniProgram(pk=sent)
    rows = ClientToken.objects.select_related("credential__mini_program")
    token = rows.filter(hash=hash_of(sent)).first()
    return token.credential.mini_program if token else None


urlpatterns = [path("api/apps/v1/capacity/query_aweme_relation_list/", relations)]
