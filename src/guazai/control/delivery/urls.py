"""Every address of the control plane."""

from __future__ import annotations

from django.urls import include, path

from guazai.control.delivery.http import api
from guazai.control.openapi.wire import document

urlpatterns = [
    path("api/v1/", api.urls),
    path("open-platform.json", document.serve),
    path("", include("guazai.control.delivery.console.urls")),
    path("", include("guazai.control.delivery.pages.urls")),
]
handler400 = "guazai.control.delivery.errors.bad_request"
handler404 = "guazai.control.delivery.errors.not_found"
handler500 = "guazai.control.delivery.errors.server_error"
