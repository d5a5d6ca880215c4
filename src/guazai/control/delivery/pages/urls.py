"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from guazai.control.delivery.pages import consent, links, own, preview, sessions

urlpatterns = [
    path("login", sessions.log_in),
    path("logout", sessions.log_out),
    path("language", require_POST(set_language)),
    path("c/<str:raw>", consent.consent),
    path("l/<str:link_id>", links.link),
    path("openapi/qrcode/<str:raw>.svg", links.code),
    path("me", own.overview),
    path("me/messages", own.messages),
    path("me/accounts/<str:aweme_id>", own.account),
    path("me/accounts/<str:aweme_id>/surfaces/<str:surface>/release", own.release),
    path("me/bindings/<str:binding_id>", own.binding),
    path("me/bindings/<str:binding_id>/<str:verb>", own.decide),
    path("p/<str:aweme_id>", preview.live),
    path("p/<str:aweme_id>/draft", preview.draft),
    path("p/<str:aweme_id>/changes/<str:change_id>", preview.change),
    path("p/<str:aweme_id>/qr.svg", preview.qr),
]
